"""`balancewatch check`: one run, or one every so many minutes, with or without telling people."""

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from balancewatch.core.state_record import Record
from balancewatch.settings import SettingsError
from balancewatch_cli.check import demo, environment, past
from balancewatch_cli.check.folder import Folder, FolderError, locked
from balancewatch_cli.check.ran import Ran
from balancewatch_cli.check.rounds import rounds
from balancewatch_cli.check.screen import show
from balancewatch_cli.status import exit_status
from balancewatch_cli.terminal import fail, note, output, progress

_STATE: Final = Path(".balancewatch")
_MOST_MINUTES: Final = 24 * 60
_ASKING: Final = "Asking the providers ..."
_EXTRAS: Final = {"apprise": "notify", "prometheus_client": "notify"}


class _UnusableError(Exception):
    """Options or files that no run can be made of; says which, and what is wanted."""


def declare(check: argparse.ArgumentParser) -> None:
    """The options."""
    check.description = (
        "One run of the Lambda function on AWS embedded in this process. Nothing is deployed and nobody is "
        "told: what would be sent is shown. With --notify there is no AWS at all: people are told, and the "
        "state is kept in SQLite."
    )
    check.epilog = (
        "Exit status: 0 ok, 1 warning, 2 critical or empty, 3 unreachable or failed, "
        "4 usage, configuration, or a failed run."
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
        help=f"where the state is kept (default: {_STATE}/, demo: {_STATE}/demo/)",
    )
    check.add_argument(
        "--notify",
        action="append",
        default=[],
        metavar="URL",
        help="tell people here: a URL of Apprise (again for more; others on this machine can see it)",
    )
    check.add_argument(
        "--notify-file", type=Path, metavar="FILE", help="tell people at the URLs in a file, one a line"
    )
    check.add_argument(
        "--notify-env", metavar="VAR", help="tell people at the URLs in an environment variable"
    )
    check.add_argument(
        "--every", type=_minutes, metavar="MINUTES", help="go on, with a run every so many minutes"
    )
    check.add_argument(
        "--prometheus",
        type=Path,
        metavar="FILE",
        help="also write the metrics, for the textfile collector of node_exporter",
    )
    check.add_argument("--json", action="store_true", help="print the summary as JSON and nothing else")
    check.add_argument("--no-color", action="store_true", help="no colours (so does NO_COLOR)")


def run(options: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    try:
        if options.every is None:
            return _once(options)
        return rounds(options.every * 60, lambda: _once(options))
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(str(error.name), "cli")
        return fail(f"{error.name} is not installed; it comes with the extra `{extra}` of the package")


def _once(options: argparse.Namespace) -> int:
    folder = options.state or (_STATE if options.accounts else _STATE / "demo")
    problems: Sequence[str] = ()
    try:
        with locked(folder) as kept:
            if _tells(options):
                ran, problems = _run_standalone(options, folder)
            else:
                ran = _run_embedded(_accounts(options.accounts), kept)
            if options.prometheus is not None:
                _measure(ran, options.prometheus)
    except (FolderError, SettingsError, _UnusableError) as error:
        return fail(str(error))
    if ran.summary is not None:
        _print(ran, folder, options)
    for problem in problems:
        fail(problem)
    if ran.failed is not None:
        where = f"{options.accounts}: " if options.accounts and ran.summary is None else ""
        return fail(f"the run failed: {where}{ran.failed}")
    if ran.summary is None:
        note("left: this time is already done, or another run is under way")
    return exit_status(ran.summary, failed=bool(problems))


def _run_embedded(accounts: str | None, kept: Folder) -> Ran:
    from balancewatch_cli.check import embedded  # noqa: PLC0415  # a second, which a run without AWS need not wait

    with ExitStack() as stack:
        before: Iterable[tuple[str, Record]] = ()
        if accounts is None:
            accounts = demo.accounts(stack.enter_context(demo.gateway()))
            before = past.states(datetime.now(UTC))  # noqa: TID251  # the shell reads the clock
        stack.enter_context(progress(_ASKING))
        return embedded.run(accounts, kept, before)


def _run_standalone(options: argparse.Namespace, folder: Path) -> tuple[Ran, Sequence[str]]:
    """The run, and what is wrong with the channels."""
    from balancewatch_cli.check import channels, standalone, store  # noqa: PLC0415  # Apprise is an extra

    if options.accounts is None:
        raise _UnusableError("to tell people give --accounts FILE too: of the demo nobody is told")
    settings = environment.settings(os.environ, options.every)
    try:
        given = channels.channels_of(options.notify, options.notify_file, options.notify_env, os.environ)
    except channels.NoChannelsError as error:
        raise _UnusableError(str(error)) from None
    with (
        store.opened(folder / standalone.FILE, settings.history_days) as memory,
        progress(_ASKING),
    ):
        return standalone.run(options.accounts, given, memory, settings, _warn), given.problems


def _tells(options: argparse.Namespace) -> bool:
    return bool(options.notify) or options.notify_file is not None or options.notify_env is not None


def _accounts(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise _UnusableError(f"{file} cannot be read: {why}") from None


def _measure(ran: Ran, file: Path) -> None:
    from balancewatch_cli.check import prometheus  # noqa: PLC0415  # an extra

    try:
        prometheus.write(ran, file)
    except OSError as error:
        raise _UnusableError(f"{file} cannot be written: {error.strerror}") from None


def _print(ran: Ran, folder: Path, options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps(ran.summary, indent=None if options.every else 2, ensure_ascii=False), flush=True)
    elif ran.summary is not None:
        console = output(options)
        show(console, ran.summary, ran.datapoints, f"{folder}/", tells=_tells(options))
        console.file.flush()


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= _MOST_MINUTES):
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {_MOST_MINUTES}")
    return int(text)


def _warn(what: str) -> None:
    note(f"warning: {what}")
