"""Writes what was measured into `docs/reliability.md`, between its marks."""

import os
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"


def write(name: str, lines: list[str]) -> None:
    """Replace what stands between the marks of this name."""
    text = PAGE.read_text("utf-8")
    begin, end = f"<!-- begin: {name} -->\n", f"<!-- end: {name} -->\n"
    pattern = re.escape(begin) + ".*?" + re.escape(end)
    if len(re.findall(pattern, text, re.DOTALL)) != 1:
        raise ValueError(f"{PAGE.name} has no place for {name}")
    new = begin + "\n".join(lines) + "\n" + end
    PAGE.write_text(re.sub(pattern, lambda _: new, text, flags=re.DOTALL), "utf-8")


def measured(command: str, seconds: float) -> str:
    """With what, where and how long."""
    return f"`{command}`: {seconds / 60:.0f} min on Debian 12, {os.cpu_count()} shared cores, Python 3.11."
