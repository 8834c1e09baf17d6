"""A balance over time, drawn with braille dots: its limits as lines, a mark where something was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.text import Text

ROWS = 12
_DOTS_X, _DOTS_Y = 2, 4
_BLANK = 0x2800
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille character: its left and its right column, from the top."""
_LEAST_WIDTH = 20
_DATE_EVERY = 14
"""So many columns at least from one date to the next."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A limit: a sign for its cells, a style, and from when on it lies where; None is nowhere."""

    sign: str
    style: str
    steps: Sequence[tuple[datetime, float | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """One character below the chart; of several in one column the highest rank is shown."""

    at: datetime
    sign: str
    style: str
    rank: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What to draw: a stretch of None is a gap."""

    points: Sequence[tuple[datetime, float | None]]
    lines: Sequence[Line]
    marks: Sequence[Mark]
    zone: ZoneInfo
    longest_hold: timedelta
    """How long an amount holds without a new one; longer is a gap."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a time and an amount lie on the grid of dots."""

    start: datetime
    span: timedelta
    low: float
    high: float
    columns: int

    def x(self, at: datetime) -> int:
        last = self.columns * _DOTS_X - 1
        return 0 if not self.span else min(max(int((at - self.start) / self.span * last), 0), last)

    def y(self, value: float) -> int:
        """From the top."""
        last = ROWS * _DOTS_Y - 1
        return round((self.high - value) / (self.high - self.low) * last)


def chart(picture: Picture, width: int) -> list[Text]:
    """The chart in lines, none wider than `width`."""
    labels = _labels(picture)
    margin = max(map(len, labels))
    columns = max(width - margin - 3, _LEAST_WIDTH)
    low, high = _bounds(picture)
    start, end = picture.points[0][0], picture.points[-1][0]
    scale = _Scale(start, end - start, low, high, columns)
    dots = _dots(picture, scale)
    limits = _limit_cells(picture.lines, scale)
    lines = []
    for row in range(ROWS):
        line = Text(f"{labels[row]:>{margin}} ┤" if labels[row] else f"{'':>{margin}} │", "dim", end="")
        for column in range(columns):
            bits = dots.get((column, row), 0)
            sign, style = limits.get((column, row), (" ", ""))
            line.append(chr(_BLANK + bits) if bits else sign, "" if bits else style)
        lines.append(line)
    lines.append(Text(f"{'0' if low == 0 else '':>{margin}} └{'─' * columns}", "dim"))
    lines.append(_mark_line(picture.marks, scale, margin))
    lines.append(_date_line(picture.zone, scale, margin))
    return lines


def _bounds(picture: Picture) -> tuple[float, float]:
    """From 0, or below where the balance was, to the highest, or 0."""
    values = [0.0, *(value for _, value in picture.points if value is not None)]
    low, high = min(values), max(values)
    return low, high if high > low else low + 1


def _labels(picture: Picture) -> list[str]:
    """The amounts at the top, the middle and, where it is not 0, the bottom."""
    low, high = _bounds(picture)
    labels = [""] * ROWS
    labels[0] = _short(high)
    labels[ROWS // 2] = _short((low + high) / 2)
    if low < 0:
        labels[-1] = _short(low)
    return labels


def _short(value: float) -> str:
    """As few characters as tell it from its neighbours."""
    for least, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= least:
            return f"{value / {'G': 1e9, 'M': 1e6, 'k': 1e3}[letter]:.1f}{letter}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"  # noqa: PLR2004  # three digits tell enough


def _dots(picture: Picture, scale: _Scale) -> Mapping[tuple[int, int], int]:
    """The line of the balance, cell by cell: each column from its lowest to its highest amount."""
    reach: dict[int, tuple[int, int]] = {}

    def draw(x: int, top: int, bottom: int) -> None:
        before = reach.get(x, (top, bottom))
        reach[x] = min(before[0], top), max(before[1], bottom)

    last: tuple[datetime, int, int] | None = None
    for at, value in picture.points:
        if value is None:
            last = None
            continue
        x, y = scale.x(at), scale.y(value)
        if last is not None and at - last[0] <= picture.longest_hold:
            for between in range(last[1], x):
                draw(between, last[2], last[2])
            draw(x, min(y, last[2]), max(y, last[2]))
        draw(x, y, y)
        last = at, x, y
    cells: dict[tuple[int, int], int] = {}
    for x, (top, bottom) in reach.items():
        for y in range(top, bottom + 1):
            cell = x // _DOTS_X, y // _DOTS_Y
            cells[cell] = cells.get(cell, 0) | _DOTS[x % _DOTS_X][y % _DOTS_Y]
    return cells


def _limit_cells(lines: Sequence[Line], scale: _Scale) -> Mapping[tuple[int, int], tuple[str, str]]:
    cells = {}
    for line in lines:
        for column in range(scale.columns):
            at = scale.start + scale.span * (column + 1) / scale.columns
            value = next((value for since, value in reversed(line.steps) if since <= at), None)
            if value is not None and scale.low <= value <= scale.high:
                cells[column, scale.y(value) // _DOTS_Y] = line.sign, line.style
    return cells


def _mark_line(marks: Sequence[Mark], scale: _Scale, margin: int) -> Text:
    shown: dict[int, Mark] = {}
    for mark in sorted(marks, key=lambda mark: mark.rank):
        shown[scale.x(mark.at) // _DOTS_X] = mark
    line = Text(f"{'sent':>{margin}}  " if margin >= len("sent") else " " * (margin + 2), "dim", end="")
    for column in range(max(shown, default=-1) + 1):
        found = shown.get(column)
        line.append(found.sign if found else " ", found.style if found else "")
    return line


def _date_line(zone: ZoneInfo, scale: _Scale, margin: int) -> Text:
    """Midnights of the zone, as many as there is room for; of a short history the hours."""
    line = [" "] * scale.columns
    step = _DAY if scale.span >= 2 * _DAY else timedelta(hours=1)
    at = scale.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    free = 0
    while at <= scale.start + scale.span:
        column = scale.x(at) // _DOTS_X
        text = f"{at:%b %d}" if step is _DAY else f"{at:%H:%M}"
        if at >= scale.start and column >= free and column + len(text) <= scale.columns:
            line[column : column + len(text)] = text
            free = column + _DATE_EVERY
        at += step
    return Text(" " * (margin + 2) + "".join(line).rstrip(), "dim")
