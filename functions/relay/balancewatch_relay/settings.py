"""From the environment to `Settings`: the only reader of `os.environ`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from balancewatch_relay.core.news import Language

VARIABLES = (
    "BALANCEWATCH_STACK",
    "BALANCEWATCH_TABLE",
    "BALANCEWATCH_CHANNELS",
    "BALANCEWATCH_LANGUAGE",
)
"""What the template sets; all are required."""


class SettingsError(ValueError):
    """An environment that the function cannot run with; names the variable, never its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are; `channels` is the secret's name."""

    stack: str
    table: str
    channels: str
    language: Language


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings. Raises `SettingsError`."""
    if missing := [name for name in VARIABLES if not environment.get(name)]:
        raise SettingsError(f"the environment lacks {', '.join(missing)}; the template sets them")
    stack, table, channels, language = (environment[name] for name in VARIABLES)
    if language not in set(Language):
        raise SettingsError(f"BALANCEWATCH_LANGUAGE must be one of {', '.join(Language)}")
    return Settings(stack, table, channels, Language(language))
