"""What arrives in a channel, as each service got it: sent through the relay, on 127.0.0.1."""

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from rich.console import Console

from balancewatch.core import account
from balancewatch_cli.channels.edit import channel_list
from balancewatch_cli.channels.page import listed, show_list, show_tests
from balancewatch_cli.channels.todos import Tried
from balancewatch_cli.channels.trial import service_titles
from balancewatch_cli.preview import forms as preview_forms
from balancewatch_cli.preview.chat_forms import card, event
from balancewatch_cli.preview.page import show
from balancewatch_relay.adapters.services import service_of
from balancewatch_relay.core.channel import Filter
from balancewatch_relay.core.event import deliveries
from balancewatch_relay.core.message import Message, Stack
from balancewatch_relay.core.news import Language
from balancewatch_relay.core.plan import messages
from balancewatch_relay.core.services import feishu
from tests import chats
from tests.deliveries import alarm, digested, told
from tests.examples import examples

_ROUTING_KEY = "0123456789abcdef0123456789abcdef"
_STACK = Stack("balancewatch", Language.EN)


def _event(sent: Any) -> list[str]:
    payload = sent.get("payload", {"severity": "", "summary": ""})
    return [*event(sent["event_action"], sent["dedup_key"], payload["severity"], payload["summary"])]


def _titled(sent: Any) -> list[str]:
    return [sent["title"], *sent["message"].split("\n")]


def _page(lines: list[str]) -> str:
    return "\n".join(["```text", *(line.rstrip() for each in lines for line in each.split("\n")), "```"])


_SHOWN: Mapping[str, tuple[str, Callable[[Any], Sequence[str]], Callable[[], Any]]] = {
    "Feishu, a critical account": ("feishu://TOKEN", card, lambda: told("critical, within hours")),
    "DingTalk, the same": (
        "dingtalk://TOKEN",
        lambda sent: [sent["markdown"]["text"]],
        lambda: told("critical, within hours"),
    ),
    "WeCom, the same in Chinese": (
        "wecombot://KEY",
        lambda sent: [sent["markdown"]["content"]],
        lambda: told("critical, within hours", account.Language.ZH),
    ),
    "Telegram, topped up": (
        "tgram://123456789:AAEabcdefghijklmnopqrstuvwxyz123456/-100200300",
        lambda sent: [sent["text"]],
        lambda: told("topped up"),
    ),
    "ntfy, much at once": ("ntfys://ntfy.sh/topic", _titled, digested),
    "ntfy, an alarm of the stack": ("ntfys://ntfy.sh/topic", _titled, alarm),
    "PagerDuty, from the beginning": (
        f"pagerduty://{_ROUTING_KEY}@events",
        _event,
        lambda: told("critical, within hours"),
    ),
    "PagerDuty, to the end": (f"pagerduty://{_ROUTING_KEY}@events", _event, lambda: told("topped up")),
}


def what_arrives() -> str:
    """A block for each service and message."""
    blocks = []
    with TemporaryDirectory() as folder, chats.chats(Path(folder)) as here:
        here.always = chats.always(200, {"code": 0, "errcode": 0, "ok": True})
        with patch.dict(os.environ, here.environment):
            for title, (url, show, came) in _SHOWN.items():
                here.sent = []
                sender = service_of(url, lambda: datetime(2026, 11, 28, 1, 46, tzinfo=UTC))
                if sender is None:
                    raise LookupError(title)
                for message in _messages(came(), one_each=sender.keeps_incidents):
                    sender.send(message)
                lines = [line for sent in here.sent for line in show(sent.json)]
                blocks.append(f"{title}:\n\n{_page(lines)}")
    return "\n\n".join(blocks)


_SECRET = """{"channels": [
  {"url": "feishu://SECRET@TOKEN", "name": "everyone"},
  {"url": "dingtalk://SECRET@TOKEN", "name": "payments", "labels": ["payments"]},
  {"url": "pagerduty://0123456789abcdef0123456789abcdef@events", "name": "on call", "severity": "critical"},
  {"url": "wecombot://KEY", "severity": "loud"}
]}"""


def screens() -> str:
    """What the command prints of some channels, and of tests of which one is not taken."""
    places = channel_list(_SECRET).places
    services = service_titles([each.channel for each in places if each.channel])
    refusal = feishu.refusal(200, b'{"code": 19021}')
    tests = [Tried(each.label, refusal if each.number == 1 else None) for each in places[:3]]
    return "\n\n".join(
        (
            _screen("channels list", lambda console: show_list(console, listed(places, services))),
            _screen("channels test", lambda console: show_tests(console, tests)),
        )
    )


def preview() -> str:
    """The beginning of what the command prints of an account that is low soon."""
    notification = dict(examples(account.Language.EN))["low, in two days"]
    forms = preview_forms.shown(notification, "balancewatch", notification.at, is_test=False)
    command = "test-notification --kind low_balance --account production"
    page = _screen(command, lambda console: show(console, forms, (), is_urgent=False), is_text=True)
    beginning, _, _ = page.partition("\nDingTalk")
    return f"{beginning}\n...\n```"


def _screen(command: str, show: Callable[[Console], None], *, is_text: bool = False) -> str:
    """Tables stand closer together than on a terminal."""
    terminal = Console(width=110, file=StringIO(), force_terminal=False)
    with terminal.capture() as shown:
        show(terminal)
    lines = [line for line in shown.get().strip("\n").splitlines() if is_text or line.strip()]
    return _page([f"$ balancewatch {command}", *lines])


def _messages(came: Any, *, one_each: bool) -> tuple[Message, ...]:
    (delivery,) = deliveries(came)
    return messages(delivery, Filter(), (), _STACK, one_each=one_each)
