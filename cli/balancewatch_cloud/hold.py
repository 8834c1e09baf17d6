"""One local cloud at a time in a folder: who holds it, and asking that process to end."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from balancewatch_cloud.place import CloudError

_STOP_S = 60


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder, ours alone while the block runs. Raises `CloudError`."""
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CloudError(
                f"it is already running (process {_holder(folder)}); end it with: make cloud-stop"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def stop(folder: Path) -> int | None:
    """Ask the holder to end and wait until it has; its process id, None where nobody holds the folder.

    Raises `CloudError`. The number in the file counts only while the lock is held, so a process that
    got the same number later is never asked.
    """
    try:
        file = (folder / "lock").open("r")
    except FileNotFoundError:
        return None
    asked = None
    with file:
        ends = time.monotonic() + _STOP_S
        while time.monotonic() < ends:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                holder = _holder(folder)
                if holder and holder != asked:
                    os.kill(holder, signal.SIGTERM)
                    asked = holder
                time.sleep(0.1)
            else:
                return asked
    raise CloudError(f"process {asked} did not end in {_STOP_S} s")


def _holder(folder: Path) -> int:
    """Its process id; 0 in the moment before it is written."""
    return int((folder / "lock").read_text("utf-8") or 0)
