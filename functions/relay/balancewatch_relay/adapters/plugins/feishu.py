"""`feishu://TOKEN`, `feishu://SECRET@TOKEN`, and the same with `lark://` for Lark."""

import re
from datetime import datetime
from typing import Any

from apprise.exception import AppriseImproperlyConfigured

from balancewatch_relay.adapters.plugins.robot import Robot
from balancewatch_relay.core.message import Message
from balancewatch_relay.core.services import feishu

_HOSTS = {"feishu": "open.feishu.cn", "lark": "open.larksuite.com"}
_ADDRESS = re.compile(
    r"https://open\.(?P<host>feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/(?P<token>[\w-]+)/?"
    r"(?:\?secret=(?P<secret>[\w-]+))?"
)
_WORD = re.compile(r"[\w-]{1,100}", re.ASCII)


class NotifyFeishu(Robot):
    """A bot of a Feishu or Lark group."""

    service_name = "Feishu"
    secure_protocol = ("feishu", "lark")
    title_maxlen = 250
    body_maxlen = 16_000

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not _WORD.fullmatch(self.host) or (self.secret and not _WORD.fullmatch(self.secret)):
            raise AppriseImproperlyConfigured("the token or the secret has characters that none has")

    def deliver(self, message: Message, now: datetime) -> str | None:
        url = f"https://{_HOSTS[self.schema]}/open-apis/bot/v2/hook/{self.host}"
        answer = self.post(url, feishu.body(message, self.secret, now))
        return answer if isinstance(answer, str) else feishu.refusal(*answer)

    @classmethod
    def from_address(cls, url: str) -> str | None:
        if not (found := _ADDRESS.fullmatch(url)):
            return None
        secret = f"{found['secret']}@" if found["secret"] else ""
        return f"{'feishu' if found['host'] == 'feishu.cn' else 'lark'}://{secret}{found['token']}"
