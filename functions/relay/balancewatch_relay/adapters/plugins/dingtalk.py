"""`dingtalk://TOKEN`, `dingtalk://SECRET@TOKEN`, `dingtalk://SECRET@TOKEN/13800000000` to mention someone."""

import re
from datetime import datetime
from typing import Any

from apprise.exception import AppriseImproperlyConfigured

from balancewatch_relay.adapters.plugins.robot import Robot
from balancewatch_relay.core.message import Message
from balancewatch_relay.core.services import dingtalk

_URL = "https://oapi.dingtalk.com/robot/send"
_ADDRESS = re.compile(
    r"https://oapi\.dingtalk\.com/robot/send/?\?access_token=(?P<token>\w+)(?:&secret=(?P<secret>\w+))?"
)
_WORD = re.compile(r"\w{1,200}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9-]{6,20}")


class NotifyDingTalk(Robot):
    """A robot of a DingTalk group."""

    service_name = "DingTalk"
    secure_protocol = "dingtalk"
    title_maxlen = 250
    body_maxlen = 16_000

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._phones = self.split_path(self.fullpath)
        if not _WORD.fullmatch(self.host) or (self.secret and not _WORD.fullmatch(self.secret)):
            raise AppriseImproperlyConfigured("the token or the secret has characters that none has")
        if not all(_PHONE.fullmatch(each) for each in self._phones):
            raise AppriseImproperlyConfigured("whom to mention must be mobile numbers")

    def deliver(self, message: Message, now: datetime) -> str | None:
        query = {"access_token": self.host, **dingtalk.signed(self.secret, now)}
        answer = self.post(_URL, dingtalk.body(message, self._phones), query=query)
        return answer if isinstance(answer, str) else dingtalk.refusal(*answer)

    @classmethod
    def from_address(cls, url: str) -> str | None:
        if not (found := _ADDRESS.fullmatch(url)):
            return None
        return (
            f"dingtalk://{found['secret']}@{found['token']}"
            if found["secret"]
            else f"dingtalk://{found['token']}"
        )
