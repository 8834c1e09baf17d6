"""The answers of one account, opened: figures, flags, times and texts out of their documents."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from balancewatch.core.amount import added, amount_of, divided, figure_of
from balancewatch.core.instant import instant_of
from balancewatch.core.reading import Reading
from balancewatch.core.selection import GAP, Condition, Params, Place, Stated, Term, TimeAt, UnclearError

_LONGEST_LIST = 1000
"""A list of more figures on a page is no balance, and adding them takes time."""
_SMALLEST_SCALE = Decimal("1e-9")
_LARGEST_SCALE = Decimal("1e15")


class UnreadableError(Exception):
    """The answer is not of the documented shape; says which field, never its value."""


class UnansweredError(Exception):
    """A request that is needed has no answer that could be opened."""

    def __init__(self, reading: Reading) -> None:
        super().__init__("a request failed")
        self.reading = reading


@dataclass(frozen=True, slots=True)
class Documents:
    """What came, by request: the documents of its pages, or the reading that its failure is."""

    found: Mapping[str, Sequence[object] | Reading]
    params: Params
    """What the account states, for terms that no answer holds."""
    asked_at: datetime

    def pages(self, request: str) -> Sequence[object]:
        """Raises `UnansweredError`."""
        found = self.found[request]
        if isinstance(found, Sequence):
            return found
        raise UnansweredError(found)

    def find(self, place: Place) -> object:
        """What stands there, on the first page. Raises `UnansweredError`."""
        return place.at.find(self.pages(place.request)[0], self.params)

    def holds(self, condition: Condition, name: str) -> bool | None:
        """Raises `UnreadableError`, `UnansweredError`."""
        try:
            return condition.holds(self.pages(condition.place.request)[0], self.params)
        except UnclearError:
            raise UnreadableError(f"`{name}` in the answer is neither true nor false") from None

    def total(self, terms: Iterable[Term], scale: Decimal) -> Decimal:
        """The terms' sum, each divided by its scale. Raises `UnreadableError`, `UnansweredError`."""
        total = added(addend for term in terms for addend in self._addends(term, scale))
        if total is None:
            raise UnreadableError("the figures in the answer are too large for a balance")
        return total

    def total_if_there(self, terms: Sequence[Term], scale: Decimal) -> Decimal | None:
        """The same; None where anything of it is missing, or there are no terms."""
        try:
            return self.total(terms, scale) if terms else None
        except (UnreadableError, UnansweredError):
            return None

    def scale(self, scale: Decimal | Place) -> Decimal:
        """What to divide by. Raises `UnreadableError`, `UnansweredError`."""
        if isinstance(scale, Decimal):
            return scale
        number = figure_of(self.find(scale))
        if number is None or not _SMALLEST_SCALE <= abs(number) <= _LARGEST_SCALE:
            raise UnreadableError(f"`{scale.at.source}` in the answer is not a number to divide by")
        return number

    def time(self, at: TimeAt | None) -> datetime | None:
        """The time that stands there; None where there is none."""
        try:
            return None if at is None else instant_of(self.find(at.place), at.form, self.asked_at)
        except UnansweredError:
            return None

    def _addends(self, term: Term, scale: Decimal) -> Iterable[Decimal]:
        match term.of:
            case Place():
                named, values = f"`{term.of.at.source}` in the answer", self._listed(term, term.of)
            case Stated(parameter):
                named, values = f"`params.{parameter}`", [self.params.get(parameter)]
                scale = Decimal(1)
            case Decimal():
                named, values = "a figure of the profile", [term.of]
                scale = Decimal(1)
        if term.scale is not None:
            scale = self.scale(term.scale)
        for value in values:
            number = figure_of(value)
            addend = None if number is None else divided(abs(number) if term.absolute else number, scale)
            if addend is None:
                raise UnreadableError(f"{named} is not a number that can be a balance")
            yield addend

    def _listed(self, term: Term, place: Place) -> Sequence[object]:
        """The values on all pages; one that is missing on any of them is missing."""
        values: list[object] = []
        for page in self.pages(place.request):
            found = place.at.find(page, self.params, gaps=True)
            listed = found if isinstance(found, list) else [found]
            if found is None or any(each is GAP for each in listed):
                raise UnreadableError(f"the answer has no `{place.at.source}`")
            if len(listed) > _LONGEST_LIST:
                raise UnreadableError(f"`{place.at.source}` in the answer is a list of too many figures")
            values += listed
        if not values and not term.may_be_empty:
            raise UnreadableError(f"the answer has no `{place.at.source}`")
        return values


def count_of(value: object) -> int | None:
    """A whole number of things."""
    number = amount_of(value)
    return (
        int(number) if number is not None and number == number.to_integral_value() and number >= 0 else None
    )
