"""What a provider answers becomes a balance with the right number, or a failure with a reason.

Recorded answers stand in `tests/responses/<provider>/<what it is>.toml`: what came (`answer`), what the
account says besides name, provider and token (`account`), further answers (`more`), and the whole reading
(`expected`). A new file is a new test. The token of every account is `TOKEN`.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import NoResponse
from balancewatch.core.reading import Balance, Failure, Reason
from balancewatch.core.selection import MAIN, Place
from tests.answers import (
    RECORDED,
    RESPONSES,
    SLUGS,
    TOKEN,
    account_at,
    account_of,
    body_of,
    exchange,
    read,
    recorded,
)


@pytest.mark.parametrize("path", RECORDED, ids=[f"{path.parent.name} {path.stem}" for path in RECORDED])
def test_a_recorded_answer_reads_as_written_beside_it(path: Path) -> None:
    """Every field of it: what the file does not expect is not there."""
    case = recorded(path)
    status, expected = case["answer"]["status"], dict(case["expected"])
    reading = read(
        account_of(path.parent.name, **case.get("account", {})),
        status,
        case["answer"]["body"].encode(),
        case.get("more", ()),
    )
    match reading:
        case Failure():
            assert (reading.reason, reading.detail) == (expected["reason"], expected["detail"])
            advice = reading.advice or ""
            assert [words for words in expected.get("advice", []) if words not in advice] == []
            assert bool(advice) == ("advice" in expected)
            came = [exchange(each["status"]) for each in (case["answer"], *case.get("more", ()))]
            assert reading.exchange in came
            assert reading.suspect is None
        case Balance():
            for name in {"remaining", "used", "threshold"} & expected.keys():
                expected[name] = Decimal(expected[name])
            whole = {"remaining": None, "scale": reading.scale, **expected}
            assert reading == Balance(**whole, exchange=exchange(status))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_provider_has_a_recorded_balance_and_a_recorded_failure(slug: str) -> None:
    """A profile without one has never been tried."""
    found = [recorded(path)["expected"] for path in RECORDED if path.parent.name == slug]
    assert any("remaining" in expected for expected in found)
    assert any("reason" in expected for expected in found)


def test_every_folder_of_recorded_answers_is_a_provider() -> None:
    """Otherwise nobody reads them."""
    assert {path.name for path in RESPONSES.iterdir() if path.is_dir()} <= set(SLUGS)


def planted(slug: str, written: str) -> str:
    """The recorded answer with another figure at that path, and where the used one stands."""
    answer, whole = account_at(slug).profile.answer, body_of(slug)
    sources = [
        term.of.at.source for term in (answer.remaining[0], *answer.used) if isinstance(term.of, Place)
    ]
    for source in sources:
        *outer, last = source.split(".")
        inner = whole
        for step in outer:
            inner = inner.setdefault(step, {})
        inner[last] = "@number@"
    return json.dumps(whole).replace('"@number@"', written)


FEW = ("laozhang", "openrouter", "novita", "stability")
"""What these meet here, every profile meets over HTTP in the battery."""


NO_NUMBERS = {
    "NaN": "NaN",
    "infinity": "-Infinity",
    "1e400": "1e400",
    "an exponent of seven digits": "1e9999999",
    "an exponent of twenty digits": "1e99999999999999999999",
    "a flag": "true",
    "null": "null",
    "an empty list": "[]",
    "a list of flags": "[true]",
    "an object": "{}",
    "empty text": '""',
    "words": '"plenty"',
    "NaN in text": '"NaN"',
    "1e400 in text": '"1e400"',
    "a comma nobody understands": '"1,2"',
    "an enormous number": "9" * 60,
    "500,000 digits": "9" * 500_000,
    "500,000 digits behind the point": "0." + "9" * 500_000,
    "more figures than anybody has": "[" + "1," * 1000 + "1]",
}


@pytest.mark.parametrize("slug", FEW)
@pytest.mark.parametrize("written", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_no_balance(slug: str, written: str) -> None:
    """A failure, and neither 0 nor an exception."""
    reading = read(account_at(slug), 200, planted(slug, written).encode())
    assert isinstance(reading, Failure)
    assert reading.reason is Reason.BAD_ANSWER


NUMBERS = {
    "as text": ('"1000000"', 1_000_000),
    "as text with commas": ('"1,000,000"', 1_000_000),
    "as text with a sign and spaces": ('" +1e6 "', 1_000_000),
    "below zero": ("-250000", -250_000),
    "zero": ("0", 0),
    "a fraction": ("0.5e1", 5),
    "in a list": ("[250000, 250000]", 500_000),
}


@pytest.mark.parametrize("slug", [slug for slug in FEW if slug != "openrouter"])  # which has two terms
@pytest.mark.parametrize(("written", "number"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_read_however_it_is_written(slug: str, written: str, number: int) -> None:
    """And divided by the provider's scale, once and exactly."""
    answer = account_at(slug).profile.answer
    reading = read(account_at(slug), 200, planted(slug, written).encode())
    scale = answer.remaining[0].scale or answer.scale
    assert isinstance(reading, Balance)
    assert isinstance(scale, Decimal)
    assert reading.remaining == number / scale
    assert reading.used == (number / scale if answer.used else None)


def ok_text(slug: str) -> str:
    return json.dumps(body_of(slug))


HOSTILE: dict[str, Callable[[str], bytes]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b" \r\n",
    "an empty object": lambda _: b"{}",
    "an empty list": lambda _: b"[]",
    "null": lambda _: b"null",
    "true": lambda _: b"true",
    "a number": lambda _: b"42",
    "text": lambda _: b'"ok"',
    "ok and nothing else": lambda _: b'{"success": true}',
    "data that is a list": lambda _: b'{"success": true, "data": []}',
    "data that is text": lambda _: b'{"success": true, "data": "500000"}',
    "cut off": lambda slug: ok_text(slug)[:-2].encode(),
    "two answers": lambda slug: (ok_text(slug) * 2).encode(),
    "a key twice": lambda slug: f'{ok_text(slug)[:-1]}, "{next(iter(body_of(slug)))}": true}}'.encode(),
    "not UTF-8": lambda slug: (ok_text(slug)[:-1] + ', "name": "\u00e9"}').encode("latin-1"),
    "UTF-16": lambda slug: ok_text(slug).encode("utf-16"),
    "UTF-16 without a mark": lambda slug: ok_text(slug).encode("utf-16-le"),
    "UTF-32": lambda slug: ok_text(slug).encode("utf-32"),
    "gzip that nobody opened": lambda _: b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
    "zeros": lambda _: bytes(1000),
    "a page": lambda _: b"<!DOCTYPE html><html>welcome</html>",
    "a page of a shield": lambda _: b"<html><title>Just a moment...</title></html>",
    "XML": lambda _: b"<?xml version='1.0'?><quota>5</quota>",
    "500,000 brackets": lambda _: b"[" * 500_000,
    "500,000 braces": lambda _: b'{"data":' * 500_000,
    "deep but whole": lambda _: b"[" * 100_000 + b"]" * 100_000,
    "one of 40,000 keys twice": lambda _: (
        "{" + ",".join(f'"{n}":{n}' for n in range(40_000)) + ',"39999":1}'
    ).encode(),
}


@pytest.mark.parametrize("slug", FEW)
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_answer_is_a_failure_at_any_status(slug: str, body: Callable[[str], bytes]) -> None:
    """In words of ours that fit a message, whatever it is."""
    written = body(slug)
    for status in (200, 203, 204, 300, 400, 500) if len(written) < 10_000 else (200,):
        reading = read(account_at(slug), status, written)
        assert isinstance(reading, Failure)
        assert 0 < len(reading.detail) <= 200
        assert reading.detail.isprintable()
        if status < 300:
            assert reading.reason is Reason.BAD_ANSWER


STATUSES = {
    401: Reason.UNAUTHORIZED,
    403: Reason.FORBIDDEN,
    404: Reason.NOT_FOUND,
    405: Reason.NOT_FOUND,
    410: Reason.NOT_FOUND,
    429: Reason.RATE_LIMITED,
}


SOME_STATUSES = (*range(400, 432), 451, 499, *range(500, 512), 520, 530, 599)


@pytest.mark.parametrize("slug", SLUGS)
def test_an_error_status_is_a_failure_whatever_the_body_says(slug: str) -> None:
    """Unless the provider's documentation says what one means."""
    account = account_at(slug)
    for status, body in product(SOME_STATUSES, (b"", b"{}", b"<html>", ok_text(slug).encode())):
        reading = read(account, status, body)
        rule = next(
            (
                rule
                for rule in account.profile.errors
                if status in rule.statuses and not (rule.message or rule.when)
            ),
            None,
        )
        if rule is not None and rule.means == "empty":
            assert isinstance(reading, Balance)
            assert (reading.remaining, reading.spendable) == (None, False)
            continue
        assert isinstance(reading, Failure)
        usual = STATUSES.get(status, Reason.SERVER_ERROR if status >= 500 else Reason.REJECTED)
        assert reading.reason == (usual if rule is None else rule.means)
        assert reading.advice == (None if rule is None else rule.advice)


def test_no_answer_keeps_its_reason() -> None:
    """What the network says is not judged again."""
    none = NoResponse(Reason.TIMEOUT, "no answer within 10 seconds", exchange(0))
    assert read_answer(account_at("laozhang"), {MAIN: [none]}) == Failure(
        Reason.TIMEOUT, "no answer within 10 seconds", exchange(0)
    )


def json_values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(TOKEN)
    keys = st.sampled_from(["success", "message", "data", "quota", "status", "remain_balance", "error", "x"])
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=12,
    )


def parts(text: str) -> Iterator[str]:
    return (text[at : at + 6] for at in range(len(text) - 5))


@settings(deadline=None, max_examples=300)
@given(
    slug=st.sampled_from(SLUGS),
    status=st.sampled_from([200, 200, 200, 401, 403, 404, 429, 500]) | st.integers(100, 599),
    body=st.binary(max_size=80)
    | json_values().map(lambda value: json.dumps(value).encode())
    | st.text(max_size=30).map(lambda text: json.dumps({"success": False, "message": text + TOKEN}).encode()),
)
def test_any_bytes_at_any_status_are_a_reading_without_the_token(slug: str, status: int, body: bytes) -> None:
    """Never an exception, whatever comes."""
    reading = read(account_at(slug), status, body)
    shown = repr(reading)
    assert not [part for part in parts(TOKEN) if part in shown]
    match reading:
        case Failure():
            assert 0 < len(reading.detail) <= 200
        case Balance():
            assert status // 100 == 2
            assert reading.unlimited or reading.remaining is not None
