"""All that a run will write and say of one account, built and measured before the first write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from balancewatch.core.account import Entry, Misconfigured
from balancewatch.core.datapoint import Datapoint, datapoint_of
from balancewatch.core.decide import Decision, decide, decide_mended, decide_removed
from balancewatch.core.message import Message, compose
from balancewatch.core.notice import Kind, Notice, Tick
from balancewatch.core.notification import Notification, notification_of, removed_notification
from balancewatch.core.reading import Failure, Reading, Reason
from balancewatch.core.spending import trimmed
from balancewatch.core.state import State
from balancewatch.core.state_record import Record, record_of
from balancewatch.core.summary import Outcome

LARGEST_STATE = 2048
"""Bytes of names and values."""

_ONE_WRITE = 1024
"""Bytes of one write unit of DynamoDB."""
_KEYS = 40
"""Bytes of it for the keys, with a full name of 24."""
_LEAST_HOURS = 96
"""Four days: the least spending that is kept for the forecast, however crowded the state is."""

_LONGEST_DETAIL = 200

Part = Literal["told_level", "told_reach", "removal", "told_report"]
_PARTS: dict[Kind, Part] = {
    Kind.LOW_BALANCE: "told_level",
    Kind.UNREACHABLE: "told_reach",
    Kind.REMOVED: "removal",
}


class TooLargeStateError(ValueError):
    """A state that would not fit its item."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One notification, ready to publish, and the part of told that it makes sure."""

    notification: Notification
    message: Message
    part: Part


@dataclass(frozen=True, slots=True)
class Plan:
    """What to keep and to tell of one account. `outcome` is None for what the summary does not list."""

    name: str
    decision: Decision
    told: Record
    untold: Record | None
    """The state to keep where nothing is told; None leaves it as it is."""
    drafts: tuple[Draft, ...]
    outcome: Outcome | None = None
    datapoint: Datapoint | None = None


def plan_account(entry: Entry, state: State, reading: Reading, tick: Tick) -> Plan:
    """The plan for an account in the secret. Raises `TooLargeStateError`, `TooLargeError`."""
    decision = decide(entry, state, reading, tick)
    outcome = Outcome(entry, reading, decision)
    return _plan(entry, decision, reading, tick, outcome, datapoint_of(reading))


def plan_entries(entry: Misconfigured, state: State, tick: Tick) -> Plan:
    """The plan for all entries without a usable name; they are mended where there is no problem left."""
    reading = misread(entry)
    decision = decide(entry, state, reading, tick) if entry.problems else decide_mended(entry, state, tick)
    return _plan(entry, decision, reading, tick)


def plan_removed(state: State, tick: Tick) -> Plan:
    """The plan for an account that is not in the secret any more."""
    decision = decide_removed(state, tick)
    drafts = [_draft(removed_notification(decision, notice, tick)) for notice in decision.notices]
    return Plan(state.name, decision, measured(decision.told), None, tuple(drafts))


def misread(entry: Misconfigured) -> Failure:
    """The reading of an account that cannot be asked as written."""
    return Failure(Reason.MISCONFIGURED, entry.mistakes[:_LONGEST_DETAIL])


def _plan(
    entry: Entry,
    decision: Decision,
    reading: Reading,
    tick: Tick,
    outcome: Outcome | None = None,
    datapoint: Datapoint | None = None,
) -> Plan:
    notices: Sequence[Notice] = decision.notices
    drafts = [_draft(notification_of(entry, decision, notice, reading, tick)) for notice in notices]
    told = measured(decision.told)
    untold = told if decision.untold == decision.told else measured(decision.untold)
    return Plan(entry.name, decision, told, untold, tuple(drafts), outcome, datapoint)


def _draft(notification: Notification) -> Draft:
    return Draft(notification, compose(notification), _PARTS[notification.kind])


def measured(state: State) -> Record:
    """The state's record, in one write unit if need be with less of the past. Raises `TooLargeStateError`."""
    record = record_of(state)
    excess = size(record) - (_ONE_WRITE - _KEYS)
    if excess > 0 and state.spending is not None:
        hours = max(len(state.spending.hours) - excess, _LEAST_HOURS)
        state = replace(state, spending=trimmed(state.spending, hours))
        record = record_of(state)
        if size(record) > _ONE_WRITE - _KEYS:  # nothing is decided by the last top-up
            record = record_of(replace(state, top_up=None))
    if size(record) > LARGEST_STATE:
        raise TooLargeStateError(f"more than {LARGEST_STATE} bytes")
    return record


def size(value: "str | bool | Record") -> int:
    """Bytes in an item, as DynamoDB counts them: names, values, 3 and 1 an entry for a map."""
    match value:
        case bool():
            return 1
        case str():
            return len(value.encode())
        case _:
            return 3 + sum(len(key.encode()) + 1 + size(inner) for key, inner in value.items())
