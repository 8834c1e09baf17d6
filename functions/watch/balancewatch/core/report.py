"""The weekly report: when it is due, and what is in it. It makes silence between two reports mean something.

It keeps the promise of notifications: what is stored before it is published says which week it is for, and is
`sure` only once SNS accepted it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from balancewatch.core.account import Language
from balancewatch.core.overview import LastTold, Overview, Standing
from balancewatch.core.state_record import Record, instant, moment

ITEM = "#report"
"""Where it is stored, beside the states of the team."""

WEEK = timedelta(days=7)

_AT = time(9)
"""On the stack's wall: in the morning, when people read what is no alarm."""


@dataclass(frozen=True, slots=True)
class ReportTold:
    """For which time a report was told last; not `sure` until SNS accepted it."""

    due: datetime
    id: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the report of a team is made of."""

    id: str
    team: str
    overview: Overview
    language: Language
    timezone: ZoneInfo

    @property
    def told(self) -> Sequence[tuple[LastTold, Standing]]:
        """What people heard last of each account, within the week, newest first."""
        since = self.overview.at - WEEK
        found = [(last, each) for each in self.overview.standings for last in each.told if last.at > since]
        return sorted(found, key=lambda pair: (pair[0].at, pair[1].name), reverse=True)


def latest_due(at: datetime, weekday: int, zone: ZoneInfo) -> datetime:
    """The last time that a report was due, `at` or before; `weekday` counts from Monday, 0."""
    local = at.astimezone(zone)
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7)
    due = datetime.combine(day, _AT, zone)
    return (due if due <= at else datetime.combine(day - WEEK, _AT, zone)).astimezone(UTC)


def to_tell(before: ReportTold | None, due: datetime, team: str) -> ReportTold | None:
    """What to store before telling; None where there is nothing to tell.

    The id is that of the week and the team: a receiver knows a second copy by it.
    """
    if before is None or before.due > due or (before.due == due and before.sure):
        return None
    return ReportTold(due, report_id(team, due), sure=False)


def report_id(team: str, due: datetime) -> str:
    return hashlib.sha256(f"report|{team}|{moment(due)}".encode()).hexdigest()[:24]


def record_of_report(told: ReportTold) -> Record:
    return {"told_report": {"due": moment(told.due), "id": told.id, "sure": told.sure}}


def report_of_record(record: Record) -> ReportTold | None:
    """What was stored; None where it cannot be read."""
    match record:
        case {"told_report": {"due": str(due), "id": str(ident), "sure": bool(sure)}}:
            try:
                return ReportTold(instant(due), ident, sure)
            except ValueError:
                return None
        case _:
            return None
