"""Every service that the docs show, against servers that demand what it demands and refuse as it refuses."""

import base64
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from apprise import Apprise

from balancewatch.core import account
from balancewatch.core.message import compose
from balancewatch_cli.preview.chat_forms import card, event, forms
from balancewatch_cli.preview.forms import marked
from balancewatch_relay.adapters.plugins import PLUGINS, native, register
from balancewatch_relay.adapters.services import service_of
from balancewatch_relay.core.channel import Filter, parse_channels
from balancewatch_relay.core.event import deliveries
from balancewatch_relay.core.message import Link, Message, Stack, Tone, of_text
from balancewatch_relay.core.news import Language, Text
from balancewatch_relay.core.plan import messages
from tests import chats
from tests.chats import Chats, PagerDuty, Play, always
from tests.deliveries import digested, published, told
from tests.examples import examples

ROOT = Path(__file__).parents[2]
TELEGRAM = "123456789:AAEabcdefghijklmnopqrstuvwxyz123456"
DISCORD = ("12345678901234567", "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmNoP")
SLACK = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
FLOW = "prod-00.westeurope.logic.azure.com"
SECRET = f"whsec_{base64.b64encode(bytes(range(220, 252))).decode()}"
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
STACK = Stack("balancewatch", Language.EN)

SERVICES: dict[str, tuple[str, str, Play]] = {
    "Feishu": ("feishu://a-Secret_1@a-Token_1", "open.feishu.cn", chats.feishu("a-Token_1", "a-Secret_1")),
    "Feishu, unsigned": ("feishu://a-Token_1", "open.feishu.cn", chats.feishu("a-Token_1")),
    "Feishu's own address": (
        "https://open.feishu.cn/open-apis/bot/v2/hook/a-Token_1?secret=a-Secret_1",
        "open.feishu.cn",
        chats.feishu("a-Token_1", "a-Secret_1"),
    ),
    "Lark": ("lark://a-Secret_1@a-Token_1", "open.larksuite.com", chats.feishu("a-Token_1", "a-Secret_1")),
    "DingTalk": ("dingtalk://SECabc1@aToken1", "oapi.dingtalk.com", chats.dingtalk("aToken1", "SECabc1")),
    "DingTalk, with a mention": (
        "dingtalk://SECabc1@aToken1/13800000000",
        "oapi.dingtalk.com",
        chats.dingtalk("aToken1", "SECabc1"),
    ),
    "DingTalk's own address": (
        "https://oapi.dingtalk.com/robot/send?access_token=aToken1&secret=SECabc1",
        "oapi.dingtalk.com",
        chats.dingtalk("aToken1", "SECabc1"),
    ),
    "WeCom": ("wecombot://a-Key-1", "qyapi.weixin.qq.com", chats.wecom("a-Key-1")),
    "WeCom's own address": (
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-Key-1",
        "qyapi.weixin.qq.com",
        chats.wecom("a-Key-1"),
    ),
    "Telegram": (f"tgram://{TELEGRAM}/-1001234567890", "api.telegram.org", chats.telegram(TELEGRAM)),
    "Slack": (f"slack://{SLACK}", "hooks.slack.com", chats.slack(SLACK)),
    "Slack's own address": (
        f"https://hooks.slack.com/services/{SLACK}",
        "hooks.slack.com",
        chats.slack(SLACK),
    ),
    "Discord": (f"discord://{DISCORD[0]}/{DISCORD[1]}", "discord.com", chats.discord(*DISCORD)),
    "Teams": (f"workflows://{FLOW}/643e69f83c8944/a-Sig_1", FLOW, chats.teams("a-Sig_1")),
    "PagerDuty": (f"pagerduty://{ROUTING_KEY}@events", "events.pagerduty.com", PagerDuty(ROUTING_KEY)),
    "ntfy": ("ntfys://ntfy.sh/a-topic", "ntfy.sh", chats.ntfy),
    "Bark": ("barks://api.day.app/aDevice1", "api.day.app", chats.bark("aDevice1")),
    "webhook": (
        f"webhooks://hooks.example.com/in?secret={SECRET}",
        "hooks.example.com",
        chats.webhook(SECRET),
    ),
}
"""The URL as people write it, the host behind it, and what that demands."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chats]:
    with chats.chats(tmp_path_factory.mktemp("chats")) as here:
        yield here


@pytest.fixture
def here(server: Chats, monkeypatch: pytest.MonkeyPatch) -> Chats:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    server.plays, server.sent = {}, []
    return server


@pytest.fixture
def function_log() -> Iterator[StringIO]:
    """What Lambda would log: everything that reaches the root, from DEBUG."""
    heard = StringIO()
    handler, root = logging.StreamHandler(heard), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield heard
    root.removeHandler(handler)
    root.setLevel(level)


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # signatures expire


def send(url: str, message: Message, at: datetime | None = None) -> str | None:
    sender = service_of(url, lambda: at or now())
    assert sender is not None
    return sender.send(message)


def message_of(name: str, language: account.Language = account.Language.EN) -> Message:
    (delivery,) = deliveries(told(name, language))
    (message,) = messages(delivery, Filter(), (), STACK, one_each=False)
    return message


LOW = message_of("critical, within hours")


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_sent_is_what_the_service_demands(here: Chats, name: str) -> None:
    url, host, play = SERVICES[name]
    here.plays[host] = play
    for message in (LOW, message_of("critical, within hours", account.Language.ZH), message_of("topped up")):
        assert send(url, message) is None
    (low, chinese, _) = here.at(host)
    said, chinese_said = json.dumps(low.json), json.dumps(chinese.json, ensure_ascii=False)
    assert "7.60 USD left" in said
    assert "https://api.laozhang.ai" in said
    assert "production：" in chinese_said  # noqa: RUF001  # Chinese has its own


LONG = (
    *messages(deliveries(digested())[0], Filter(), (), STACK, one_each=False),
    of_text(Text("\n".join(["长" * 99] * 999)), "an-id", "标题" * 200, STACK),
    of_text(Text("x<>&*_" * 20_000), "an-id", "x" * 999, STACK),
)


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in {"PagerDuty", "webhook"}])
def test_what_is_too_long_is_cut_to_what_the_service_takes(here: Chats, name: str) -> None:
    url, host, play = SERVICES[name]
    here.plays[host] = play
    assert [send(url, message) for message in LONG] == [None] * len(LONG)
    assert len(here.sent) == len(LONG), "one message, and not many parts of one"


@pytest.mark.parametrize("name", SERVICES)
def test_what_is_not_taken_is_a_failure_that_shows_no_secret(
    here: Chats, name: str, function_log: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    url, host, _ = SERVICES[name]
    whys = []
    for play in (always(500, {"error": url}), always(302, None, Location=f"https://{host}/elsewhere")):
        here.plays[host] = play
        whys.append(send(url, LOW))
    here.plays[host] = lambda _: (_ for _ in ()).throw(ConnectionError)
    whys.append(send(url, LOW))
    assert whys[:2] == ["it answers HTTP 500", "it answers HTTP 302"]
    assert whys[2] in {"it could not be reached", "it did not answer in time"}
    assert len(here.at(host)) == 3, "no redirect is followed"
    printed = capfd.readouterr()
    assert (function_log.getvalue(), printed.out, printed.err) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "url", "why"),
    [
        ("Feishu", "feishu://wrong@a-Token_1", "code 19021: the signature is wrong"),
        ("Feishu", "feishu://a-Token_1", "code 19021: the signature is wrong"),
        ("Feishu", "feishu://a-Secret_1@other", "code 19001: the webhook's token is wrong"),
        ("DingTalk", "dingtalk://SECabc2@aToken1", "code 310000: the message did not pass"),
        ("DingTalk", "dingtalk://aToken1", "code 310000: the message did not pass"),
        ("DingTalk", "dingtalk://SECabc1@other", "code 300001: the access token is wrong"),
        ("WeCom", "wecombot://other", "code 93000: the webhook's key is wrong"),
    ],
)
def test_a_refusal_with_http_200_is_a_failure(here: Chats, name: str, url: str, why: str) -> None:
    """Apprise takes it for success: this is what the plug-ins are for."""
    _, host, play = SERVICES[name]
    here.plays[host] = play
    said = send(url, LOW)
    assert said is not None
    assert said.startswith(f"it refuses with {why}")


@pytest.mark.parametrize("name", ["Feishu", "DingTalk", "webhook"])
def test_an_old_signature_is_refused(here: Chats, name: str) -> None:
    url, host, play = SERVICES[name]
    here.plays[host] = play
    assert send(url, LOW, now() - timedelta(minutes=70)) is not None
    assert send(url, LOW, now() - timedelta(seconds=30)) is None


def test_pagerduty_opens_one_incident_and_ends_it(here: Chats) -> None:
    pager = PagerDuty(ROUTING_KEY)
    here.plays["events.pagerduty.com"] = pager
    url = SERVICES["PagerDuty"][0]
    for name in ("low, in two days", "critical, within hours", "critical, a day later"):
        assert send(url, message_of(name)) is None
    assert list(pager.open) == ["balancewatch/production/low_balance"]
    assert pager.open["balancewatch/production/low_balance"]["source"] == "balancewatch"
    assert send(url, message_of("cannot be read")) is None
    assert len(pager.open) == 2
    assert send(url, message_of("topped up")) is None
    assert pager.closed == ["balancewatch/production/low_balance"]
    assert send(url, message_of("removed")) is None
    assert pager.open == {}


def test_the_webhook_gets_the_notification_as_programs_know_it(here: Chats) -> None:
    url, host, play = SERVICES["webhook"]
    here.plays[host] = play
    send(url, LOW)
    send(url, LOW)
    first, again = here.at(host)
    assert first.json["type"] == "balancewatch.notifications"
    assert first.json["data"]["notifications"][0]["remaining"] == "7.6"
    assert first.headers["webhook-id"] == again.headers["webhook-id"] == LOW.id


UNUSABLE = [
    "nonsense://token",
    "feishu://",
    "feishu://to%20ken",
    "dingtalk://to-ken",
    "dingtalk://aToken1/someone",
    "wecombot://",
    "webhooks://hooks.example.com/in",
    "webhooks://hooks.example.com/in?secret=short",
    "https://example.com/hook",
]


@pytest.mark.parametrize("url", UNUSABLE)
def test_a_url_that_nobody_can_use_is_found_before_anything_is_sent(
    url: str, function_log: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    assert service_of(url, now) is None
    printed = capfd.readouterr()
    assert (function_log.getvalue(), printed.out, printed.err) == ("", "", "")


@pytest.mark.parametrize("name", ["Feishu", "DingTalk", "WeCom", "webhook"])
def test_the_plug_ins_are_apprises_like_any_other(here: Chats, name: str) -> None:
    url, host, play = SERVICES[name]
    register()
    here.plays[host] = play
    apprise = Apprise()
    assert apprise.add(url)
    assert type(apprise[0]) in PLUGINS
    result = apprise.notify(title="a title", body="a text", notify_type="warning")
    assert result
    here.plays[host] = always(403)
    assert not apprise.notify(title="a title", body="a text")


def test_only_addresses_of_the_plug_ins_services_are_rewritten() -> None:
    assert native("https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/a") == (
        "https://open.feishu.cn.evil.example/open-apis/bot/v2/hook/a"
    )
    assert native("https://open.larksuite.com/open-apis/bot/v2/hook/a") == "lark://a"


def test_a_message_without_a_link_and_with_markup_reaches_teams_as_text(here: Chats) -> None:
    url, host, play = SERVICES["Teams"]
    here.plays[host] = play
    message = Message(
        (),
        Language.EN,
        "a title",
        ("a_b *c* [d](e)", "f"),
        Link("G", "https://g.example/?h=i"),
        Tone.INFO,
        is_over=False,
        incidents=(),
        data={},
    )
    assert send(url, message) is None
    (sent,) = here.at(host)
    texts = [each["text"] for each in sent.json["attachments"][0]["content"]["body"] if "text" in each]
    assert texts[1] == "a\\_b \\*c\\* \\[d\\](e)\n\nf\n\n[G](https://g.example/?h=i)"


# --- the docs ---


@pytest.mark.parametrize("page", ["README.md", "docs/channels.md"])
def test_every_list_of_channels_in_the_docs_can_be_used_as_it_is(page: str) -> None:
    blocks = re.findall(r"```json\n(\s*\{\"channels\".*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        channels, problems = parse_channels(block)
        assert problems == ()
        assert [each.label for each in channels if service_of(each.url, now) is None] == []


def test_every_service_in_the_docs_is_tested_and_every_tested_one_is_in_the_docs() -> None:
    shown = set(
        re.findall(r"^\| [^|]+ \| `(\w+)://", (ROOT / "docs/channels.md").read_text("utf-8"), re.MULTILINE)
    )
    assert shown == {url.partition("://")[0] for url, _, _ in SERVICES.values()} - {"https"}


def test_the_docs_way_to_check_a_webhook_accepts_what_is_sent_and_nothing_else(here: Chats) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/channels.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    url, host, play = SERVICES["webhook"]
    here.plays[host] = play
    assert send(url, LOW) is None
    (sent,) = here.at(host)
    assert names["is_genuine"](sent.headers, sent.body, SECRET)
    assert not names["is_genuine"](sent.headers, sent.body + b" ", SECRET)
    assert not names["is_genuine"]({**sent.headers, "webhook-timestamp": "1"}, sent.body, SECRET)


# --- tests that people send, and what they show before ---


def marked_message(name: str) -> Message:
    notification = dict(examples(account.Language.EN))[name]
    (delivery,) = deliveries(published(marked(replace(notification, id="a-test"))))
    (message,) = messages(delivery, Filter(), (), STACK, one_each=True)
    return message


@pytest.mark.parametrize("name", ["critical, within hours", "topped up", "removed"])
def test_a_marked_notification_opens_no_incident_for_long_and_ends_none_that_is_true(
    here: Chats, name: str
) -> None:
    pager = PagerDuty(ROUTING_KEY)
    here.plays["events.pagerduty.com"] = pager
    url = SERVICES["PagerDuty"][0]
    assert send(url, message_of("critical, within hours")) is None
    assert send(url, marked_message(name)) is None
    assert list(pager.open) == ["balancewatch/production/low_balance"]
    assert pager.closed == ["balancewatch/test/a-test"]


def test_what_a_preview_shows_is_what_is_sent(here: Chats) -> None:
    """For each form one of its services, as it got it."""
    message = compose(dict(examples(account.Language.EN))["critical, within hours"])
    shown = {form.services: form.text for form in forms(message.subject, message.payload, STACK, now())}
    sent: dict[str, Any] = {}
    for name in ("Feishu", "DingTalk", "WeCom", "ntfy", "Bark", "Discord", "Teams", "PagerDuty"):
        url, host, play = SERVICES[name]
        here.plays[host] = play
        assert send(url, LOW) is None
        sent[name] = here.at(host)[-1].json
    assert shown["Feishu, Lark"] == "\n".join(card(sent["Feishu"]))
    assert shown["DingTalk"] == sent["DingTalk"]["markdown"]["text"]
    assert shown["WeCom"] == sent["WeCom"]["markdown"]["content"]
    plain = shown["Telegram, Slack, Discord, ntfy, Bark"]
    assert plain == f"{sent['ntfy']['title']}\n{sent['ntfy']['message']}"
    assert plain == f"{sent['Bark']['title']}\n{sent['Bark']['body']}"
    blocks = [each["text"] for each in sent["Teams"]["attachments"][0]["content"]["body"] if "text" in each]
    assert shown["Teams"] == "\n".join(blocks[:2])
    paged = sent["PagerDuty"]["payload"]
    key = sent["PagerDuty"]["dedup_key"]
    lines = "\n".join(event("trigger", key, paged["severity"], paged["summary"])).splitlines()
    assert shown["PagerDuty"].splitlines() == [line.rstrip() for line in lines]
