"""From a channel's URL to something that sends: a plug-in of ours, or any of Apprise's.

Apprise writes URLs into its log lines, and says no more than whether it sent: its log is kept from the
function's, and only the HTTP status is read from it.
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache

from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, PersistentStoreMode
from apprise.common import OverflowMode
from apprise.plugins.base import NotifyBase
from apprise.plugins.pagerduty import NotifyPagerDuty, PagerDutyAction

from balancewatch_relay import AGENT
from balancewatch_relay.adapters.plugins import Robot, native, register
from balancewatch_relay.core.message import Message, Tone
from balancewatch_relay.core.plain import in_markdown, in_text

_TYPES = {
    Tone.GOOD: NotifyType.SUCCESS,
    Tone.INFO: NotifyType.INFO,
    Tone.WARNING: NotifyType.WARNING,
    Tone.CRITICAL: NotifyType.FAILURE,
}
_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
_CONNECTION = re.compile(r"\bA Connection error occur", re.IGNORECASE)
_BETWEEN_EVENTS_S = 0.2
"""Apprise waits 5.5 s, with which a digest would never end."""


class Service:
    """Sends to one channel."""

    def __init__(self, plugin: NotifyBase, now: Callable[[], datetime]) -> None:
        self._plugin = plugin
        self._now = now

    @property
    def title(self) -> str:
        """What people call the service: nothing of the URL is in it."""
        return str(self._plugin.service_name)

    @property
    def keeps_incidents(self) -> bool:
        """Whether it opens and closes one incident for each thing, by its key."""
        return isinstance(self._plugin, NotifyPagerDuty)

    def send(self, message: Message) -> str | None:
        """None once the service took it, else why not, in words without URL and secret."""
        match self._plugin:
            case Robot() as robot:
                return robot.deliver(message, self._now())
            case NotifyPagerDuty() as pager:
                return _page(pager, message)
            case plugin:
                return _notify(plugin, message)


@cache
def _asset() -> AppriseAsset:
    """Without pictures from elsewhere, files, redirects (a POST that is redirected is none) and threads."""
    register()
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).propagate = False
    logging.getLogger("apprise").addHandler(logging.NullHandler())
    return AppriseAsset(
        app_id=AGENT,
        app_desc=AGENT,
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        async_mode=False,
        storage_mode=PersistentStoreMode.MEMORY,
        service_timeout=0,
        allow_templates=False,
    )


def service_of(url: str, now: Callable[[], datetime]) -> Service | None:
    """What sends to the URL; None where no plug-in takes it."""
    asset = _asset()
    plugin = Apprise.instantiate(native(url), asset=asset)
    return Service(plugin, now) if isinstance(plugin, NotifyBase) else None


def _page(pager: NotifyPagerDuty, message: Message) -> str | None:
    """An event for each incident: what is over ends it, all else opens it or adds to it; a test does both."""
    pager.request_rate_per_sec = _BETWEEN_EVENTS_S
    if pager.source == NotifyPagerDuty.template_tokens["source"]["default"]:
        pager.source = AGENT
    whys = []
    for key in message.incidents:
        for action in _actions(message):
            pager.dedup, pager.action = key, action
            whys.append(_notify(pager, message))
    return next(filter(None, whys), None)


def _actions(message: Message) -> tuple[str, ...]:
    if message.is_test:
        return PagerDutyAction.TRIGGER, PagerDutyAction.RESOLVE
    return (PagerDutyAction.RESOLVE if message.is_over else PagerDutyAction.TRIGGER,)


def _notify(plugin: NotifyBase, message: Message) -> str | None:
    plugin.overflow_mode = OverflowMode.TRUNCATE
    is_markdown = plugin.resolve_format(NotifyFormat.TEXT) is NotifyFormat.MARKDOWN
    title, body = (in_markdown if is_markdown else in_text)(message, plugin.body_maxlen)
    result = Apprise(plugin).notify(
        title=title,
        body=body,
        notify_type=_TYPES[message.tone],
        body_format=NotifyFormat.MARKDOWN if is_markdown else NotifyFormat.TEXT,
    )
    return None if result else _why([entry.message for entry in result.logs()])


def _why(lines: list[str]) -> str:
    """The reason in Apprise's log, as far as it can be told without quoting it."""
    for line in lines:
        if found := _STATUS.search(line):
            return f"it answers HTTP {found[1]}"
    if any(_CONNECTION.search(line) for line in lines):
        return "it could not be reached"
    return "it did not take the message"
