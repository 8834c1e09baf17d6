"""The parts of sentences: who, how much, when, how long; in the language of the message."""

import math
from collections.abc import Iterable
from datetime import datetime

from balancewatch.core.account import Language
from balancewatch.core.amount import worded
from balancewatch.core.forecast import HORIZON_H, Runway
from balancewatch.core.notification import Notification
from balancewatch.core.phrases import PHRASES, REASONS, Phrase
from balancewatch.core.verdict import Cause, Level

_DAY = 24
_IN_DAYS = 48
"""From so many hours on, people count in days."""


def say(language: Language, phrase: Phrase, **fields: str) -> str:
    """The phrase with its fields."""
    return PHRASES[language][phrase].format(**fields)


def words(notification: Notification, phrase: Phrase, **fields: str) -> str:
    """The phrase with its fields, in the language of the notification."""
    return say(notification.language, phrase, **fields)


def say_all(language: Language, sentences: Iterable[str | None]) -> str:
    """Those sentences that there are, as one text."""
    space = " " if language is Language.EN else ""
    return space.join(sentence for sentence in sentences if sentence)


def who(notification: Notification) -> str:
    """The account and its provider, as people call them."""
    title = notification.title
    if title != notification.account:
        title = f"{title} ({notification.account})"
    if notification.provider_title is None:
        return title
    return words(notification, Phrase.AT, title=title, provider=notification.provider_title)


def amount(notification: Notification) -> str:
    """What is left, or was when it was read last."""
    if notification.remaining is None or notification.unit is None:
        return "-"
    return worded(notification.remaining, notification.unit)


def estimate(notification: Notification) -> str | None:
    """What must be left by now."""
    if notification.estimate is None or notification.unit is None:
        return None
    return worded(notification.estimate, notification.unit)


def reason(notification: Notification) -> str:
    """Why it cannot be read."""
    trouble = notification.trouble
    return REASONS[notification.language][trouble.reason] if trouble else "-"


def local(notification: Notification, at: datetime) -> str:
    """The time on the account's wall, and where that wall is."""
    zone = notification.timezone
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"


def is_blocked(notification: Notification) -> bool:
    """Whether it cannot be spent, whatever is left."""
    causes = notification.causes
    return Cause.NOT_SPENDABLE in causes and causes.get(Cause.AMOUNT, Level.OK) < Level.EMPTY


def span(language: Language, runway: Runway) -> str:
    """How long it lasts, as a noun: `between 2 and 4 days`, rounded outwards."""
    if math.isinf(runway.early):
        return say(language, Phrase.SPAN_ABOVE, early=_days(language, HORIZON_H // _DAY))
    in_days = runway.early >= _IN_DAYS
    step = _DAY if in_days else 1
    early, late = math.floor(runway.early / step), runway.late
    count = _days if in_days else _hours
    if math.isinf(late):
        return say(language, Phrase.SPAN_ABOVE, early=count(language, early))
    last = max(math.ceil(late / step), 1)
    if early == 0:
        return say(language, Phrase.SPAN_BELOW, late=count(language, last))
    if in_days or late < _IN_DAYS:
        return say(language, Phrase.SPAN, early=str(early), late=count(language, max(last, early + 1)))
    days = _days(language, math.ceil(late / _DAY))
    return say(language, Phrase.SPAN, early=count(language, early), late=days)


def _hours(language: Language, number: int) -> str:
    return say(language, Phrase.HOUR if number == 1 else Phrase.HOURS, number=str(number))


def _days(language: Language, number: int) -> str:
    return say(language, Phrase.DAY if number == 1 else Phrase.DAYS, number=str(number))
