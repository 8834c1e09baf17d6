"""What to tell, as tables: what people last heard, what is true, and so what is told.

The first row that holds decides. The README prints these tables and the tests run over them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from balancewatch.core.account import Rules
from balancewatch.core.state import Reach, Status, ToldLevel, ToldReach
from balancewatch.core.verdict import Level, Severity, Verdict

Case = TypeVar("Case")


@dataclass(frozen=True, slots=True)
class Transition(Generic[Case]):
    """One row: in words for people, and as a rule. `status` None tells nothing."""

    told: str
    true: str
    tell: str
    holds: Callable[[Case], bool]
    status: Callable[[Case], Status | None]


@dataclass(frozen=True, slots=True)
class LevelCase:
    """What people last heard of an account's level, and what it is."""

    told: ToldLevel | None
    now: Level
    reachable: bool
    repeat: bool
    """Whether it is time to repeat."""

    @property
    def heard(self) -> Level:
        """What people believe: also that it is over, where they know why, though nobody could tell them."""
        if self.told is None:
            return Level.OK
        relief = self.told.relief
        return Level.OK if self.now and relief and not relief.why.comes_by_itself else self.told.level


@dataclass(frozen=True, slots=True)
class ReachCase:
    """What people last heard of whether an account can be read, and how it is."""

    told: ToldReach | None
    reach: Reach
    severity: Severity
    limit: int
    """How often in a row the latest reason must come to be told in place of another."""
    repeat: bool

    @property
    def heard_lost(self) -> bool:
        return self.told is not None and self.told.reason is not None


def _unsure_level(case: LevelCase) -> Status:
    if case.now is Level.OK:
        return Status.RESOLVED
    if case.told is not None and case.told.status is Status.REPEATED and case.told.level is case.now:
        return Status.REPEATED
    return Status.FIRING


def _unsure_reach(case: ReachCase) -> Status:
    if not case.reach.lost:
        return Status.RESOLVED
    if (
        case.told is not None
        and case.told.status is Status.REPEATED
        and case.told.reason is case.reach.reason
    ):
        return Status.REPEATED
    return Status.FIRING


LEVEL_TRANSITIONS: tuple[Transition[LevelCase], ...] = (
    Transition(
        "anything, but it is not sure that it arrived",
        "anything",
        "`low_balance` with what is true now; the same words keep their `id`",
        lambda case: case.told is not None and not case.told.sure,
        _unsure_level,
    ),
    Transition(
        "nothing, or a better level",
        "a worse level than ok",
        "`low_balance` firing",
        lambda case: case.now > case.heard,
        lambda _: Status.FIRING,
    ),
    Transition(
        "critical or empty, and the account can be read",
        "critical or empty, `repeat_hours` later",
        "`low_balance` repeated, with the level that is true",
        lambda case: min(case.heard, case.now) >= Level.CRITICAL and case.reachable and case.repeat,
        lambda _: Status.REPEATED,
    ),
    Transition(
        "low",
        "ok",
        "`low_balance` resolved, with why",
        lambda case: case.heard > Level.OK and case.now is Level.OK,
        lambda _: Status.RESOLVED,
    ),
    Transition("low", "better, still low; or the same", "nothing", lambda _: True, lambda _: None),
)

REACH_TRANSITIONS: tuple[Transition[ReachCase], ...] = (
    Transition(
        "anything, but it is not sure that it arrived",
        "anything",
        "`unreachable` with what is true now; the same words keep their `id`",
        lambda case: case.told is not None and not case.told.sure,
        _unsure_reach,
    ),
    Transition(
        "reachable",
        "unreachable",
        "`unreachable` firing: reason, advice, last balance",
        lambda case: case.reach.lost and not case.heard_lost,
        lambda _: Status.FIRING,
    ),
    Transition(
        "unreachable",
        "for another reason, which the owner must mend, as often in a row as its limit",
        "`unreachable` firing",
        lambda case: (
            case.reach.lost
            and case.told is not None
            and case.reach.reason is not None
            and case.reach.reason is not case.told.reason
            and case.reach.reason.is_the_owners
            and case.reach.same >= case.limit
        ),
        lambda _: Status.FIRING,
    ),
    Transition(
        "unreachable",
        "the same while critical or empty, `repeat_hours` later",
        "`unreachable` repeated",
        lambda case: (
            case.reach.lost and case.heard_lost and case.severity is Severity.CRITICAL and case.repeat
        ),
        lambda _: Status.REPEATED,
    ),
    Transition(
        "unreachable",
        "reachable: two good readings in a row",
        "`unreachable` resolved, with the balance now",
        lambda case: case.heard_lost and not case.reach.lost,
        lambda _: Status.RESOLVED,
    ),
    Transition("anything", "the same", "nothing", lambda _: True, lambda _: None),
)


def level_status(told: ToldLevel | None, verdict: Verdict, rules: Rules, at: datetime) -> Status | None:
    """What to tell of the level, if anything; nothing while it is not known."""
    if verdict.level is None:
        return None
    case = LevelCase(told, verdict.level, verdict.unreachable is None, _is_due(told, rules.repeat_hours, at))
    return _first(LEVEL_TRANSITIONS, case)


def reach_status(
    told: ToldReach | None, reach: Reach, verdict: Verdict, rules: Rules, at: datetime
) -> Status | None:
    """What to tell of whether the account can be read, if anything."""
    limit = 1 if reach.reason is None else rules.failures_before(reach.reason)
    return _first(
        REACH_TRANSITIONS,
        ReachCase(told, reach, verdict.severity, limit, _is_due(told, rules.repeat_hours, at)),
    )


def _first(table: tuple[Transition[Case], ...], case: Case) -> Status | None:
    return next(row.status(case) for row in table if row.holds(case))


def _is_due(told: ToldLevel | ToldReach | None, repeat_hours: Decimal, at: datetime) -> bool:
    """Compares scheduled times: a run's own clock would turn 24 hours into 25."""
    if told is None or repeat_hours == 0:
        return False
    return at - told.at >= timedelta(seconds=float(repeat_hours * 3600))
