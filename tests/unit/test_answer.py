"""What a provider answers becomes a balance with the right number, or a failure with a reason.

Recorded answers stand in `tests/responses/<provider>/<what it is>.toml`: what came (`answer`), what the
account says besides name, provider and token (`account`), and the whole reading (`expected`). A new file is
a new test. The token of every account is `TOKEN`.
"""

import json
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import NoResponse, Response
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason

TOKEN = "sk-aQ7z4Vw9Lm2Xt6Rb8Yc1K9xyz"
STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
RESPONSES = Path(__file__).parents[1] / "responses"
RECORDED = sorted(RESPONSES.glob("*/*.toml"))
SLUGS = catalogue.slugs()


def exchange(status: int) -> Exchange:
    return Exchange(datetime(2026, 11, 22, 4, tzinfo=UTC), 301, status)


def account_of(provider: object, **fields: object) -> Account:
    entry = {"name": "prod", "provider": provider, "token": TOKEN, **fields}
    (account,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK).entries
    assert isinstance(account, Account), account
    return account


def read(account: Account, status: int, body: bytes) -> Reading:
    return read_answer(account, Response(body, "application/json", exchange(status)))


@cache
def recorded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", RECORDED, ids=[f"{path.parent.name} {path.stem}" for path in RECORDED])
def test_a_recorded_answer_reads_as_written_beside_it(path: Path) -> None:
    """Every field of it: what the file does not expect is not there."""
    case = recorded(path)
    status, expected = case["answer"]["status"], dict(case["expected"])
    reading = read(
        account_of(path.parent.name, **case.get("account", {})), status, case["answer"]["body"].encode()
    )
    match reading:
        case Failure():
            assert (reading.reason, reading.detail) == (expected["reason"], expected["detail"])
            advice = reading.advice or ""
            assert [words for words in expected.get("advice", []) if words not in advice] == []
            assert bool(advice) == ("advice" in expected)
            assert (reading.exchange, reading.suspect) == (exchange(status), None)
        case Balance():
            for name in {"remaining", "used", "threshold"} & expected.keys():
                expected[name] = Decimal(expected[name])
            assert reading == Balance(**{"remaining": None, **expected}, exchange=exchange(status))


@pytest.mark.parametrize("slug", SLUGS)
def test_every_provider_has_a_recorded_balance_and_a_recorded_failure(slug: str) -> None:
    """A profile without one has never been tried."""
    found = [recorded(path)["expected"] for path in RECORDED if path.parent.name == slug]
    assert any("remaining" in expected for expected in found)
    assert any("reason" in expected for expected in found)


def test_every_folder_of_recorded_answers_is_a_provider() -> None:
    """Otherwise nobody reads them."""
    assert {path.name for path in RESPONSES.iterdir() if path.is_dir()} <= set(SLUGS)


@cache
def account_at(slug: str) -> Account:
    return account_of(slug, **recorded(RESPONSES / slug / "ok.toml").get("account", {}))


def body_of(slug: str) -> Any:
    return json.loads(recorded(RESPONSES / slug / "ok.toml")["answer"]["body"])


def with_numbers(value: Any, written: str) -> str:
    """The JSON of a value with every number in it written so."""

    def marked(inner: Any) -> Any:
        match inner:
            case dict():
                return {key: marked(each) for key, each in inner.items()}
            case list():
                return [marked(each) for each in inner]
            case bool():
                return inner
            case int() | float():
                return "@number@"
            case _:
                return inner

    return json.dumps(marked(value)).replace('"@number@"', written)


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


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("written", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_no_balance(slug: str, written: str) -> None:
    """A failure, and neither 0 nor an exception."""
    reading = read(account_at(slug), 200, with_numbers(body_of(slug), written).encode())
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


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(("written", "number"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_read_however_it_is_written(slug: str, written: str, number: int) -> None:
    """And divided by the provider's scale, once and exactly."""
    account = account_at(slug)
    reading = read(account, 200, with_numbers(body_of(slug), written).encode())
    assert isinstance(reading, Balance)
    assert reading.remaining == reading.used == number / account.profile.answer.scale


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
    "a key twice": lambda slug: f'{ok_text(slug)[:-1]}, "success": true}}'.encode(),
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


@pytest.mark.parametrize("slug", SLUGS)
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


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b"ok"], ids=["empty", "object", "page", "whole"])
def test_an_error_status_is_a_failure_whatever_the_body_says(slug: str, body: bytes) -> None:
    """Each from 400 to 599, unless the provider's documentation says what one means."""
    account = account_at(slug)
    written = ok_text(slug).encode() if body == b"ok" else body
    for status in range(400, 600):
        reading = read(account, status, written)
        rule = next(
            (rule for rule in account.profile.errors if status in rule.statuses and not rule.message), None
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
    assert read_answer(account_at("laozhang"), none) == Failure(
        Reason.TIMEOUT, "no answer within 10 seconds", exchange(0)
    )


OURS: dict[str, Any] = {
    "title": "Ours",
    "credential": {"kind": "key", "where": "the console"},
    "request": {"base_url": "https://api.ours.example.com", "path": "/"},
    "parameters": {"password": {"help": "its password", "secret": True}},
    "answer": {"remaining": "left", "unit": "EUR", "ok": "ok", "message": "why"},
}
PASSWORD = "pw-Gh5Jk8Nn2"


def ours(errors: Sequence[object] = (), **answer: object) -> Account:
    profile = {**OURS, "answer": {**OURS["answer"], **answer}, "errors": list(errors)}
    return account_of(profile, params={"password": PASSWORD})


def left(account: Account, body: str) -> Decimal | str | None:
    """What remains, or the failure's words."""
    match read(account, 200, body.encode()):
        case Balance(remaining=remaining):
            return remaining
        case Failure(detail=detail):
            return detail


TERMS: dict[str, tuple[object, str, Decimal | str]] = {
    "one": ("left", '{"ok":true,"left":"$1,234.56"}', Decimal("1234.56")),
    "two are added": (["cash", "gift"], '{"ok":true,"cash":1.1,"gift":2.2}', Decimal("3.3")),
    "a negative scale subtracts": (
        ["total", {"at": "used", "scale": -100}],
        '{"ok":true,"total":5,"used":123.4}',
        Decimal("3.766"),
    ),
    "a list is summed": (
        "left[].amount",
        '{"ok":true,"left":[{"amount":1},{"amount":"2.5"}]}',
        Decimal("3.5"),
    ),
    "exactly, however long": (
        ["cash", "gift"],
        '{"ok":true,"cash":123456789012345678901234,"gift":0.000000000001}',
        Decimal("123456789012345678901234.000000000001"),
    ),
    "one of two is missing": (["cash", "gift"], '{"ok":true,"cash":1.1}', "the answer has no `gift`"),
    "a list of none": ("left[].amount", '{"ok":true,"left":[]}', "the answer has no `left[].amount`"),
    "one of a list is none": (
        "left",
        '{"ok":true,"left":[1,null]}',
        "`left` in the answer is not a number that can be a balance",
    ),
    "too much in all": (
        ["cash", "cash"],
        '{"ok":true,"cash":9e23}',
        "the figures in the answer are too large for a balance",
    ),
    "a function that fails on decimals": (
        "sum(left)",
        '{"ok":true,"left":[1,2]}',
        "the answer has no `sum(left)`",
    ),
    "a function that fails otherwise": (
        "left[::0]",
        '{"ok":true,"left":[1]}',
        "the answer has no `left[::0]`",
    ),
}


@pytest.mark.parametrize(("remaining", "body", "expected"), TERMS.values(), ids=TERMS)
def test_an_amount_is_the_sum_of_its_terms(remaining: object, body: str, expected: Decimal | str) -> None:
    """A missing one is a failure: absent is not zero."""
    assert left(ours(remaining=remaining), body) == expected


SUCCESSES: dict[str, tuple[str, Reason | None]] = {
    "true": ('{"ok":true,"left":5}', None),
    "true with words": ('{"ok":true,"left":5,"why":"fine"}', None),
    "false": ('{"ok":false,"left":5}', Reason.REJECTED),
    "false with words": ('{"ok":false,"left":5,"why":"no"}', Reason.REJECTED),
    "absent": ('{"left":5}', Reason.BAD_ANSWER),
    "absent with words": ('{"left":5,"why":"no"}', Reason.REJECTED),
    "null": ('{"ok":null,"left":5}', Reason.BAD_ANSWER),
    "a number": ('{"ok":1,"left":5}', Reason.BAD_ANSWER),
    "text": ('{"ok":"true","left":5}', Reason.BAD_ANSWER),
}


@pytest.mark.parametrize(("body", "reason"), SUCCESSES.values(), ids=SUCCESSES)
def test_only_a_true_flag_is_a_success(body: str, reason: Reason | None) -> None:
    """False, or words instead of the flag, is the provider's failure; anything else is no answer."""
    reading = read(ours(), 200, body.encode())
    assert (reading.reason if isinstance(reading, Failure) else None) is reason


def test_the_first_error_rule_that_applies_decides() -> None:
    """Status and message, where it names both; `empty` is a balance that cannot be spent."""
    account = ours(
        errors=[
            {"status": 403, "message": "(?i)insufficient", "reason": "empty"},
            {"status": [402, 403], "reason": "forbidden", "advice": "Ask."},
            {"message": "^slow", "reason": "rate_limited", "advice": "Wait."},
        ]
    )
    assert read(account, 403, b'{"ok":false,"why":"Insufficient quota"}') == Balance(
        None, "EUR", exchange(403), spendable=False
    )
    assert read(account, 403, b"") == Failure(
        Reason.FORBIDDEN, "the token may not read the balance", exchange(403), "Ask."
    )
    assert read(account, 500, b'{"why":"slow down"}') == Failure(
        Reason.RATE_LIMITED, "slow down", exchange(500), "Wait."
    )
    assert read(account, 200, b'{"ok":true,"left":5,"why":"slow down"}') == Balance(
        Decimal(5), "EUR", exchange(200)
    )


USED_UP = {
    "OpenAI's code": ({"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}, True),
    "its type": ({"error": {"type": "insufficient_quota", "message": "no"}}, True),
    "one-api's code": ({"error": {"code": "insufficient_user_quota", "message": "no"}}, True),
    "a sentence": ({"error": {"message": "Insufficient account balance, please recharge."}}, True),
    "credits": ({"message": "Insufficient credits. Add more using https://example.com"}, True),
    "too low": ({"error": {"message": "Your credit balance is too low to access the API."}}, True),
    "used up": ({"msg": "The quota has been exhausted"}, True),
    "a bare error": ({"error": "Not enough credits"}, True),
    "Chinese": ({"message": "用户额度不足, 剩余额度: 0"}, True),
    "Chinese arrears": ({"error": {"message": "账户已欠费"}}, True),
    "a rate": ({"error": {"message": "Rate limit reached for requests"}}, False),
    "a quota of requests": ({"error": {"message": "Quota exceeded for requests per minute"}}, False),
    "nothing": ({}, False),
    "no object": ([], False),
    "a number": ({"error": 5, "message": 7}, False),
}
"""What came with 429 or 402, and whether it means that the credit is gone."""


@pytest.mark.parametrize("status", [402, 429])
@pytest.mark.parametrize("body", USED_UP)
def test_a_refusal_that_says_that_the_credit_is_gone_is_empty_and_not_asking_too_often(
    status: int, body: str
) -> None:
    document, is_used_up = USED_UP[body]
    reading = read(account_at("laozhang"), status, json.dumps(document).encode())
    if is_used_up:
        assert isinstance(reading, Balance)
        assert (reading.remaining, reading.spendable) == (None, False)
    else:
        assert isinstance(reading, Failure)
        assert reading.reason is (Reason.RATE_LIMITED if status == 429 else Reason.REJECTED)


def test_words_of_exhaustion_at_another_status_are_a_failure_like_any_other() -> None:
    reading = read(account_at("laozhang"), 500, b'{"message": "insufficient quota"}')
    assert isinstance(reading, Failure)
    assert reading.reason is Reason.SERVER_ERROR


def test_the_providers_words_are_told_on_one_line_without_tokens_and_cut() -> None:
    """Every secret of the account is cut out, before and not after the cut."""
    words = f"key\n\t{TOKEN}\u202e or\u0000{PASSWORD}  is wrong, see Bearer {TOKEN[:9]} {'x ' * 300}"
    reading = read(ours(), 200, json.dumps({"ok": False, "why": words}).encode())
    assert isinstance(reading, Failure)
    assert reading.detail.startswith("key [token] or [token] is wrong, see Bearer [token] x x")
    assert len(reading.detail) == 200
    assert reading.detail.endswith("...")


def test_a_token_at_the_end_of_a_very_long_message_is_cut_too() -> None:
    """Where reading stops amid a token, and what stood before it shrinks."""
    for length in range(1900, 2010):
        many = f"{PASSWORD} " * 200
        words = f"{many[:length].rsplit(' ', 1)[0]} {TOKEN} end"
        reading = read(ours(), 200, json.dumps({"ok": False, "why": words}).encode())
        assert isinstance(reading, Failure)
        assert TOKEN[:4] not in reading.detail


def test_words_of_a_mebibyte_are_read_at_once() -> None:
    """Nobody waits for a hostile provider's prose."""
    reading = read(ours(), 500, json.dumps({"why": "x" * 1_000_000}).encode())
    assert isinstance(reading, Failure)
    assert reading.detail == "x" * 197 + "..."


@pytest.mark.parametrize("why", ["null", "5", "[]", '{"a": 1}', '""', '"  "', '"\\u0000"', '"\\ud800"'])
def test_words_that_are_none_give_way_to_ours(why: str) -> None:
    """So that there is always something to tell."""
    reading = read(ours(), 401, f'{{"why": {why}}}'.encode())
    assert isinstance(reading, Failure)
    assert reading.detail == "the provider does not accept the token"


def test_details_of_ours_are_cut_too() -> None:
    """An inline profile may have long expressions."""
    reading = read(ours(remaining="a" * 400), 200, b'{"ok":true}')
    assert isinstance(reading, Failure)
    assert len(reading.detail) == 200


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
