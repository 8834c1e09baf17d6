"""The catalogue as people read it: a list, one provider, and what a gateway was found to be."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from balancewatch.core.exchange import Answer
from balancewatch.core.notification import Json
from balancewatch.core.profile import Profile
from balancewatch_cli.providers.detection import Recognition, came, host_of, unreachable
from balancewatch_cli.providers.directory import named
from balancewatch_cli.providers.profile_facts import CONFIDENCE, facts, needs
from balancewatch_cli.terminal import heading, table

_DOUBTFUL = ("C", "D")
_STYLES = {"A": "green", "B": "green", "C": "yellow", "D": "yellow"}


def show_list(console: Console, found: Sequence[Profile]) -> None:
    """Print the providers, one a line."""
    shown = table("provider", "who", "token", "source")
    shown.columns[0].no_wrap = True
    for each in found:
        shown.add_row(
            Text(each.name),
            Text(each.title),
            Text(each.credential),
            Text(each.confidence, _STYLES[each.confidence]),
        )
    console.print(shown)
    used = sorted({each.confidence for each in found})
    meanings = "; ".join(f"{letter}: {CONFIDENCE[letter]}" for letter in used)
    console.print(Text(f"{_many(len(found), 'provider')}. Source {meanings}.", "dim"))


def show_profile(console: Console, profile: Profile) -> None:
    """Print all that a person needs."""
    found = facts(profile)
    console.print(heading(profile.title, profile.name))
    console.print(_grid(_rows(profile, found)))
    console.print(heading("Account"))
    _print_entry(console, entry(profile))


def _rows(profile: Profile, found: Mapping[str, Json]) -> Iterable[tuple[str, Text]]:
    yield "token", Text(profile.credential)
    yield "where", Text(profile.where)
    for request in _objects(found["requests"]):
        yield from _asks(request)
    for each in _objects(found["parameters"]):
        kind = "required" if each["required"] else f"usually {each['default']}"
        secret = ", secret" if each["secret"] else ""
        yield f"params.{each['name']}", Text(f"{each['help']} ({kind}{secret})")
    if profile.base_url is None:
        yield "base_url", Text("the gateway's address (required)")
    yield "unit", Text(_unit(profile))
    if profile.estimate:
        yield "estimate", Text("no answer holds the balance: it is worked out from what was bought and spent")
    yield from _links(profile)


def _asks(request: Mapping[str, Json]) -> Iterable[tuple[str, Text]]:
    is_main = request["name"] == "main"
    yield "asks" if is_main else f"and {request['name']}", Text(f"{request['method']} {request['url']}")
    if not is_main:
        return
    yield "auth", Text(str(request["auth"]))
    headers = request["headers"]
    for name, value in headers.items() if isinstance(headers, dict) else ():
        yield "header", Text(f"{name}: {value}")
    if request["body"]:
        yield "body", Text(str(request["body"]))
    if request["pages"]:
        yield "pages", Text("up to 10")


def _links(profile: Profile) -> Iterable[tuple[str, Text]]:
    if profile.aliases:
        yield "also called", Text(", ".join(profile.aliases))
    words = f"{profile.confidence}: {CONFIDENCE[profile.confidence]}"
    yield "source", Text(words, "yellow" if profile.confidence in _DOUBTFUL else "")
    if profile.documentation is not None:
        yield "documentation", Text(profile.documentation)
    if profile.top_up_url is not None:
        yield "top up", Text(profile.top_up_url)


def _unit(profile: Profile) -> str:
    unit = profile.answer.unit
    if profile.units is not None:
        cases = list(dict.fromkeys(case.unit for case in profile.units.cases))
        return f"{unit}, or as the site publishes at {profile.units.path}: {', '.join(cases)}"
    if profile.answer.unit_at is not None:
        return f"as the answer says: {profile.answer.unit_at.place.at.source}"
    return unit or "the account must say it (USD, CNY or tokens)"


def entry(profile: Profile, base_url: str | None = None) -> dict[str, Json]:
    """An account of the provider, for its owner to fill in."""
    made: dict[str, Json] = {"name": "production", "provider": profile.name, "token": "..."}
    wanted = needs(profile)
    if base_url is not None or "base_url" in wanted:
        made["base_url"] = base_url or "https://..."
    params = {name.removeprefix("params."): "..." for name in wanted if name.startswith("params.")}
    if params:
        made["params"] = cast("Json", params)
    if "unit" in wanted:
        made["unit"] = "USD"
    return made


@dataclass(frozen=True, slots=True)
class Detected:
    """What a gateway was found to be: a host of the catalogue, a family, or neither."""

    root: str
    given: str
    known: Sequence[Profile]
    recognition: Recognition | None
    answers: Mapping[str, Answer]

    @property
    def is_recognised(self) -> bool:
        return bool(self.known) or self.recognition is not None

    @property
    def profiles(self) -> Sequence[tuple[Profile, str]]:
        """Which to use, with what each reads."""
        if self.recognition is None:
            return [(each, each.credential) for each in self.known]
        return [(named(slug), reads) for slug, reads in self.recognition.profiles]

    @property
    def family(self) -> str | None:
        if self.known:
            return self.known[0].title
        return self.recognition.family if self.recognition else None

    @property
    def evidence(self) -> Sequence[str]:
        if self.known:
            return [f"the catalogue knows the host {host_of(self.root)}"]
        return self.recognition.evidence if self.recognition else ()

    def entry(self, profile: Profile) -> dict[str, Json]:
        """The account to write, with the gateway's address where it needs one."""
        return entry(profile, None if profile.base_url else self.root)

    def document(self) -> dict[str, Json]:
        """The same for programs."""
        return {
            "base_url": self.root,
            "family": self.family,
            "sure": bool(self.known) or bool(self.recognition and self.recognition.is_sure),
            "evidence": [*self.evidence],
            "counts": self.recognition.counts if self.recognition else None,
            "unreachable": unreachable(self.answers),
            "providers": [
                {
                    "provider": profile.name,
                    "reads": reads,
                    "credential": profile.credential,
                    "where": profile.where,
                    "needs": [*needs(profile)],
                    "account": self.entry(profile),
                }
                for profile, reads in self.profiles
            ],
            "asked": [{"path": probe.path, "came": probe.came} for probe in came(self.answers)],
        }


def show_detected(console: Console, found: Detected) -> None:
    """Print what it is and which profile reads it, or that nobody knows."""
    if not found.is_recognised:
        _show_unknown(console, found)
        return
    is_sure = bool(found.known) or bool(found.recognition and found.recognition.is_sure)
    title = found.family if is_sure else f"probably {found.family}"
    console.print(heading(str(title), found.root))
    rows = [("because", Text(line)) for line in found.evidence]
    if found.recognition and found.recognition.counts:
        rows.append(("counts", Text(found.recognition.counts)))
    if found.root != found.given.rstrip("/"):
        rows.append(("base_url", Text(f"{found.root}, without /v1")))
    console.print(_grid(rows))
    console.print(heading("Provider to use" if len(found.profiles) == 1 else "Providers to use"))
    shown = table("provider", "reads", "token", "also needed")
    shown.columns[0].no_wrap = True
    for profile, reads in found.profiles:
        shown.add_row(
            Text(profile.name), Text(reads), Text(profile.credential), Text(", ".join(needs(profile)) or "-")
        )
    console.print(shown)
    console.print(heading("Account"))
    _print_entry(console, found.entry(found.profiles[0][0]))


def _show_unknown(console: Console, found: Detected) -> None:
    if (why := unreachable(found.answers)) is not None:
        console.print(heading("Not reached", found.root))
        console.print(Padding(Text(why), (0, 0, 0, 2)))
        return
    console.print(heading("Not recognised", found.root))
    shown = table("asked", "what came")
    for probe in came(found.answers):
        shown.add_row(Text(f"GET {probe.path}"), Text(probe.came))
    console.print(shown)
    console.print(
        Text("No sign of a gateway that balancewatch knows. Its documentation may tell where it answers for")
    )
    console.print(Text("a balance: docs/add-a-provider.md says how to write a profile for it."))


def _print_entry(console: Console, account: Mapping[str, Json]) -> None:
    """On one line, whatever the width: it is to be copied."""
    console.print(Text(f"  {json.dumps(account, ensure_ascii=False)}"), soft_wrap=True)


def _grid(rows: Iterable[tuple[str, Text]]) -> Padding:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, value)
    return Padding(grid, (0, 0, 1, 2))


def _objects(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
