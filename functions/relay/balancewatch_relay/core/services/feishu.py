"""Feishu and Lark: custom bots of a group.

https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: at most 20 KB a request; a signature is
HMAC-SHA256 of nothing, its key the time in seconds and the secret, and holds for an hour.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime

from balancewatch_relay.core.message import Message, Tone, cut, in_bytes, shortened
from balancewatch_relay.core.services.answer import refusal as refusal_of

_LONGEST = 16_000
"""Bytes of text: far enough below 20 KB for all else."""
_LONGEST_TITLE = 400
_COLOURS = {Tone.GOOD: "green", Tone.INFO: "blue", Tone.WARNING: "orange", Tone.CRITICAL: "red"}
MEANINGS = {
    9499: "it does not understand the request",
    11232: "too many messages at once: 100 a minute and 5 a second are allowed",
    19001: "the webhook's token is wrong, or the bot was removed from its group",
    19021: "the signature is wrong: is the secret that of this bot, and does the bot demand one?",
    19022: "the bot takes messages from listed addresses only: use its signature instead",
    19024: "the bot takes messages with its keyword only: use its signature instead",
}
"""By the code of a refusal."""


def body(message: Message, secret: str | None, now: datetime) -> bytes:
    """A card: its text is plain, so that no name of an account is read as markup or mentions anyone."""
    elements: list[object] = [
        {"tag": "div", "text": {"tag": "plain_text", "content": shortened(message, _LONGEST, in_bytes)}}
    ]
    if message.link is not None:
        button = {
            "tag": "button",
            "text": {"tag": "plain_text", "content": message.link.label},
            "type": "primary",
            "url": message.link.url,
        }
        elements.append({"tag": "action", "actions": [button]})
    card = {
        "config": {"wide_screen_mode": True},
        "header": {
            "title": {"tag": "plain_text", "content": cut(message.title, _LONGEST_TITLE, in_bytes)},
            "template": _COLOURS[message.tone],
        },
        "elements": elements,
    }
    return json.dumps(
        {**signed(secret, now), "msg_type": "interactive", "card": card}, ensure_ascii=False
    ).encode()


def signed(secret: str | None, now: datetime) -> dict[str, str]:
    """The fields that prove the secret; none without one."""
    if secret is None:
        return {}
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def refusal(status: int, answer: bytes) -> str | None:
    """Why it did not take a message; None if it did. Older bots say `StatusCode`."""
    return refusal_of(status, answer, ("code", "StatusCode"), MEANINGS)
