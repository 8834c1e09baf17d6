"""Many notifications as one message: the worst first, and failures by host and reason, for one outage is one.

A digest that grows too large is cut into several: SNS refuses a message above 256 KiB, and then the larger
the outage, the surer the silence.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from balancewatch.core.account import Language
from balancewatch.core.lead import lead, link
from balancewatch.core.message import LOUDEST, Message, attributes, loudest, one_line, payload
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Notification
from balancewatch.core.phrases import Phrase
from balancewatch.core.sms import cut
from balancewatch.core.state import Status
from balancewatch.core.verdict import Level
from balancewatch.core.wording import amount, reason, say, say_all

LARGEST = 200 * 1024
"""Bytes at which a digest is cut: far enough below what SNS takes."""

_PARTS: Mapping[tuple[Kind, bool], Phrase] = {
    (Kind.LOW_BALANCE, False): Phrase.PART_LOW,
    (Kind.UNREACHABLE, False): Phrase.PART_UNREACHABLE,
    (Kind.LOW_BALANCE, True): Phrase.PART_WELL,
    (Kind.UNREACHABLE, True): Phrase.PART_REACHABLE,
    (Kind.REMOVED, True): Phrase.PART_REMOVED,
}
"""How a summary counts what is told, by kind and by whether it is over."""


def worst_first(notifications: Iterable[Notification]) -> list[Notification]:
    """The worst first; what failed last time goes last."""
    return sorted(
        notifications,
        key=lambda each: (
            each.is_again,
            -each.severity,
            LOUDEST.index(each.status),
            each.kind,
            -(each.level or Level.OK),
            each.account,
        ),
    )


def digests(listed: Sequence[Notification], largest: int = LARGEST) -> Iterator[tuple[Message, int]]:
    """The messages in their order, each with how many more of the list it tells."""
    while listed:
        message, count = _largest(listed, largest)
        yield message, count
        listed = listed[count:]


def _largest(listed: Sequence[Notification], largest: int) -> tuple[Message, int]:
    """The message of the first so many that fit; at least one."""
    count = len(listed)
    while True:
        message = digest(listed[:count])
        if message.size <= largest or count == 1:
            return message, count
        count = max(min(count - 1, count * largest // message.size), 1)


def digest(notifications: Sequence[Notification]) -> Message:
    """One message about all of them, in the language that most of their accounts have."""
    language = Counter(each.language for each in notifications).most_common(1)[0][0]
    told = [replace(each, language=language) for each in notifications]
    severity = max(each.severity for each in told)
    is_over = loudest(told) is Status.RESOLVED
    mark = Phrase.MARK_RESOLVED if is_over else Phrase(f"mark_{severity.word}")
    summary = _summary(language, told)
    titles = say(language, Phrase.COMMA).join(dict.fromkeys(each.title for each in told))
    return Message(
        subject=one_line(f"[{say(language, mark)}] {summary}"),
        email="\n".join([summary, *_lines(language, told)]) + "\n",
        sms=cut(say(language, Phrase.DIGEST_SMS, summary=summary, titles=titles)),
        payload=payload(notifications),
        attributes=attributes(told),
    )


def _summary(language: Language, told: Sequence[Notification]) -> str:
    """How many of what: `12 messages: 3 low, 9 cannot be read`."""
    counts = Counter(_PARTS[each.kind, each.status is Status.RESOLVED] for each in told)
    parts = [say(language, phrase, count=str(counts[phrase])) for phrase in _PARTS.values() if counts[phrase]]
    joined = say(language, Phrase.COMMA).join(parts)
    return say(language, Phrase.DIGEST, count=str(len(told)), parts=joined)


def _lines(language: Language, told: Sequence[Notification]) -> Iterator[str]:
    """A paragraph for each notification, or for each failure of one host."""
    groups: dict[tuple[str, ...], list[Notification]] = {}
    for each in told:
        groups.setdefault(_group(each), []).append(each)
    for members in groups.values():
        yield ""
        first = members[0]
        if len(members) == 1:
            yield say_all(language, lead(first))
            if url := link(first):
                yield say(language, Phrase.TOP_UP_AT, url=url)
            continue
        host, count = first.host or "-", str(len(members))
        yield say(language, Phrase.GROUP, count=count, host=host, reason=reason(first))
        for each in members:
            yield say(language, Phrase.GROUP_MEMBER, title=each.title, amount=amount(each))


def _group(notification: Notification) -> tuple[str, ...]:
    """What a failure has in common with others; anything else stands alone."""
    is_failure = notification.kind is Kind.UNREACHABLE and notification.status is not Status.RESOLVED
    if is_failure and notification.host and notification.trouble is not None:
        return notification.host, notification.trouble.reason
    return (notification.id,)
