"""What a notification would say: true where anything is known, and said where something is made up."""

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from rich.console import Console

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language, Misconfigured, Rules
from balancewatch.core.notice import Kind
from balancewatch.core.reading import Reason
from balancewatch.core.sms import fits
from balancewatch.core.spending import Sample
from balancewatch.core.state import Reach, Seen, State, Status, TopUp
from balancewatch.core.token import Token
from balancewatch.core.verdict import Cause, Level, Severity
from balancewatch_cli.preview.forms import document, marked, shown
from balancewatch_cli.preview.page import show
from balancewatch_cli.preview.preview import Known, Preview, Wanted, previewed
from tests.readings import remembered

SCHEMA: Any = json.loads((Path(__file__).parents[2] / "docs/notification.schema.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)
NOW = datetime(2026, 11, 24, 4, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def profile() -> Any:
    return catalogue.profile("laozhang")


RULES = Rules(title="生产", threshold=Decimal(10), timezone=ZoneInfo("Asia/Shanghai"), labels=("pay",))
ACCOUNT = Account("prod", "main", profile(), Token("CANARY"), "https://api.laozhang.ai", RULES)
SPENDING = remembered(Sample(NOW - back * HOUR, Decimal(60) + back, None) for back in reversed(range(200)))
STATE = State(
    "prod",
    at=NOW,
    title="production",
    provider="laozhang",
    seen=Seen(NOW, Decimal("60.00"), None, "USD", Decimal(1), Decimal(500), None),
    spending=SPENDING,
    limit=Decimal(10),
)
LOW = replace(
    STATE,
    seen=Seen(NOW, Decimal("2.00"), None, "USD", Decimal(1), Decimal(500), None),
    causes={Cause.AMOUNT: Level.CRITICAL},
)
YOUNG = replace(STATE, spending=None)
LOST = replace(
    LOW,
    reach=Reach(lost=True, failures=9, since=NOW - 9 * HOUR, reason=Reason.UNAUTHORIZED, same=9),
    top_up=TopUp(NOW - 60 * HOUR, Decimal(40)),
)
KNOWN = {
    "well": Known("main", "prod", STATE, ACCOUNT, "LaoZhang API", "https://api.laozhang.ai"),
    "low": Known("main", "prod", LOW, None, "LaoZhang API", "https://api.laozhang.ai"),
    "young": Known("main", "prod", YOUNG, ACCOUNT, "LaoZhang API"),
    "lost": Known("apps", "prod", LOST, None),
    "misconfigured": Known(
        "apps", "prod", STATE, Misconfigured("prod", "apps", None, (("unit", "is wrong"),))
    ),
    "elsewhere": Known("main", "prod", replace(STATE, timezone="Mars/Base"), None),
    "unlimited": Known("main", "prod", replace(STATE, seen=replace(STATE.seen, remaining=None)), None),  # type: ignore[type-var]
    "never read": Known("main", "prod", None, replace(ACCOUNT, rules=replace(RULES, language=Language.ZH))),
}
ALL = [
    Wanted(kind, status, level)
    for kind, status, level in itertools.product(Kind, Status, (None, Level.CRITICAL, Level.EMPTY))
    if kind is not Kind.REMOVED or status is Status.RESOLVED
]


def of(name: str, kind: Kind, status: Status = Status.FIRING, level: Level | None = None) -> Preview:
    return previewed(Wanted(kind, status, level), KNOWN[name], NOW, "an-id")


@pytest.mark.parametrize("name", KNOWN)
def test_whatever_is_wanted_of_whatever_is_known_can_be_told_and_shown(name: str) -> None:
    for number, wanted in enumerate(ALL):
        found = previewed(wanted, KNOWN[name], NOW, "an-id")
        forms = shown(found.notification, "balancewatch", NOW, is_test=number % 2 == 0)
        assert {each.language for each in forms} == set(Language)
        for each in forms:
            VALID.validate(json.loads(each.message.payload))
            assert fits(each.message.sms)
            assert each.sms_size[0] <= each.sms_size[1]
            assert len(each.message.subject) < 100
            assert len(each.chats) == 7
            assert "CANARY" not in json.dumps(document(each))


def test_an_account_that_is_well_is_shown_with_its_real_figures() -> None:
    found = of("well", Kind.LOW_BALANCE)
    told = found.notification
    assert (told.remaining, told.threshold, told.title, told.labels) == (
        Decimal(60),
        Decimal(10),
        "生产",
        ("pay",),
    )
    assert (told.causes, told.severity) == ({Cause.RUNWAY: Level.WARNING}, Severity.WARNING)
    assert found.made_up == ("that it is low",)
    (english, _) = shown(told, "balancewatch", NOW, is_test=False)
    assert (
        "生产 (prod) at LaoZhang API has 60.00 USD left, and at its usual spend that lasts"
        in english.message.email
    )


def test_an_account_that_is_low_is_shown_as_it_is() -> None:
    found = of("low", Kind.LOW_BALANCE)
    assert (found.notification.level, found.notification.severity) == (Level.CRITICAL, Severity.CRITICAL)
    assert (found.notification.critical_threshold, found.made_up) == (Decimal("2.5"), ())
    (english, _) = shown(found.notification, "balancewatch", NOW, is_test=False)
    assert "2.00 USD left, at or below its critical threshold of 2.50 USD." in english.message.email


def test_nothing_false_is_said_of_an_account_without_a_forecast() -> None:
    (english, _) = shown(of("young", Kind.LOW_BALANCE).notification, "balancewatch", NOW, is_test=False)
    assert "has 60.00 USD left." in english.message.email
    assert "low" not in english.message.subject


@pytest.mark.parametrize(
    ("name", "kind", "status", "made_up"),
    [
        (
            "never read",
            Kind.LOW_BALANCE,
            Status.FIRING,
            ("its balance", "what it spends", "how long it lasts"),
        ),
        (
            "unlimited",
            Kind.LOW_BALANCE,
            Status.FIRING,
            ("its balance", "what it spends", "how long it lasts"),
        ),
        ("well", Kind.LOW_BALANCE, Status.RESOLVED, ("the top-up",)),
        ("lost", Kind.LOW_BALANCE, Status.RESOLVED, ()),
        ("well", Kind.UNREACHABLE, Status.FIRING, ("the reason",)),
        ("lost", Kind.UNREACHABLE, Status.FIRING, ()),
        ("lost", Kind.UNREACHABLE, Status.RESOLVED, ()),
        ("well", Kind.REMOVED, Status.RESOLVED, ()),
    ],
)
def test_what_is_made_up_is_said(name: str, kind: Kind, status: Status, made_up: tuple[str, ...]) -> None:
    assert of(name, kind, status).made_up[: len(made_up)] == made_up
    assert bool(of(name, kind, status).made_up) == bool(made_up)


def test_an_account_that_cannot_be_asked_as_written_says_what_is_wrong() -> None:
    (english, _) = shown(of("misconfigured", Kind.UNREACHABLE).notification, "s", NOW, is_test=False)
    assert "`unit` is wrong" in english.message.email


def test_an_account_that_cannot_be_read_says_why() -> None:
    told = of("lost", Kind.UNREACHABLE).notification
    assert told.trouble is not None
    assert (told.trouble.reason, told.severity) == (Reason.UNAUTHORIZED, Severity.CRITICAL)
    assert told.team == "apps"


@pytest.mark.parametrize(
    ("language", "mark", "words"),
    [
        (Language.EN, "[test] ", "This is a test."),
        (Language.ZH, "【测试】", "这是一条测试消息"),
    ],
)
def test_a_test_says_so_in_every_form(language: Language, mark: str, words: str) -> None:
    told = replace(of("well", Kind.LOW_BALANCE).notification, language=language)
    message = marked(told)
    (fact,) = json.loads(message.payload)["notifications"]
    assert message.subject.startswith(mark)
    assert message.sms.startswith(mark)
    assert message.email.startswith(words)
    assert fact["test"] is True
    assert fact["words"]["subject"] == message.subject
    assert fact["words"]["text"].startswith(words)
    (first, _) = shown(told, "balancewatch", NOW, is_test=True)
    chats = {form.services: form.text for form in first.chats}
    assert all(mark.strip() in text for name, text in chats.items() if "Webhook" not in name)
    assert "trigger  balancewatch/test/an-id" in chats["PagerDuty"]
    assert "resolve  balancewatch/test/an-id" in chats["PagerDuty"]


def test_the_page_shows_every_form_once_a_language() -> None:
    found = of("never read", Kind.LOW_BALANCE)
    console = Console(width=110, file=StringIO(), force_terminal=False)
    with console.capture() as printed:
        forms = shown(found.notification, "balancewatch", NOW, is_test=False)
        show(console, forms, found.made_up, is_urgent=False)
    page = printed.get()
    for form in ("E-mail", "Text message", "Feishu, Lark", "Teams", "PagerDuty", "Webhook, signed"):
        for language in ("English", "Chinese"):
            assert page.count(f"{form} ({language})") == 1
    assert "only what is critical" in page
    assert "Made up, since it is not so or not known: its balance" in page
