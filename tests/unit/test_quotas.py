"""A quota that comes back says when; a balance that balancewatch worked out itself says so."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import parse_accounts
from balancewatch.core.message import Message
from balancewatch.core.notice import Tick
from balancewatch.core.plan import plan_account
from balancewatch.core.reading import Balance, Exchange
from balancewatch.core.state import State
from tests.answers import STACK

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
REFILLS = datetime(2026, 12, 1, tzinfo=UTC)


def account(provider: str, language: Language = Language.EN, **fields: object) -> Account:
    entry = {"name": "prod", "provider": provider, "token": "a-token", "threshold": 10, **fields}
    (found,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK).entries
    assert isinstance(found, Account), found
    return replace(found, rules=replace(found.rules, language=language))


def message(account: Account, remaining: int, **more: object) -> Message:
    """What is told of this balance at first sight."""
    balance = Balance(Decimal(remaining), "credits", Exchange(AT, 301, 200))
    tick = Tick(AT, AT, "main", "a run", {}, timedelta(minutes=15))
    plan = plan_account(account, State("prod"), replace(balance, **more), tick)  # type: ignore[arg-type]  # the fields of a test
    (draft,) = plan.drafts
    return draft.message


WORDS = {
    Language.EN: "It refills on 2026-12-01 00:00 UTC.",
    Language.ZH: "额度将于 2026-12-01 00:00 UTC 恢复。",
}


@pytest.mark.parametrize(("language", "words"), WORDS.items())
@pytest.mark.parametrize("remaining", [8, 1, 0])
def test_a_low_quota_says_when_it_comes_back(language: Language, words: str, remaining: int) -> None:
    """At any level: a used-up quota is not gone for ever."""
    told = message(account("elevenlabs", language), remaining, refills_at=REFILLS)
    assert words in told.email.splitlines()[1]
    assert json.loads(told.payload)["notifications"][0]["refills_at"] == "2026-12-01T00:00:00Z"


def test_a_wallet_says_nothing_of_that() -> None:
    told = message(account("elevenlabs"), 8)
    assert "refills" not in told.email
    assert json.loads(told.payload)["notifications"][0]["refills_at"] is None


OWN = {Language.EN: "balancewatch's own estimate", Language.ZH: "balancewatch 自行估算"}


@pytest.mark.parametrize(("language", "words"), OWN.items())
def test_a_balance_by_costs_says_that_it_is_an_estimate(language: Language, words: str) -> None:
    params = {"bought": 100, "since": "2026-11-01"}
    assert words in message(account("openai", language, params=params), 8).email
    assert words not in message(account("elevenlabs", language), 8).email


def test_a_date_or_number_that_is_none_is_the_owners_mistake() -> None:
    for params, field in (
        ({"bought": 100, "since": "2026-02-30"}, "params.since"),
        ({"bought": 100, "since": 20261101}, "params.since"),
        ({"bought": "a lot", "since": "2026-11-01"}, "params.bought"),
        ({"bought": True, "since": "2026-11-01"}, "params.bought"),
        ({"since": "2026-11-01"}, "params.bought"),
    ):
        entry = {"name": "prod", "provider": "openai", "token": "a-token", "params": params}
        (problem,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK).problems
        assert problem.field == field


def test_what_was_bought_may_be_written_in_any_number() -> None:
    for written in (100.5, "100.50", "1005e-1"):
        found = account("openai", params={"bought": written, "since": "2026-11-01"})
        assert found.params["bought"] == "100.5"
