"""Runs of the command in processes that can be killed: each forked from one that has imported everything.

`python -m tests.mortals` reads a line of JSON for each run and answers with how it ended.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from balancewatch_cli.check import channels, standalone
from balancewatch_cli.main import main

ROOT = Path(__file__).parent.parent
_CONNECT = sqlite3.connect


class Nursery:
    """Where they come from."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, arguments: Sequence[str], at: datetime, dies_at: int | None = None) -> int:
        """Run `balancewatch` under a clock that shows `at`; its exit status, or the signal as a negative one.

        It is killed in its transaction number `dies_at`, just before that is committed.
        """
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError
        line = json.dumps({"arguments": list(arguments), "at": at.isoformat(), "dies_at": dies_at})
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """It has only one thread, so that forking is safe."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": "0"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mortals"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    ) as process:
        yield Nursery(process)
        if process.stdin is not None:
            process.stdin.close()


def _live(arguments: Sequence[str], at: datetime, dies_at: int | None) -> int:
    numbers = count(1)

    def step(statement: str) -> None:
        if statement == "COMMIT" and next(numbers) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def connect(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = _CONNECT(*args, **kwargs)
        connection.set_trace_callback(step)
        return connection

    clock = patch.object(standalone, "_now", lambda: at)
    with patch.object(sqlite3, "connect", connect), clock, patch.object(channels, "_now", lambda: at):
        return main(arguments)


def _serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            os._exit(_live(order["arguments"], datetime.fromisoformat(order["at"]), order["dies_at"]))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201  # the answer


if __name__ == "__main__":
    channels.channels_of(["json://localhost"], None, None, {})  # Apprise reads its plug-ins at its first use
    _serve()
