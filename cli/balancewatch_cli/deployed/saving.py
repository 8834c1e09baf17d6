"""Saving a change of a stack's secret, after a yes."""

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from balancewatch_cli import private
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, note, progress

if TYPE_CHECKING:
    from balancewatch_cli.deployed.secret import StackSecret, Version


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a change; the version is None where nothing was saved."""

    status: ExitStatus
    version: str | None = None


def agreement(options: argparse.Namespace) -> None:
    """Raise `NotGivenError` where no yes was given and nobody can say it."""
    if options.yes:
        return
    if options.json:
        raise private.NotGivenError("--json shows nobody what is to change: say --yes as well")
    private.somebody("--yes saves without a question")


def save(
    secret: "StackSecret", text: str, over: "Version", options: argparse.Namespace, refused: str | None
) -> Saved:
    """Save unless it is `refused`, after a yes, and say what became of it. Raises `StackError`."""
    if refused is not None:
        fail(f"nothing was saved, since {refused}")
        return Saved(ExitStatus.UNREACHABLE)
    if not (options.yes or private.agreed("Save this?")):
        note("nothing was saved")
        return Saved(ExitStatus.ERROR)
    with progress("Saving ..."):
        version = secret.save(text, over)
    note("saved; it holds from now on")
    return Saved(ExitStatus.OK, version)
