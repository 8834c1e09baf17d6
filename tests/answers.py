"""Recorded answers and how tests read them: accounts of every provider, and what came."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import Answer, Response
from balancewatch.core.reading import Exchange, Reading, Units
from balancewatch.core.selection import MAIN

TOKEN = "sk-aQ7z4Vw9Lm2Xt6Rb8Yc1K9xyz"
PASSWORD = "pw-Gh5Jk8Nn2"
STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
RESPONSES = Path(__file__).parent / "responses"
RECORDED = sorted(RESPONSES.glob("*/*.toml"))
SLUGS = catalogue.slugs()
ASKED_AT = datetime(2026, 11, 22, 4, tzinfo=UTC)


def exchange(status: int) -> Exchange:
    return Exchange(ASKED_AT, 301, status)


def account_of(provider: object, **fields: object) -> Account:
    entry = {"name": "prod", "provider": provider, "token": TOKEN, **fields}
    (account,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK).entries
    assert isinstance(account, Account), account
    return account


def read(
    account: Account,
    status: int,
    body: bytes,
    more: Sequence[Mapping[str, Any]] | None = None,
    units: Units | None = None,
) -> Reading:
    """`more` are the answers to further requests and pages, as a recorded one writes them; else its own."""
    answers: dict[str, list[Answer]] = {name: [] for name in account.profile.requests}
    answers[MAIN].append(Response(body, "application/json", exchange(status)))
    if more is None:
        more = recorded(RESPONSES / account.provider / "ok.toml").get("more", ()) if len(answers) > 1 else ()
    for each in more:
        came = Response(each["body"].encode(), "application/json", exchange(each["status"]))
        answers[each.get("request", MAIN)].append(came)
    return read_answer(account, answers, units)


@cache
def recorded(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@cache
def account_at(slug: str) -> Account:
    return account_of(slug, **recorded(RESPONSES / slug / "ok.toml").get("account", {}))


def body_of(slug: str) -> Any:
    return json.loads(recorded(RESPONSES / slug / "ok.toml")["answer"]["body"])


OURS: dict[str, Any] = {
    "title": "Ours",
    "credential": {"kind": "key", "where": "the console"},
    "request": {"base_url": "https://api.ours.example.com", "path": "/"},
    "parameters": {"password": {"help": "its password", "secret": True}},
    "answer": {"remaining": "left", "unit": "EUR", "ok": "ok", "message": "why"},
}


def ours(errors: Sequence[object] = (), **answer: object) -> Account:
    """An account of a provider of ours, whose answers are read so; None leaves a rule out."""
    rules = {name: rule for name, rule in {**OURS["answer"], **answer}.items() if rule is not None}
    profile = {**OURS, "answer": rules, "errors": list(errors)}
    return account_of(profile, params={"password": PASSWORD})
