"""The command line: `balancewatch check`, `balancewatch replay` and `balancewatch providers`."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from balancewatch import VERSION
from balancewatch.core.state_record import Record
from balancewatch_cli import demo, embedded, past, providers_command, replay_command
from balancewatch_cli.embedded import Ran
from balancewatch_cli.folder import FolderError, locked
from balancewatch_cli.screen import show
from balancewatch_cli.status import ExitStatus, exit_status

_STATE = Path(".balancewatch")
_INTERRUPTED, _PIPE_CLOSED = 130, 141
"""128 and the number of the signal, as shells have it."""


class _Parser(argparse.ArgumentParser):
    """Usage errors end with our status; argparse's own would read as a critical balance."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitStatus.ERROR, f"{self.prog}: error: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="balancewatch", description="Knows before a prepaid API account runs dry.")
    parser.add_argument("--version", action="version", version=f"balancewatch {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="run once, on AWS embedded in this process",
        description="One run of the Lambda function on AWS embedded in this process. Nothing is deployed "
        "and nobody is told: what would be sent is shown.",
        epilog="Exit status: 0 ok, 1 warning, 2 critical or empty, 3 unreachable or failed, "
        "4 usage, configuration, or a failed run.",
    )
    check.add_argument(
        "--accounts",
        type=Path,
        metavar="FILE",
        help="the accounts as JSON, as in the secret (default: a demo gateway)",
    )
    check.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help=f"where the table is kept (default: {_STATE}/, demo: {_STATE}/demo/)",
    )
    check.add_argument("--json", action="store_true", help="print the summary as JSON and nothing else")
    check.add_argument("--no-color", action="store_true", help="no colours (so does NO_COLOR)")
    replay_command.declare(commands.add_parser)
    providers_command.declare(commands.add_parser)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    commands = {"check": _check, "replay": replay_command.run, "providers": providers_command.run}
    return commands[options.command](options)


def _check(options: argparse.Namespace) -> int:
    folder = options.state or (_STATE if options.accounts else _STATE / "demo")
    try:
        accounts = None if options.accounts is None else options.accounts.read_text("utf-8")
        ran = _run(accounts, folder)
    except FolderError as error:
        return _fail(str(error))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return _fail(f"{options.accounts} cannot be read: {why}")
    if ran.summary is not None:
        _print(ran, folder, as_json=options.json, no_color=options.no_color)
    if ran.failed is not None:
        where = f"{options.accounts}: " if options.accounts and ran.summary is None else ""
        return _fail(f"the run failed: {where}{ran.failed}")
    if ran.summary is None:
        print("balancewatch: left: this time is already done, or another run is under way", file=sys.stderr)
    return exit_status(ran.summary, failed=False)


def _run(accounts: str | None, folder: Path) -> Ran:
    progress = Console(stderr=True)
    with ExitStack() as stack:
        kept = stack.enter_context(locked(folder))
        before: Iterable[tuple[str, Record]] = ()
        if accounts is None:
            accounts = demo.accounts(stack.enter_context(demo.gateway()))
            before = past.states(datetime.now(UTC))  # noqa: TID251  # the shell reads the clock
        if progress.is_terminal:
            stack.enter_context(progress.status("Asking the providers ..."))
        return embedded.run(accounts, kept, before)


def _print(ran: Ran, folder: Path, *, as_json: bool, no_color: bool) -> None:
    if as_json:
        print(json.dumps(ran.summary, indent=2, ensure_ascii=False))
    elif ran.summary is not None:
        show(Console(no_color=no_color or None, highlight=False), ran.summary, ran.datapoints, f"{folder}/")


def _fail(why: str) -> int:
    print(f"balancewatch: error: {why}", file=sys.stderr)
    return ExitStatus.ERROR


def entry_point() -> NoReturn:
    """The installed command."""
    try:
        sys.exit(main(sys.argv[1:]))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere, silently
        sys.exit(_PIPE_CLOSED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except Exception as error:  # noqa: BLE001  # Python's own status, 1, would read as a warning
        where = traceback.extract_tb(error.__traceback__)[-1]
        sys.exit(_fail(f"internal: {type(error).__name__} at {where.name}:{where.lineno}; please report it"))
