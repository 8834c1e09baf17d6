"""`balancewatch report`: the page of a deployed stack as a file."""

import argparse
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console

from balancewatch.core.page import Manner, page
from balancewatch_cli import stack
from balancewatch_cli.overview_command import Look, Shown
from balancewatch_cli.stack import StackError
from balancewatch_cli.status import ExitStatus


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "report",
        help="write the accounts of a deployed stack as a page",
        description="All accounts of a deployed stack on one page: balance, threshold, how long it lasts, "
        "the last 14 days and what may be left in the next 7. The file stands alone: mail or print it.",
        epilog="Exit status: 0 written, 4 usage, or a stack that cannot be read.",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page to this file")
    stack.declare(parser)


def run(options: argparse.Namespace) -> ExitStatus:
    """Read, write; the exit status."""
    progress = Console(stderr=True, no_color=options.no_color or None)
    try:
        with progress.status("Reading the table ...") if progress.is_terminal else nullcontext():
            shown = Look(options.stack).now()
    except StackError as error:
        return _fail(str(error))
    if options.html is not None:
        try:
            options.html.write_text(page(shown.overview, _manner(shown)), "utf-8")
        except OSError as error:
            return _fail(f"{options.html} cannot be written: {error.strerror}")
        print(f"{len(shown.overview.standings)} accounts written to {options.html}", file=sys.stderr)
    return ExitStatus.OK


def _manner(shown: Shown) -> Manner:
    return Manner(shown.stack.language, shown.stack.timezone)


def _fail(why: str) -> ExitStatus:
    print(f"balancewatch: error: {why}", file=sys.stderr)
    return ExitStatus.ERROR
