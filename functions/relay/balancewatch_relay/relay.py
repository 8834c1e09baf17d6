"""One event: to every channel what it takes and was not sent yet, all channels at once.

What a channel took is remembered before the event ends, so that Lambda's retry reaches only the others.
Whatever happens to one channel, the others get theirs.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from balancewatch_relay.core.channel import UNUSABLE, Channel, ChannelsError, Problem, parse_channels
from balancewatch_relay.core.event import deliveries
from balancewatch_relay.core.message import Message, Stack
from balancewatch_relay.core.news import Delivery
from balancewatch_relay.core.plan import ids, messages
from balancewatch_relay.outside import OutsideError

Key = tuple[str, str]
"""A channel's digest, and the id of what it was sent."""


class Sender(Protocol):
    """Sends to one channel."""

    @property
    def keeps_incidents(self) -> bool: ...

    def send(self, message: Message) -> str | None:
        """None once the service took it, else why not."""


@dataclass(frozen=True, slots=True)
class World:
    """What the relay needs of the outside. Its callables raise `OutsideError`."""

    secret: Callable[[], str]
    sender: Callable[[str], Sender | None]
    sent: Callable[[Collection[Key]], Collection[Key]]
    remember: Callable[[Collection[Key]], None]
    log: Callable[[str, Mapping[str, object]], None]
    warn: Callable[[str, Mapping[str, object]], None]
    clock: Callable[[], float]
    """Seconds that only grow."""


class RelayError(Exception):
    """Some channel did not get all; Lambda tries again. Says which and why, and never quotes a URL."""


@dataclass(slots=True)
class _Round:
    """One channel's part: its messages, and what became of them."""

    channel: Channel
    sender: Sender
    messages: Sequence[Message]
    is_over: threading.Event = field(default_factory=threading.Event)
    taken: int = 0
    whys: list[str] = field(default_factory=list)


def relay(event: Mapping[str, object], world: World, stack: Stack, seconds: float) -> dict[str, int]:
    """Send what the event holds; all channels together have `seconds`. How many messages went to how many.

    Raises `RelayError` and `EventError`.
    """
    came = deliveries(event)
    try:
        channels, problems = parse_channels(world.secret())
    except (ChannelsError, OutsideError) as error:
        raise RelayError(str(error)) from None
    rounds, unusable = _rounds(came, channels, world, stack)
    until = world.clock() + seconds
    for each in rounds:
        threading.Thread(target=_run, args=(each, world), daemon=True).start()
    failures = [str(each) for each in (*problems, *unusable)]
    for each in rounds:
        if not each.is_over.wait(max(until - world.clock(), 0)):
            failures.append(f"channel {each.channel.label}: it did not answer within {seconds:g} s")
        elif each.whys:
            failures.append(f"channel {each.channel.label}: {each.whys[0]}")
    taken = sum(each.taken for each in rounds)
    world.log("relayed", {"channels": len(rounds), "messages": taken, "failures": len(failures)})
    if failures:
        raise RelayError("; ".join(failures))
    return {"channels": len(rounds), "messages": taken}


def _rounds(
    came: Sequence[Delivery], channels: Sequence[Channel], world: World, stack: Stack
) -> tuple[list[_Round], list[Problem]]:
    """What goes to which channel; a URL that nobody takes is a problem of that channel."""
    sent = _sent(came, channels, world)
    rounds: list[_Round] = []
    problems: list[Problem] = []
    for channel in channels:
        sender = world.sender(channel.url)
        if sender is None:
            problems.append(Problem(channel.label, "url", UNUSABLE))
            continue
        mine = {ident for digest, ident in sent if digest == channel.digest}
        listed = [
            message
            for each in came
            for message in messages(each, channel.filter, mine, stack, one_each=sender.keeps_incidents)
        ]
        if listed:
            rounds.append(_Round(channel, sender, listed))
    return rounds, problems


def _sent(came: Sequence[Delivery], channels: Sequence[Channel], world: World) -> Collection[Key]:
    """What went out before. If nobody can say, all of it goes again: rather twice than never."""
    wanted = {(channel.digest, ident) for channel in channels for each in came for ident in ids(each)}
    try:
        return world.sent(wanted) if wanted else ()
    except OutsideError as error:
        world.warn("cannot tell what was sent before", {"why": str(error)})
        return ()


def _run(part: _Round, world: World) -> None:
    """Send all of one channel, and remember each as soon as it is taken, also after the deadline."""
    try:
        for message in part.messages:
            why = part.sender.send(message)
            if why is not None:
                part.whys.append(why)
                continue
            part.taken += 1
            try:
                world.remember({(part.channel.digest, ident) for ident in message.ids})
            except OutsideError as error:
                world.warn("cannot remember", {"channel": part.channel.label, "why": str(error)})
    except Exception as error:  # noqa: BLE001  # a plug-in's own bug is that channel's failure, and no other's
        part.whys.append(f"its plug-in failed: {type(error).__name__}")
    finally:
        part.is_over.set()
