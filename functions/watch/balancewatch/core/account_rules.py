"""The rules that an account, or `defaults`, may say: each field with what it may hold."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.core.account import Language, Limit, Percentage, QuietHours, Rules
from balancewatch.core.amount import amount_of
from balancewatch.core.fields import (
    Fields,
    WantedError,
    flag,
    mapping,
    mistakes,
    number,
    one_of,
    text,
    texts,
    whole,
)
from balancewatch.core.profile import UNIT, url

OWN_FIELDS = ("name", "provider", "token")
"""What each account must say itself."""
FIELDS = (
    *OWN_FIELDS,
    "title",
    "base_url",
    "allow_http",
    "params",
    "threshold",
    "critical_threshold",
    "runway_hours",
    "critical_runway_hours",
    "unit",
    "scale",
    "failures",
    "repeat_hours",
    "quiet",
    "mute_until",
    "timezone",
    "language",
    "labels",
    "top_up_url",
    "enabled",
)

_WHOLE = 100
_MOST_HOURS = Decimal(87_600)
"""Ten years."""
_RUNWAY = Rules().runway_hours
_CRITICAL_RUNWAY = Rules().critical_runway_hours


def rules_of(fields: Fields, timezone: ZoneInfo, language: Language) -> Rules:
    """The rules that the fields say; zone and language are the stack's, for where they say none."""
    zone = fields.take("timezone", _timezone, timezone)
    hours = number(least=Decimal(0), most=_MOST_HOURS)
    fields.take("enabled", flag, default=True)
    fields.take("params", mapping, {})
    runway = fields.take("runway_hours", hours, _RUNWAY)
    rules = Rules(
        title=fields.take("title", text(longest=40), None),
        threshold=fields.take("threshold", _limit, None),
        critical_threshold=fields.take("critical_threshold", _limit, None),
        runway_hours=runway,
        critical_runway_hours=fields.take("critical_runway_hours", hours, _critical_runway(runway)),
        unit=fields.take("unit", text(pattern=UNIT, wanted="a unit such as USD, CNY or tokens"), None),
        scale=fields.take("scale", number(above=Decimal(0)), None),
        failures=fields.take("failures", whole(least=1, most=100), None),
        repeat_hours=fields.take("repeat_hours", hours, Decimal(24)),
        quiet=fields.take("quiet", _quiet, None),
        mute_until=fields.take("mute_until", _instant(zone), None),
        timezone=zone,
        language=Language(fields.take("language", one_of(Language), language)),
        labels=fields.take("labels", texts(most=5, longest=40), ()),
        top_up_url=fields.take("top_up_url", url("a URL", more=r"(\?\S*)?(#\S*)?"), None),
        base_url=fields.take("base_url", _base_url, None),
        allow_http=fields.take("allow_http", flag, default=False),
    )
    if rules.critical_runway_hours > rules.runway_hours > 0:
        fields.report("critical_runway_hours", "must not be above `runway_hours`")
    match rules.threshold, rules.critical_threshold:
        case (Decimal() as warning, Decimal() as critical) if critical > warning:
            fields.report("critical_threshold", "must not be above `threshold`")
        case (Percentage(warning), Percentage(critical)) if critical > warning:
            fields.report("critical_threshold", "must not be above `threshold`")
    return rules


def _critical_runway(runway: Decimal) -> Decimal:
    """What holds where nobody says: below the other limit, and no rule where that is none."""
    return _CRITICAL_RUNWAY if runway >= _CRITICAL_RUNWAY else runway / 4


def _limit(value: object) -> Limit:
    if isinstance(value, str) and value.endswith("%"):
        share = amount_of(value[:-1])
        if share is not None and 0 < share <= _WHOLE:
            return Percentage(share)
        raise WantedError("must be a number or a percentage above 0% and up to 100%")
    if isinstance(value, str) or amount_of(value) is None:
        raise WantedError("must be a number or a percentage")
    return number(least=Decimal(0))(value)


def _base_url(value: object) -> str:
    wanted = "an address such as https://api.example.com, without user, query or fragment"
    return url(wanted)(value).rstrip("/")


def _timezone(value: object) -> ZoneInfo:
    name = text(
        longest=60, pattern=r"[A-Za-z][A-Za-z0-9_+/-]*", wanted="an IANA time zone such as Asia/Shanghai"
    )(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WantedError("must be an IANA time zone such as Asia/Shanghai") from None


def _quiet(value: object) -> QuietHours:
    fields = Fields(mapping(value))
    start, end = fields.require("from", _clock_time), fields.require("to", _clock_time)
    if (problems := fields.finish()) or start is None or end is None:
        raise WantedError(mistakes(problems))
    if start == end:
        raise WantedError("must not begin and end at the same time")
    return QuietHours(start, end)


def _clock_time(value: object) -> time:
    wanted = text(longest=5, pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]", wanted='a time such as "22:00"')
    return time.fromisoformat(wanted(value))


def _instant(zone: ZoneInfo) -> Callable[[object], datetime]:
    def parse(value: object) -> datetime:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
            if found is not None:
                return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise WantedError('must be a time such as "2026-12-01T08:00:00+08:00"')

    return parse
