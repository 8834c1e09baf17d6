"""What an event asks for: all teams for its scheduled time (by hand, for now), or one team a record."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.notification import Json

TEAM = r"[A-Za-z0-9._-]{1,64}"
"""What a team can be called; full names have a `/` before the account, so a team's name has none."""

_WANTED = "the event's `at` must be a time such as 2026-11-22T04:00:00Z"
_NO_RECORDS = "the event's `Records` must be records of the queue, each with its `messageId`"


class EventError(ValueError):
    """An event that asks for nothing that can be done."""


@dataclass(frozen=True, slots=True)
class Due:
    """A run that is due: of one team, for a scheduled time."""

    team: str
    at: datetime
    until: datetime | None = None
    """When it comes too late; None: never."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the queue, and the run that it asks for; None where that cannot be read."""

    ident: str
    due: Due | None


def scheduled_time(event: Mapping[str, object], now: datetime) -> datetime:
    """The event's `at`, to the second, in UTC; now where there is none. Raises `EventError`."""
    match event.get("at"):
        case None | "<aws.scheduler.scheduled-time>":
            at = now
        case str() as text:
            at = _parsed(text)
        case _:
            raise EventError(_WANTED)
    return at.astimezone(UTC).replace(microsecond=0)


def records_of(event: Mapping[str, object], now: datetime) -> Sequence[Record] | None:
    """The records of an event of the queue; None for any other event. Raises `EventError`."""
    match event.get("Records"):
        case None:
            return None
        case [*records]:
            return [_record(record, now) for record in records]
        case _:
            raise EventError(_NO_RECORDS)


def dues_of(records: Sequence[Record]) -> Sequence[Due]:
    """The runs that the records ask for: of each team only the latest, which makes up for the others."""
    latest: dict[str, Due] = {}
    for record in records:
        due = record.due
        if due is not None and (due.team not in latest or latest[due.team].at < due.at):
            latest[due.team] = due
    return list(latest.values())


def answer_of(records: Sequence[Record], failed: Collection[str]) -> Mapping[str, Json]:
    """What Lambda is told of the records: those that it must not take off the queue, for they failed.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    kept = [record.ident for record in records if record.due is None or record.due.team in failed]
    return {"batchItemFailures": [{"itemIdentifier": ident} for ident in kept]}


def _record(record: object, now: datetime) -> Record:
    match record:
        case {"messageId": str(ident), "body": str(body)} if ident:
            return Record(ident, _due(body, now))
        case {"messageId": str(ident)} if ident:
            return Record(ident, None)
        case _:
            raise EventError(_NO_RECORDS)


def _due(body: str, now: datetime) -> Due | None:
    try:
        wanted = decode(body)
        team = wanted.get("team") if isinstance(wanted, Mapping) else None
        if isinstance(wanted, Mapping) and isinstance(team, str) and re.fullmatch(TEAM, team):
            return Due(team, scheduled_time(wanted, now))
    except (NotJsonError, EventError):
        pass
    return None


def _parsed(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise EventError(_WANTED) from None
