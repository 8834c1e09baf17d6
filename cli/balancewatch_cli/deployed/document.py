"""The JSON of a secret as people keep it: exact, and laid out to be read."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal

Entry = Mapping[str, object]
"""One of a secret's list, as its owner wrote it."""


class EditError(ValueError):
    """A change that cannot be made: says which entry or field, and never a value."""


def written(value: object, depth: int | None) -> str:
    """The value as JSON, its numbers digit by digit; on one line where `depth` is None."""
    match value:
        case Mapping():
            pairs = [f"{_string(key)}: {written(each, _deeper(depth))}" for key, each in value.items()]
            return _bracketed("{", pairs, "}", depth)
        case list() | tuple():
            within = None if all(not isinstance(each, Mapping | list) for each in value) else depth
            return _bracketed("[", [written(each, _deeper(within)) for each in value], "]", within)
        case Decimal():
            return str(value)
        case _:
            return _string(value)


def _string(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _deeper(depth: int | None) -> int | None:
    return None if depth is None else depth + 1


def _bracketed(opening: str, parts: Iterable[str], closing: str, depth: int | None) -> str:
    inside = list(parts)
    if depth is None or not inside:
        return f"{opening}{', '.join(inside)}{closing}"
    indent = "  " * depth
    lines = f",\n{indent}  ".join(inside)
    return f"{opening}\n{indent}  {lines}\n{indent}{closing}"
