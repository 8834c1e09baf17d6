"""What a person gives a command: secrets without echo or from a variable, files, and a yes."""

import getpass
import os
import sys
from pathlib import Path


class NotGivenError(ValueError):
    """What was not given, and how to give it."""


def asked(what: str, variable: str | None) -> str:
    """A secret: from an environment variable, else typed without echo. Raises `NotGivenError`.

    The variable's name is not shown: it may be a secret by mistake.
    """
    if variable is not None:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise NotGivenError("the environment variable of that name is not set, or is empty")
        return value
    if not sys.stdin.isatty():
        raise NotGivenError(
            f"{what}: nobody can be asked here; put it into an environment variable, --token-env VAR or "
            "--param-env NAME=VAR"
        )
    try:
        value = getpass.getpass(f"{what} (not shown): ", sys.stderr).strip()
    except EOFError:
        value = ""
    if not value:
        raise NotGivenError(f"{what}: nothing was given, so nothing was saved")
    return value


def agreed(question: str) -> bool:
    """Whether a person says yes. Raises `NotGivenError` where nobody can be asked."""
    if not sys.stdin.isatty():
        raise NotGivenError(
            "nothing was saved, since nobody can be asked here; --yes saves without a question"
        )
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def pair(written: str) -> tuple[str, str]:
    """The two sides of `NAME=VAR`. Raises `NotGivenError`."""
    name, equals, value = written.partition("=")
    if not (name and equals and value):
        raise NotGivenError("--param-env must be NAME=VAR")
    return name, value


def file_text(path: Path) -> str:
    """A file's text. Raises `NotGivenError`."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise NotGivenError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotGivenError(f"{path} is not UTF-8 text: save it as UTF-8") from None
