"""From the environment to `Settings`: the only reader of `os.environ`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.core.account import Language
from balancewatch.core.amount import amount_of
from balancewatch.core.profile import UNIT
from balancewatch.core.state import Thresholds

VARIABLES = (
    "BALANCEWATCH_STACK",
    "BALANCEWATCH_TABLE",
    "BALANCEWATCH_TOPIC",
    "BALANCEWATCH_SECRET",
    "BALANCEWATCH_INTERVAL_MINUTES",
    "BALANCEWATCH_DEFAULT_THRESHOLDS",
    "BALANCEWATCH_DIGEST_ABOVE",
    "BALANCEWATCH_LANGUAGE",
    "BALANCEWATCH_TIME_ZONE",
    "BALANCEWATCH_HISTORY_DAYS",
    "BALANCEWATCH_ACCOUNT_METRICS",
    "BALANCEWATCH_ALLOW_PRIVATE_ADDRESSES",
)
"""What the template sets; all are required."""

OPTIONAL = ("BALANCEWATCH_HEARTBEAT_URL", "BALANCEWATCH_REPORT_DAY", "BALANCEWATCH_TEAM_QUEUE")
"""What the template also sets, perhaps to nothing."""

WIDGET_VARIABLES = (
    "BALANCEWATCH_STACK",
    "BALANCEWATCH_TABLE",
    "BALANCEWATCH_LANGUAGE",
    "BALANCEWATCH_TIME_ZONE",
)
"""What the template sets for the dashboard's widget; all are required."""

_LONGEST_WHOLE = 6
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class SettingsError(ValueError):
    """An environment that the function cannot run with; names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are, and what holds for accounts that say nothing themselves."""

    stack: str
    table: str
    topic: str
    secret: str
    interval_minutes: int
    default_thresholds: Thresholds
    digest_above: int
    language: Language
    timezone: ZoneInfo
    history_days: int
    account_metrics: bool
    allow_private: bool
    """Gateways inside one's own network may be asked."""
    heartbeat_url: str = field(default="", repr=False)
    """What is called after every complete run, if anything: a secret, for it proves nothing else."""
    report_day: int | None = None
    """The day of the weekly report, from Monday, 0; None: there is none."""
    team_queue: str | None = None
    """The queue's URL, where the stack has many teams."""
    local: bool = False
    """Run from a terminal as its user: plain http, loopback and private addresses are allowed."""


@dataclass(frozen=True, slots=True)
class WidgetSettings:
    """What the dashboard's widget needs: where things are kept, and how it speaks."""

    stack: str
    table: str
    language: Language
    timezone: ZoneInfo


def widget_settings(environment: Mapping[str, str] = os.environ) -> WidgetSettings:
    """The settings of the widget. Raises `SettingsError`."""
    if missing := [name for name in WIDGET_VARIABLES if not environment.get(name)]:
        raise SettingsError(f"the environment lacks {', '.join(missing)}; the template sets them")
    return WidgetSettings(
        stack=environment["BALANCEWATCH_STACK"],
        table=environment["BALANCEWATCH_TABLE"],
        language=_language(environment["BALANCEWATCH_LANGUAGE"]),
        timezone=_timezone(environment["BALANCEWATCH_TIME_ZONE"]),
    )


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises `SettingsError`."""
    if missing := [name for name in VARIABLES if not environment.get(name)]:
        raise SettingsError(f"the environment lacks {', '.join(missing)}; the template sets them")

    def setting(name: str) -> str:
        return environment[f"BALANCEWATCH_{name}"]

    return Settings(
        stack=setting("STACK"),
        table=setting("TABLE"),
        topic=setting("TOPIC"),
        secret=setting("SECRET"),
        interval_minutes=_whole("BALANCEWATCH_INTERVAL_MINUTES", setting("INTERVAL_MINUTES")),
        default_thresholds=_thresholds(setting("DEFAULT_THRESHOLDS")),
        digest_above=_whole("BALANCEWATCH_DIGEST_ABOVE", setting("DIGEST_ABOVE")),
        language=_language(setting("LANGUAGE")),
        timezone=_timezone(setting("TIME_ZONE")),
        history_days=_whole("BALANCEWATCH_HISTORY_DAYS", setting("HISTORY_DAYS")),
        account_metrics=_switch("BALANCEWATCH_ACCOUNT_METRICS", setting("ACCOUNT_METRICS")),
        allow_private=_switch("BALANCEWATCH_ALLOW_PRIVATE_ADDRESSES", setting("ALLOW_PRIVATE_ADDRESSES")),
        heartbeat_url=environment.get("BALANCEWATCH_HEARTBEAT_URL", ""),
        report_day=_day(environment.get("BALANCEWATCH_REPORT_DAY") or "off"),
        team_queue=environment.get("BALANCEWATCH_TEAM_QUEUE") or None,
        local=environment.get("BALANCEWATCH_LOCAL") == "1",
    )


def _language(text: str) -> Language:
    if text not in set(Language):
        raise SettingsError(f"BALANCEWATCH_LANGUAGE must be one of {', '.join(Language)}")
    return Language(text)


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise SettingsError(
            "BALANCEWATCH_TIME_ZONE must be an IANA time zone such as Asia/Shanghai"
        ) from None


def _whole(name: str, text: str) -> int:
    if not (len(text) <= _LONGEST_WHOLE and text.isascii() and text.isdigit() and int(text) > 0):
        raise SettingsError(f"{name} must be a whole number above 0")
    return int(text)


def _switch(name: str, text: str) -> bool:
    if text not in {"on", "off"}:
        raise SettingsError(f"{name} must be on or off")
    return text == "on"


def _day(text: str) -> int | None:
    if text not in {"off", *_DAYS}:
        raise SettingsError(f"BALANCEWATCH_REPORT_DAY must be off or one of {', '.join(_DAYS)}")
    return None if text == "off" else _DAYS.index(text)


def _thresholds(text: str) -> Thresholds:
    """`USD=10,CNY=70`; `none` for none at all."""
    found: dict[str, Decimal] = {}
    for pair in text.split(",") if text != "none" else []:
        unit, _, number = (part.strip() for part in pair.partition("="))
        amount = amount_of(number)
        if not re.fullmatch(UNIT, unit) or unit in found or amount is None or amount < 0:
            raise SettingsError(
                "BALANCEWATCH_DEFAULT_THRESHOLDS must be pairs such as USD=10,CNY=70, or none"
            )
        found[unit] = amount
    return found
