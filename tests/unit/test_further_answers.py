"""A balance may take more than one request: what a further answer adds, and what its failure hides."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from balancewatch.core.reading import Balance, Failure, Reason
from tests.answers import account_of, exchange, read

TWO: dict[str, Any] = {
    "title": "Ours",
    "credential": {"kind": "key", "where": "the console"},
    "request": {"base_url": "https://api.ours.example.com", "path": "/"},
    "requests": {"usage": {"path": "/usage"}},
    "answer": {
        "ok": "ok",
        "message": "why",
        "remaining": "left",
        "used": {"at": "used", "request": "usage"},
        "spendable": {"at": "open", "request": "usage"},
        "threshold": {"at": "warn", "request": "usage", "scale": 100},
        "expires": {"at": "ends", "request": "usage"},
        "requests": {"at": "calls", "request": "usage"},
        "unit": "EUR",
        "raw": {"left": "left", "used": {"at": "used", "request": "usage"}},
    },
}
USAGE = '{"ok":true,"used":3,"open":true,"warn":150,"calls":2,"ends":"2027-01-01"}'


def both(usage: str, status: int = 200, **answer: object) -> Balance | Failure:
    """The reading of a first answer that is fine, and of a further one."""
    account = account_of({**TWO, "answer": {**TWO["answer"], **answer}})
    return read(
        account, 200, b'{"ok":true,"left":5}', [{"request": "usage", "status": status, "body": usage}]
    )


def test_a_further_answer_adds_what_the_first_has_not() -> None:
    reading = both(USAGE)
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.used, reading.spendable, reading.threshold) == (
        Decimal(5),
        Decimal(3),
        True,
        Decimal("1.5"),
    )
    assert (reading.requests, reading.raw) == (2, {"left": "5", "used": "3"})
    assert reading.expires_at == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("usage", "status"),
    [("", 500), ("<html>", 200), ('{"ok":false,"why":"no"}', 200), ('{"ok":true}', 200), ("[]", 200)],
)
def test_a_further_answer_that_fails_hides_no_balance(usage: str, status: int) -> None:
    """What it would have said is not known, and nothing more."""
    reading = both(usage, status)
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.used, reading.spendable, reading.threshold) == (
        Decimal(5),
        None,
        None,
        None,
    )
    assert reading.raw == {"left": "5"}


def test_unless_what_remains_cannot_be_known_without_it() -> None:
    """Then the reading is its failure, with its own status."""
    remaining = ["left", {"at": "used", "request": "usage", "scale": -1}]
    reading = both('{"ok":false,"why":"busy"}', 429, remaining=remaining)
    assert reading == Failure(Reason.RATE_LIMITED, "busy", exchange(429))
    whole = both(USAGE, remaining=remaining)
    assert isinstance(whole, Balance)
    assert whole.remaining == 2


def test_a_further_answer_may_succeed_in_its_own_way() -> None:
    profile = {**TWO, "requests": {"usage": {"path": "/usage", "ok": {"at": "code", "is": 0}}}}
    more = [{"request": "usage", "status": 200, "body": '{"code":0,"used":3}'}]
    reading = read(account_of(profile), 200, b'{"ok":true,"left":5}', more)
    assert isinstance(reading, Balance)
    assert reading.used == 3
