"""The folder that keeps the embedded table between runs: locked for a run, written once, by rename."""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Item = dict[str, Any]
"""An item as DynamoDB's API writes it, types and all; only carried from the table to the file and back."""


class FolderError(Exception):
    """A folder that cannot be used: says why and what to do."""


class Folder:
    """One folder, locked."""

    def __init__(self, path: Path) -> None:
        self._file = path / "table.json"

    def load(self) -> Sequence[Item]:
        """The items of the last run; none at first. Raises `FolderError`."""
        try:
            items = json.loads(self._file.read_text("utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise FolderError(f"{self._file} cannot be read ({type(error).__name__}); move it away") from None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise FolderError(f"{self._file} is not a table of balancewatch; move it away")
        return items

    def save(self, items: Sequence[Item]) -> None:
        """Replace the items, all or nothing. Raises `FolderError`."""
        new = self._file.with_suffix(".new")
        try:
            with new.open("w", encoding="utf-8") as file:
                json.dump(items, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        except OSError as error:
            raise FolderError(f"{self._file} cannot be written: {error.strerror}") from None


@contextmanager
def locked(path: Path) -> Iterator[Folder]:
    """The folder, ours alone while the block runs. Raises `FolderError`."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        file = (path / "lock").open("w")
    except OSError as error:
        raise FolderError(f"the state folder {path} cannot be used: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderError(f"another command is running on {path}; wait for it, or give --state") from None
        yield Folder(path)
