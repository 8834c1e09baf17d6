"""From a notification to the words of each channel: subject, e-mail, SMS, JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from balancewatch.core.account_list import NAMELESS
from balancewatch.core.details import details
from balancewatch.core.lead import lead, link, rests_on
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Json, Notification, facts
from balancewatch.core.phrases import Phrase
from balancewatch.core.sms import cut, fits
from balancewatch.core.state import Status
from balancewatch.core.verdict import Cause
from balancewatch.core.wording import amount, estimate, is_blocked, say_all, span, words

_LONGEST_SUBJECT = 99
"""SNS: fewer than 100 characters, without line ends or control characters."""

LARGEST = 256 * 1024
"""SNS: the most bytes of a message."""

LOUDEST = (Status.FIRING, Status.REPEATED, Status.RESOLVED)
"""The worst status first."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: the words of each channel, and what subscribers can filter by."""

    subject: str
    email: str
    sms: str
    payload: str
    """What queue and HTTP subscribers get: JSON after docs/notification.schema.json."""
    attributes: Mapping[str, str | tuple[str, ...]]

    @property
    def size(self) -> int:
        """Bytes, as SNS counts them: what is sent to all channels, and the attributes."""
        bodies = json.dumps([self.email, self.sms, self.payload], ensure_ascii=False)
        attributes = json.dumps(list(self.attributes.items()), ensure_ascii=False)
        return len(bodies.encode()) + len(attributes.encode())


class TooLargeError(ValueError):
    """A message that SNS would refuse."""


def compose(notification: Notification) -> Message:
    """All the words of one notification. Raises `TooLargeError`."""
    message = Message(
        subject=subject(notification),
        email=email(notification),
        sms=sms(notification),
        payload=payload([notification]),
        attributes=attributes([notification]),
    )
    if message.size > LARGEST:
        raise TooLargeError("a message is larger than SNS takes")
    return message


def attributes(notifications: Sequence[Notification]) -> Mapping[str, str | tuple[str, ...]]:
    """What subscribers can filter by: the worst severity and status, and the union of all else."""
    return {
        "severity": max(each.severity for each in notifications).word,
        "status": loudest(notifications).value,
        "kind": _union(each.kind.value for each in notifications),
        "account": _union(each.account for each in notifications),
        "provider": _union(each.provider for each in notifications if each.provider is not None),
        "team": _union(each.team for each in notifications),
        "labels": _union(label for each in notifications for label in each.labels),
    }


def loudest(notifications: Iterable[Notification]) -> Status:
    """The worst status among them."""
    return min((each.status for each in notifications), key=LOUDEST.index)


def _union(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def payload(notifications: Sequence[Notification]) -> str:
    """What programs get, after docs/notification.schema.json."""
    told: list[Json] = [{**facts(each), "words": _words(each)} for each in notifications]
    return json.dumps({"notifications": told}, ensure_ascii=False)


def _words(notification: Notification) -> Json:
    """What people read of it: who passes it on to people knows neither language nor time zone."""
    return {
        "language": notification.language.value,
        "subject": subject(notification),
        "text": "\n".join(filter(None, lead(notification))),
        "link": link(notification),
    }


def subject(notification: Notification) -> str:
    """One line of at most 99 characters."""
    mark = words(notification, Phrase(f"mark_{_mark(notification)}"))
    return one_line(f"[{mark}] {_subject(notification)}")


def one_line(text: str) -> str:
    """The text as SNS takes it for a subject."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 3]}..."


def email(notification: Notification) -> str:
    """Two lines that say it all, then the link, then the details."""
    lines = list(lead(notification))
    if url := link(notification):
        lines += ["", words(notification, Phrase.TOP_UP_AT, url=url)]
    lines += ["", words(notification, Phrase.DETAILS), *details(notification)]
    return "\n".join(lines) + "\n"


def sms(notification: Notification) -> str:
    """The e-mail's lead and the link, as many whole sentences as one segment takes."""
    first, second = lead(notification)
    url = link(notification)
    both = say_all(notification.language, [first, second])
    for text in (f"{both} {url}" if url else both, f"{first} {url}" if url else both, both, first):
        if fits(text):
            return text
    return cut(first)


def _mark(notification: Notification) -> str:
    if notification.status is Status.RESOLVED and notification.kind is not Kind.REMOVED:
        return "resolved"
    return notification.severity.word


def _subject(notification: Notification) -> str:
    title, left = notification.title, amount(notification)
    if notification.account == NAMELESS:
        return words(notification, Phrase.SUBJECT_NAMELESS)
    match notification.kind, notification.status:
        case Kind.REMOVED, _:
            return words(notification, Phrase.SUBJECT_REMOVED, title=title)
        case Kind.UNREACHABLE, Status.RESOLVED:
            return words(notification, Phrase.SUBJECT_REACHABLE, title=title)
        case Kind.UNREACHABLE, _:
            reason = notification.trouble.reason if notification.trouble else "-"
            return words(notification, Phrase.SUBJECT_UNREACHABLE, title=title, reason=reason)
        case _, Status.RESOLVED if notification.remaining is None:
            return words(notification, Phrase.SUBJECT_WELL, title=title)
        case _ if is_blocked(notification):
            return words(notification, Phrase.SUBJECT_BLOCKED, title=title)
        case _ if rests_on(notification, Cause.ESTIMATED):
            return words(
                notification, Phrase.SUBJECT_ESTIMATED, title=title, amount=estimate(notification) or left
            )
        case _ if rests_on(notification, Cause.RUNWAY) and notification.runway is not None:
            lasting = span(notification.language, notification.runway)
            return words(notification, Phrase.SUBJECT_LASTS, title=title, amount=left, span=lasting)
        case _:
            return words(notification, Phrase.SUBJECT_LEFT, title=title, amount=left)
