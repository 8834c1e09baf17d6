"""What holds for accounts that say nothing themselves, where no stack says it: Twelve-Factor's way."""

from collections.abc import Mapping
from typing import Final

from balancewatch.settings import Settings, from_environment

DEFAULTS: Final[Mapping[str, str]] = {
    "BALANCEWATCH_STACK": "local",
    "BALANCEWATCH_LOCAL": "1",
    "BALANCEWATCH_INTERVAL_MINUTES": "15",
    "BALANCEWATCH_DEFAULT_THRESHOLDS": "USD=10,CNY=70",
    "BALANCEWATCH_DIGEST_ABOVE": "5",
    "BALANCEWATCH_LANGUAGE": "en",
    "BALANCEWATCH_TIME_ZONE": "UTC",
    "BALANCEWATCH_HISTORY_DAYS": "400",
    "BALANCEWATCH_ACCOUNT_METRICS": "off",
    "BALANCEWATCH_ALLOW_PRIVATE_ADDRESSES": "off",
}
"""The template's own defaults."""

CHOICES: Final = (
    "BALANCEWATCH_INTERVAL_MINUTES",
    "BALANCEWATCH_DEFAULT_THRESHOLDS",
    "BALANCEWATCH_DIGEST_ABOVE",
    "BALANCEWATCH_LANGUAGE",
    "BALANCEWATCH_TIME_ZONE",
    "BALANCEWATCH_HISTORY_DAYS",
)
"""What whoever runs without AWS may set; the README says what each means."""

_OF_AWS: Final = dict.fromkeys(
    ("BALANCEWATCH_TABLE", "BALANCEWATCH_TOPIC", "BALANCEWATCH_SECRET"), "none: there is no AWS here"
)


def settings(environment: Mapping[str, str], every: int | None) -> Settings:
    """The settings, with minutes between runs where the command itself keeps them. Raises `SettingsError`."""
    chosen = {name: environment[name] for name in CHOICES if environment.get(name)}
    if every is not None:
        chosen["BALANCEWATCH_INTERVAL_MINUTES"] = str(every)
    return from_environment({**_OF_AWS, **DEFAULTS, **chosen})
