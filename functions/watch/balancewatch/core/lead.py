"""The first two lines: which account, how much is left, how long it lasts, by when to do what."""

from decimal import Decimal

from balancewatch.core.account_list import NAMELESS
from balancewatch.core.amount import worded
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Notification, top_up_by
from balancewatch.core.phrases import Phrase
from balancewatch.core.reading import Reason
from balancewatch.core.state import Status
from balancewatch.core.verdict import Cause, Level
from balancewatch.core.wording import amount, estimate, is_blocked, local, reason, say_all, span, who, words

_ACTS = {
    Level.WARNING: Phrase.ACT_WARNING,
    Level.CRITICAL: Phrase.ACT_CRITICAL,
    Level.EMPTY: Phrase.ACT_EMPTY,
}


def lead(notification: Notification) -> tuple[str, str]:
    """The two lines; the second may be empty."""
    match notification.kind, notification.status:
        case Kind.REMOVED, _:
            first = words(notification, Phrase.REMOVED, who=who(notification))
            return first, words(notification, Phrase.REMOVED_ADVICE)
        case Kind.UNREACHABLE, Status.RESOLVED:
            return _reachable(notification)
        case Kind.UNREACHABLE, _:
            return _unreachable(notification)
        case _, Status.RESOLVED:
            return _well(notification)
        case _ if is_blocked(notification):
            return _blocked(notification)
        case _ if rests_on(notification, Cause.ESTIMATED):
            return _estimated(notification)
        case _:
            return _low(notification)


def asks_to_top_up(notification: Notification) -> bool:
    """Whether a top-up would mend it."""
    if notification.kind is not Kind.LOW_BALANCE or notification.status is Status.RESOLVED:
        return False
    return not is_blocked(notification) or (notification.remaining is None and not notification.unlimited)


def link(notification: Notification) -> str | None:
    """Where to top up, where that would mend it."""
    return notification.top_up_url if asks_to_top_up(notification) else None


def rests_on(notification: Notification, cause: Cause) -> bool:
    """Whether this cause alone makes the level as bad as it is."""
    causes = notification.causes
    others = (level for other, level in causes.items() if other is not cause)
    return causes.get(cause, Level.OK) > max(others, default=Level.OK)


def _low(notification: Notification) -> tuple[str, str]:
    level = notification.level or Level.WARNING
    runway = notification.runway
    if runway is not None and rests_on(notification, Cause.RUNWAY):
        is_news = notification.status is Status.FIRING
        first = words(
            notification,
            Phrase.LOW_RUNWAY if is_news else Phrase.LOW_STILL_RUNWAY,
            who=who(notification),
            amount=amount(notification),
            span=span(notification.language, runway),
        )
        parts = [_act(notification), _unsteady(notification), _refills(notification)]
        return first, say_all(notification.language, parts)
    limit = {Level.WARNING: notification.threshold, Level.CRITICAL: notification.critical_threshold}.get(
        level
    )
    first = words(
        notification,
        _low_phrase(notification, level, limit),
        who=who(notification),
        amount=amount(notification),
        limit="" if limit is None else worded(limit, notification.unit or ""),
    )
    lasts = None if level is Level.EMPTY else _lasts(notification)
    return first, say_all(notification.language, [lasts, _act(notification), _refills(notification)])


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


def _act(notification: Notification) -> str:
    """What to do, and by when."""
    level = notification.level or Level.WARNING
    when = top_up_by(notification)
    if level is Level.EMPTY or when is None or when <= notification.at:
        return words(notification, _ACTS.get(level, Phrase.ACT_WARNING))
    phrase = Phrase.ACT_CRITICAL_BY if level is Level.CRITICAL else Phrase.ACT_WARNING_BY
    return words(notification, phrase, when=local(notification, when))


def _lasts(notification: Notification) -> str:
    runway = notification.runway
    if runway is None:
        return words(notification, Phrase.LASTS_UNKNOWN)
    lasts = words(notification, Phrase.LASTS, span=span(notification.language, runway))
    return say_all(notification.language, [lasts, _unsteady(notification)])


def _unsteady(notification: Notification) -> str | None:
    runway = notification.runway
    return words(notification, Phrase.UNSTEADY) if runway is not None and runway.unsteady else None


def _refills(notification: Notification) -> str | None:
    """When the quota comes back by itself, where it does."""
    when = notification.refills_at
    return None if when is None else words(notification, Phrase.REFILLS, when=local(notification, when))


def _blocked(notification: Notification) -> tuple[str, str]:
    if notification.remaining is not None:
        first = words(notification, Phrase.BLOCKED, who=who(notification), amount=amount(notification))
    else:
        first = words(notification, Phrase.BLOCKED_UNKNOWN, who=who(notification))
    act = Phrase.ACT_EMPTY if asks_to_top_up(notification) else Phrase.ACT_BLOCKED
    return first, say_all(notification.language, [words(notification, act), _refills(notification)])


def _estimated(notification: Notification) -> tuple[str, str]:
    left = estimate(notification) or "-"
    first = words(notification, Phrase.LOW_ESTIMATED, who=who(notification), amount=left)
    return first, say_all(notification.language, [_act(notification), _last_known(notification)])


def _well(notification: Notification) -> tuple[str, str]:
    phrase = Phrase.WELL_UNLIMITED if notification.unlimited else Phrase.WELL
    first = words(notification, phrase, who=who(notification), amount=amount(notification))
    relief = notification.relief
    if relief is None:
        return first, ""
    rise = worded(relief.amount, notification.unit or "") if relief.amount is not None else ""
    why = words(notification, Phrase(relief.why.value), rise=rise)
    lasts = None if notification.runway is None else _lasts(notification)
    return first, say_all(notification.language, [why, lasts])


def _unreachable(notification: Notification) -> tuple[str, str]:
    trouble = notification.trouble
    if notification.account == NAMELESS:
        return words(notification, Phrase.NAMELESS), (trouble and trouble.detail) or ""
    is_news = notification.status is Status.FIRING
    phrase = Phrase.UNREACHABLE if is_news else Phrase.UNREACHABLE_STILL
    first = words(notification, phrase, who=who(notification), reason=reason(notification))
    left = estimate(notification)
    by_now = None if left is None else words(notification, Phrase.BY_NOW, amount=left)
    parts = [_last_known(notification), by_now, trouble.advice if trouble else None]
    if trouble is not None and trouble.reason is Reason.MISCONFIGURED:
        parts.insert(0, trouble.detail)
    return first, say_all(notification.language, parts)


def _last_known(notification: Notification) -> str:
    if notification.balance_at is None:
        return words(notification, Phrase.NEVER_READ)
    when = local(notification, notification.balance_at)
    if notification.remaining is None:
        return words(notification, Phrase.LAST_UNLIMITED, when=when)
    return words(notification, Phrase.LAST_KNOWN, amount=amount(notification), when=when)


def _reachable(notification: Notification) -> tuple[str, str]:
    if notification.account == NAMELESS:
        return words(notification, Phrase.NAMELESS_OVER), ""
    first = words(notification, Phrase.REACHABLE, who=who(notification))
    if notification.unlimited:
        return first, words(notification, Phrase.HAS_UNLIMITED)
    left = None
    if not notification.is_current:
        left = _last_known(notification)
    elif notification.remaining is not None:
        left = words(notification, Phrase.HAS_LEFT, amount=amount(notification))
    blocked = words(notification, Phrase.NOT_SPENDABLE_NOW) if is_blocked(notification) else None
    return first, say_all(notification.language, [left, blocked])
