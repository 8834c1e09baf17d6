"""Accounts, changes of them and what their providers answered, as people read them and programs do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from rich.console import Console
from rich.text import Text

from balancewatch.core.account import Account, Limit, Misconfigured, Percentage, Rules
from balancewatch.core.account_list import AccountList
from balancewatch.core.amount import plain, worded
from balancewatch.core.fields import Problem
from balancewatch.core.notification import Json
from balancewatch.core.reading import Balance, Failure, Reading
from balancewatch_cli.accounts.edit import Change, Document
from balancewatch_cli.terminal import heading, table


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the secret has it, without its token; None where nothing is said."""

    name: str
    title: str | None
    provider: str | None
    threshold: str | None
    enabled: bool
    mistakes: str | None


def listed(found: AccountList, document: Document) -> Sequence[Listed]:
    """All of a secret, in its order: those that are disabled last, as only their names were checked."""
    accounts = [_listed(each) for each in found.entries]
    known = {each.name for each in accounts}
    parked = [each for each in document.entries if document.is_off(each)]
    names = [str(each["name"]) for each in parked if _is_name(each.get("name"))]
    return accounts + [
        Listed(name, None, None, None, enabled=False, mistakes=None) for name in names if name not in known
    ]


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isprintable()  # noqa: PLR2004  # the design's


def _listed(entry: Account | Misconfigured) -> Listed:
    mistakes = entry.mistakes if isinstance(entry, Misconfigured) else None
    return Listed(
        entry.name,
        entry.rules.title,
        entry.provider,
        _threshold(entry.rules),
        enabled=True,
        mistakes=mistakes,
    )


def _threshold(rules: Rules) -> str | None:
    limit: Limit | None = rules.threshold
    match limit:
        case Percentage(percent):
            return f"{plain(percent)}%"
        case Decimal():
            return plain(limit)
        case None:
            return None


def show_list(console: Console, accounts: Iterable[Listed]) -> None:
    """Print the accounts, one a line."""
    shown = table("account", "provider", "warns at", "state")
    for each in accounts:
        name = Text.assemble(each.name, (f"\n{each.title}" if each.title else "", "dim"))
        state = Text("ok" if each.enabled else "disabled", "green" if each.enabled else "dim")
        if each.mistakes is not None:
            state = Text(each.mistakes, "red")
        shown.add_row(
            name,
            Text(each.provider or "-"),
            Text(each.threshold or ("default" if each.enabled else "-")),
            state,
        )
    console.print(shown)


def show_edit(console: Console, changes: Sequence[Change], answers: Mapping[str, Reading]) -> None:
    """Print what is to change, and what the providers answered."""
    if changes:
        console.print(heading("Change"))
        shown = table("account", "field", "before", "after")
        for each in changes:
            before, after = (Text("-" if side is None else side) for side in (each.before, each.after))
            shown.add_row(Text(each.account), Text(each.field), before, after)
        console.print(shown)
    _show_answers(console, answers)


def show_check(console: Console, answers: Mapping[str, Reading], problems: Iterable[Problem]) -> None:
    """Print what the providers answered, and what is wrong with the accounts."""
    _show_answers(console, answers)
    for each in problems:
        where = f"{each.account}: " if each.account else ""
        console.print(Text(f"{where}`{each.field}` {each.problem}", "red"))
    if not answers:
        console.print(Text("No account could be asked.", "dim"))


def _show_answers(console: Console, answers: Mapping[str, Reading]) -> None:
    if not answers:
        return
    console.print(heading("Asked"))
    shown = table("account", "answer")
    for name, reading in answers.items():
        shown.add_row(Text(name), _answer(reading))
    console.print(shown)


def _answer(reading: Reading) -> Text:
    match reading:
        case Balance(remaining, unit, unlimited=unlimited):
            if remaining is not None:
                return Text(f"{worded(remaining, unit)} left", "green")
            return Text("unlimited", "green") if unlimited else Text("nothing can be spent", "yellow")
        case Failure(reason, detail, advice=advice):
            return Text("; ".join(filter(None, (f"{reason.value}: {detail}", advice))), "red")


def documents(answers: Mapping[str, Reading]) -> dict[str, Json]:
    """The readings for programs, by account."""
    return {name: _document(reading) for name, reading in answers.items()}


def _document(reading: Reading) -> dict[str, Json]:
    match reading:
        case Balance():
            left = None if reading.remaining is None else plain(reading.remaining)
            return {"remaining": left, "unit": reading.unit, "unlimited": reading.unlimited}
        case Failure(reason, detail, advice=advice):
            return {"reason": reason.value, "detail": detail, "advice": advice}
