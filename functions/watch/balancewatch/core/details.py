"""The details of an e-mail: names and values, one a line."""

from collections.abc import Iterable

from balancewatch.core.amount import plain, worded
from balancewatch.core.notification import Notification, Trouble
from balancewatch.core.phrases import Phrase
from balancewatch.core.reading import Reason
from balancewatch.core.wording import amount, estimate, local, span, words


def details(notification: Notification) -> Iterable[str]:
    """The lines, their values below each other."""
    pairs = list(_pairs(notification))
    width = max(_columns(name) for name, _ in pairs)
    return [f"  {name}{' ' * (width - _columns(name))}  {value}" for name, value in pairs]


def _pairs(notification: Notification) -> Iterable[tuple[str, str]]:
    provider = f" ({notification.provider})" if notification.provider else ""
    yield words(notification, Phrase.D_ACCOUNT), f"{notification.account}{provider}"
    if notification.level is not None:
        causes = ", ".join(notification.causes)
        level = f"{notification.level.word}{f' ({causes})' if causes else ''}"
        is_known = notification.is_current or notification.estimate is not None
        yield words(notification, Phrase.D_LEVEL if is_known else Phrase.D_LEVEL_LAST), level
    yield from _amounts(notification)
    for name, value in notification.raw.items():
        yield name.replace("_", " ").capitalize(), value
    if notification.trouble is not None:
        yield from _trouble(notification, notification.trouble)
    if notification.exchange is not None:
        asked = local(notification, notification.exchange.asked_at)
        yield words(notification, Phrase.D_REQUEST_TIME), f"{asked}, {notification.exchange.duration_ms} ms"
        if notification.exchange.http_status is not None:
            yield words(notification, Phrase.D_HTTP_STATUS), str(notification.exchange.http_status)
    yield words(notification, Phrase.D_NOTIFICATION), notification.id


def _amounts(notification: Notification) -> Iterable[tuple[str, str]]:
    if notification.remaining is not None and notification.is_current:
        left = amount(notification)
        if notification.is_own_estimate:
            left = words(notification, Phrase.OWN_ESTIMATE, amount=left)
        yield words(notification, Phrase.D_REMAINING), left
    if (by_now := estimate(notification)) is not None:
        yield words(notification, Phrase.D_ESTIMATE), by_now
    if notification.runway is not None:
        yield words(notification, Phrase.D_RUNWAY), span(notification.language, notification.runway)
    if notification.daily is not None and notification.unit is not None:
        daily = words(notification, Phrase.A_DAY, amount=worded(notification.daily, notification.unit))
        yield words(notification, Phrase.D_DAILY), daily
    for phrase, figure in (
        (Phrase.D_USED, notification.used if notification.is_current else None),
        (Phrase.D_THRESHOLD, notification.threshold),
        (Phrase.D_CRITICAL, notification.critical_threshold),
    ):
        if figure is not None and notification.unit is not None:
            yield words(notification, phrase), worded(figure, notification.unit)
    if notification.runway_limit is not None:
        hours = words(notification, Phrase.HOURS, number=plain(notification.runway_limit))
        yield words(notification, Phrase.D_RUNWAY_LIMIT), hours


def _trouble(notification: Notification, trouble: Trouble) -> Iterable[tuple[str, str]]:
    yield words(notification, Phrase.D_REASON), trouble.reason.value
    if trouble.detail and trouble.reason is not Reason.MISCONFIGURED:
        yield words(notification, Phrase.D_DETAIL), trouble.detail
    if trouble.since is not None:
        yield words(notification, Phrase.D_SINCE), local(notification, trouble.since)


def _columns(text: str) -> int:
    """How wide the text is where letters of East Asian scripts take two columns."""
    return sum(1 + (ord(char) > 0x2E7F) for char in text)  # noqa: PLR2004  # the first wide block of Unicode
