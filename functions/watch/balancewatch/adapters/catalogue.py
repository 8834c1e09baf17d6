"""The profiles that ship, each read from its file when an account first names it."""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from balancewatch.core.profile import Profile
from balancewatch.core.profile_table import ProfileError, Table, parse_profile


def _folder() -> Traversable:
    return resources.files("balancewatch") / "catalogue"


def slugs() -> list[str]:
    """The names of all shipped profiles."""
    return sorted(
        file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml")
    )


def profile(wanted: str | Table) -> Profile | None:
    """A shipped profile by name, None where there is none; or an inline one. Raises `ProfileError`."""
    if isinstance(wanted, Mapping):
        return parse_profile("inline", wanted, _table)
    return _shipped(wanted)


def title(slug: str) -> str | None:
    """What people call a shipped provider; None for any other."""
    try:
        found = _shipped(slug)
    except ProfileError:
        return None
    return found.title if found else None


@cache
def _shipped(slug: str) -> Profile | None:
    table = _table(slug)
    return None if table is None else parse_profile(slug, table, _table)


@cache
def _table(slug: str) -> Table | None:
    if slug not in slugs():
        return None
    return tomllib.loads((_folder() / f"{slug}.toml").read_text("utf-8"), parse_float=Decimal)
