"""What became of a test, and what to do where a service did not take it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from balancewatch_relay.core.channel import UNUSABLE

NO_SERVICE: Final = f"its URL {UNUSABLE}"
"""Why nothing can be sent at all."""

_TODOS: Sequence[tuple[str, str]] = (
    (f"{re.escape(UNUSABLE)}|^cannot be used", "remove it, and add it anew by its kind"),
    (r"HTTP (429|5..)|busy|too many", "try again in some minutes"),
    ("signature is wrong", "give the secret that the bot shows now: add the channel anew with it"),
    (
        "'s check|signature instead|keyword",
        "let the bot check the signature only, and add the channel anew with its secret",
    ),
    ("dissolved", "make a bot in another group, and add its address in place of this"),
    ("switched off", "switch the robot on where the service shows it"),
    (
        "HTTP (400|401|403|404|410)|is wrong|does not exist|was removed",
        "take a new address where the service shows it, and add that in place of this",
    ),
    ("link that it holds for unsafe", "ask who manages the chat's service to allow links to your providers"),
    ("words that it does not allow", "give the accounts and the stack names that the service lets pass"),
    (
        "does not understand|does not know this type|too long|is empty|its plug-in failed",
        "this is a mistake of balancewatch: look for a newer version, or report it with what it answered",
    ),
    (
        "could not be reached|did not answer|certificate|is not JSON|has no code",
        "look at the host in its address, and at this computer's network and proxy; then try again",
    ),
)
"""By what the relay, or Apprise, says of a refusal: the first that is found in it counts."""
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
    return next((todo for pattern, todo in _TODOS if re.search(pattern, why)), _ELSE)
