"""A run every so many seconds, until someone asks to stop: what a container's only process does."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from balancewatch_cli.status import ExitStatus


def rounds(
    seconds: float,
    run: Callable[[], int],
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Run, wait, run again; a run that takes longer skips the times that it missed.

    SIGTERM and SIGINT end it after the run that is under way, with status 0: the first process of a
    container ignores them unless it says otherwise.
    """
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)}
    began = clock()
    try:
        while True:
            run()
            if stopped.wait(seconds - (clock() - began) % seconds):
                return ExitStatus.OK
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
