"""What is wrong with a deployed stack: from facts to findings, each ok or with what to do."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from balancewatch.core.fields import Problem
from balancewatch.core.reading import Balance, Failure, Reading

_LATE = 4
"""So many intervals without a run are too long, as the stack's alarm has it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """What could not be found out, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets the messages, without the address."""

    protocol: str
    arn: str
    """An ARN once it is confirmed; else `PendingConfirmation` or `Deleted`."""


@dataclass(frozen=True, slots=True)
class Texting:
    """How this AWS account may send text messages; `limit` is in USD a month."""

    is_sandboxed: bool
    limit: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of the stack that tells its topic, if it is on."""

    name: str
    state: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found out about a stack at a time."""

    now: datetime
    interval: timedelta
    readings: Mapping[str, Reading] | Unknown
    problems: Sequence[Problem]
    checked_at: datetime | Unknown | None
    schedule: str | Unknown
    """ENABLED or DISABLED."""
    denied: Sequence[str] | Unknown
    """What the function must do and its role may not."""
    subscriptions: Sequence[Subscription] | Unknown
    texting: Texting | Unknown | None
    """None where nobody gets text messages."""
    alarms: Sequence[Alarm] | Unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do; `todo` is None where it is ok."""

    what: str
    words: str
    todo: str | None = None


def findings(facts: Facts) -> Sequence[Finding]:
    """What there is to say, in the order in which data flows."""
    checks: Sequence[tuple[str, object, Callable[[Facts], Iterable[Finding]]]] = (
        ("schedule", facts.schedule, _schedule),
        ("permissions", facts.denied, _permissions),
        ("accounts", facts.readings, _accounts),
        ("last run", facts.checked_at, _last_run),
        ("subscriptions", facts.subscriptions, _subscriptions),
        ("text messages", facts.texting, _texting),
        ("alarms", facts.alarms, _alarms),
    )
    found: list[Finding] = []
    for what, fact, check in checks:
        if isinstance(fact, Unknown):
            found.append(Finding(what, "could not be looked at", fact.why))
        else:
            found += check(facts)
    return found


def _schedule(facts: Facts) -> Iterable[Finding]:
    if facts.schedule == "ENABLED":
        yield Finding("schedule", "enabled")
    else:
        yield Finding(
            "schedule",
            "disabled: no account is checked",
            "enable it in the console of EventBridge Scheduler, or deploy the stack again",
        )


def _permissions(facts: Facts) -> Iterable[Finding]:
    denied = () if isinstance(facts.denied, Unknown) else facts.denied
    if denied:
        todo = (
            "look at the role's policies, its boundary and your organization's; deploying again restores it"
        )
        yield Finding("permissions", f"the function may not do {', '.join(denied)}", todo)
    else:
        yield Finding("permissions", "the function may do what it must")


def _accounts(facts: Facts) -> Iterable[Finding]:
    readings = {} if isinstance(facts.readings, Unknown) else facts.readings
    for each in facts.problems:
        where = f"account {each.account}" if each.account else "accounts"
        yield Finding(where, f"`{each.field}` {each.problem}", "mend it: `balancewatch accounts set`")
    for name, reading in readings.items():
        match reading:
            case Balance():
                yield Finding(f"account {name}", "its provider told the balance")
            case Failure(reason, detail, advice=advice):
                todo = advice or "see what came with `balancewatch providers try`, and mend the account"
                yield Finding(f"account {name}", f"{reason.value}: {detail}", todo)
    if not readings and not facts.problems:
        yield Finding("accounts", "there are none", "add one: `balancewatch accounts add NAME PROVIDER`")


def _last_run(facts: Facts) -> Iterable[Finding]:
    at = facts.checked_at
    if not isinstance(at, datetime):
        yield Finding(
            "last run",
            "no account was ever checked",
            "wait for one interval; then read the newest error in the function's log group",
        )
        return
    minutes = int((facts.now - at) / timedelta(minutes=1))
    if facts.now - at > _LATE * facts.interval:
        todo = "read the newest error in the function's log group"
        yield Finding("last run", f"{minutes} min ago, which is too long", todo)
    else:
        yield Finding("last run", f"{minutes} min ago")


def _subscriptions(facts: Facts) -> Iterable[Finding]:
    known = () if isinstance(facts.subscriptions, Unknown) else facts.subscriptions
    for each in known:
        what = f"subscription by {each.protocol}"
        if each.arn.startswith("arn:"):
            yield Finding(what, "confirmed")
        elif each.arn == "Deleted":
            yield Finding(what, "deleted by whoever got it", "subscribe again: deploy with the address anew")
        else:
            yield Finding(what, "not confirmed yet", "open the link in the message from AWS Notifications")
    if not any(each.arn.startswith("arn:") for each in known):
        yield Finding("subscriptions", "nobody gets the messages", "confirm one, or subscribe to the topic")


def _texting(facts: Facts) -> Iterable[Finding]:
    found = facts.texting
    if not isinstance(found, Texting):
        return
    if found.is_sandboxed:
        yield Finding(
            "text messages",
            "this AWS account is in the SMS sandbox: only verified numbers get any",
            "verify the number, or leave the sandbox, in the console of SNS under Text messaging",
        )
    limit = _amount(found.limit)
    if limit is None or limit <= 1:
        yield Finding(
            "text messages",
            "at most 1 USD a month may be spent on them" if limit else "nothing may be spent on them",
            "ask AWS Support for a higher limit of SMS spending, then set it in the console of SNS",
        )
    elif not found.is_sandboxed:
        yield Finding("text messages", f"at most {found.limit} USD a month")


def _amount(text: str | None) -> Decimal | None:
    """AWS's own limit is 1 USD where none was ever set."""
    try:
        return Decimal(1) if text is None else Decimal(text)
    except InvalidOperation:
        return None


def _alarms(facts: Facts) -> Iterable[Finding]:
    known = () if isinstance(facts.alarms, Unknown) else facts.alarms
    for each in known:
        if each.state == "ALARM":
            yield Finding(f"alarm {each.name}", "rings", "its description in CloudWatch says what to do")
        if not each.is_on:
            yield Finding(f"alarm {each.name}", "is switched off", "enable its actions in CloudWatch")
    if not known:
        todo = "deploy the stack again; without them nobody hears of a run that fails"
        yield Finding("alarms", "none tells the topic", todo)
    elif all(each.is_on and each.state != "ALARM" for each in known):
        yield Finding("alarms", f"{len(known)} would tell the topic, and none rings")
