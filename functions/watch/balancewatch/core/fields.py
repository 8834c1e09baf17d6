"""Reading what people wrote, field by field: every mistake is found, none stops the next.

Problems name fields and what is wanted, never values: a rejected value may be a pasted token.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from balancewatch.core.amount import amount_of, plain

T = TypeVar("T")
D = TypeVar("D")

_SHOWABLE = re.compile(r"[A-Za-z][A-Za-z_ -]{0,29}")


class WantedError(ValueError):
    """What a field must be, as the end of a sentence that begins with its name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake for its owner to mend. A problem of the whole team has no account."""

    account: str | None
    field: str | None
    problem: str


class Fields:
    """The fields of one object, taken one by one; `problems` collects what is wrong with them."""

    def __init__(self, values: Mapping[str, object], *, path: str = "") -> None:
        self._values = values
        self._path = path
        self._known: set[str] = set()
        self.problems: list[tuple[str, str]] = []
        """Pairs of a field's path and what is wrong."""

    def take(self, name: str, parse: Callable[[object], T], default: D) -> T | D:
        """The parsed field; the default where it is absent or wrong."""
        self._known.add(name)
        if name not in self._values:
            return default
        try:
            return parse(self._values[name])
        except WantedError as error:
            self.report(name, str(error))
            return default

    def require(self, name: str, parse: Callable[[object], T], *, why: str = "is required") -> T | None:
        """The parsed field; None, and a problem, where it is absent or wrong."""
        if name not in self._values:
            self._known.add(name)
            self.report(name, why)
            return None
        return self.take(name, parse, None)

    def nested(self, name: str) -> "Fields":
        """The fields of the object in a field; none where it is absent or no object."""
        values = self.take(name, mapping, {})
        return Fields(values, path=f"{self._path}{name}.")

    @property
    def names(self) -> Collection[str]:
        return self._values.keys()

    def report(self, name: str, problem: str) -> None:
        """Note what is wrong with a field, as the end of a sentence that begins with its name."""
        shown = name if _SHOWABLE.fullmatch(name) else "?"
        self.problems.append((f"{self._path}{shown}", problem))

    def absorb(self, inner: "Fields") -> None:
        self.problems.extend(inner.problems)

    def finish(self, *, allowed: Collection[str] = ()) -> list[tuple[str, str]]:
        """All problems, unknown fields among them."""
        known = self._known | set(allowed)
        offered = sorted(filter(_SHOWABLE.fullmatch, known))
        for name in self._values:
            if name in known:
                continue
            if not _SHOWABLE.fullmatch(name):
                self.report(name, "is not a field (its name is not shown: it may be a secret)")
                continue
            near = difflib.get_close_matches(name, offered, n=1)
            self.report(name, f"is not a field; did you mean `{near[0]}`?" if near else "is not a field")
        return self.problems


def text(
    *, longest: int = 200, shortest: int = 1, wanted: str | None = None, pattern: str | None = None
) -> Callable[[object], str]:
    """A parser of text between two lengths, not blank; `wanted` says in words what `pattern` demands."""

    def parse(value: object) -> str:
        match value:
            case str() if shortest <= len(value) <= longest and value.isprintable() and value.strip():
                if pattern is None or re.fullmatch(pattern, value, re.ASCII):
                    return value
        raise WantedError(f"must be {wanted or f'text of {shortest} to {longest} characters'}")

    return parse


def number(
    *, least: Decimal | None = None, above: Decimal | None = None, most: Decimal | None = None
) -> Callable[[object], Decimal]:
    """A parser of numbers within bounds; numbers in text are refused."""

    def parse(value: object) -> Decimal:
        parsed = None if isinstance(value, str) else amount_of(value)
        if parsed is None:
            raise WantedError("must be a number")
        if least is not None and parsed < least:
            raise WantedError(f"must be {plain(least)} or more")
        if above is not None and parsed <= above:
            raise WantedError(f"must be more than {plain(above)}")
        if most is not None and parsed > most:
            raise WantedError(f"must be {plain(most)} or less")
        return parsed

    return parse


def mistakes(problems: Iterable[tuple[str, str]]) -> str:
    """The problems of an inner object, as what is wrong with the field that holds it."""
    return "has a mistake: " + "; ".join(f"`{name}` {problem}" for name, problem in problems)


def whole(*, least: int, most: int) -> Callable[[object], int]:
    """A parser of whole numbers within bounds."""
    within = number(least=Decimal(least), most=Decimal(most))

    def parse(value: object) -> int:
        parsed = within(value)
        if parsed != parsed.to_integral_value():
            raise WantedError("must be a whole number")
        return int(parsed)

    return parse


def flag(value: object) -> bool:
    """A parser of true and false."""
    if not isinstance(value, bool):
        raise WantedError("must be true or false")
    return value


def mapping(value: object) -> Mapping[str, object]:
    """A parser of objects."""
    if not isinstance(value, Mapping):
        raise WantedError("must be an object")
    return value


def one_of(choices: Iterable[str]) -> Callable[[object], str]:
    """A parser of one word out of a list."""
    listed = tuple(choices)

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in listed:
            raise WantedError(f"must be one of {', '.join(listed)}")
        return value

    return parse


def texts(*, most: int, longest: int) -> Callable[[object], tuple[str, ...]]:
    """A parser of short lists of short texts."""
    each = text(longest=longest)
    wanted = f"must be a list of at most {most} texts of 1 to {longest} characters"

    def parse(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise WantedError(wanted)
        try:
            return tuple(each(item) for item in value)
        except WantedError:
            raise WantedError(wanted) from None

    return parse
