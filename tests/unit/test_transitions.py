"""The tables of what to tell, row by row: each row decides where, and only where, it should."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from balancewatch.core.reading import Reason
from balancewatch.core.state import Reach, Status, ToldLevel, ToldReach
from balancewatch.core.transitions import (
    LEVEL_TRANSITIONS,
    REACH_TRANSITIONS,
    LevelCase,
    ReachCase,
)
from balancewatch.core.verdict import Level, Severity

AT = datetime(2026, 11, 22, tzinfo=UTC)
OK, WARNING, CRITICAL, EMPTY = Level


def told(level: Level, status: Status = Status.FIRING, *, sure: bool = True) -> ToldLevel:
    severity = Severity.CRITICAL if level >= CRITICAL else Severity.WARNING
    return ToldLevel(status, severity, "id", AT, sure, level, "USD", Decimal(1))


def reach(
    reason: Reason | None, status: Status = Status.FIRING, *, sure: bool = True, critical: bool = False
) -> ToldReach:
    severity = Severity.CRITICAL if critical else Severity.WARNING
    return ToldReach(status, severity, "id", AT, sure, reason)


def lost(reason: Reason, same: int = 1) -> Reach:
    return Reach(lost=True, failures=same, since=AT, reason=reason, same=same)


FOUND = Reach()
FIRING, REPEATED, RESOLVED = Status

LEVELS: dict[str, tuple[LevelCase, int, Status | None]] = {
    "unsure, still the same": (LevelCase(told(WARNING, sure=False), WARNING, True, False), 0, FIRING),
    "unsure, now worse": (LevelCase(told(WARNING, sure=False), EMPTY, True, False), 0, FIRING),
    "unsure, now better": (LevelCase(told(EMPTY, sure=False), WARNING, True, False), 0, FIRING),
    "unsure, now over": (LevelCase(told(WARNING, sure=False), OK, True, False), 0, RESOLVED),
    "unsure end, still over": (LevelCase(told(OK, RESOLVED, sure=False), OK, True, False), 0, RESOLVED),
    "unsure end, low again": (LevelCase(told(OK, RESOLVED, sure=False), WARNING, True, False), 0, FIRING),
    "unsure repeat": (LevelCase(told(EMPTY, REPEATED, sure=False), EMPTY, True, False), 0, REPEATED),
    "never told, low": (LevelCase(None, WARNING, True, False), 1, FIRING),
    "told well, low": (LevelCase(told(OK, RESOLVED), CRITICAL, True, False), 1, FIRING),
    "warning, then critical": (LevelCase(told(WARNING), CRITICAL, True, False), 1, FIRING),
    "critical, then empty, though a repeat is due": (LevelCase(told(CRITICAL), EMPTY, True, True), 1, FIRING),
    "critical, repeat due": (LevelCase(told(CRITICAL), CRITICAL, True, True), 2, REPEATED),
    "empty, now critical, repeat due": (LevelCase(told(EMPTY), CRITICAL, True, True), 2, REPEATED),
    "critical, repeat due, cannot be read": (LevelCase(told(CRITICAL), CRITICAL, False, True), 4, None),
    "critical, now warning, repeat due": (LevelCase(told(CRITICAL), WARNING, True, True), 4, None),
    "warning, repeat due": (LevelCase(told(WARNING), WARNING, True, True), 4, None),
    "critical, repeat not due": (LevelCase(told(CRITICAL), CRITICAL, True, False), 4, None),
    "low, then ok": (LevelCase(told(EMPTY), OK, True, True), 3, RESOLVED),
    "never told, ok": (LevelCase(None, OK, True, True), 4, None),
    "told well, ok": (LevelCase(told(OK, RESOLVED), OK, True, True), 4, None),
}

UNAUTHORIZED, TIMEOUT, MISSING = Reason.UNAUTHORIZED, Reason.TIMEOUT, Reason.NOT_FOUND

GRAVE = reach(TIMEOUT, critical=True)


def case(
    heard: ToldReach | None, now: Reach, *, severe: bool = False, limit: int = 2, repeat: bool = False
) -> ReachCase:
    return ReachCase(heard, now, Severity.CRITICAL if severe else Severity.WARNING, limit, repeat)


REACHES: dict[str, tuple[ReachCase, int, Status | None]] = {
    "unsure, still lost": (case(reach(TIMEOUT, sure=False), lost(TIMEOUT)), 0, FIRING),
    "unsure, now found": (case(reach(TIMEOUT, sure=False), FOUND), 0, RESOLVED),
    "unsure end, lost again": (case(reach(None, RESOLVED, sure=False), lost(TIMEOUT)), 0, FIRING),
    "unsure repeat": (case(reach(TIMEOUT, REPEATED, sure=False), lost(TIMEOUT)), 0, REPEATED),
    "never told, lost": (case(None, lost(TIMEOUT)), 1, FIRING),
    "told found, lost": (case(reach(None, RESOLVED), lost(TIMEOUT)), 1, FIRING),
    "another owner's reason, often enough": (case(reach(TIMEOUT), lost(UNAUTHORIZED, 2)), 2, FIRING),
    "another owner's reason, not often enough": (case(reach(TIMEOUT), lost(UNAUTHORIZED, 1)), 5, None),
    "another reason, not the owner's": (case(reach(MISSING), lost(TIMEOUT, 9)), 5, None),
    "critical, repeat due": (
        case(GRAVE, lost(TIMEOUT), severe=True, repeat=True),
        3,
        REPEATED,
    ),
    "told as a warning, critical now, repeat due": (
        case(reach(TIMEOUT), lost(TIMEOUT), severe=True, repeat=True),
        3,
        REPEATED,
    ),
    "warning, repeat due": (case(reach(TIMEOUT), lost(TIMEOUT), repeat=True), 5, None),
    "critical, repeat not due": (case(GRAVE, lost(TIMEOUT), severe=True), 5, None),
    "lost, then found": (case(reach(TIMEOUT), FOUND), 4, RESOLVED),
    "never told, found": (case(None, FOUND), 5, None),
    "told found, found": (case(reach(None, RESOLVED), FOUND), 5, None),
}


@pytest.mark.parametrize(("level", "row", "status"), LEVELS.values(), ids=LEVELS)
def test_the_first_row_that_holds_decides_the_level(
    level: LevelCase, row: int, status: Status | None
) -> None:
    holding = [number for number, each in enumerate(LEVEL_TRANSITIONS) if each.holds(level)]
    assert (holding[0], LEVEL_TRANSITIONS[row].status(level)) == (row, status)


@pytest.mark.parametrize(("reached", "row", "status"), REACHES.values(), ids=REACHES)
def test_the_first_row_that_holds_decides_the_reach(
    reached: ReachCase, row: int, status: Status | None
) -> None:
    holding = [number for number, each in enumerate(REACH_TRANSITIONS) if each.holds(reached)]
    assert (holding[0], REACH_TRANSITIONS[row].status(reached)) == (row, status)


def test_every_row_is_reached_by_a_case() -> None:
    assert {row for _, row, _ in LEVELS.values()} == set(range(len(LEVEL_TRANSITIONS)))
    assert {row for _, row, _ in REACHES.values()} == set(range(len(REACH_TRANSITIONS)))
