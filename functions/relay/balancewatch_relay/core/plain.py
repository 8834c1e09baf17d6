"""A title and a text, for all services that take no form of their own."""

import re
from typing import Final

from balancewatch_relay.core.message import Message, cut, in_bytes, shortened

LONGEST: Final = 4_000
"""Bytes of title and text: of what takes more, a chat shows less, and ntfy makes a file."""

_LONGEST_TITLE = 250
_MARKUP = re.compile(r"[\\`*_\[\]<>]")


def in_text(message: Message, longest: int = LONGEST) -> tuple[str, str]:
    """Title and text, the link as it is."""
    title, room = _titled(message, longest)
    link = "" if message.link is None else f"\n{message.link.label}: {message.link.url}"
    return title, shortened(message, _left(room, link), in_bytes) + link


def in_markdown(message: Message, longest: int = LONGEST) -> tuple[str, str]:
    """Title and paragraphs, since a single line end is none in markdown, and the link as one."""
    title, room = _titled(message, longest)
    link = "" if message.link is None else f"\n\n[{message.link.label}]({message.link.url})"
    text = shortened(message, _left(room, link), lambda text: in_bytes(_escaped(text)))
    return title, _escaped(text) + link


def _titled(message: Message, longest: int) -> tuple[str, int]:
    """The title, and what it leaves for the rest."""
    title = cut(message.title, _LONGEST_TITLE, in_bytes)
    return title, min(longest, LONGEST) - in_bytes(title)


def _left(room: int, link: str) -> int:
    """What the link and a line end or two leave for the lines."""
    return max(room - in_bytes(link) - 10, 1)


def _escaped(text: str) -> str:
    """Markup only, and no dot: not every app that shows markdown knows all escapes."""
    return _MARKUP.sub(r"\\\g<0>", text).replace("\n", "\n\n")
