"""What `make cloud` prints: the steps with the seconds that they took, and then what happens, a line each."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from balancewatch_cloud.happenings import Happening

_TONES = {
    "ok": "green",
    "warning": "yellow",
    "critical": "bold red",
    "empty": "bold red",
    "unreachable": "magenta",
    "resolved": "green",
    "info": "cyan",
}
_INDENT = 2
_TIME, _KIND, _STEP = 8, 8, 9


class Screen:
    """A terminal, or a file, that is written to line by line."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        """Show that something is being done, and then how long it took."""
        began = time.monotonic()
        with self._console.status(f"{doing} ..."):
            yield
        self._row((name, "bold", _STEP), (f"{time.monotonic() - began:5.1f} s  {doing}", "", None))

    def say(self, text: str, style: str = "") -> None:
        """A line, or several."""
        self._console.print(Text(text, style))

    def show(self, happening: Happening) -> None:
        """One thing that happened."""
        self._row(
            (f"{happening.at:%H:%M:%S}", "dim", _TIME),
            (happening.kind, "bold" if happening.kind == "run" else "", _KIND),
            (happening.text, _TONES.get(happening.tone, ""), None),
        )

    def _row(self, *cells: tuple[str, str, int | None]) -> None:
        """Columns that stay where they are when the last one wraps."""
        grid = Table.grid(padding=(0, 2))
        for width in (_INDENT - 2, *(cell[2] for cell in cells)):
            grid.add_column(width=width, overflow="fold")
        grid.add_row("", *(Text(text, style) for text, style, _ in cells))
        self._console.print(grid)
