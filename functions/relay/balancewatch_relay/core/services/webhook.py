"""A signed webhook after https://www.standardwebhooks.com: receivers check it with the libraries made for it.

The signature is HMAC-SHA256, in base64, of the id, the time in seconds and the body, joined by dots.
"""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime

from balancewatch_relay.core.message import Message

_PREFIX = "whsec_"
_SHORTEST_KEY = 24
_LONGEST_KEY = 64


def key_of(secret: str) -> bytes | None:
    """The key in a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`; None if it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if secret.startswith(_PREFIX) and _SHORTEST_KEY <= len(key) <= _LONGEST_KEY else None


def body(message: Message, now: datetime) -> bytes:
    """The news, the words as people read them, and of what type it is."""
    (kind,) = message.data.keys() & {"notifications", "alarm", "text"}
    payload = {
        "type": f"balancewatch.{kind}",
        "timestamp": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "data": message.data,
    }
    return json.dumps(payload, ensure_ascii=False).encode()


def headers(message: Message, key: bytes, content: bytes, now: datetime) -> dict[str, str]:
    """What proves the body; the id is the same in each attempt to send the same news."""
    return {
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature(message.id, now, content, key),
    }


def signature(ident: str, now: datetime, content: bytes, key: bytes) -> str:
    signed = b".".join((ident.encode(), str(int(now.timestamp())).encode(), content))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def refusal(status: int) -> str | None:
    """Why it did not take a message; None if it did: any HTTP status from 200 to 299."""
    return None if 200 <= status < 300 else f"it answers HTTP {status}"  # noqa: PLR2004  # the class of success
