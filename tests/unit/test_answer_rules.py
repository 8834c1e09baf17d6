"""What a profile says of answers: terms, success, errors, words, conditions, units, times, more answers."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from balancewatch.core.account import Account
from balancewatch.core.reading import Balance, Failure, Reason, Units
from balancewatch.core.units import source_of
from tests.answers import ASKED_AT, OURS, PASSWORD, TOKEN, account_at, account_of, exchange, ours, read


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
    "one of a projection is null": (
        "left[].n",
        '{"ok":true,"left":[{"n":1},{"n":null}]}',
        "the answer has no `left[].n`",
    ),
    "one of a projection is absent": (
        "left[].n",
        '{"ok":true,"left":[{"n":1},{"m":2}]}',
        "the answer has no `left[].n`",
    ),
    "one deep in two": (
        "days[].costs[].n",
        '{"ok":true,"days":[{"costs":[{"n":1}]},{"costs":[{"n":2},{}]}]}',
        "the answer has no `days[].costs[].n`",
    ),
    "a list in one of them is absent": (
        "days[].costs[].n",
        '{"ok":true,"days":[{"costs":[{"n":1}]},{}]}',
        "the answer has no `days[].costs[].n`",
    ),
    "a list in one of them is empty": (
        "days[].costs[].n",
        '{"ok":true,"days":[{"costs":[{"n":1}]},{"costs":[]}]}',
        Decimal(1),
    ),
    "one that a filter lets through is null": (
        "left[?c=='USD'].n",
        '{"ok":true,"left":[{"c":"USD","n":1},{"c":"USD"},{"c":"EUR"}]}',
        "the answer has no `left[?c=='USD'].n`",
    ),
    "those that it holds back are not missed": (
        "left[?c=='USD'].n",
        '{"ok":true,"left":[{"c":"USD","n":1},{"c":"EUR"}]}',
        Decimal(1),
    ),
    "a choice sees an empty list": (
        "left[].n || n",
        '{"ok":true,"left":[{}],"n":5}',
        Decimal(5),
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
        Decimal(5), "EUR", exchange(200), raw={"left": "5"}
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


CONDITIONS: dict[str, tuple[object, str, bool | None]] = {
    "an expression": ("off", '{"off":true}', True),
    "an expression that is absent": ("off", "{}", None),
    "a figure": ({"at": "s", "is": 1}, '{"s":1}', True),
    "the same figure in text": ({"at": "s", "is": 1}, '{"s":"1.0"}', True),
    "the same figure wanted in text": ({"at": "s", "is": "100000000"}, '{"s":1e8}', True),
    "another figure": ({"at": "s", "is": -1}, '{"s":1}', False),
    "a fraction": ({"at": "s", "is": 0.5}, '{"s":0.50}', True),
    "one of several": ({"at": "s", "is": ["a", -1, True]}, '{"s":-1}', True),
    "true is not one": ({"at": "s", "is": 1}, '{"s":true}', False),
    "one is not true": ({"at": "s", "is": True}, '{"s":1}', False),
    "false": ({"at": "s", "is": False}, '{"s":false}', True),
    "text to the letter": ({"at": "s", "is": "normal"}, '{"s":"Normal"}', False),
    "none of them": ({"at": "s", "is_not": ["a", -1]}, '{"s":"b"}', True),
    "one of them after all": ({"at": "s", "is_not": ["a", -1]}, '{"s":"-1"}', False),
    "what is absent is neither": ({"at": "s", "is_not": "a"}, "{}", None),
    "at least": ({"at": "s", "at_least": 100}, '{"s":"100"}', True),
    "less": ({"at": "s", "at_least": 100}, '{"s":99.9}', False),
    "at least is for figures": ({"at": "s", "at_least": 100}, '{"s":"many"}', False),
    "null": ({"at": "d.s", "is_null": True}, '{"d":{"s":null}}', True),
    "absent is not null": ({"at": "d.s", "is_null": True}, '{"d":{}}', False),
    "absent": ({"at": "d.s", "is_absent": True}, '{"d":{}}', True),
    "null is not absent": ({"at": "d.s", "is_absent": True}, '{"d":{"s":null}}', False),
    "there": ({"at": "d.s", "is_null": True, "is_absent": True}, '{"d":{"s":5}}', False),
    "nobody knows without the object": ({"at": "d.s", "is_null": True, "is_absent": True}, '{"d":5}', None),
    "null or a figure": ({"at": "s", "is_null": True, "is": 7}, '{"s":7}', True),
    "at the root": ({"at": "s", "is_null": True}, '{"s":null}', True),
    "all hold": ([{"at": "s", "is": 1}, "off"], '{"s":1,"off":true}', True),
    "one does not": ([{"at": "s", "is": 1}, "off"], '{"off":false}', False),
    "one does not tell": ([{"at": "s", "is": 1}, "off"], '{"s":1}', None),
}


@pytest.mark.parametrize(("spendable", "body", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_holds_or_not_or_nobody_knows(spendable: object, body: str, expected: object) -> None:
    reading = read(ours(ok=None, remaining={"value": 5}, spendable=spendable), 200, body.encode())
    assert isinstance(reading, Balance)
    assert reading.spendable is expected


def test_any_of_several_conditions_is_no_limit() -> None:
    """And then no figure is needed."""
    account = ours(unlimited=[{"at": "left", "is": -1}, {"at": "cap", "is_null": True}])
    for body in ('{"ok":true,"left":-1}', '{"ok":true,"cap":null}'):
        reading = read(account, 200, body.encode())
        assert isinstance(reading, Balance)
        assert (reading.unlimited, reading.remaining) == (True, None)
    assert left(account, '{"ok":true,"left":5}') == 5


def test_a_condition_that_is_no_flag_is_no_answer() -> None:
    assert left(ours(unlimited="cap"), '{"ok":true,"left":5,"cap":"no"}') == (
        "`unlimited` in the answer is neither true nor false"
    )


def test_success_may_be_a_code() -> None:
    account = ours(ok=[{"at": "code", "is": 0}, {"at": "tasks[0].code", "is": 20000}])
    assert left(account, '{"code":0,"tasks":[{"code":20000}],"left":5}') == 5
    assert left(account, '{"code":0,"tasks":[{"code":40100}],"left":5,"why":"no"}') == "no"
    assert left(account, '{"code":0,"left":5}') == "the answer does not say whether it succeeded"


def test_an_error_rule_may_look_at_the_answer() -> None:
    rules = [
        {"when": {"at": "code", "is": "ZERO"}, "reason": "empty"},
        {"when": {"at": "code", "is": 1004}, "status": 200, "reason": "unauthorized", "advice": "Again."},
    ]
    account = ours(rules)
    empty = read(account, 200, b'{"ok":false,"code":"ZERO"}')
    assert isinstance(empty, Balance)
    assert (empty.remaining, empty.spendable) == (None, False)
    wrong = read(account, 200, b'{"ok":false,"code":"1004"}')
    assert isinstance(wrong, Failure)
    assert (wrong.reason, wrong.advice) == (Reason.UNAUTHORIZED, "Again.")


MORE_TERMS: dict[str, tuple[object, str, Decimal | str]] = {
    "a figure of the profile": (
        [{"value": 100}, {"at": "left", "scale": -1}],
        '{"left":37.5}',
        Decimal("62.5"),
    ),
    "a scale from the answer": ({"at": "left", "scale": "per"}, '{"left":50,"per":"4"}', Decimal("12.5")),
    "a scale of nothing": (
        {"at": "left", "scale": "per"},
        '{"left":50,"per":0}',
        "`per` in the answer is not a number to divide by",
    ),
    "without its sign": ({"at": "left", "absolute": True}, '{"left":"-3"}', Decimal(3)),
    "an empty list that may be": (
        ["left", {"at": "gifts[].n", "may_be_empty": True}],
        '{"left":3,"gifts":[]}',
        Decimal(3),
    ),
    "a figure that is null in it may not": (
        ["left", {"at": "gifts[].n", "may_be_empty": True}],
        '{"left":3,"gifts":[{"n":null}]}',
        "the answer has no `gifts[].n`",
    ),
    "a list that is absent may not": (
        ["left", {"at": "gifts[].n", "may_be_empty": True}],
        '{"left":3}',
        "the answer has no `gifts[].n`",
    ),
    "the whole answer": ("@", "12.5", Decimal("12.5")),
}


@pytest.mark.parametrize(("remaining", "body", "expected"), MORE_TERMS.values(), ids=MORE_TERMS)
def test_a_term_may_be_more_than_a_place(remaining: object, body: str, expected: Decimal | str) -> None:
    assert left(ours(ok=None, remaining=remaining), body) == expected


def test_the_profiles_scale_may_stand_in_the_answer_and_the_accounts_own_wins() -> None:
    """The balance says by what it was divided: another scale is another unit."""
    profile = {**OURS, "answer": {"remaining": "left", "used": "used", "scale": "per", "unit": "EUR"}}
    for own, scale in (({}, Decimal(8)), ({"scale": 2}, Decimal(2))):
        account = account_of(profile, params={"password": PASSWORD}, **own)
        reading = read(account, 200, b'{"left":16,"used":4,"per":8}')
        assert isinstance(reading, Balance)
        assert (reading.remaining, reading.used, reading.scale) == (16 / scale, 4 / scale, scale)


UNITS: dict[str, tuple[object, str, str]] = {
    "as it is": ({"at": "cur"}, '{"cur":"GBP"}', "GBP"),
    "a code written small": ({"at": "cur"}, '{"cur":"usd"}', "USD"),
    "by a map": ({"at": "cur", "map": {"euros": "EUR"}}, '{"cur":"euros"}', "EUR"),
    "what the map does not know": ({"at": "cur", "map": {"euros": "EUR"}}, '{"cur":"credits"}', "credits"),
    "a part of a text": ({"at": "cur", "pattern": "[A-Z]{3}"}, '{"cur":"KES 17.50"}', "KES"),
    "one of a list": ({"at": "cur[].c"}, '{"cur":[{"c":"eur"},{"c":"eur"}]}', "EUR"),
    "two": (
        {"at": "cur[].c"},
        '{"cur":[{"c":"eur"},{"c":"usd"}]}',
        "`cur[].c` in the answer names more than one unit; can `params` choose one?",
    ),
    "none": ({"at": "cur"}, "{}", "`cur` in the answer does not name one unit"),
    "a list of lists": ({"at": "cur"}, '{"cur":[["EUR"]]}', "`cur` in the answer does not name one unit"),
    "a figure": ({"at": "cur"}, '{"cur":5}', "`cur` in the answer does not name one unit"),
    "no unit": ({"at": "cur"}, '{"cur":"$"}', "`cur` in the answer is no unit"),
    "nothing of the pattern": (
        {"at": "cur", "pattern": "[A-Z]{3}"},
        '{"cur":"17"}',
        "`cur` in the answer does not name one unit",
    ),
    "a part of the token": ({"at": "cur"}, f'{{"cur":"{TOKEN[:9]}"}}', "`cur` in the answer is no unit"),
}


@pytest.mark.parametrize(("unit", "body", "expected"), UNITS.values(), ids=UNITS)
def test_the_unit_may_stand_in_the_answer(unit: object, body: str, expected: str) -> None:
    reading = read(ours(ok=None, remaining={"value": 5}, unit=unit), 200, body.encode())
    assert (reading.unit if isinstance(reading, Balance) else reading.detail) == expected


TIMES: dict[str, tuple[object, str | None]] = {
    "of ISO 8601": ("2026-11-30T08:00:00+08:00", "2026-11-30T00:00:00+00:00"),
    "with milliseconds": ("2026-11-30T00:00:00.123Z", "2026-11-30T00:00:00+00:00"),
    "without a zone": ("2026-11-30 01:02:03", "2026-11-30T01:02:03+00:00"),
    "a day": ("2026-12-01", "2026-12-01T00:00:00+00:00"),
    "seconds of the epoch": (1796083200, "2026-12-01T00:00:00+00:00"),
    "milliseconds of it": (1796083200000, "2026-12-01T00:00:00+00:00"),
    "in text": ("1796083200", "2026-12-01T00:00:00+00:00"),
    "daily": ("daily", "2026-11-23T00:00:00+00:00"),
    "weekly": ("weekly", "2026-11-23T00:00:00+00:00"),
    "monthly": ("monthly", "2026-12-01T00:00:00+00:00"),
    "in the past": ("2026-11-01", None),
    "in two years": ("2028-11-30", None),
    "never": (0, None),
    "no time": ("soon", None),
    "null": (None, None),
    "a flag": (True, None),
    "a vast number": (1e300, None),
    "a list": ([], None),
    "a year of eternity": ("9999-12-31T23:59:59Z", None),
}


@pytest.mark.parametrize(("written", "expected"), TIMES.values(), ids=TIMES)
def test_a_quota_refills_at_a_time_however_it_is_written(written: object, expected: str | None) -> None:
    """Ahead of now, and within sight; anything else is none."""
    body = json.dumps({"ok": True, "left": 5, "reset": written})
    reading = read(ours(refills="reset"), 200, body.encode())
    assert isinstance(reading, Balance)
    assert (reading.refills_at and reading.refills_at.isoformat()) == expected


@pytest.mark.parametrize(("form", "written"), [("seconds", 3600), ("milliseconds", "3600000")])
def test_or_after_a_while(form: str, written: object) -> None:
    body = json.dumps({"ok": True, "left": 5, "in": written})
    reading = read(ours(refills={"at": "in", "as": form}), 200, body.encode())
    assert isinstance(reading, Balance)
    assert reading.refills_at == ASKED_AT + timedelta(hours=1)


def test_an_end_may_lie_far_ahead_or_behind_and_calls_are_counted() -> None:
    account = ours(expires="ends", requests="calls")
    for ends, calls, expected in (
        ("2030-01-01", "12", (datetime(2030, 1, 1, tzinfo=UTC), 12)),
        ("2020-01-01", 1.5, (datetime(2020, 1, 1, tzinfo=UTC), None)),
        (None, -1, (None, None)),
    ):
        body = json.dumps({"ok": True, "left": 5, "ends": ends, "calls": calls})
        reading = read(account, 200, body.encode())
        assert isinstance(reading, Balance)
        assert (reading.expires_at, reading.requests) == expected


def test_an_expression_may_hold_what_the_account_says_but_not_be_ended_by_it() -> None:
    profile = {
        **OURS,
        "parameters": {"wallet": {"help": "its name", "default": "main"}},
        "answer": {"remaining": "wallets[?name=='{wallet}'].left | [0]", "unit": "EUR"},
    }
    body = b'{"wallets":[{"name":"main","left":1},{"name":"side","left":2}]}'
    for params, expected in (
        ({}, Decimal(1)),
        ({"wallet": "side"}, Decimal(2)),
        ({"wallet": "x' || 'a'=='a"}, "the answer has no `wallets[?name=='{wallet}'].left | [0]`"),
    ):
        reading = read(account_of(profile, params=params), 200, body)
        assert (reading.remaining if isinstance(reading, Balance) else reading.detail) == expected


def published(account: Account, **changes: Any) -> Units:
    known = {"at": ASKED_AT, "source": source_of(account), "scale": Decimal(100_000), "unit": "CNY"}
    return Units(**{**known, **changes})


def test_what_a_gateway_publishes_holds_unless_the_account_says_otherwise() -> None:
    """Scale and unit only together: one of each would be a wrong number."""
    site = {"base_url": "https://gate.example.com"}
    body = b'{"success":true,"data":{"quota":1000000,"used_quota":0,"status":1}}'
    for own, units, expected in (
        ({}, {}, (Decimal(10), "CNY")),
        ({"unit": "CNY"}, {}, (Decimal(10), "CNY")),
        ({"unit": "USD"}, {}, (Decimal(2), "USD")),
        ({"scale": 1000}, {}, (Decimal(1000), "USD")),
        ({}, {"scale": None, "unit": None}, (Decimal(2), "USD")),
        ({}, {"source": "00000000"}, (Decimal(2), "USD")),
    ):
        account = account_of("one-api", **site, **own)
        reading = read(account, 200, body, units=published(account, **units))
        assert isinstance(reading, Balance)
        assert (reading.remaining, reading.unit) == expected
