"""Runs a program until standard input closes: however the parent ends, program and children end too."""

import os
import signal
import subprocess
import sys

if __name__ == "__main__":
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True) as process:
        sys.stdin.buffer.read()
        os.killpg(process.pid, signal.SIGKILL)
