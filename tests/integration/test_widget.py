"""The dashboard's widget on moto's AWS, over what the real run has kept."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from balancewatch import widget
from balancewatch.core.palette import DARK, LIGHT
from tests.provider import listed
from tests.stage import Stage, stage

TOKEN = "canary-token-of-the-widget"


@pytest.fixture(scope="module")
def on() -> Iterator[Stage]:
    with stage() as standing:
        standing.now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)  # noqa: TID251  # the widget's clock
        standing.accounts(listed(standing.provider, {"name": "prod", "token": TOKEN, "title": "<b>生产</b>"}))
        for quota in (30_000_000, 4_000_000):
            standing.provider.has(TOKEN, quota)
            standing.tick()
        widget.parts.cache_clear()
        yield standing
        widget.parts.cache_clear()


def event(**context: Any) -> dict[str, Any]:
    """As CloudWatch sends it, as far as we know."""
    common = {"dashboardName": "test", "widgetId": "widget-1", "accountId": "123456789012", "locale": "en"}
    return {"widgetContext": {**common, "theme": "light", "width": 588, "height": 369, **context}}


def test_it_says_what_it_is_and_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """CloudWatch asks so when somebody adds the widget to a dashboard of their own."""
    for name in list(os.environ):
        if name.startswith("BALANCEWATCH_"):
            monkeypatch.delenv(name)
    assert widget.handler({"describe": True}, None).startswith("## balancewatch")


@pytest.mark.usefixtures("on")
def test_it_shows_every_account_escaped_and_without_any_secret() -> None:
    html = widget.handler(event(), None)
    assert html.startswith('<div class="cwdb-no-default-styles bw bw-light">')
    for words in (
        "&lt;b&gt;生产&lt;/b&gt;",
        "8.00 USD",
        "LaoZhang API",
        "warning",
        "10.00 USD",
        "bw-past-dot",
    ):
        assert words in html
    assert TOKEN not in html
    assert "<script" not in html


@pytest.mark.usefixtures("on")
@pytest.mark.parametrize(
    ("asked", "colours"),
    [
        (event(theme="dark"), {DARK["card"]}),
        (event(theme="light"), {LIGHT["card"]}),
        (event(theme=7), {LIGHT["card"], DARK["card"]}),
        ({}, {LIGHT["card"], DARK["card"]}),
        ({"widgetContext": None, "theme": "dark"}, {LIGHT["card"], DARK["card"]}),
    ],
)
def test_it_is_light_or_dark_as_the_console_is(asked: dict[str, Any], colours: set[str]) -> None:
    html = widget.handler(asked, None)
    assert {each for each in (LIGHT["card"], DARK["card"]) if f"--bw-card:{each}" in html} == colours


def test_it_only_queries(on: Stage) -> None:
    on.calls.clear()
    on._in_run, on.fault = True, None
    try:
        widget.handler(event(), None)
    finally:
        on._in_run = False
    assert [operation for operation, _ in on.calls] == ["Query"] * 3


def test_a_table_that_cannot_be_read_is_said_in_words(on: Stage) -> None:
    on.refuses_all(refused=True)
    try:
        html = widget.handler(event(), None)
    finally:
        on.refuses_all(refused=False)
    assert "The accounts cannot be shown: the known teams cannot be read: InternalFailure." in html
