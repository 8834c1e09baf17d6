"""`balancewatch report`: the page of a deployed stack as a file, or what its weekly report would say now."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from balancewatch.core.account import MAIN
from balancewatch.core.page import Manner, page
from balancewatch.core.report import Report
from balancewatch.core.report_message import compose_report
from balancewatch_cli.deployed.stack import StackError, declare_stack
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, print_json, progress

if TYPE_CHECKING:
    from balancewatch_cli.look.look import Shown


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "report",
        help="say what the weekly report would say now; or write all accounts as a page",
        description="What the weekly report of a deployed stack would say now. With --html all its accounts "
        "on one page, with the last 14 days and what may be left in the next 7. The file stands alone.",
        epilog="Exit status: 0 said or written, 4 usage, or a stack that cannot be read.",
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the page to this file")
    declare_stack(parser)


def run(options: argparse.Namespace) -> ExitStatus:
    """Read, say or write; the exit status."""
    from balancewatch_cli.look.look import Look  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    try:
        with progress("Reading the table ..."):
            shown = Look(options.stack).now(curves=None if options.html else 0)
    except StackError as error:
        return fail(str(error))
    if options.html is not None and _write(shown, options.html) is not ExitStatus.OK:
        return ExitStatus.ERROR
    found = shown.stack
    message = compose_report(Report("preview", MAIN, shown.overview, found.language, found.timezone))
    if options.json:
        print_json(json.loads(message.payload)["report"])
    elif options.html is None:
        print(f"Subject: {message.subject}\n\n{message.email}", end="")
    return ExitStatus.OK


def _write(shown: "Shown", file: Path) -> ExitStatus:
    manner = Manner(shown.stack.language, shown.stack.timezone)
    try:
        file.write_text(page(shown.overview, manner), "utf-8")
    except OSError as error:
        return fail(f"{file} cannot be written: {error.strerror}")
    print(f"{len(shown.overview.standings)} accounts written to {file}", file=sys.stderr)
    return ExitStatus.OK
