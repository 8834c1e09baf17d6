"""DingTalk: custom robots of a group.

https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages: at most 20,000 bytes a request,
20 messages a minute; a signature is HMAC-SHA256 of the time in milliseconds and the secret, its key the
secret, and holds for an hour.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from balancewatch_relay.core.message import Message, cut, in_bytes, shortened
from balancewatch_relay.core.services.answer import refusal as refusal_of

_LONGEST = 16_000
"""Bytes of text: far enough below 20,000 for all else, and for what JSON escapes."""
_LONGEST_TITLE = 400
MEANINGS = {
    -1: "it is busy",
    40035: "it does not understand the request",
    43004: "it does not understand the request",
    130101: "too many messages at once: 20 a minute are allowed",
    300001: "the access token is wrong",
    310000: "the message did not pass the robot's check: is the secret that of this robot? One that checks "
    "words or addresses must be set to check the signature instead",
    400013: "the group was dissolved",
    400101: "the access token is wrong",
    400102: "the robot is switched off",
    400105: "it does not know this type of message",
    400106: "the robot does not exist",
    410100: "too many messages at once: 20 a minute are allowed",
    430101: "the message has a link that it holds for unsafe",
    430102: "the message has words that it does not allow",
    430104: "the message has words that it does not allow",
}
"""By the code of a refusal."""


def body(message: Message, phones: Sequence[str]) -> bytes:
    """Markdown: the title stands in the list of chats, and again as a heading over the text.

    A robot mentions only those whose number also stands in the text.
    """
    title = cut(message.title, _LONGEST_TITLE, in_bytes)
    text = shortened(message, _LONGEST, in_bytes)
    parts = [f"#### {title}", "  \n".join(text.split("\n"))]
    if message.link is not None:
        parts.append(f"[{message.link.label}]({message.link.url})")
    if phones:
        parts.append(" ".join(f"@{each}" for each in phones))
    payload = {
        "msgtype": "markdown",
        "markdown": {"title": title, "text": "\n\n".join(parts)},
        "at": {"atMobiles": list(phones), "isAtAll": False},
    }
    return json.dumps(payload, ensure_ascii=False).encode()


def signed(secret: str | None, now: datetime) -> dict[str, str]:
    """The query parameters that prove the secret, not yet encoded; none without one."""
    if secret is None:
        return {}
    timestamp = str(int(now.timestamp() * 1000))
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def refusal(status: int, answer: bytes) -> str | None:
    """Why it did not take a message; None if it did."""
    return refusal_of(status, answer, ("errcode",), MEANINGS)
