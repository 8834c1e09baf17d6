"""Plug-ins for Apprise, for services that it does not cover well.

Apprise 2.2 takes any HTTP 200 of Feishu, DingTalk and WeCom for success, though they refuse with 200 and a
code in the body; it does not sign for Feishu, and encodes DingTalk's signature twice. These take the same
URLs as Apprise's own and replace them. They are plain plug-ins: with `register()`, `Apprise().add(url)`
makes them.
"""

from collections.abc import Sequence

from apprise.manager_plugins import NotificationManager

from balancewatch_relay.adapters.plugins.dingtalk import NotifyDingTalk
from balancewatch_relay.adapters.plugins.feishu import NotifyFeishu
from balancewatch_relay.adapters.plugins.robot import Robot
from balancewatch_relay.adapters.plugins.webhook import NotifySignedWebhook
from balancewatch_relay.adapters.plugins.wecom import NotifyWeComBot

PLUGINS: Sequence[type[Robot]] = (NotifyFeishu, NotifyDingTalk, NotifyWeComBot, NotifySignedWebhook)

__all__ = ["PLUGINS", "Robot", "native", "register"]


def register() -> None:
    """Let Apprise make these, in place of its own of the same schemas."""
    manager = NotificationManager()
    for plugin in PLUGINS:
        manager.add(plugin, force=True)


def native(url: str) -> str:
    """The URL of a plug-in for a webhook's address as the service shows it; any other URL as it is."""
    return next((found for plugin in PLUGINS if (found := plugin.from_address(url))), url)
