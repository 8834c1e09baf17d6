"""The shipped profiles as people look for them: by slug, title, other names and host."""

import difflib
from collections.abc import Iterable, Sequence
from functools import cache
from urllib.parse import urlsplit

from balancewatch.adapters import catalogue
from balancewatch.core.profile import Profile

_MOST_SHOWN = 5
_NEAR = 0.7
"""How alike a name must be to be meant: at 0.6, `litelm` may mean `diem`."""
_NONE_NEAR = "`balancewatch providers list` shows them all, docs/not-watched.md who cannot be watched"


class UnknownProviderError(LookupError):
    """A name that no shipped profile has, or that several have."""


@cache
def profiles() -> Sequence[Profile]:
    """All that ship, by slug."""
    return tuple(found for slug in catalogue.slugs() if (found := catalogue.profile(slug)) is not None)


def matching(word: str) -> Sequence[Profile]:
    """Those of which a slug, a title, another name or the host holds the word."""
    wanted = word.casefold()
    return tuple(each for each in profiles() if any(wanted in name for name in _names(each)))


def named(name: str) -> Profile:
    """The one that is called so. Raises `UnknownProviderError`, whose text says what may be meant."""
    wanted = name.casefold()
    by_slug = [each for each in profiles() if each.name == wanted]
    found = by_slug or [each for each in profiles() if wanted in _names(each)]
    match found:
        case [one]:
            return one
        case []:
            raise UnknownProviderError(f"no such provider; {_hint(wanted)}")
        case _:
            raise UnknownProviderError(f"several providers are called so: {_listed(found)}")


def at_host(base_url: str) -> Sequence[Profile]:
    """Those whose own address is at the same host."""
    host = urlsplit(base_url).hostname
    return tuple(each for each in profiles() if each.base_url and urlsplit(each.base_url).hostname == host)


def _names(profile: Profile) -> Iterable[str]:
    host = urlsplit(profile.base_url).hostname if profile.base_url else None
    return [name.casefold() for name in (profile.name, profile.title, *profile.aliases, host or "")]


def _hint(wanted: str) -> str:
    by_name = {name: each for each in profiles() for name in _names(each)}
    near = difflib.get_close_matches(wanted, by_name, n=_MOST_SHOWN, cutoff=_NEAR)
    found = [*(by_name[name] for name in near), *(matching(wanted) if wanted.strip() else ())]
    return f"did you mean {_listed(found)}?" if found else _NONE_NEAR


def _listed(found: Iterable[Profile]) -> str:
    slugs = list(dict.fromkeys(f"`{each.name}`" for each in found))[:_MOST_SHOWN]
    return slugs[0] if len(slugs) == 1 else f"{', '.join(slugs[:-1])} or {slugs[-1]}"
