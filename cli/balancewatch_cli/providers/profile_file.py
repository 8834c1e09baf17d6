"""A profile out of a file that somebody writes, or out of the catalogue."""

import tomllib
from decimal import Decimal
from pathlib import Path

from balancewatch.adapters import catalogue
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import Profile
from balancewatch.core.profile_table import ProfileError, Table
from balancewatch_cli.providers.directory import UnknownProviderError, named

_LARGEST = 256 * 1024
_ENDINGS = (".toml", ".json")


class ProfileFileError(ValueError):
    """No profile: one line for each thing that is wrong."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def profile_of(file_or_name: str) -> Profile:
    """The profile in a file (TOML, or JSON as an account holds it), or a shipped one by any of its names.

    Raises `ProfileFileError`.
    """
    path = Path(file_or_name)
    if not (file_or_name.endswith(_ENDINGS) or "/" in file_or_name):
        try:
            return named(file_or_name)
        except UnknownProviderError as error:
            raise ProfileFileError(f"--profile {file_or_name}: {error}") from None
    try:
        found = catalogue.profile(_table(path))
    except ProfileError as error:
        raise ProfileFileError(
            *(f"{path}: `{field}` {problem}" for field, problem in error.problems)
        ) from None
    if found is None:
        raise LookupError(file_or_name)
    return found


def _table(path: Path) -> Table:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ProfileFileError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > _LARGEST:
        raise ProfileFileError(f"{path} is larger than a profile can be")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ProfileFileError(f"{path} cannot be read: it is not UTF-8 text") from None
    found = _json(path, text) if path.suffix == ".json" else _toml(path, text)
    if not isinstance(found, dict):
        raise ProfileFileError(f"{path} must hold one object")
    return found


def _json(path: Path, text: str) -> object:
    try:
        return decode(text)
    except NotJsonError as error:
        raise ProfileFileError(f"{path} is not JSON: {error}") from None


def _toml(path: Path, text: str) -> object:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileFileError(f"{path} is not TOML: {error}") from None
