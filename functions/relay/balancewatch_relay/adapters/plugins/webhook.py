"""`webhooks://HOST/PATH?secret=whsec_...`, or `webhook://` for plain HTTP: JSON, signed."""

from datetime import datetime
from typing import Any

from apprise.exception import AppriseImproperlyConfigured

from balancewatch_relay.adapters.plugins.robot import Robot
from balancewatch_relay.core.message import Message
from balancewatch_relay.core.services import webhook


class NotifySignedWebhook(Robot):
    """A program of one's own."""

    service_name = "Signed webhook"
    protocol = "webhook"
    secure_protocol = "webhooks"
    title_maxlen = 250
    body_maxlen = 200_000

    def __init__(self, qsd: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        key = webhook.key_of(qsd.get("secret", ""))
        if key is None or not self.host:
            raise AppriseImproperlyConfigured("the secret must be whsec_ and base64 of 24 to 64 bytes")
        self._key = key

    def deliver(self, message: Message, now: datetime) -> str | None:
        port = f":{self.port}" if self.port else ""
        url = f"{'https' if self.secure else 'http'}://{self.host}{port}{self.quote(self.fullpath)}"
        content = webhook.body(message, now)
        answer = self.post(url, content, headers=webhook.headers(message, self._key, content, now))
        return answer if isinstance(answer, str) else webhook.refusal(answer[0])
