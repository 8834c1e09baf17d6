"""Strict JSON: exact decimals, and no duplicate keys, NaN, byte-order mark or endless nesting."""

import json
from collections.abc import Collection
from decimal import Decimal, InvalidOperation
from typing import NoReturn

_LONGEST_NUMBER = 400
_TYPOGRAPHIC = "\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"


class NotJsonError(ValueError):
    """A text that is not strict JSON. Says what and where, and never quotes the text."""


def decode(text: str, *, names: Collection[str] = ()) -> object:
    """The value of a JSON text, its numbers as `Decimal`.

    `names` are the keys that an error may show: others could be pasted secrets. Raises `NotJsonError`.
    """
    if text.startswith("\ufeff"):
        raise NotJsonError("line 1 column 1: a byte-order mark stands before the JSON; save it without one")

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            shown = f"the key `{twice}`" if twice in names else "a key"
            raise NotJsonError(f"{shown} occurs twice in one object")
        return found

    try:
        return json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse,
            object_pairs_hook=unique,
        )
    except json.JSONDecodeError as error:
        raise NotJsonError(_place(text, error)) from None
    except RecursionError:
        raise NotJsonError("it is nested too deeply") from None


def _place(text: str, error: json.JSONDecodeError) -> str:
    where = f"line {error.lineno} column {error.colno}"
    if text[error.pos : error.pos + 1] in _TYPOGRAPHIC and error.pos < len(text):
        return f'{where}: a typographic quotation mark; use straight ones (")'
    return f"{where}: {error.msg[:1].lower()}{error.msg[1:]}"


def _number(digits: str) -> Decimal:
    if len(digits) > _LONGEST_NUMBER:
        raise NotJsonError("a number has too many digits")
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise NotJsonError("a number is out of all bounds") from None


def _refuse(_: str) -> NoReturn:
    raise NotJsonError("NaN and infinities are not JSON numbers")
