"""HTML and SVG as values: what is not markup already is escaped, so that nothing can be forgotten."""

from collections.abc import Mapping
from html import escape
from typing import NewType

Markup = NewType("Markup", str)
"""Text that is markup by being made here."""

NOTHING = Markup("")


def text(words: str) -> Markup:
    """The words, escaped; what cannot be printed, or turns the direction of reading, is a space."""
    return Markup(escape("".join(char if char.isprintable() else " " for char in words)))


def element(name: str, attributes: Mapping[str, str], *children: Markup) -> Markup:
    """An element; its attributes are escaped."""
    written = "".join(f' {key}="{text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{''.join(children)}</{name}>")


def classed(name: str, classes: str, *children: Markup) -> Markup:
    """An element with a class."""
    return element(name, {"class": classes}, *children)
