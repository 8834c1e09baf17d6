"""How all accounts stand now, for people to look at: worked out from what is kept, without any secret."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.account import full_name
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.amount import added
from balancewatch.core.datapoint import Point
from balancewatch.core.forecast import Forecast, Runway, forecast
from balancewatch.core.notice import Kind
from balancewatch.core.outlook import estimated
from balancewatch.core.reading import Reason
from balancewatch.core.spending import DAY, Spending
from balancewatch.core.state import Seen, State, Status, TopUp
from balancewatch.core.verdict import Causes, Level, worst

PAST = timedelta(days=14)
"""How far back the curve goes."""
AHEAD = timedelta(days=7)
"""How far the forecast is drawn."""

_BUCKET = timedelta(hours=3)
"""One point of the curve: the longest interval between two runs."""
_HOUR = timedelta(hours=1)
_FAN_STEP_H = 6
_WEEK_H = 7 * DAY
_LONGEST_FAN_H = 3 * _WEEK_H
_CENT = Decimal("0.01")
_ENDLESS = Runway(float("inf"), float("inf"), float("inf"), unsteady=False)


@dataclass(frozen=True, slots=True)
class Ahead:
    """What may be left at a time to come, in the unit: at the most, the usual and the least spend."""

    at: datetime
    least: float
    likely: float
    most: float


@dataclass(frozen=True, slots=True)
class LastTold:
    """What people last heard of one part of an account; surely so."""

    kind: Kind
    status: Status
    at: datetime
    level: Level | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one account stands. Amounts are in `unit`; what is not known is None."""

    name: str
    """The full name."""
    title: str
    provider: str | None
    provider_title: str | None
    level: Level | None
    causes: Causes
    unit: str | None
    remaining: Decimal | None
    unlimited: bool
    seen_at: datetime | None
    """When the balance was read."""
    limit: Decimal | None
    """At or below which it is low."""
    runway: Runway | None
    """Hours from now."""
    daily: Decimal | None
    """What it usually spends in a day."""
    spent: Decimal | None
    """What it spent in the last seven days, as far as known."""
    estimate: Decimal | None
    """Where the balance must be by now; only of an account that cannot be read."""
    top_up: TopUp | None
    unreachable: Reason | None
    failing: Reason | None
    """Why it could not be read lately, also before it counts as unreachable."""
    failing_since: datetime | None
    checked_at: datetime | None
    """The scheduled time of the last run that looked at it."""
    curve: Sequence[tuple[datetime, Decimal | None]] = ()
    """What was left, oldest first; None where it could not be read."""
    fan: Sequence[Ahead] = ()
    told: Sequence[LastTold] = ()

    @property
    def rank(self) -> tuple[int, bool, float, str]:
        """For sorting, worst first: an account that cannot be read is no better than a low one."""
        level = Level.OK if self.level is None else self.level
        least = Level.OK if self.unreachable is None else Level.WARNING
        early = (self.runway or _ENDLESS).early
        return -max(level, least), self.unreachable is None, early, self.title.casefold()


@dataclass(frozen=True, slots=True)
class Overview:
    """All accounts of a stack at a time, worst first."""

    stack: str
    at: datetime
    standings: Sequence[Standing]

    @property
    def checked_at(self) -> datetime | None:
        """When the accounts were last looked at."""
        return max((each.checked_at for each in self.standings if each.checked_at), default=None)

    @property
    def sums(self) -> Mapping[str, Decimal]:
        """What is left in all, by unit; accounts that were never read or are unlimited add nothing."""
        return _sums((each.unit, each.remaining) for each in self.standings)

    @property
    def spent(self) -> Mapping[str, Decimal]:
        """What was spent in seven days in all, by unit."""
        return _sums((each.unit, each.spent) for each in self.standings)


def overview(stack: str, at: datetime, standings: Iterable[Standing]) -> Overview:
    """The overview, worst first."""
    return Overview(stack, at, tuple(sorted(standings, key=lambda each: each.rank)))


def is_watched(state: State) -> bool:
    """Whether it is an account of the list, or entries of it that nobody can watch."""
    return state.removal is None and (state.name != NAMELESS or state.reach.lost)


def standing_of(team: str, state: State, provider_title: str | None, now: datetime) -> Standing:
    """How an account stands by its state; its curve is not in there."""
    seen, reach = state.seen, state.reach
    known = None
    if seen is not None and seen.remaining is not None and state.spending is not None:
        known = forecast(state.spending, seen.at)
    by_now = estimated(state, now) if known is not None else None
    return Standing(
        name=full_name(team, state.name),
        title=state.title or state.name,
        provider=state.provider,
        provider_title=provider_title or state.provider,
        level=None if seen is None and not state.causes else worst(state.causes),
        causes=state.causes,
        unit=seen.unit if seen else None,
        remaining=seen.remaining if seen else None,
        unlimited=seen is not None and seen.remaining is None,
        seen_at=seen.at if seen else None,
        limit=state.limit,
        runway=by_now.lasting.runway if by_now else None,
        daily=by_now.lasting.daily if by_now else None,
        spent=spent_in_week(state.spending),
        estimate=by_now.remaining.quantize(_CENT) if by_now and reach.lost else None,
        top_up=state.top_up,
        unreachable=(reach.reason or Reason.INTERNAL) if reach.lost else None,
        failing=reach.reason if reach.failures else None,
        failing_since=reach.since if reach.failures else None,
        checked_at=state.at,
        fan=() if known is None or seen is None else fan_of(known, seen, now + AHEAD),
        told=tuple(_told(state)),
    )


def _told(state: State) -> Iterable[LastTold]:
    level, reach = state.told_level, state.told_reach
    if level is not None and level.sure:
        yield LastTold(Kind.LOW_BALANCE, level.status, level.at, level=level.level)
    if reach is not None and reach.sure:
        yield LastTold(Kind.UNREACHABLE, reach.status, reach.at, reason=reach.reason)


def spent_in_week(spending: Spending | None) -> Decimal | None:
    """What was spent in the last seven days up to the newest reading, in cents; None if nothing is known."""
    if spending is None:
        return None
    known = [amount for amount in spending.hours[-_WEEK_H:] if amount is not None]
    if not known and not spending.known_s:
        return None
    return Decimal(sum(known) + spending.current).quantize(_CENT)


def curve_of(points: Iterable[Point], unit: str | None) -> Sequence[tuple[datetime, Decimal | None]]:
    """The last of each few hours; None where nothing could be read in them. Another unit is not drawn."""
    found: dict[int, tuple[datetime, Decimal | None]] = {}
    for point in points:
        if point.reason is None and (point.remaining is None or point.unit != unit):
            continue
        place = int(point.at.timestamp() // _BUCKET.total_seconds())
        if point.reason is None or place not in found:
            found[place] = point.at, point.remaining
    return tuple(found[place] for place in sorted(found))


def fan_of(known: Forecast, seen: Seen, until: datetime) -> Sequence[Ahead]:
    """What may be left from when it was read until then; nothing where nothing is spent, or all is."""
    if seen.remaining is None or seen.remaining <= 0 or known.early.spent_within(_WEEK_H) <= 0:
        return ()
    left = float(seen.remaining)
    hours = range(0, min(int((until - seen.at) / _HOUR), _LONGEST_FAN_H) + 1, _FAN_STEP_H)
    return tuple(
        Ahead(
            seen.at + hour * _HOUR,
            *(max(left - curve.spent_within(hour), 0.0) for curve in (known.early, known.likely, known.late)),
        )
        for hour in hours
    )


def _sums(amounts: Iterable[tuple[str | None, Decimal | None]]) -> Mapping[str, Decimal]:
    by_unit: dict[str, list[Decimal]] = defaultdict(list)
    for unit, amount in amounts:
        if unit is not None and amount is not None:
            by_unit[unit].append(amount)
    sums = {unit: added(found) for unit, found in sorted(by_unit.items())}
    return {unit: total for unit, total in sums.items() if total is not None}
