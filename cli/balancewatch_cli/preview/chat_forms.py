"""What is sent to each kind of chat, as people see it there: pure, from the relay's own rendering."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from balancewatch_relay.core.channel import Filter
from balancewatch_relay.core.event import deliveries
from balancewatch_relay.core.message import Message, Stack, Tone
from balancewatch_relay.core.plain import in_markdown, in_text
from balancewatch_relay.core.plan import messages
from balancewatch_relay.core.services import dingtalk, feishu, webhook, wecom

_SEVERITIES: Mapping[Tone, str] = {
    Tone.GOOD: "info",
    Tone.INFO: "info",
    Tone.WARNING: "warning",
    Tone.CRITICAL: "critical",
}
"""PagerDuty's, as Apprise has them."""


@dataclass(frozen=True, slots=True)
class Form:
    """What arrives in some services."""

    services: str
    text: str


def card(sent: Any) -> Sequence[str]:
    """A card of Feishu: colour and title, text, buttons."""
    text, *buttons = sent["card"]["elements"]
    lines = text["text"]["content"].split("\n")
    shown = [f"[ {each['actions'][0]['text']['content']} ]" for each in buttons]
    header = sent["card"]["header"]
    return [f"({header['template']}) {header['title']['content']}", *lines, *shown]


def event(action: str, key: str, severity: str, summary: str) -> Sequence[str]:
    """An event of PagerDuty; of an end only its key matters."""
    first = f"{action}  {key}"
    return [first] if action == "resolve" else [first, f"{severity}  {summary}"]


def forms(subject: str, payload: str, stack: Stack, now: datetime) -> Sequence[Form]:
    """What the relay makes of a message of the topic; `payload` is its JSON."""
    sns = {"MessageId": "-", "Subject": subject, "Message": payload}
    (delivery,) = deliveries({"Records": [{"Sns": sns}]})
    told = messages(delivery, Filter(), (), stack, one_each=False)
    return [Form(services, _shown(told, of, now)) for services, of in _FORMS.items()]


def _shown(told: Sequence[Message], of: "_Of", now: datetime) -> str:
    return "\n\n".join("\n".join(of(each, now)) for each in told)


_Of = Callable[[Message, datetime], Sequence[str]]


def _feishu(message: Message, now: datetime) -> Sequence[str]:
    return card(json.loads(feishu.body(message, None, now)))


def _dingtalk(message: Message, _: datetime) -> Sequence[str]:
    return [json.loads(dingtalk.body(message, ()))["markdown"]["text"]]


def _wecom(message: Message, _: datetime) -> Sequence[str]:
    return [json.loads(wecom.body(message))["markdown"]["content"]]


def _plain(message: Message, _: datetime) -> Sequence[str]:
    return in_text(message)


def _paragraphs(message: Message, _: datetime) -> Sequence[str]:
    return in_markdown(message)


def _events(message: Message, _: datetime) -> Sequence[str]:
    actions = ("trigger", "resolve") if message.is_test else ("resolve" if message.is_over else "trigger",)
    summary = "\n".join(in_text(message))
    severity = _SEVERITIES[message.tone]
    return [
        line
        for key in message.incidents
        for action in actions
        for line in event(action, key, severity, summary)
    ]


def _posted(message: Message, now: datetime) -> Sequence[str]:
    """The notifications in it are those that queues get."""
    document = json.loads(webhook.body(message, now))
    return [f'{{"type": "{document["type"]}", "timestamp": "{document["timestamp"]}", "data": ...}}']


_FORMS: Mapping[str, _Of] = {
    "Feishu, Lark": _feishu,
    "DingTalk": _dingtalk,
    "WeCom": _wecom,
    "Telegram, Slack, Discord, ntfy, Bark": _plain,
    "Teams": _paragraphs,
    "PagerDuty": _events,
    "Webhook, signed": _posted,
}
