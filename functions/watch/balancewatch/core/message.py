"""From a notification to the words of each channel: subject, e-mail, SMS."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from balancewatch.core.account import Language
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.amount import worded
from balancewatch.core.decide import Kind
from balancewatch.core.notification import Notification, Trouble, facts
from balancewatch.core.phrases import PHRASES, REASONS, Phrase
from balancewatch.core.reading import Reason
from balancewatch.core.sms import cut, fits
from balancewatch.core.state import Status
from balancewatch.core.verdict import Cause, Level

_LONGEST_SUBJECT = 99
"""SNS: fewer than 100 characters, without line ends or control characters."""

_LARGEST = 256 * 1024
"""SNS: the most bytes of a message."""

_ACTS = {
    Level.WARNING: Phrase.ACT_WARNING,
    Level.CRITICAL: Phrase.ACT_CRITICAL,
    Level.EMPTY: Phrase.ACT_EMPTY,
}


@dataclass(frozen=True, slots=True)
class Message:
    """What is published: the words of each channel, and what subscribers can filter by."""

    subject: str
    email: str
    sms: str
    payload: str
    """What queue and HTTP subscribers get: JSON after docs/notification.schema.json."""
    attributes: Mapping[str, str | tuple[str, ...]]


class TooLargeError(ValueError):
    """A message that SNS would refuse."""


def compose(notification: Notification) -> Message:
    """All the words of one notification. Raises `TooLargeError`."""
    message = Message(
        subject=subject(notification),
        email=email(notification),
        sms=sms(notification),
        payload=json.dumps({"notifications": [facts(notification)]}, ensure_ascii=False),
        attributes={
            "severity": notification.severity.word,
            "status": notification.status.value,
            "kind": (notification.kind.value,),
            "account": (notification.account,),
            "provider": () if notification.provider is None else (notification.provider,),
            "team": (notification.team,),
            "labels": notification.labels,
        },
    )
    if len(f"{message.email}{message.sms}{message.payload}{message.attributes}".encode()) > _LARGEST:
        raise TooLargeError("a message is larger than SNS takes")
    return message


def subject(notification: Notification) -> str:
    """One line of at most 99 characters."""
    mark = _say(notification, Phrase(f"mark_{_mark(notification)}"))
    line = f"[{mark}] {_subject(notification)}"
    line = "".join(char if char.isprintable() else " " for char in line)
    return line if len(line) <= _LONGEST_SUBJECT else f"{line[: _LONGEST_SUBJECT - 3]}..."


def email(notification: Notification) -> str:
    """Two lines that say it all, then the link, then the details."""
    lines = list(_lead(notification))
    if notification.top_up_url and _asks_to_top_up(notification):
        lines += ["", _say(notification, Phrase.TOP_UP_AT, url=notification.top_up_url)]
    details = list(_details(notification))
    width = max(_columns(name) for name, _ in details)
    lines += ["", _say(notification, Phrase.DETAILS)]
    lines += [f"  {name}{' ' * (width - _columns(name))}  {value}" for name, value in details]
    return "\n".join(lines) + "\n"


def sms(notification: Notification) -> str:
    """The e-mail's lead and the link, as many whole sentences as one segment takes."""
    first, second = _lead(notification)
    link = notification.top_up_url if _asks_to_top_up(notification) else None
    both = _say_all(notification, [first, second])
    for text in (f"{both} {link}" if link else both, f"{first} {link}" if link else both, both, first):
        if fits(text):
            return text
    return cut(first)


def _say(notification: Notification, phrase: Phrase, **fields: str) -> str:
    return PHRASES[notification.language][phrase].format(**fields)


def _mark(notification: Notification) -> str:
    if notification.status is Status.RESOLVED and notification.kind is not Kind.REMOVED:
        return "resolved"
    return notification.severity.word


def _asks_to_top_up(notification: Notification) -> bool:
    if notification.kind is not Kind.LOW_BALANCE or notification.status is Status.RESOLVED:
        return False
    return not _is_blocked(notification) or (notification.remaining is None and not notification.unlimited)


def _is_blocked(notification: Notification) -> bool:
    """Whether it cannot be spent, whatever is left."""
    causes = notification.causes
    return Cause.NOT_SPENDABLE in causes and causes.get(Cause.AMOUNT, Level.OK) < Level.EMPTY


def _who(notification: Notification) -> str:
    title = notification.title
    if title != notification.account:
        title = f"{title} ({notification.account})"
    if notification.provider_title is None:
        return title
    return _say(notification, Phrase.AT, title=title, provider=notification.provider_title)


def _amount(notification: Notification) -> str:
    if notification.remaining is None or notification.unit is None:
        return "-"
    return worded(notification.remaining, notification.unit)


def _reason(notification: Notification) -> str:
    trouble = notification.trouble
    return REASONS[notification.language][trouble.reason] if trouble else "-"


def _subject(notification: Notification) -> str:
    title, amount = notification.title, _amount(notification)
    if notification.account == NAMELESS:
        return _say(notification, Phrase.SUBJECT_NAMELESS)
    match notification.kind, notification.status:
        case Kind.REMOVED, _:
            return _say(notification, Phrase.SUBJECT_REMOVED, title=title)
        case Kind.UNREACHABLE, Status.RESOLVED:
            return _say(notification, Phrase.SUBJECT_REACHABLE, title=title)
        case Kind.UNREACHABLE, _:
            reason = notification.trouble.reason if notification.trouble else "-"
            return _say(notification, Phrase.SUBJECT_UNREACHABLE, title=title, reason=reason)
        case _, Status.RESOLVED if notification.remaining is None:
            return _say(notification, Phrase.SUBJECT_WELL, title=title)
        case _ if _is_blocked(notification):
            return _say(notification, Phrase.SUBJECT_BLOCKED, title=title)
        case _:
            return _say(notification, Phrase.SUBJECT_LEFT, title=title, amount=amount)


def _lead(notification: Notification) -> tuple[str, str]:
    """Which account, how much is left, how long it lasts, what to do."""
    match notification.kind, notification.status:
        case Kind.REMOVED, _:
            first = _say(notification, Phrase.REMOVED, who=_who(notification))
            return first, _say(notification, Phrase.REMOVED_ADVICE)
        case Kind.UNREACHABLE, Status.RESOLVED:
            return _reachable(notification)
        case Kind.UNREACHABLE, _:
            return _unreachable(notification)
        case _, Status.RESOLVED:
            return _well(notification)
        case _:
            return _low(notification)


def _low(notification: Notification) -> tuple[str, str]:
    if _is_blocked(notification):
        return _blocked(notification)
    level = notification.level or Level.WARNING
    limit = {Level.WARNING: notification.threshold, Level.CRITICAL: notification.critical_threshold}.get(
        level
    )
    first = _say(
        notification,
        _low_phrase(notification, level, limit),
        who=_who(notification),
        amount=_amount(notification),
        limit="" if limit is None else worded(limit, notification.unit or ""),
    )
    return first, _say(notification, _ACTS.get(level, Phrase.ACT_WARNING))


def _low_phrase(notification: Notification, level: Level, limit: Decimal | None) -> Phrase:
    remaining = notification.remaining
    if level is Level.EMPTY and (remaining is None or remaining <= 0):
        return Phrase.NOTHING_LEFT
    if limit is None:
        return Phrase.LOW_NO_LIMIT
    is_news = remaining is not None and remaining <= limit and notification.status is Status.FIRING
    if level is Level.CRITICAL:
        return Phrase.LOW_CRITICAL if is_news else Phrase.LOW_STILL_CRITICAL
    return Phrase.LOW if is_news else Phrase.LOW_STILL


def _blocked(notification: Notification) -> tuple[str, str]:
    who, amount = _who(notification), _amount(notification)
    if notification.remaining is not None:
        first = _say(notification, Phrase.BLOCKED, who=who, amount=amount)
    else:
        first = _say(notification, Phrase.BLOCKED_UNKNOWN, who=who)
    act = Phrase.ACT_EMPTY if _asks_to_top_up(notification) else Phrase.ACT_BLOCKED
    return first, _say(notification, act)


def _well(notification: Notification) -> tuple[str, str]:
    who, amount = _who(notification), _amount(notification)
    phrase = Phrase.WELL_UNLIMITED if notification.unlimited else Phrase.WELL
    first = _say(notification, phrase, who=who, amount=amount)
    relief = notification.relief
    if relief is None:
        return first, ""
    rise = worded(relief.amount, notification.unit or "") if relief.amount is not None else ""
    return first, _say(notification, Phrase(relief.why.value), rise=rise)


def _unreachable(notification: Notification) -> tuple[str, str]:
    trouble = notification.trouble
    if notification.account == NAMELESS:
        return _say(notification, Phrase.NAMELESS), (trouble and trouble.detail) or ""
    is_news = notification.status is Status.FIRING
    phrase = Phrase.UNREACHABLE if is_news else Phrase.UNREACHABLE_STILL
    first = _say(notification, phrase, who=_who(notification), reason=_reason(notification))
    if trouble is not None and trouble.reason is Reason.MISCONFIGURED and trouble.detail:
        return first, trouble.detail
    advice = trouble.advice if trouble else None
    return first, _say_all(notification, [_last_known(notification), advice])


def _last_known(notification: Notification) -> str:
    if notification.balance_at is None or notification.remaining is None:
        return _say(notification, Phrase.NEVER_READ)
    when = _local(notification, notification.balance_at)
    return _say(notification, Phrase.LAST_KNOWN, amount=_amount(notification), when=when)


def _reachable(notification: Notification) -> tuple[str, str]:
    if notification.account == NAMELESS:
        return _say(notification, Phrase.NAMELESS_OVER), ""
    first = _say(notification, Phrase.REACHABLE, who=_who(notification))
    if notification.unlimited:
        return first, _say(notification, Phrase.HAS_UNLIMITED)
    left = None
    if not notification.is_current:
        left = _last_known(notification)
    elif notification.remaining is not None:
        left = _say(notification, Phrase.HAS_LEFT, amount=_amount(notification))
    blocked = _say(notification, Phrase.NOT_SPENDABLE_NOW) if _is_blocked(notification) else None
    return first, _say_all(notification, [left, blocked])


def _say_all(notification: Notification, sentences: Iterable[str | None]) -> str:
    space = " " if notification.language is Language.EN else ""
    return space.join(sentence for sentence in sentences if sentence)


def _details(notification: Notification) -> Iterable[tuple[str, str]]:
    provider = f" ({notification.provider})" if notification.provider else ""
    yield _say(notification, Phrase.D_ACCOUNT), f"{notification.account}{provider}"
    if notification.level is not None:
        causes = ", ".join(notification.causes)
        level = f"{notification.level.word}{f' ({causes})' if causes else ''}"
        when = Phrase.D_LEVEL if notification.is_current else Phrase.D_LEVEL_LAST
        yield _say(notification, when), level
    if notification.remaining is not None and notification.is_current:
        yield _say(notification, Phrase.D_REMAINING), _amount(notification)
    for phrase, amount in (
        (Phrase.D_USED, notification.used if notification.is_current else None),
        (Phrase.D_THRESHOLD, notification.threshold),
        (Phrase.D_CRITICAL, notification.critical_threshold),
    ):
        if amount is not None and notification.unit is not None:
            yield _say(notification, phrase), worded(amount, notification.unit)
    for name, value in notification.raw.items():
        yield name.replace("_", " ").capitalize(), value
    if notification.trouble is not None:
        yield from _trouble_details(notification, notification.trouble)
    if notification.exchange is not None:
        asked = _local(notification, notification.exchange.asked_at)
        yield _say(notification, Phrase.D_REQUEST_TIME), f"{asked}, {notification.exchange.duration_ms} ms"
        if notification.exchange.http_status is not None:
            yield _say(notification, Phrase.D_HTTP_STATUS), str(notification.exchange.http_status)
    yield _say(notification, Phrase.D_NOTIFICATION), notification.id


def _trouble_details(notification: Notification, trouble: Trouble) -> Iterable[tuple[str, str]]:
    yield _say(notification, Phrase.D_REASON), trouble.reason.value
    if trouble.detail and trouble.reason is not Reason.MISCONFIGURED:
        yield _say(notification, Phrase.D_DETAIL), trouble.detail
    if trouble.since is not None:
        yield _say(notification, Phrase.D_SINCE), _local(notification, trouble.since)


def _local(notification: Notification, at: datetime) -> str:
    zone = notification.timezone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"


def _columns(text: str) -> int:
    """How wide the text is where letters of East Asian scripts take two columns."""
    return sum(1 + (ord(char) > 0x2E7F) for char in text)  # noqa: PLR2004  # the first wide block of Unicode
