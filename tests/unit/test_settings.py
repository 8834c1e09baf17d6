"""The environment is checked once, and an error names the variable and never its value."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from balancewatch.core.account import Language
from balancewatch.settings import (
    VARIABLES,
    WIDGET_VARIABLES,
    Settings,
    SettingsError,
    from_environment,
    widget_settings,
)
from tests.benchmarks.speed.place import SETTINGS

ENVIRONMENT = {
    "BALANCEWATCH_STACK": "balancewatch",
    "BALANCEWATCH_TABLE": "balancewatch-Table-1",
    "BALANCEWATCH_TOPIC": "arn:aws:sns:eu-west-1:123456789012:balancewatch",
    "BALANCEWATCH_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:accounts",
    "BALANCEWATCH_INTERVAL_MINUTES": "15",
    "BALANCEWATCH_DEFAULT_THRESHOLDS": "USD=10,CNY=70",
    "BALANCEWATCH_DIGEST_ABOVE": "5",
    "BALANCEWATCH_LANGUAGE": "en",
    "BALANCEWATCH_TIME_ZONE": "UTC",
    "BALANCEWATCH_HISTORY_DAYS": "400",
    "BALANCEWATCH_ACCOUNT_METRICS": "on",
    "BALANCEWATCH_ALLOW_PRIVATE_ADDRESSES": "off",
}


def test_the_environment_of_the_template_is_read() -> None:
    """Every variable into its field."""
    assert from_environment(ENVIRONMENT) == Settings(
        stack="balancewatch",
        table="balancewatch-Table-1",
        topic="arn:aws:sns:eu-west-1:123456789012:balancewatch",
        secret="arn:aws:secretsmanager:eu-west-1:123456789012:secret:accounts",
        interval_minutes=15,
        default_thresholds={"USD": Decimal(10), "CNY": Decimal(70)},
        digest_above=5,
        language=Language.EN,
        timezone=ZoneInfo("UTC"),
        history_days=400,
        account_metrics=True,
        allow_private=False,
        heartbeat_url="",
        local=False,
    )
    assert set(VARIABLES) == ENVIRONMENT.keys()


OTHERS: dict[str, tuple[str, str, str, object]] = {
    "Chinese": ("LANGUAGE", "zh", "language", Language.ZH),
    "many teams": ("TEAM_QUEUE", "https://sqs/q", "team_queue", "https://sqs/q"),
    "one team": ("TEAM_QUEUE", "", "team_queue", None),
    "another zone": ("TIME_ZONE", "Asia/Shanghai", "timezone", ZoneInfo("Asia/Shanghai")),
    "no thresholds": ("DEFAULT_THRESHOLDS", "none", "default_thresholds", {}),
    "thresholds with spaces": (
        "DEFAULT_THRESHOLDS",
        " USD = 2.5 , credits=0",
        "default_thresholds",
        {"USD": Decimal("2.5"), "credits": Decimal(0)},
    ),
    "no metrics": ("ACCOUNT_METRICS", "off", "account_metrics", False),
    "private addresses": ("ALLOW_PRIVATE_ADDRESSES", "on", "allow_private", True),
    "a heartbeat": ("HEARTBEAT_URL", "https://hc.example/1", "heartbeat_url", "https://hc.example/1"),
    "a report": ("REPORT_DAY", "sunday", "report_day", 6),
    "no report": ("REPORT_DAY", "off", "report_day", None),
    "from a terminal": ("LOCAL", "1", "local", True),
    "local must be 1": ("LOCAL", "true", "local", False),
}


@pytest.mark.parametrize(("name", "value", "field", "expected"), OTHERS.values(), ids=OTHERS)
def test_each_setting_can_be_another(name: str, value: str, field: str, expected: object) -> None:
    """And is then what its field says."""
    settings = from_environment({**ENVIRONMENT, f"BALANCEWATCH_{name}": value})
    assert getattr(settings, field) == expected


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    """All that are missing, at once."""
    environment = {**ENVIRONMENT, name: value}
    with pytest.raises(SettingsError, match=name):
        from_environment({key: text for key, text in environment.items() if text is not None})
    with pytest.raises(SettingsError, match=", ".join(VARIABLES)):
        from_environment({})


WANTED = {
    "INTERVAL_MINUTES": "a whole number above 0",
    "DIGEST_ABOVE": "a whole number above 0",
    "HISTORY_DAYS": "a whole number above 0",
    "LANGUAGE": "one of en, zh",
    "TIME_ZONE": "an IANA time zone such as Asia/Shanghai",
    "ACCOUNT_METRICS": "on or off",
    "ALLOW_PRIVATE_ADDRESSES": "on or off",
    "REPORT_DAY": "off or one of monday, tuesday, wednesday, thursday, friday, saturday, sunday",
    "DEFAULT_THRESHOLDS": "pairs such as USD=10,CNY=70, or none",
}
"""The whole text: there is no place for a value in it."""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INTERVAL_MINUTES", "0"),
        ("INTERVAL_MINUTES", "-5"),
        ("INTERVAL_MINUTES", "7.5"),
        ("INTERVAL_MINUTES", "often"),
        ("INTERVAL_MINUTES", "\uff11\uff15"),
        ("HISTORY_DAYS", "9" * 5000),
        ("LANGUAGE", "fr"),
        ("LANGUAGE", "EN"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("TIME_ZONE", "America"),
        ("ACCOUNT_METRICS", "yes"),
        ("ALLOW_PRIVATE_ADDRESSES", "1"),
        ("REPORT_DAY", "Monday"),
        ("DEFAULT_THRESHOLDS", "10"),
        ("DEFAULT_THRESHOLDS", "USD="),
        ("DEFAULT_THRESHOLDS", "=10"),
        ("DEFAULT_THRESHOLDS", "USD=-1"),
        ("DEFAULT_THRESHOLDS", "USD=ten"),
        ("DEFAULT_THRESHOLDS", "USD=10,"),
        ("DEFAULT_THRESHOLDS", "USD=10,USD=20"),
        ("DEFAULT_THRESHOLDS", "U$D=10"),
    ],
)
def test_a_wrong_variable_is_named_and_not_shown(name: str, value: str) -> None:
    """The value may be anything, a secret too."""
    with pytest.raises(SettingsError) as caught:
        from_environment({**ENVIRONMENT, f"BALANCEWATCH_{name}": value})
    assert str(caught.value) == f"BALANCEWATCH_{name} must be {WANTED[name]}"


WIDGET = dict.fromkeys(WIDGET_VARIABLES, "x") | {
    "BALANCEWATCH_LANGUAGE": "zh",
    "BALANCEWATCH_TIME_ZONE": "Asia/Shanghai",
}


def test_the_widget_needs_few_settings() -> None:
    found = widget_settings(WIDGET)
    assert (found.table, found.language, found.timezone) == ("x", Language.ZH, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize("name", WIDGET_VARIABLES)
def test_a_variable_that_the_widget_misses_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        widget_settings({**WIDGET, name: ""})


def test_the_benchmarks_run_in_a_whole_environment() -> None:
    assert from_environment(SETTINGS).stack == "benchmark"
