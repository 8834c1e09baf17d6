"""What the plug-ins share: their URLs, one POST, and the meaning of its answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import requests
from apprise import NotifyType
from apprise.plugins.base import NotifyBase
from urllib3.exceptions import HTTPError

from balancewatch_relay import AGENT
from balancewatch_relay.core.message import Message, Tone
from balancewatch_relay.core.news import Language

_LARGEST_ANSWER = 64 * 1024
_TONES = {
    NotifyType.INFO: Tone.INFO,
    NotifyType.SUCCESS: Tone.GOOD,
    NotifyType.WARNING: Tone.WARNING,
    NotifyType.FAILURE: Tone.CRITICAL,
}


class Robot(NotifyBase):
    """A service that one POST reaches, at a URL such as `schema://SECRET@TOKEN/...`.

    `deliver` says why it failed; `send` is for Apprise, which asks only whether.
    """

    service_name: Any
    protocol: Any = None
    secure_protocol: Any = None

    def deliver(self, message: Message, now: datetime) -> str | None:
        """Send; None once the service took it, else why not, in words without URL and secret."""
        raise NotImplementedError

    @classmethod
    def from_address(cls, url: str) -> str | None:
        """The plug-in's URL for a webhook's address as the service shows it; None for any other."""
        del url
        return None

    @property
    def secret(self) -> str | None:
        return self.user or None

    @staticmethod
    def parse_url(url: str, *_: Any, **__: Any) -> dict[str, Any] | None:
        """The host may be a token: it is not looked at as a name."""
        results: dict[str, Any] | None = NotifyBase.parse_url(url, verify_host=False)
        return results

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:  # noqa: FBT001, FBT002  # Apprise's
        """The URL; for Apprise's own reports nothing but its schema."""
        return f"{self.schema}://..." if privacy else str(super().url(privacy, *args, **kwargs))

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: Any) -> bool:
        """What Apprise calls."""
        message = Message(
            ids=(),
            language=Language.EN,
            title=title or self.app_desc,
            lines=tuple(body.split("\n")),
            link=None,
            tone=_TONES[notify_type],
            is_over=notify_type is NotifyType.SUCCESS,
            incidents=(),
            data={"text": body, "subject": title},
        )
        why = self.deliver(message, datetime.now(UTC))  # noqa: TID251  # Apprise passes no clock
        if why is not None:
            self.logger.warning("%s did not take the notification: %s", self.service_name, why)
        return why is None

    def post(
        self,
        url: str,
        content: bytes,
        *,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes] | str:
        """Status and body of the answer; or why there is none. Redirects are answers: none is followed."""
        sent = {"User-Agent": AGENT, "Content-Type": "application/json; charset=utf-8", **(headers or {})}
        try:
            with requests.post(
                url,
                data=content,
                params=query,
                headers=sent,
                timeout=self.request_timeout,
                verify=self.verify_certificate,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code, answer.raw.read(_LARGEST_ANSWER, decode_content=True)
        except requests.Timeout:
            return "it did not answer in time"
        except requests.exceptions.SSLError:
            return "its certificate was refused"
        except (requests.RequestException, HTTPError, OSError):
            return "it could not be reached"
