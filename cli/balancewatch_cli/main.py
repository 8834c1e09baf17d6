"""The command line: what there is, and where each command is."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NoReturn

from balancewatch import VERSION
from balancewatch_cli.accounts import command as accounts_command
from balancewatch_cli.channels import command as channels_command
from balancewatch_cli.check import command as check_command
from balancewatch_cli.doctor import command as doctor_command
from balancewatch_cli.look import history_command, overview_command, report_command
from balancewatch_cli.preview import command as preview_command
from balancewatch_cli.providers import command as providers_command
from balancewatch_cli.replay import command as replay_command
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail

_INTERRUPTED, _PIPE_CLOSED = 130, 141
"""128 and the number of the signal, as shells have it."""


class _Parser(argparse.ArgumentParser):
    """Usage errors end with our status; argparse's own would read as a critical balance.

    What it does not know it names without values: one may be a token.
    """

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        told, choice, words = message.partition("invalid choice: ")
        if choice:
            message = f"{told}{choice}{words[words.rfind('(choose from') :]}"
        told, unknown, words = message.partition("unrecognized arguments: ")
        if unknown and not told:
            options = [word.partition("=")[0] for word in words.split() if word.startswith("--")]
            message = f"{unknown}{' '.join(options) or 'say them in the order above, options last'}"
        self.exit(ExitStatus.ERROR, f"{self.prog}: error: {message}\n")


@cache
def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="balancewatch", description="Knows before a prepaid API account runs dry.")
    parser.add_argument("--version", action="version", version=f"balancewatch {VERSION}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check_command.declare(commands.add_parser("check", help="run once: try it, or watch without AWS"))
    replay_command.declare(commands.add_parser)
    providers_command.declare(commands.add_parser)
    overview_command.declare(commands.add_parser)
    history_command.declare(commands.add_parser)
    report_command.declare(commands.add_parser)
    accounts_command.declare(commands.add_parser)
    channels_command.declare(commands.add_parser)
    doctor_command.declare(commands.add_parser)
    preview_command.declare(commands.add_parser)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run the command; the exit status."""
    options = _parser().parse_args(arguments)
    commands: Mapping[str, Callable[[argparse.Namespace], int]] = {
        "check": check_command.run,
        "replay": replay_command.run,
        "providers": providers_command.run,
        "status": overview_command.status,
        "watch": overview_command.watch,
        "history": history_command.run,
        "report": report_command.run,
        "accounts": accounts_command.run,
        "channels": channels_command.run,
        "doctor": doctor_command.run,
        "test-notification": preview_command.run,
    }
    try:
        return commands[options.command](options)
    except ModuleNotFoundError as error:  # as in the container, which has nothing of AWS
        return fail(f"{error.name} is not installed here; `{options.command}` needs it")


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
        sys.exit(fail(f"internal: {type(error).__name__} at {where.name}:{where.lineno}; please report it"))
