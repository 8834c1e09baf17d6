"""The noise table as a picture: three groups of bars, as SVG that reads on white and on dark."""

from collections.abc import Callable, Mapping
from html import escape

from tests.benchmarks.scores import Score

_WIDTH = 880
_LEFT, _PANEL, _GAP = 170, 200, 30
_BAR, _STEP = 16, 26
_TOP = 56

_PANELS: tuple[tuple[str, str, Callable[[Score], float], str], ...] = (
    ("notices per episode", "fewer is better", lambda score: score.notices_per_episode, "{:.1f}"),
    ("hours of warning (median)", "more is better", lambda score: score.usual_warning, "{:.0f} h"),
    ("episodes missed", "0 is right", lambda score: float(score.missed), "{:.0f}"),
)

_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .dim { fill: #57606a; font-size: 11px }
    .head { font-weight: 600 }
    .ours { fill: #1a7f37 } .other { fill: #8c959f } .axis { stroke: #8c959f }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .dim { fill: #9198a1 } .ours { fill: #3fb950 } .other { fill: #6e7681 }
    }
"""


def bars(scores: Mapping[str, Score]) -> str:
    """The picture; the first rule is ours."""
    height = _TOP + _STEP * len(scores) + 14
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    label = "Notices per episode, hours of warning and episodes missed"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">',
        f"  <style>{_STYLE}  </style>",
    ]
    for row, name in enumerate(scores):
        parts.append(_text(_LEFT - 12, _row(row) + 13, name, "head" if row == 0 else "", anchor="end"))
    for column, (title, better, value, form) in enumerate(_PANELS):
        left = _LEFT + column * (_PANEL + _GAP)
        parts += [_text(left, 22, title, "head"), _text(left, 40, better, "dim")]
        parts.append(
            f'  <line class="axis" x1="{left}" y1="{_TOP - 6}" x2="{left}" y2="{_row(len(scores)) - 4}"/>'
        )
        most = max(1.0, *map(value, scores.values()))
        for row, each in enumerate(scores.values()):
            wide = value(each) / most * (_PANEL - 46)
            kind = "ours" if row == 0 else "other"
            place = f'x="{left}" y="{_row(row)}" width="{wide:.1f}" height="{_BAR}"'
            parts.append(f'  <rect class="{kind}" {place} rx="2"/>')
            parts.append(_text(left + wide + 6, _row(row) + 13, form.format(value(each)), ""))
    return "\n".join([*parts, "</svg>", ""])


def _row(row: int) -> int:
    return _TOP + _STEP * row


def _text(x: float, y: float, text: str, kind: str, *, anchor: str = "start") -> str:
    css = f' class="{kind}"' if kind else ""
    return f'  <text x="{x:.1f}" y="{y}" text-anchor="{anchor}"{css}>{escape(text)}</text>'
