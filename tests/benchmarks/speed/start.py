"""What is imported when Lambda starts: `python -S -m tests.benchmarks.speed.start '"ours"'`."""

import resource
import sys

from tests.benchmarks.speed.processor import pin


def _ours() -> None:
    """The handler, with its clients of the table and of the secret."""
    from balancewatch import app  # noqa: PLC0415

    app.parts()


def _bare() -> None:
    """What a function of this kind imports anyway."""
    import aws_lambda_powertools  # noqa: F401, PLC0415
    import boto3  # noqa: F401, PLC0415
    import requests  # noqa: F401, PLC0415


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    # Not by `child.report`: what that imports is to be counted here.
    pin(0)
    before = _cpu_s()
    {"ours": _ours, "bare": _bare}[sys.argv[1].strip('"')]()
    print(f'{{"cpu_s": {_cpu_s() - before}, "wall_s": 0, "peak_mib": 0}}')
