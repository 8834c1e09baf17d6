"""From the secret's text to channels: where to send, and which news.

`{"channels": ["ntfys://ntfy.sh/topic", {"url": "...", "name": "ops", "severity": "critical"}]}`. A URL is a
credential: no problem, no `repr` and no digest shows one.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from balancewatch_relay.core.news import Kind, Severity

T = TypeVar("T")

LARGEST_SECRET: Final = 64 * 1024
MOST_CHANNELS: Final = 50
UNUSABLE: Final = "is none that Apprise or the relay can use"
"""What is wrong with a URL that no plug-in takes."""
_FIELDS: Final = ("url", "name", "severity", "kinds", "accounts", "labels", "enabled")
_SHOWABLE = re.compile(r"[a-z_]{1,20}", re.IGNORECASE)
_NAME = re.compile(r"[\w .()-]{1,40}")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}://\S{1,1990}")


class ChannelsError(ValueError):
    """A secret of which nothing can be used; says where and what is wrong, and never quotes it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which news a channel takes; None and no pattern at all take everything."""

    severity: Severity = Severity.INFO
    """This one and worse."""
    kinds: frozenset[Kind] | None = None
    accounts: tuple[str, ...] = ()
    """Full names of accounts, with `*`, `?` and `[...]` as in file names."""
    labels: tuple[str, ...] = ()
    """One of these is enough."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One place to send to. `place` is its number in the list, from 1."""

    place: int
    url: str = field(repr=False)
    name: str | None = None
    filter: Filter = Filter()

    @property
    def label(self) -> str:
        """What people know it by."""
        return label(self.place, self.name)

    @property
    def digest(self) -> str:
        """The same for the same URL, and no way back to it."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one channel, for its owner to mend."""

    channel: str
    field: str | None
    problem: str

    def __str__(self) -> str:
        where = f"channel {self.channel}" + (f", field `{self.field}`" if self.field else "")
        return f"{where}: {self.problem}"


def label(place: int, name: str | None) -> str:
    return f"#{place}" if name is None else f"#{place} ({name})"


def parse_channels(text: str) -> tuple[tuple[Channel, ...], tuple[Problem, ...]]:
    """The channels that are right, and what is wrong with the others. Raises `ChannelsError`."""
    match _decoded(text):
        case {"channels": list(entries), **rest} if not rest and len(entries) <= MOST_CHANNELS:
            pass
        case {"channels": list(entries), **rest} if not rest:
            raise ChannelsError(f"the secret lists more than {MOST_CHANNELS} channels")
        case _:
            raise ChannelsError('the secret must be an object with the list `channels`: {"channels": [...]}')
    channels: list[Channel] = []
    problems: list[Problem] = []
    places: dict[str, int] = {}
    for place, entry in enumerate(entries, start=1):
        found = _Entry(place, {"url": entry} if isinstance(entry, str) else entry)
        channel = found.parse()
        if channel is not None and (first := places.setdefault(channel.digest, place)) != place:
            found.report("url", f"is the same as that of channel #{first}")
            channel = None
        problems += found.problems
        if channel is not None and not found.problems and found.is_enabled:
            channels.append(channel)
    return tuple(channels), tuple(problems)


def _decoded(text: str) -> object:
    if len(text.encode()) > LARGEST_SECRET:
        raise ChannelsError("the secret is larger than 64 KiB")
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise ChannelsError(f"the secret is not JSON: {where}: {error.msg.lower()}") from None
    except RecursionError:
        raise ChannelsError("the secret is not JSON: it is nested too deeply") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ChannelsError("the secret is not usable: a key occurs twice in one object")
    return found


class _WantedError(ValueError):
    """What a field must be, as the end of a sentence that begins with its name."""


class _Entry:
    """One entry of the list; every mistake in it is found."""

    def __init__(self, place: int, values: object) -> None:
        self._place = place
        self._values: Mapping[str, object] | None = values if isinstance(values, dict) else None
        self._name: str | None = None
        self.is_enabled = True
        self.problems: list[Problem] = []

    def report(self, name: str | None, problem: str) -> None:
        self.problems.append(Problem(label(self._place, self._name), name, problem))

    def parse(self) -> Channel | None:
        """The channel; None where it has no usable URL."""
        if self._values is None:
            self.report(None, 'must be a URL, or an object such as {"url": "...", "severity": "critical"}')
            return None
        self._name = self._take("name", _name, None)
        self._refuse_unknown(self._values)
        self.is_enabled = self._take("enabled", _flag, default=True)
        accepts = Filter(
            self._take("severity", _severity, Severity.INFO),
            self._take("kinds", _kinds, None),
            self._take("accounts", _texts, ()),
            self._take("labels", _texts, ()),
        )
        if "url" not in self._values:
            self.report("url", "is required")
            return None
        url = self._take("url", _url, None)
        return None if url is None else Channel(self._place, url, self._name, accepts)

    def _take(self, name: str, parse: Callable[[object], T], default: T) -> T:
        if self._values is None or name not in self._values:
            return default
        try:
            return parse(self._values[name])
        except _WantedError as error:
            self.report(name, str(error))
            return default

    def _refuse_unknown(self, values: Iterable[str]) -> None:
        for name in values:
            if name in _FIELDS:
                continue
            if not _SHOWABLE.fullmatch(name):
                self.report(
                    None, "has a field that does not exist; its name is not shown: it may be a secret"
                )
                continue
            near = difflib.get_close_matches(name, _FIELDS, n=1)
            self.report(name, f"is not a field; did you mean `{near[0]}`?" if near else "is not a field")


def _url(value: object) -> str:
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise _WantedError("must be one URL such as ntfys://ntfy.sh/topic, without spaces")
    return value


def _name(value: object) -> str | None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise _WantedError("must be 1 to 40 letters, digits, spaces, dots, brackets, `-` or `_`")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _WantedError("must be true or false")
    return value


def _severity(value: object) -> Severity:
    words = {each.word: each for each in Severity}
    if not isinstance(value, str) or value not in words:
        raise _WantedError(f"must be one of {', '.join(words)}: that one and worse are sent")
    return words[value]


def _kinds(value: object) -> frozenset[Kind] | None:
    known = {each.value: each for each in Kind}
    if not isinstance(value, list) or not value or any(each not in known for each in _hashable(value)):
        raise _WantedError(f"must be a list of some of {', '.join(known)}")
    return frozenset(known[each] for each in value)


def _hashable(values: Sequence[object]) -> list[str]:
    return [each if isinstance(each, str) else "" for each in values]


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(each, str) and each for each in value):
        raise _WantedError("must be a list of texts")
    return tuple(value)
