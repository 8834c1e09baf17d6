"""`wecombot://KEY`."""

import re
from datetime import datetime
from typing import Any

from apprise.exception import AppriseImproperlyConfigured

from balancewatch_relay.adapters.plugins.robot import Robot
from balancewatch_relay.core.message import Message
from balancewatch_relay.core.services import wecom

_URL = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
_ADDRESS = re.compile(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send/?\?key=(?P<key>[\w-]+)")
_WORD = re.compile(r"[\w-]{1,100}", re.ASCII)


class NotifyWeComBot(Robot):
    """A bot of a WeCom group."""

    service_name = "WeCom"
    secure_protocol = "wecombot"
    title_maxlen = 250
    body_maxlen = 3_500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not _WORD.fullmatch(self.host):
            raise AppriseImproperlyConfigured("the key has characters that none has")

    def deliver(self, message: Message, now: datetime) -> str | None:
        del now
        answer = self.post(_URL, wecom.body(message), query={"key": self.host})
        return answer if isinstance(answer, str) else wecom.refusal(*answer)

    @classmethod
    def from_address(cls, url: str) -> str | None:
        found = _ADDRESS.fullmatch(url)
        return f"wecombot://{found['key']}" if found else None
