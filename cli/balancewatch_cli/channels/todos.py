"""What became of a test, and what to do where a service did not take it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

UNUSABLE: Final = "its URL is none that Apprise or the relay can use"
"""Why nothing can be sent at all."""

_ANEW = "take a new address where the service shows it, and add that in place of this"
_MENDED = "remove it, and add it anew by its kind"
_TODOS: Sequence[tuple[re.Pattern[str], str]] = (
    (re.compile(re.escape(UNUSABLE)), _MENDED),
    (re.compile(r"^cannot be used"), _MENDED),
    (re.compile(r"HTTP (429|5..)|busy|too many"), "try again in some minutes"),
    (
        re.compile(r"signature is wrong"),
        "give the secret that the bot shows now: add the channel anew with it",
    ),
    (
        re.compile(r"'s check|signature instead|keyword"),
        "let the bot check the signature only, and add the channel anew with its secret",
    ),
    (re.compile(r"HTTP (400|401|403|404|410)|is wrong|does not exist|was removed"), _ANEW),
    (
        re.compile(r"could not be reached|did not answer|certificate"),
        "look at the host in its address, and at this computer's network and proxy; then try again",
    ),
)
_ELSE = "look at the bot or integration where the service shows it"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one channel's test; `why` is None once the service took it."""

    label: str
    why: str | None

    @property
    def todo(self) -> str | None:
        """What to do about it."""
        return None if self.why is None else todo_of(self.why)


def todo_of(why: str) -> str:
    """What mends what kept a message from a service."""
    return next((todo for pattern, todo in _TODOS if pattern.search(why)), _ELSE)
