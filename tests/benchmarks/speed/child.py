"""Work in a process of its own, and what it took: processor time, wall time, peak memory."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.benchmarks.speed.processor import pin

T = TypeVar("T")

_TOO_LONG_S = 300


@dataclass(frozen=True, slots=True)
class Taken:
    """What a child's work took: seconds, MiB of peak resident memory, and what else it says."""

    cpu_s: float
    wall_s: float
    peak_mib: float
    said: Mapping[str, Any]


def report(work: Callable[[], T], say: Callable[[T], Mapping[str, Any]] = lambda _: {}) -> None:
    """In the child: do the work, and tell the parent what it took, without what was imported before."""
    pin(0)
    before, began = _cpu_s(), time.monotonic()
    found = work()
    cpu_s, wall_s = _cpu_s() - before, time.monotonic() - began
    said = {**say(found), "cpu_s": cpu_s, "wall_s": wall_s, "peak_mib": peak_mib()}
    print(f"\n{json.dumps(said)}", flush=True)
    os._exit(0)  # threads that wait for hosts which hang would hold the end back


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mib() -> float:
    """Of this process so far; what `getrusage` gives may be the parent's, from before."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    (line,) = (line for line in status.read_text("ascii").splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def run(
    module: str,
    argument: object = None,
    *,
    environment: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Taken:
    """Runs `python -m module 'argument as JSON'` and waits for what it reports."""
    done = subprocess.run(
        [sys.executable, *options, "-m", module, json.dumps(argument)],
        env=None if environment is None else {"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_TOO_LONG_S,
    )
    if done.returncode:
        raise RuntimeError(f"{module} {argument}\n{done.stderr[-4000:]}")
    said = json.loads(done.stdout.splitlines()[-1])
    return Taken(said.pop("cpu_s"), said.pop("wall_s"), said.pop("peak_mib"), said)
