"""What is wrong with a deployed stack: from facts to findings, each ok or with what to do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from balancewatch.core.reading import Balance, Failure
from balancewatch_cli.deployed.stack import RESTORED
from balancewatch_cli.doctor.facts import Facts, Relay, Rights, Texting, Unknown

_READY = ("Active", "Inactive")
"""Lambda puts a function that nobody called for weeks to rest, and wakes it by a call."""
_UNSEEN = "could not be looked at"
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
        ("test to the topic", None, _topic_test),
        ("queues", facts.queues, _queues),
        ("alarms", facts.alarms, _alarms),
    )
    found: list[Finding] = []
    for what, fact, check in checks:
        if isinstance(fact, Unknown):
            found.append(Finding(what, _UNSEEN, fact.why))
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
            "enable it in the console of EventBridge Scheduler",
        )


def _permissions(facts: Facts) -> Iterable[Finding]:
    for who, rights in facts.rights.items():
        what = "permissions" if who == "the function" else f"permissions of {who}"
        match rights:
            case Unknown(why):
                yield Finding(what, _UNSEEN, why)
            case Rights((), ()):
                network = who == "the function" and facts.is_in_network
                unseen = "; whether it may join your network was not looked at" if network else ""
                yield Finding(what, f"by its role {who} may do what it must{unseen}")
            case Rights(denied, unsure, missing):
                if denied:
                    todo = (
                        "look at the role's policies, its boundary and your organization's; where the role "
                        f"was changed by hand, {RESTORED}"
                    )
                    yield Finding(what, f"{who} may not do {', '.join(denied)}", todo)
                if unsure:
                    todo = (
                        f"see that what asks for {', '.join(missing)} in the role's policies or its boundary "
                        f"lets it do {', '.join(unsure)}: only AWS knows these when the function runs"
                    )
                    yield Finding(what, _UNSEEN, todo)


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
    limit = found.limit
    if isinstance(limit, Unknown):
        yield Finding("text messages", "how much may be spent on them could not be read", limit.why)
    elif limit <= 1:
        yield Finding(
            "text messages",
            f"at most {limit} USD a month may be spent on them" if limit else "nothing may be spent on them",
            "ask AWS Support for a higher limit of SMS spending, then set it in the console of SNS",
        )
    elif not found.is_sandboxed:
        yield Finding("text messages", f"at most {limit} USD a month")


def _relay(facts: Facts) -> Iterable[Finding]:
    found = facts.relay
    if not isinstance(found, Relay):
        return
    if found.state not in _READY:
        todo = "look at the reason in the console of Lambda; where it was changed by hand, " + RESTORED
        yield Finding("relay", f"is {found.state.lower()}", todo)
    if not found.is_subscribed:
        todo = f"its subscription was deleted by hand: {RESTORED}"
        yield Finding("relay", "does not hear the topic: no channel gets anything", todo)
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


def _topic_test(facts: Facts) -> Iterable[Finding]:
    if facts.topic_test is None:
        return
    todo = facts.topic_test.todo
    if todo is None:
        may_miss = "pagers, and channels and subscriptions with a filter, may get none"
        yield Finding("test to the topic", f"published: look whether it came; {may_miss}")
    else:
        yield Finding("test to the topic", "not published", todo)


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
        todo = f"without them nobody hears of a run that fails: {RESTORED}"
        yield Finding("alarms", "none tells the topic", todo)
    elif all(each.is_on and each.state != "ALARM" for each in known):
        yield Finding("alarms", f"{len(known)} would tell the topic, and none rings")
