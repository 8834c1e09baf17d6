"""Which processor a process runs on: who asks and who answers must not compete for one."""

import os


def pin(place: int) -> None:
    """Keeps this process on one processor, the first (0) or the last (-1), where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[place]})
