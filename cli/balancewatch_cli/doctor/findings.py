"""What is wrong with a deployed stack: from facts to findings, each ok or with what to do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from balancewatch.core.reading import Balance, Failure
from balancewatch_cli.doctor.facts import Facts, Relay, Texting, Unknown

_READY = ("Active", "Inactive")
"""Lambda puts a function that nobody called for weeks to rest, and wakes it by a call."""
_LATE = 4
"""So many intervals without a run are too long, as the stack's alarm has it."""


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
        ("permissions", None, _permissions),
        ("accounts", facts.readings, _accounts),
        ("last run", facts.checked_at, _last_run),
        ("subscriptions", facts.subscriptions, _subscriptions),
        ("text messages", facts.texting, _texting),
        ("relay", facts.relay, _relay),
        ("channels", facts.channels, _channels),
        ("test to the topic", facts.published, _published),
        ("queues", facts.queues, _queues),
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
    for who, denied in facts.denied.items():
        what = "permissions" if who == "the function" else f"permissions of {who}"
        match denied:
            case Unknown(why):
                yield Finding(what, "could not be looked at", why)
            case []:
                yield Finding(what, f"{who} may do what it must")
            case _:
                todo = (
                    "look at the role's policies, its boundary and your organization's; deploying again "
                    "restores it"
                )
                yield Finding(what, f"{who} may not do {', '.join(denied)}", todo)


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


def _relay(facts: Facts) -> Iterable[Finding]:
    found = facts.relay
    if not isinstance(found, Relay):
        return
    if found.state not in _READY:
        todo = "look at it in the console of Lambda; deploying the stack again mends it"
        yield Finding("relay", f"is {found.state.lower()}", todo)
    if not found.is_subscribed:
        yield Finding("relay", "does not hear the topic: no channel gets anything", "deploy the stack again")
    if found.state in _READY and found.is_subscribed:
        yield Finding("relay", "hears the topic")


def _channels(facts: Facts) -> Iterable[Finding]:
    if facts.relay is None:
        return
    known = () if isinstance(facts.channels, Unknown) else facts.channels
    for each in known:
        what = f"channel {each.label}"
        if each.problems:
            todo = "`balancewatch channels remove` it, and `channels add` it anew"
            yield Finding(what, "; ".join(each.problems), todo)
        elif each.tried is not None:
            yield Finding(what, each.tried.why or "it took the test", each.tried.todo)
        else:
            yield Finding(what, "can be used" if each.is_enabled else "is switched off")
    if not known:
        yield Finding("channels", "there are none", "add one: `balancewatch channels add KIND`")


def _published(facts: Facts) -> Iterable[Finding]:
    if facts.published == "":
        yield Finding("test to the topic", "published: it comes by mail, as text message and in the channels")
    elif isinstance(facts.published, str):
        yield Finding("test to the topic", "not published", facts.published)


def _queues(facts: Facts) -> Iterable[Finding]:
    known = () if isinstance(facts.queues, Unknown) else facts.queues
    for each in known:
        if each.count:
            todo = (
                "look at them in the console of SQS, mend what they name, and purge the queue; its alarm's "
                "description says more"
            )
            yield Finding(each.what, f"{each.count} wait in the queue {each.name}", todo)
        else:
            yield Finding(each.what, "none")


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
