"""What to send to a channel: what it takes of a delivery, less what it was sent already."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from balancewatch_relay.core.channel import Filter
from balancewatch_relay.core.message import (
    Message,
    Stack,
    of_alarm,
    of_notifications,
    of_text,
    severity_of,
)
from balancewatch_relay.core.news import Alarm, Delivery, Kind, Notification, Severity, Text


def ids(delivery: Delivery) -> tuple[str, ...]:
    """By what a delivery is remembered: each notification by its own id, all else by the topic's."""
    match delivery.news:
        case tuple(told):
            return tuple(dict.fromkeys(each.id for each in told))
        case _:
            return (delivery.id,)


def messages(
    delivery: Delivery, accepts: Filter, sent: Collection[str], stack: Stack, *, one_each: bool
) -> tuple[Message, ...]:
    """At most one message; with `one_each`, which is for services that keep incidents, one a notification.

    `sent` are ids that went there.
    """
    match delivery.news:
        case tuple(told):
            takes = _takes_incident if one_each else _takes
            mine = {each.id: each for each in told if each.id not in sent and takes(accepts, each)}
            wanted = list(mine.values())
            if one_each:
                return tuple(of_notifications([each], "", stack) for each in wanted)
            subject = delivery.subject if len(wanted) == len(told) else ""
            return (of_notifications(wanted, subject, stack),) if wanted else ()
        case _ if delivery.id in sent:
            return ()
        case Alarm() as alarm if _takes_others(accepts, Kind.ALARM, severity_of(alarm)):
            return (of_alarm(alarm, delivery.id, stack),)
        case Text() if one_each and Kind.TEXT not in (accepts.kinds or ()):
            return ()  # it never ends
        case Text() as text if _takes_others(accepts, Kind.TEXT, Severity.INFO):
            return (of_text(text, delivery.id, delivery.subject, stack),)
        case _:
            return ()


def _takes(accepts: Filter, told: Notification) -> bool:
    return (
        told.severity >= accepts.severity
        and (accepts.kinds is None or told.kind in accepts.kinds)
        and _is_of_account(accepts, told)
        and (not accepts.labels or not set(accepts.labels).isdisjoint(told.labels))
    )


def _takes_incident(accepts: Filter, told: Notification) -> bool:
    """An account that is no longer watched has no severity or labels left, and yet its incidents must end."""
    if told.kind is Kind.REMOVED:
        return _is_of_account(accepts, told)
    return _takes(accepts, told)


def _is_of_account(accepts: Filter, told: Notification) -> bool:
    return not accepts.accounts or any(fnmatchcase(told.full_name, each) for each in accepts.accounts)


def _takes_others(accepts: Filter, kind: Kind, severity: Severity) -> bool:
    """What is about no account goes to channels for some accounts only if they name its kind."""
    if severity < accepts.severity:
        return False
    if accepts.kinds is not None:
        return kind in accepts.kinds
    return not accepts.accounts and not accepts.labels
