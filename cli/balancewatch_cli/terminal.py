"""How commands speak: a page or JSON on standard output, what takes time and errors on standard error."""

import argparse
import json
import sys
from collections.abc import Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from balancewatch.core.notification import Json
from balancewatch_cli.status import ExitStatus


class _Output(Console):
    def on_broken_pipe(self) -> None:
        """Rich would end the program with a status that reads as a warning."""
        raise BrokenPipeError


def output(options: argparse.Namespace) -> Console:
    """Standard output for people: colours on a terminal only, and not with `NO_COLOR` or `--no-color`."""
    return _Output(no_color=options.no_color or None, highlight=False)


def table(*columns: str, right: Collection[str] = (), whole: Collection[str] = ()) -> Table:
    """A plain table, as all pages have it; what stands `right` or is `whole` is never wrapped."""
    made = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="dim")
    for column in columns:
        side: Literal["right", "left"] = "right" if column in right else "left"
        made.add_column(column, justify=side, no_wrap=column in (*right, *whole), overflow="fold")
    return made


def heading(title: str, note: str = "") -> Text:
    """The beginning of a part."""
    return Text.assemble((title, "bold"), (f"  {note}" if note else "", "dim"))


def print_json(value: Json) -> None:
    """All that a command with `--json` prints on standard output."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def progress(words: str) -> AbstractContextManager[object]:
    """What takes time now, while it does, on a terminal."""
    console = Console(stderr=True, no_color=True)
    return console.status(words) if console.is_terminal else nullcontext()


def note(words: str) -> None:
    """Say beside what is printed what a person should know."""
    print(f"balancewatch: {words}", file=sys.stderr, flush=True)


def fail(why: str) -> ExitStatus:
    """Say what went wrong and what to do; the exit status."""
    note(f"error: {why}")
    return ExitStatus.ERROR
