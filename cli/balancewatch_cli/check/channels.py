"""Where to tell people, without a topic: Apprise URLs, and one publish to all of them.

A notification is delivered when every channel that wants it took it. What each channel took is remembered
at once, so that what is told again, under the same `id`, reaches only the others. A URL is a credential:
no error, output or state holds one.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError
from balancewatch_cli.check.store import Store
from balancewatch_relay.adapters.services import service_of
from balancewatch_relay.core.channel import ChannelsError, Problem, parse_channels
from balancewatch_relay.core.event import EventError
from balancewatch_relay.core.message import Stack
from balancewatch_relay.outside import OutsideError as RelayOutsideError
from balancewatch_relay.relay import Key, RelayError, World, relay

DEADLINE_S: Final = 20.0
"""How long every channel has for one message."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels as given. `text` has the form of the relay's secret."""

    text: str = field(repr=False)
    problems: tuple[str, ...]


class NoChannelsError(ValueError):
    """Nothing to tell people by; says where and what is wrong, and quotes no URL."""


def channels_of(
    urls: Sequence[str], file: Path | None, variable: str | None, environment: Mapping[str, str]
) -> Channels:
    """The channels of all three sources, in this order, at least one usable. Raises `NoChannelsError`."""
    entries: list[object] = list(urls)
    if file is not None:
        entries += _in_file(file)
    if variable is not None:
        if not environment.get(variable, "").strip():
            raise NoChannelsError(f"the environment has no {variable}, or nothing in it")
        entries += environment[variable].split()
    text = json.dumps({"channels": entries})
    try:
        found, problems = parse_channels(text)
    except ChannelsError as error:
        raise NoChannelsError(str(error).replace("the secret", "what --notify gives")) from None
    unusable = [
        Problem(each.label, "url", "is none that Apprise knows: see https://appriseit.com/services/")
        for each in found
        if service_of(each.url, _now) is None
    ]
    wrong = tuple(map(str, (*problems, *unusable)))
    if len(found) == len(unusable):
        raise NoChannelsError("; ".join(wrong) or "no channel is given, or all are switched off")
    return Channels(text, wrong)


def _in_file(file: Path) -> list[object]:
    """A URL a line, `#` for remarks; or the JSON of the relay's secret, where channels have filters."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise NoChannelsError(f"{file} cannot be read: {why}") from None
    if not text.lstrip().startswith("{"):
        return [
            line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")
        ]
    try:
        parse_channels(text)
    except ChannelsError as error:
        raise NoChannelsError(str(error).replace("the secret", str(file))) from None
    entries: list[object] = json.loads(text)["channels"]
    return entries


class Telling:
    """Publishes to all channels. `warn` hears what went wrong without harm to anyone."""

    def __init__(self, channels: Channels, store: Store, stack: Stack, warn: Callable[[str], None]) -> None:
        self._channels = channels
        self._store = store
        self._stack = stack
        self._warn = warn

    def publish(self, message: Message) -> None:
        """Send to every channel that wants it and has not got it. Raises `OutsideError` if one failed."""
        sns = {"MessageId": "", "Subject": message.subject, "Message": message.payload}
        try:
            relay({"Records": [{"Sns": sns}]}, self._world(), self._stack, DEADLINE_S)
        except (RelayError, EventError) as error:
            raise OutsideError(str(error)) from None

    def _world(self) -> World:
        return World(
            secret=lambda: self._channels.text,
            sender=lambda url: service_of(url, _now),
            sent=self._sent,
            remember=self._remember,
            log=lambda *_: None,
            warn=lambda event, fields: self._warn(f"{event}: {fields.get('why')}"),
            clock=time.monotonic,
        )

    def _sent(self, keys: Collection[Key]) -> Collection[Key]:
        try:
            return self._store.sent(keys)
        except OutsideError as error:
            raise RelayOutsideError(str(error)) from None

    def _remember(self, keys: Collection[Key]) -> None:
        try:
            self._store.remember(keys, _now())
        except OutsideError as error:
            raise RelayOutsideError(str(error)) from None


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
