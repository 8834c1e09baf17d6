"""`balancewatch status` and `watch`: how the accounts of a deployed stack stand."""

import argparse
import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.text import Text

from balancewatch.core.overview_facts import document
from balancewatch_cli.deployed.stack import StackError, declare_stack
from balancewatch_cli.look.overview_page import page
from balancewatch_cli.status import ExitStatus, exit_status
from balancewatch_cli.terminal import fail, output, print_json, progress

if TYPE_CHECKING:
    from balancewatch_cli.look.look import Shown

_EVERY_S, _LEAST_S = 60, 5
"""Seconds between two looks; less would cost more than it shows, since runs come every few minutes."""


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of both commands, which `command` makes."""
    status = command(
        "status",
        help="show the accounts of a deployed stack, worst first",
        description="How every account of a deployed stack stands: balance, threshold, how long it lasts, "
        "and its last 14 days. Reads the stack's table with your own AWS credentials and asks no provider.",
        epilog="Exit status: 0 ok, 1 warning, 2 critical or empty, 3 unreachable or failed, "
        "4 usage, configuration, or a stack that cannot be read.",
    )
    declare_stack(status)
    watch = command(
        "watch",
        help="the same, refreshed until you stop it",
        description="Shows what `status` shows, again and again, until Ctrl-C. With --json a line each time.",
    )
    declare_stack(watch)
    watch.add_argument(
        "--every", type=_seconds, default=_EVERY_S, metavar="S", help=f"seconds (default: {_EVERY_S})"
    )


def status(options: argparse.Namespace) -> ExitStatus:
    """Show once; the exit status."""
    from balancewatch_cli.look.look import Look  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    try:
        with progress("Reading the table ..."):
            shown = Look(options.stack).now()
    except StackError as error:
        return fail(str(error))
    if options.json:
        print_json(document(shown.overview))
    else:
        console = output(options)
        console.print(page(shown.overview, shown.stack.timezone, console.width))
    return exit_status({**document(shown.overview), "problems": []}, failed=False)


def watch(options: argparse.Namespace, wait: Callable[[float], None] = time.sleep) -> ExitStatus:
    """Show until stopped. A look that fails later leaves the last one standing, and says so."""
    from balancewatch_cli.look.look import Look  # noqa: PLC0415

    console = output(options)
    try:
        look = Look(options.stack)
        shown = look.now()
    except StackError as error:
        return fail(str(error))
    if options.json:
        while True:
            print(json.dumps(document(shown.overview), ensure_ascii=False), flush=True)
            wait(options.every)
            shown = look.again(shown)
    with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
        while True:
            live.update(_framed(shown, console.width, options.every), refresh=True)
            wait(options.every)
            shown = look.again(shown)


def _framed(shown: "Shown", width: int, every: int) -> Group:
    parts = [page(shown.overview, shown.stack.timezone, width)]
    if shown.trouble:
        parts.append(Group(Text(f"Not newer, since {shown.trouble}", "bold red")))
    return Group(*parts, Text(f"Refreshed every {every} s; Ctrl-C ends it.", "dim"))


def _seconds(text: str) -> int:
    if not text.isdigit() or int(text) < _LEAST_S:
        raise argparse.ArgumentTypeError(f"must be a whole number of seconds, at least {_LEAST_S}")
    return int(text)
