"""Strict JSON: exact decimals, and no duplicate keys, NaN, byte-order mark or endless nesting."""

import json
import re
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import NoReturn

_LONGEST_NUMBER = 400
_TYPOGRAPHIC = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb\uff02]")
_KEY_OR_BRACE = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]')


class _RepeatedKeyError(Exception):
    """An object that holds a key twice."""


class NotJsonError(ValueError):
    """A text that is not strict JSON. Says what and where, and never quotes the text."""


def decode(text: str, *, names: Collection[str] = ()) -> object:
    """The value of a JSON text, its numbers as `Decimal`.

    `names` are the keys that an error may show: others could be pasted secrets. With them, an error also
    says where a key occurs for the second time. Raises `NotJsonError`.
    """
    if text.startswith("\ufeff"):
        raise NotJsonError("line 1 column 1: a byte-order mark stands before the JSON; save it without one")

    try:
        return json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except json.JSONDecodeError as error:
        raise NotJsonError(_mistake(text, error)) from None
    except _RepeatedKeyError:
        raise NotJsonError(_repeated(text, names) if names else "a key occurs twice in one object") from None
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKeyError
    return found


def _mistake(text: str, error: json.JSONDecodeError) -> str:
    where = _place(text, error.pos)
    if _TYPOGRAPHIC.match(text, error.pos):
        return f'{where}: a typographic quotation mark; use straight ones (")'
    if text[: error.pos].rstrip().endswith(",") and text[error.pos : error.pos + 1] in ("}", "]"):
        return f"{where}: a comma stands before the closing bracket; remove it"
    what = error.msg.removesuffix(" at").removesuffix(" starting")
    start = text.rfind("\n", 0, error.pos) + 1
    end = text.find("\n", start)
    mark = _TYPOGRAPHIC.search(text, start, len(text) if end < 0 else end)
    hint = f" (a typographic quotation mark in {_place(text, mark.start())} may be why)" if mark else ""
    return f"{where}: {what[:1].lower()}{what[1:]}{hint}"


def _repeated(text: str, names: Collection[str]) -> str:
    """Which key an object holds twice, and where: all before it is known to be JSON."""
    objects: list[set[str]] = []
    for found in _KEY_OR_BRACE.finditer(text):
        if found[0] == "{":
            objects.append(set())
        elif found[0] == "}":
            objects.pop()
        elif found[2]:
            key = json.loads(found[1])
            if key in objects[-1]:
                shown = f"the key `{key}`" if key in names else "a key"
                return f"{_place(text, found.start())}: {shown} occurs twice in one object"
            objects[-1].add(key)
    return "a key occurs twice in one object"


def _place(text: str, position: int) -> str:
    line = text.count("\n", 0, position) + 1
    return f"line {line} column {position - text.rfind(chr(10), 0, position)}"


def _number(digits: str) -> Decimal:
    if len(digits) > _LONGEST_NUMBER:
        raise NotJsonError("a number has too many digits")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise NotJsonError("a number is out of all bounds") from None


def _refuse(_: str) -> NoReturn:
    raise NotJsonError("NaN and infinities are not JSON numbers")
