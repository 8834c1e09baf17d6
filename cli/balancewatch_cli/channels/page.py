"""Channels, changes of them and what became of tests, as people read them and programs do; without URLs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from balancewatch.core.notification import Json
from balancewatch_cli.channels.edit import Place
from balancewatch_cli.channels.todos import Tried
from balancewatch_cli.terminal import heading, table
from balancewatch_relay.core.channel import UNUSABLE, Filter
from balancewatch_relay.core.news import Severity


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel as the secret has it, without its URL."""

    number: int
    name: str | None
    service: str | None
    """None where it cannot be used."""
    accepts: Filter | None
    enabled: bool
    problems: tuple[str, ...]

    @property
    def document(self) -> dict[str, Json]:
        """For programs; a filter is named as in the secret."""
        accepts = self.accepts
        return {
            "number": self.number,
            "name": self.name,
            "service": self.service,
            **({} if accepts is None else _facts(accepts)),
            "enabled": self.enabled,
            "problems": list(self.problems),
        }


def listed(places: Iterable[Place], services: Mapping[int, str]) -> Sequence[Listed]:
    """All of a secret; `services` are those that can be sent to, by number."""
    return [_listed(each, services.get(each.number)) for each in places]


def _listed(place: Place, service: str | None) -> Listed:
    is_lost = place.channel is not None and service is None
    return Listed(
        place.number,
        place.name,
        service,
        place.channel.filter if place.channel else None,
        place.is_enabled,
        (*place.problems, f"`url` {UNUSABLE}") if is_lost else place.problems,
    )


def _facts(accepts: Filter) -> dict[str, Json]:
    return {
        "severity": accepts.severity.word,
        "kinds": None if accepts.kinds is None else [*sorted(each.value for each in accepts.kinds)],
        "accounts": list(accepts.accounts),
        "labels": list(accepts.labels),
    }


def accepted(accepts: Filter) -> str:
    """What a channel takes, in words."""
    parts = []
    if accepts.severity is not Severity.INFO:
        worse = "" if accepts.severity is Severity.CRITICAL else " and worse"
        parts.append(f"{accepts.severity.word}{worse}")
    if accepts.kinds is not None:
        parts.append(", ".join(sorted(each.value for each in accepts.kinds)))
    if accepts.accounts:
        parts.append(f"accounts {', '.join(accepts.accounts)}")
    if accepts.labels:
        parts.append(f"labels {', '.join(accepts.labels)}")
    return "; ".join(parts) or "everything"


def show_list(console: Console, channels: Iterable[Listed]) -> None:
    """Print the channels, one a line."""
    shown = table("channel", "service", "gets", "state")
    for each in channels:
        state = Text("ok" if each.enabled else "disabled", "green" if each.enabled else "dim")
        if each.problems:
            state = Text("; ".join(each.problems), "red")
        shown.add_row(*_row(each), state)
    console.print(shown)


def show_change(console: Console, what: str, channel: Listed) -> None:
    """Print what is to be added or removed."""
    console.print(heading("Change"))
    shown = table("", "channel", "service", "gets")
    shown.add_row(Text(what), *_row(channel))
    console.print(shown)


def _row(channel: Listed) -> tuple[Text, Text, Text]:
    label = f"#{channel.number}" + (f" {channel.name}" if channel.name else "")
    gets = "-" if channel.accepts is None else accepted(channel.accepts)
    return Text(label), Text(channel.service or "-"), Text(gets)


def show_tests(console: Console, tests: Iterable[Tried]) -> None:
    """Print what became of tests, one a line."""
    console.print(heading("Tested"))
    shown = table("", "channel", "answer", "what to do")
    for each in tests:
        mark = Text("ok", "green") if each.why is None else Text("!!", "bold red")
        shown.add_row(mark, Text(each.label), Text(each.why or "it took the test"), Text(each.todo or ""))
    console.print(shown)


def tests_document(tests: Iterable[Tried]) -> list[Json]:
    """The same for programs."""
    return [
        {"channel": each.label, "ok": each.why is None, "why": each.why, "todo": each.todo} for each in tests
    ]
