"""What a person gives a command: secrets without echo or from a variable, files, and a yes."""

import getpass
import os
import sys
from pathlib import Path


class NotGivenError(ValueError):
    """What was not given, and how to give it."""


_BY_VARIABLE = "--token-env VAR or --param-env NAME=VAR"


def secret(what: str, variable: str | None) -> str:
    """A secret: from an environment variable, else typed without echo. Raises `NotGivenError`."""
    return given(what, variable, by_variable=_BY_VARIABLE)


def given(
    what: str,
    variable: str | None,
    *,
    by_variable: str,
    is_secret: bool = True,
    is_optional: bool = False,
) -> str:
    """From an environment variable, else typed, a secret without echo. Raises `NotGivenError`.

    What is optional is empty for who gives nothing, and where nobody can be asked. The variable's name is not
    shown: it may be a secret by mistake.
    """
    if variable is not None:
        value = os.environ.get(variable, "").strip()
        if not value:
            raise NotGivenError("the environment variable of that name is not set, or is empty")
        return value
    if not sys.stdin.isatty():
        if is_optional:
            return ""
        raise NotGivenError(
            f"{what}: nobody can be asked here; put it into an environment variable, {by_variable}"
        )
    typed = _typed(what, is_secret=is_secret)
    if not (typed or is_optional):
        raise NotGivenError(f"{what}: nothing was given, so nothing was saved")
    return typed


def _typed(what: str, *, is_secret: bool) -> str:
    if is_secret:
        try:
            return getpass.getpass(f"{what} (not shown): ", sys.stderr).strip()
        except EOFError:
            return ""
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def somebody(otherwise: str) -> None:
    """Raise `NotGivenError` where nobody can be asked; `otherwise` says what to do then."""
    if not sys.stdin.isatty():
        raise NotGivenError(f"nothing was saved, since nobody can be asked here; {otherwise}")


def agreed(question: str) -> bool:
    """Whether a person says yes."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def pair(written: str, option: str = "--param-env") -> tuple[str, str]:
    """The two sides of `NAME=VAR`, given by an option. Raises `NotGivenError`."""
    name, equals, value = written.partition("=")
    if not (name and equals and value):
        raise NotGivenError(f"{option} must be NAME=VAR")
    return name, value


def file_text(path: Path) -> str:
    """A file's text. Raises `NotGivenError`."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise NotGivenError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotGivenError(f"{path} is not UTF-8 text: save it as UTF-8") from None
