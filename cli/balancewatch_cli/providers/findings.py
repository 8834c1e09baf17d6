"""What each expression of a profile found in the answers, and what it is taken for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from balancewatch.core.amount import plain
from balancewatch.core.documents import Documents, UnansweredError, UnreadableError, count_of
from balancewatch.core.exchange import Answer, NoResponse, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.selection import (
    Condition,
    Expression,
    Place,
    Scalar,
    Stated,
    Term,
    TimeAt,
    UnclearError,
)
from balancewatch.core.state_record import moment
from balancewatch_cli.providers.redaction import Redaction
from balancewatch_cli.providers.trial import UNITS, Trial

NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Finding:
    """One expression. `found` and `means` are fit to be shown."""

    key: str
    expression: str
    request: str
    found: str
    means: str


def findings(trial: Trial) -> Sequence[Finding]:
    """In the order of the profile, also where the reading failed."""
    if not trial.asked:
        return ()
    profile = trial.account.profile
    found = {name: _pages(trial.answers(name)) for name in profile.requests}
    if units := trial.answers(UNITS):
        found[UNITS] = _pages(units)
    documents = Documents(found, trial.account.open_params, trial.asked[0].answer.exchange.asked_at)
    return tuple(_Reader(trial, documents, Redaction(trial.account.tokens)).all())


def _pages(answers: Sequence[Answer]) -> Sequence[object] | Reading:
    """The documents of all pages, whatever their status; a failure where one is no JSON."""
    pages: list[object] = []
    for answer in answers:
        match answer:
            case Response():
                try:
                    pages.append(decode(answer.body.decode("utf-8")))
                except (UnicodeDecodeError, NotJsonError):
                    return _none(answer.exchange)
            case NoResponse():
                return _none(answer.exchange)
    return pages


def _none(exchange: Exchange) -> Failure:
    return Failure(Reason.BAD_ANSWER, "no JSON came", exchange)


@dataclass(frozen=True, slots=True)
class _Reader:
    trial: Trial
    documents: Documents
    redaction: Redaction

    def all(self) -> Iterator[Finding]:
        profile = self.trial.account.profile
        rules = profile.answer
        yield from self._conditions("ok", rules.ok)
        for name, request in profile.further.items():
            yield from self._conditions(f"requests.{name}.ok", request.ok)
        yield from self._place("message", None if rules.message is None else Place(rules.message))
        yield from self._terms("remaining", rules.remaining)
        yield from self._terms("used", rules.used)
        yield from self._conditions("unlimited", rules.unlimited)
        yield from self._conditions("spendable", rules.spendable or ())
        yield from self._terms("threshold", () if rules.threshold is None else (rules.threshold,))
        yield from self._place("scale", rules.scale_at)
        yield from self._place("unit", None if rules.unit_at is None else rules.unit_at.place)
        yield from self._place("requests", rules.requests, count_of)
        yield from self._time("expires", rules.expires)
        yield from self._time("refills", rules.refills)
        for name, place in rules.raw:
            yield from self._place(f"raw.{name}", place)
        yield from self._units()

    def _units(self) -> Iterator[Finding]:
        """How the gateway counts, where it was asked for that."""
        units = self.trial.account.profile.units
        if units is None or UNITS not in self.documents.found:
            return
        for case in units.cases:
            if case.when is not None:
                at = Place(case.when.place.at, UNITS)
                yield from self._conditions(f"units {case.unit}", (replace(case.when, place=at),))
            for expression in (case.scale, case.rate):
                if isinstance(expression, Expression):
                    yield from self._place(f"units {case.unit}", Place(expression, UNITS))

    def _place(
        self, key: str, place: Place | None, means: Callable[[object], object] | None = None
    ) -> Iterator[Finding]:
        if place is None:
            return
        value = self._find(place)
        taken = None if means is None else means(value)
        words = "" if means is None else NOTHING if taken is None else str(taken)
        yield Finding(key, place.at.source, place.request, self._shown(value), words)

    def _time(self, key: str, at: TimeAt | None) -> Iterator[Finding]:
        if at is not None:
            time = self.documents.time(at)
            yield from self._place(key, at.place, lambda _: None if time is None else moment(time))

    def _conditions(self, key: str, conditions: Sequence[Condition]) -> Iterator[Finding]:
        for condition in conditions:
            place = condition.place
            yield Finding(
                key,
                f"{place.at.source}{_tests(condition)}",
                place.request,
                self._shown(self._find(place)),
                self._holds(condition),
            )

    def _terms(self, key: str, terms: Sequence[Term]) -> Iterator[Finding]:
        for term in terms:
            yield self._term(key, term)

    def _holds(self, condition: Condition) -> str:
        try:
            page = self.documents.pages(condition.place.request)[0]
            holds = condition.holds(page, self.documents.params)
        except (UnansweredError, IndexError):
            return "no answer"
        except UnclearError:
            return "neither true nor false"
        return {True: "holds", False: "does not hold", None: "not told"}[holds]

    def _term(self, key: str, term: Term) -> Finding:
        match term.of:
            case Place() as place:
                source, request, found = place.at.source, place.request, self._shown(self._find(place))
            case Stated(parameter):
                source, request = f"params.{parameter}", NOTHING
                found = self._shown(self.documents.params.get(parameter))
            case Decimal() as number:
                source, request, found = plain(number), NOTHING, plain(number)
        scale = self._scale()
        try:
            means = plain(self.documents.total([term], scale))
        except (UnreadableError, UnansweredError, IndexError):
            means = "no figure"
        divided = scale if term.scale is None and isinstance(term.of, Place) else term.scale
        return Finding(key, f"{source}{_divisor(divided)}", request, found, means)

    def _scale(self) -> Decimal:
        """What the reading divided by; where there is none, what it would have."""
        if isinstance(self.trial.reading, Balance):
            return self.trial.reading.scale
        rules = self.trial.account.profile.answer
        try:
            usual = rules.scale if rules.scale_at is None else rules.scale_at
            return self.trial.account.rules.scale or self.documents.scale(usual)
        except (UnreadableError, UnansweredError, IndexError):
            return Decimal(1)

    def _find(self, place: Place) -> object:
        try:
            return self.documents.find(place)
        except (UnansweredError, IndexError):
            return None

    def _shown(self, value: object) -> str:
        return NOTHING if value is None else self.redaction.value(value)


def _divisor(scale: Decimal | Place | None) -> str:
    match scale:
        case Place():
            return f" / {scale.at.source}"
        case Decimal() if scale != 1:
            return f" / {plain(scale)}"
        case _:
            return ""


def _tests(condition: Condition) -> str:
    """What it must be, in the words of the profile."""
    parts: list[str] = []
    for word, values in (("is", condition.among), ("is not", condition.not_among)):
        if values is not None:
            parts.append(f"{word} {' | '.join(map(_scalar, values))}")
    if condition.at_least is not None:
        parts.append(f"at least {plain(condition.at_least)}")
    if condition.missing is not None:
        parts += ["is null"] * condition.missing.null + ["is absent"] * condition.missing.absent
    return f" {' or '.join(parts)}" if parts else ""


def _scalar(value: Scalar) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Decimal():
            return plain(value)
        case str():
            return value
