"""The JSON of the channels' secret with one more or less: exact, and in its owner's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from balancewatch.core.json_text import NotJsonError, decode
from balancewatch_cli.deployed.document import EditError, Entry, written
from balancewatch_relay.core.channel import Channel, ChannelsError, label, parse_channels


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the list. `channel` is None where it cannot be used, also if it were enabled."""

    number: int
    name: str | None
    is_enabled: bool
    channel: Channel | None
    problems: tuple[str, ...]

    @property
    def label(self) -> str:
        """What people know it by."""
        return label(self.number, self.name)


@dataclass(frozen=True, slots=True)
class ChannelList:
    """All that the secret holds."""

    entries: tuple[object, ...] = field(default=(), repr=False)
    is_one_line: bool = False

    @property
    def text(self) -> str:
        """The JSON: on many lines, unless its owner had it on one."""
        return written({"channels": list(self.entries)}, None if self.is_one_line else 0)

    @property
    def places(self) -> Sequence[Place]:
        """Every entry, in its order. Raises `EditError`."""
        enabled = [_enabled(each) for each in self.entries]
        try:
            channels, problems = parse_channels(replace(self, entries=tuple(enabled)).text)
        except ChannelsError as error:
            raise EditError(str(error)) from None
        by_place = {each.place: each for each in channels}
        return [
            Place(
                number,
                _name(self.entries, number, by_place),
                not _is_off(entry),
                by_place.get(number),
                tuple(
                    f"`{each.field}` {each.problem}" if each.field else each.problem
                    for each in problems
                    if each.channel.partition(" ")[0] == label(number, None)
                ),
            )
            for number, entry in enumerate(self.entries, start=1)
        ]

    def added(self, entry: Entry) -> tuple["ChannelList", Place]:
        """With one more, at the end. Raises `EditError` where it is not right."""
        name = entry.get("name")
        if name is not None and any(each.name == name for each in self.places):
            raise EditError(f"there is a channel {name!r} already; `channels list` shows them")
        made = replace(self, entries=(*self.entries, entry))
        place = made.places[-1]
        if place.problems:
            raise EditError("; ".join(place.problems))
        return made, place

    def without(self, place: Place) -> "ChannelList":
        """With one less."""
        return replace(
            self, entries=tuple(each for n, each in enumerate(self.entries, 1) if n != place.number)
        )

    def place(self, said: str) -> Place:
        """The one of that name, or number. Raises `EditError`."""
        found = [each for each in self.places if each.name == said]
        found = found or [each for each in self.places if str(each.number) == said.removeprefix("#")]
        if len(found) > 1:
            raise EditError(f"{len(found)} channels have that name: give the number instead")
        if not found:
            raise EditError("there is no such channel; `channels list` shows their numbers and names")
        return found[0]


def channel_list(secret: str | None) -> ChannelList:
    """What a secret holds; None is one without a value. Raises `EditError`."""
    if secret is None:
        return ChannelList()
    try:
        parse_channels(secret)
        found = decode(secret)
    except (ChannelsError, NotJsonError) as error:
        raise EditError(f"{error}; mend it there first") from None
    entries = found["channels"] if isinstance(found, Mapping) else ()
    return ChannelList(tuple(entries), is_one_line="\n" not in secret.strip())


def _enabled(entry: object) -> object:
    return {**entry, "enabled": True} if isinstance(entry, Mapping) and _is_off(entry) else entry


def _is_off(entry: object) -> bool:
    return isinstance(entry, Mapping) and entry.get("enabled") is False


def _name(entries: Sequence[object], number: int, channels: Mapping[int, Channel]) -> str | None:
    """Its name, where it can be shown: one that is wrong may be a pasted secret."""
    if number in channels:
        return channels[number].name
    entry = entries[number - 1]
    name = entry.get("name") if isinstance(entry, Mapping) else None
    alone, _ = parse_channels(written({"channels": [{"url": "x://y", "name": name}]}, None))
    return alone[0].name if name is not None and alone else None
