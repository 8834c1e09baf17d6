"""WeCom: bots of a group. The key in the URL is all of their protection.

https://developer.work.weixin.qq.com/document/path/91770: markdown of at most 4,096 bytes, 20 messages a
minute.
"""

import json

from balancewatch_relay.core.message import Message, Tone, cut, in_bytes, shortened
from balancewatch_relay.core.services.answer import refusal as refusal_of

LONGEST = 4096
"""Bytes of markdown."""
_LONGEST_TITLE = 400
_COLOURS = {Tone.GOOD: "info", Tone.INFO: "comment", Tone.WARNING: "warning", Tone.CRITICAL: "warning"}
"""The three that it has: green, grey, orange."""
_NO_MARKUP = str.maketrans("<>", "\uff1c\uff1e")
"""It has no escapes, and `<@all>` would wake everyone."""
MEANINGS = {
    -1: "it is busy",
    40008: "it does not know this type of message",
    40058: "it does not understand the request, or the message is too long",
    44004: "the message is empty",
    45002: "the message is too long",
    45009: "too many messages at once: 20 a minute are allowed",
    93000: "the webhook's key is wrong, or the bot was removed from its group",
}
"""By the code of a refusal."""


def body(message: Message) -> bytes:
    """Markdown: the title in the colour of its tone, the text, the link."""
    title = cut(message.title, _LONGEST_TITLE, in_bytes).translate(_NO_MARKUP)
    head = f'<font color="{_COLOURS[message.tone]}">**{title}**</font>\n'
    link = "" if message.link is None else f"\n[{message.link.label}]({message.link.url})"

    def size(text: str) -> int:
        return in_bytes(text.translate(_NO_MARKUP))

    text = shortened(message, LONGEST - in_bytes(head + link), size).translate(_NO_MARKUP)
    payload = {"msgtype": "markdown", "markdown": {"content": f"{head}{text}{link}"}}
    return json.dumps(payload, ensure_ascii=False).encode()


def refusal(status: int, answer: bytes) -> str | None:
    """Why it did not take a message; None if it did."""
    return refusal_of(status, answer, ("errcode",), MEANINGS)
