"""Every budget against its yardstick, in one run: `make bench`, some five minutes.

Prints a line a figure, and writes the table of docs/performance.md. Fails where a budget is missed and that
page does not say why, in a paragraph that begins with `**Budget 7**`.
"""

import argparse
import os
import platform
import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.speed.budget import Measured
from tests.benchmarks.speed.budgets import ALL

PAGE = Path(__file__).parents[3] / "docs/performance.md"
_BEGIN, _END = "<!-- begin: budgets -->\n", "<!-- end: budgets -->\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.benchmarks.speed", description=__doc__)
    parser.add_argument("only", nargs="*", help="parts to measure, without writing the page", metavar="PART")
    parser.add_argument("--keep", action="store_true", help="leave the page as it is")
    chosen = parser.parse_args()
    began = time.monotonic()
    found: list[Measured] = []
    for part in ALL:
        if not chosen.only or part.__name__ in chosen.only:
            with TemporaryDirectory() as folder:
                for measured in part(Path(folder), _progress):
                    found.append(measured)
                    _clear()
                    print(measured.line, flush=True)
    minutes = (time.monotonic() - began) / 60
    if not (chosen.only or chosen.keep):
        _write(found, minutes)
    return _judged(found)


def _judged(found: list[Measured]) -> int:
    """The exit status: 1 where a budget is missed without a word on why."""
    missed = {each.budget for each in found if not each.is_met}
    explained = {
        int(number) for number in re.findall(r"^\*\*Budget (\d+)\*\*", PAGE.read_text("utf-8"), re.MULTILINE)
    }
    for number in sorted(missed):
        where = "explained in" if number in explained else "NOT explained in"
        print(f"budget {number} is missed, {where} docs/performance.md")
    return int(bool(missed - explained))


def _write(found: list[Measured], minutes: float) -> None:
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    head = ("budget", "what", "measured", "limit", "", "against")
    rows = [
        head,
        tuple("---" for _ in head),
        *(each.row for each in sorted(found, key=lambda each: each.budget)),
    ]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    made = (
        f"`make bench` on {datetime.now(UTC):%Y-%m-%d}, {minutes:.0f} min: {_machine()}, "  # noqa: TID251
        f"Python {platform.python_version()}.\n\n"
    )
    PAGE.write_text(f"{before}{_BEGIN}{made}{table}\n{_END}{after}", "utf-8")


def _machine() -> str:
    """Processors, system, and how busy others kept it."""
    model = platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists() and (
        names := re.findall(r"^model name\s*: (.+)$", cpus.read_text("utf-8"), re.MULTILINE)
    ):
        model = names[0]
    system = (
        platform.freedesktop_os_release()["PRETTY_NAME"] if sys.platform == "linux" else platform.platform()
    )
    return f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f}, {system}"


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        _clear()
        sys.stderr.write(f"... {what}")
    else:
        sys.stderr.write(f"... {what}\n")
    sys.stderr.flush()


def _clear() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


if __name__ == "__main__":
    sys.exit(main())
