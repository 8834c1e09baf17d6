"""Runs MiniStack, in its own environment, for as long as its parent lives.

Standard input is a pipe whose other end is the parent's: however that ends, also when it is killed, the pipe
closes, and the emulator stops cleanly, keeps its state, and takes the functions with it.
"""

import asyncio.constants
import os
import signal
import sys
import threading

from ministack import app
from ministack.services import cloudwatch

_LAST_S = 20


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_LAST_S)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Serve until the parent is gone or says SIGTERM."""
    asyncio.constants.SSL_SHUTDOWN_TIMEOUT = 0.5  # else an idle client holds up the end for 30 s
    # There are no settings for these two. It would listen at port 443 as well.
    app._port_is_bindable = lambda *_: False  # noqa: SLF001
    # It would judge alarms at each metric, all of a name merged whatever their dimensions: see alarms.py.
    cloudwatch._evaluate_alarm = lambda _: None  # noqa: SLF001
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]
    try:
        app.main()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    main()
