"""The colours of the page, for light and dark; a test computes that all of them can be told apart.

WCAG 2.2, level AA: 4.5 to 1 for text (1.4.3), 3 to 1 for what a picture says by lines and areas (1.4.11).
"""

from collections.abc import Mapping
from enum import StrEnum

Palette = Mapping[str, str]
"""Colours by name, as `#rrggbb`."""


class Theme(StrEnum):
    """Whether the page is light or dark; `auto` is as the reader's device is set."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


LIGHT: Palette = {
    "page": "#f3f5f7",
    "card": "#ffffff",
    "edge": "#7b8794",
    "ink": "#16191f",
    "faint": "#4d5761",
    "past": "#0b5cad",
    "fan": "#c4daf2",
    "fan-edge": "#4779b0",
    "limit": "#b3261e",
    "ok": "#10591f",
    "ok-back": "#e0f3e4",
    "warning": "#6b4600",
    "warning-back": "#fff0c7",
    "critical": "#8c1a10",
    "critical-back": "#fde0dc",
    "empty": "#ffffff",
    "empty-back": "#8c1a10",
    "unreachable": "#4f2a8a",
    "unreachable-back": "#ebe3f8",
    "unknown": "#424b54",
    "unknown-back": "#e9ecef",
}

DARK: Palette = {
    "page": "#0f141a",
    "card": "#19212b",
    "edge": "#6d7986",
    "ink": "#eceff2",
    "faint": "#aab5c0",
    "past": "#6cb2ff",
    "fan": "#24405f",
    "fan-edge": "#5b95d2",
    "limit": "#ff8a80",
    "ok": "#9be0a8",
    "ok-back": "#143420",
    "warning": "#ffd574",
    "warning-back": "#3f2f08",
    "critical": "#ffb3ab",
    "critical-back": "#4a1612",
    "empty": "#2a0603",
    "empty-back": "#ff9d93",
    "unreachable": "#d2b9ff",
    "unreachable-back": "#33214f",
    "unknown": "#c3ccd5",
    "unknown-back": "#2c3641",
}

TEXT = (
    *(("ink", back) for back in ("page", "card")),
    *(("faint", back) for back in ("page", "card")),
    *((badge, f"{badge}-back") for badge in ("ok", "warning", "critical", "empty", "unreachable", "unknown")),
    ("limit", "card"),
    ("unreachable", "card"),
)
"""Which colour is written on which."""

LINES = (("past", "card"), ("fan-edge", "card"), ("limit", "card"), ("edge", "page"), ("edge", "card"))
"""Which colour is drawn on which, and says something."""
