"""Somebody who types at a command's questions."""

import getpass
import io
from collections.abc import Sequence

import pytest


class Terminal(io.StringIO):
    """Standard input, or standard error, that is a terminal."""

    def isatty(self) -> bool:
        return True


def typing(monkeypatch: pytest.MonkeyPatch, answers: str, secrets: Sequence[str] = ()) -> list[str]:
    """Type lines at what is shown, and secrets at what is not; the prompts of these, as they come."""
    prompts: list[str] = []
    waiting = list(secrets)

    def hidden(prompt: str, _: object) -> str:
        prompts.append(prompt)
        return waiting.pop(0)

    monkeypatch.setattr("sys.stdin", Terminal(answers))
    monkeypatch.setattr(getpass, "getpass", hidden)
    return prompts
