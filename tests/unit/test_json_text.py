"""JSON is read strictly, and an error says where without quoting what."""

import time
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.core.json_text import NotJsonError, decode

NAMES = ("accounts", "name", "token")


def test_numbers_are_exact_decimals() -> None:
    """Whole ones, fractions and exponents."""
    assert decode('{"a": [1, 985.42, -0.1e2], "b": {"c": true, "d": null, "e": "1"}}') == {
        "a": [Decimal(1), Decimal("985.42"), Decimal(-10)],
        "b": {"c": True, "d": None, "e": "1"},
    }
    assert decode("0.1") == Decimal("0.1")


MISTAKES = {
    "nothing": ("", "line 1 column 1: expecting value"),
    "blank": (" \n ", "line 2 column 2: expecting value"),
    "words": ('{"name": prod}', "line 1 column 10: expecting value"),
    "cut off": ('{"name": "prod"', "line 1 column 16: expecting ',' delimiter"),
    "a comma too many": (
        '{\n "accounts": [\n  {"name": "a"},\n ]\n}',
        (
            "line 4 column 2: a comma stands before the closing bracket; remove it",
            "line 3 column 16: illegal trailing comma before end of array",
        ),
    ),
    "a comma too few": ('{"a": 1\n "b": 2}', "line 2 column 2: expecting ',' delimiter"),
    "two values": ("{} {}", "line 1 column 4: extra data"),
    "a line end in text": ('{"a": "x\ny"}', "line 1 column 9: invalid control character"),
    "text without an end": ('{"a": "x}', "line 1 column 7: unterminated string"),
    "a byte-order mark": (
        '\ufeff{"accounts": []}',
        "line 1 column 1: a byte-order mark stands before the JSON; save it without one",
    ),
    "a smart quote before a name": (
        "{\n  \u201cname\u201d: 1}",
        'line 2 column 3: a typographic quotation mark; use straight ones (")',
    ),
    "a smart quote before a value": (
        '{"name": \u2018prod\u2019}',
        'line 1 column 10: a typographic quotation mark; use straight ones (")',
    ),
    "a smart quote at the end only": (
        '{"name\u201d: "prod"}',
        (
            "line 1 column 11: expecting ':' delimiter"
            " (a typographic quotation mark in line 1 column 7 may be why)"
        ),
    ),
    "a full-width quote": (
        "{\uff02name\uff02: 1}",
        'line 1 column 2: a typographic quotation mark; use straight ones (")',
    ),
    "NaN": ('{"a": NaN}', "NaN and infinities are not JSON numbers"),
    "infinity": ('{"a": -Infinity}', "NaN and infinities are not JSON numbers"),
    "too many digits": (f'{{"a": {"9" * 401}}}', "a number has too many digits"),
    "half a million digits": ("9" * 500_000, "a number has too many digits"),
    "an exponent beyond decimals": ("1e99999999999999999999", "a number is out of all bounds"),
    "half a million brackets": ("[" * 500_000, "it is nested too deeply"),
    "half a million braces": ('{"a":' * 500_000, "it is nested too deeply"),
    "a known key twice": (
        '{"accounts": [\n  {"name": "a", "token": "1"},\n  {"token": "2", "token": "3"}\n]}',
        "line 3 column 18: the key `token` occurs twice in one object",
    ),
    "an unknown key twice": (
        '{"sk-12345": "{\\"name\\": {", "sk-12345": 2}',
        "line 1 column 30: a key occurs twice in one object",
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_an_error_says_what_is_wrong_and_where(text: str, expected: str | tuple[str, ...]) -> None:
    """Line and column, and a hint where people usually go wrong."""
    with pytest.raises(NotJsonError) as caught:
        decode(text, names=NAMES)
    assert str(caught.value) in ([expected] if isinstance(expected, str) else expected)


def test_the_same_key_in_two_objects_is_no_repetition() -> None:
    """Also where one object holds the other."""
    assert decode('{"name": {"name": 1}, "x": [{"name": 2}, {"name": 3}]}', names=NAMES) == {
        "name": {"name": 1},
        "x": [{"name": 2}, {"name": 3}],
    }


def test_a_repeated_key_among_very_many_is_found_at_once() -> None:
    """A hostile answer of 1 MiB must not hold up the other accounts."""
    keys = ",".join(f'"{number}":1' for number in range(80_000))
    started = time.process_time()
    with pytest.raises(NotJsonError, match="a key occurs twice"):
        decode(f'{{{keys},"79999":2}}')
    assert time.process_time() - started < 5


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from('{}[]":,0159.eE+-\\u \n\u201cabtrue'), max_size=60))
def test_any_text_is_a_value_or_a_mistake(text: str) -> None:
    """Never another exception."""
    with suppress(NotJsonError):
        decode(text, names=NAMES)
