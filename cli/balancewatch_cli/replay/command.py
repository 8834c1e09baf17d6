"""`balancewatch replay`: its options, read as the fields of an account are, and its answer."""

import argparse
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from balancewatch.adapters import catalogue
from balancewatch.core.account import Language, Rules
from balancewatch.core.account_rules import FIELDS, rules_of
from balancewatch.core.fields import Fields
from balancewatch_cli.replay.history import HistoryError, parse_history
from balancewatch_cli.replay.page import document, show
from balancewatch_cli.replay.replay import replay
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, output, print_json, progress

_PROVIDER = "laozhang"
"""Any provider would do: the rules decide, and how it is asked matters to nobody here."""
_UNIT = "USD"
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?", re.ASCII)

_OPTIONS: Mapping[str, tuple[str, str, str]] = {
    "threshold": ("--threshold", "AMOUNT", "warning at or below: a number, or 20%% of the last top-up"),
    "critical_threshold": ("--critical-threshold", "AMOUNT", "critical at or below (default: a quarter)"),
    "runway_hours": ("--runway", "HOURS", "warning when it may be empty so soon (default: 48; 0: never)"),
    "critical_runway_hours": ("--critical-runway", "HOURS", "critical when so soon (default: 12)"),
    "unit": ("--unit", "UNIT", f"the unit of rows without one (default: {_UNIT})"),
    "failures": ("--failures", "N", "failed runs in a row before telling (default: 3)"),
    "repeat_hours": ("--repeat-hours", "HOURS", "how often critical is told again (default: 24; 0: never)"),
    "quiet": ("--quiet", "FROM-TO", "hours in which all but critical waits, such as 22:00-08:00"),
    "timezone": ("--timezone", "ZONE", "of quiet hours and of the answer, such as Asia/Shanghai"),
    "language": ("--language", "LANGUAGE", "as in an account: en or zh"),
}
"""Fields of an account, and how they are said here."""


class RuleError(ValueError):
    """A rule that no account could have either."""


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "replay",
        help="try a rule on a recorded history",
        description="Runs the real decisions over a recorded history: what this rule would have sent, and "
        "how long before the balance was empty. The file is CSV with the columns timestamp and remaining, "
        "and perhaps used, unit, reason and spendable; a row without remaining is a run that failed.",
        epilog="Exit status: 0 replayed, 4 usage, or a history that cannot be read.",
    )
    parser.add_argument("history", type=Path, metavar="HISTORY.csv")
    for field, (option, metavar, explanation) in _OPTIONS.items():
        parser.add_argument(option, dest=field, metavar=metavar, help=explanation)
    parser.add_argument("--json", action="store_true", help="print the same facts as JSON and nothing else")
    parser.add_argument("--no-color", action="store_true", help="no colours (so does NO_COLOR)")


def run(options: argparse.Namespace) -> ExitStatus:
    """Replay and print; the exit status."""
    profile = catalogue.profile(_PROVIDER)
    if profile is None:
        raise LookupError(_PROVIDER)
    try:
        rules = rules_from(options)
        history = parse_history(options.history.read_bytes(), rules.unit or _UNIT)
    except RuleError as error:
        return fail(str(error))
    except HistoryError as error:
        return fail(f"{options.history}: {error}")
    except OSError as error:
        return fail(f"{options.history} cannot be read: {error.strerror}")
    with progress("Replaying ..."):
        replayed = replay(history, rules, profile)
    if options.json:
        print_json(document(replayed))
    else:
        show(output(options), replayed)
    return ExitStatus.OK


def rules_from(options: argparse.Namespace) -> Rules:
    """The rules, read by the parser of accounts. Raises `RuleError`."""
    given: dict[str, str | None] = {field: getattr(options, field) for field in _OPTIONS}
    values = {field: _written(field, text) for field, text in given.items() if text is not None}
    fields = Fields(values)
    rules = rules_of(fields, ZoneInfo("UTC"), Language.EN)
    if problems := fields.finish(allowed=FIELDS):
        raise RuleError("; ".join(f"{_option(field)} {_said(problem)}" for field, problem in problems))
    return rules


def _written(field: str, text: str) -> object:
    """The value as it would stand in the JSON of an account."""
    if field == "quiet":
        start, _, end = text.partition("-")
        return {"from": start.strip(), "to": end.strip()}
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def _option(field: str) -> str:
    return _OPTIONS[field][0] if field in _OPTIONS else field


def _said(problem: str) -> str:
    """The problem, with our options where it names fields."""
    return re.sub(r"`([a-z_]+)`", lambda found: f"`{_option(found[1])}`", problem)
