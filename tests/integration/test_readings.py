"""All that one account takes to be read, over real HTTP: further requests, pages, how its gateway counts."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from time import monotonic
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.reading import Balance, Failure, Reading, Reason, Units
from balancewatch.core.state import Seen, State
from balancewatch.readings import read_all
from balancewatch.world import Job, World
from tests.loopback import serving

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs, local=True)
Reply = tuple[int, object]


class Site:
    """A provider on loopback that a function answers for, and what it was asked."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.asked: list[str] = []
        self.tokens: list[str] = []
        self.answer: Callable[[str, Mapping[str, list[str]]], Reply] = lambda _path, _query: (404, {})


@contextmanager
def running() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class's name
            parts = urlsplit(self.path)
            playing.asked.append(self.path)
            playing.tokens.append(self.headers.get("Authorization", ""))
            status, body = playing.answer(parts.path, parse_qs(parts.query))
            written = body if isinstance(body, bytes) else json.dumps(body).encode()
            with suppress(ConnectionError):  # whoever asked may have given up
                self.send_response(status)
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(Handler) as port:
        playing = Site(f"http://127.0.0.1:{port}")
        yield playing


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as found:
        yield found


class Rounds:
    """Asks for real, and counts the batches."""

    def __init__(self, deadline_s: float = 5.0) -> None:
        self.sizes: list[int] = []
        self.logged: list[object] = []
        self.now = NOW
        self._providers = ProvidersHttp(Policy(local=True, deadline_s=deadline_s), jitter=lambda: 0.0)

    def ask(self, requests: Sequence[Request], seconds: float) -> Sequence[Answer]:
        self.sizes.append(len(requests))
        return self._providers.ask(requests, until=monotonic() + seconds, now=lambda: self.now)

    def read(
        self, accounts: Sequence[Account], states: Mapping[str, State] | None = None
    ) -> dict[str, Reading]:
        """The readings of a run that knows these states."""
        world = cast(
            "World",
            _World(
                now=lambda: self.now,
                wait=lambda _: None,
                ask=self.ask,
                log=lambda *told: self.logged.append(told),
            ),
        )
        job = Job("main", self.now, self.now + timedelta(minutes=4), STACK, {}, timedelta(minutes=15), 5)
        known = {account.name: State(account.name) for account in accounts} | dict(states or {})
        return dict(read_all(world, job, accounts, known))


class _World:
    """The part of a world that reading needs."""

    def __init__(self, **callables: object) -> None:
        self.__dict__.update(callables)


def account(site: Site, provider: object, name: str = "prod", **fields: Any) -> Account:
    entry = {
        "name": name,
        "provider": provider,
        "token": f"token-of-{name}",
        "base_url": site.base_url,
        **fields,
    }
    (found,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK).entries
    assert isinstance(found, Account), found
    return found


def ledger(site: Site, name: str = "prod") -> Account:
    return account(site, "openai", name, params={"bought": 100, "since": "2026-11-01"})


def costs(pages: int, amount: float = 1.5) -> Callable[[str, Mapping[str, list[str]]], Reply]:
    """So many pages, with a cost each."""

    def answer(_path: str, query: Mapping[str, list[str]]) -> Reply:
        page = int(query.get("page", ["1"])[0])
        bucket = {"results": [{"amount": {"value": amount}}]}
        more = page < pages
        return 200, {"data": [bucket], "has_more": more, "next_page": str(page + 1) if more else None}

    return answer


def test_all_pages_are_read_and_summed(site: Site) -> None:
    """Each with the same query, and the next cursor."""
    site.answer = costs(10)
    rounds = Rounds()
    reading = rounds.read([ledger(site)])["prod"]
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.used) == (Decimal(85), Decimal(15))
    assert rounds.sizes == [1] * 10
    queries = [parse_qs(urlsplit(path).query) for path in site.asked]
    assert {query["start_time"][0] for query in queries} == {"1793491200"}
    assert [query.get("page", ["1"])[0] for query in queries] == [str(page) for page in range(1, 11)]


def test_more_than_ten_pages_are_no_sum(site: Site) -> None:
    site.answer = costs(11)
    reading = Rounds().read([ledger(site)])["prod"]
    assert isinstance(reading, Failure)
    assert (reading.reason, reading.detail) == (Reason.BAD_ANSWER, "the answer has more than 10 pages")
    assert len(site.asked) == 10


def test_a_page_that_leads_to_itself_is_no_sum(site: Site) -> None:
    site.answer = lambda *_: (200, {"data": [], "has_more": True, "next_page": "again"})
    reading = Rounds().read([ledger(site)])["prod"]
    assert isinstance(reading, Failure)
    assert reading.detail == "the next page of the answer is one that came before"
    assert len(site.asked) == 2


def test_a_page_that_fails_is_the_reading(site: Site) -> None:
    first = costs(3)
    site.answer = lambda path, query: (
        (403, {"error": {"message": "no"}}) if "page" in query else first(path, query)
    )
    reading = Rounds().read([ledger(site)])["prod"]
    assert isinstance(reading, Failure)
    assert (reading.reason, reading.detail) == (Reason.UNAUTHORIZED, "no")


def test_the_pages_of_all_accounts_are_asked_together(site: Site) -> None:
    site.answer = costs(3)
    rounds = Rounds()
    readings = rounds.read([ledger(site, f"a{number}") for number in range(5)])
    assert {reading.remaining for reading in readings.values() if isinstance(reading, Balance)} == {
        Decimal("95.5")
    }
    assert rounds.sizes == [5, 5, 5]


def test_a_next_page_is_never_asked_at_another_host(site: Site) -> None:
    """Nobody else gets the token, whatever an answer says."""
    with running() as other:
        site.answer = lambda *_: (200, {"left": [1], "next": f"{other.base_url}/more"})
        profile = {
            "title": "Ours",
            "credential": {"kind": "key", "where": "the console"},
            "request": {"path": "/", "next": "next"},
            "answer": {"remaining": "left", "unit": "EUR"},
        }
        reading = Rounds().read([account(site, profile)])["prod"]
        assert isinstance(reading, Failure)
        assert reading.detail == "the next page of the answer is not at the provider's host"
        assert other.asked == []


def test_pages_share_the_accounts_one_deadline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless dripping of pages ends with it, and delays nobody else's reading."""
    monkeypatch.setattr("balancewatch.core.inquiry.DEADLINE_S", 1.0)
    pages, waiting = costs(9), threading.Event()

    def slowly(path: str, query: Mapping[str, list[str]]) -> Reply:
        waiting.wait(0.3)
        return pages(path, query)

    site.answer = slowly
    began = monotonic()
    reading = Rounds(deadline_s=1.0).read([ledger(site)])["prod"]
    assert isinstance(reading, Failure)
    assert reading.reason is Reason.TIMEOUT
    assert monotonic() - began < 2


def test_a_next_page_has_only_what_is_left_of_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though a first request may take longer."""
    monkeypatch.setattr("balancewatch.core.inquiry.DEADLINE_S", 0.5)
    pages, closing = costs(2), threading.Event()

    def hanging(path: str, query: Mapping[str, list[str]]) -> Reply:
        if "page" in query:
            closing.wait(3)
        return pages(path, query)

    site.answer = hanging
    began = monotonic()
    reading = Rounds(deadline_s=5).read([ledger(site)])["prod"]
    took = monotonic() - began
    closing.set()
    assert isinstance(reading, Failure)
    assert reading.reason is Reason.TIMEOUT
    assert took < 2


def billing(usage: Reply) -> Callable[[str, Mapping[str, list[str]]], Reply]:
    """A gateway's key with a limit of 10, and how it answers for its use."""

    def answer(path: str, _query: Mapping[str, list[str]]) -> Reply:
        if path.endswith("/subscription"):
            return 200, {"hard_limit_usd": 10, "access_until": 0}
        return usage if path.endswith("/usage") else (404, {})

    return answer


def test_a_balance_may_take_two_requests_at_once(site: Site) -> None:
    site.answer = billing((200, {"total_usage": 250}))
    rounds = Rounds()
    reading = rounds.read([account(site, "openai-billing")])["prod"]
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.used, reading.unit) == (Decimal("7.5"), Decimal("2.5"), "USD")
    assert rounds.sizes == [2, 1]
    assert "start_date=2023-01-01&end_date=2026-11-22" in " ".join(site.asked)


def test_and_is_that_requests_failure_where_it_needs_it(site: Site) -> None:
    site.answer = billing((401, {"error": {"message": "no"}}))
    reading = Rounds().read([account(site, "openai-billing")])["prod"]
    assert isinstance(reading, Failure)
    assert (reading.reason, reading.detail) == (Reason.UNAUTHORIZED, "no")


def gateway(status: object, quota: int = 1_000_000) -> Callable[[str, Mapping[str, list[str]]], Reply]:
    """A one-api site that publishes this."""

    def answer(path: str, _query: Mapping[str, list[str]]) -> Reply:
        if path == "/api/status":
            return status if isinstance(status, tuple) else (200, {"success": True, "data": status})
        return 200, {"success": True, "data": {"quota": quota, "used_quota": 0, "status": 1}}

    return answer


PUBLISHED: dict[str, tuple[object, tuple[object, str]]] = {
    "dollars": ({"quota_per_unit": 250000, "display_in_currency": True}, (4, "USD")),
    "dollars of New API": ({"quota_per_unit": 250000, "quota_display_type": "USD"}, (4, "USD")),
    "yuan, by the exchange rate and not the price": (
        {"quota_per_unit": 500000, "quota_display_type": "CNY", "usd_exchange_rate": 7, "price": 1},
        (14, "CNY"),
    ),
    "yuan without a rate": ({"quota_per_unit": 250000, "quota_display_type": "CNY"}, (2, "USD")),
    "tokens": ({"quota_per_unit": 250000, "quota_display_type": "TOKENS"}, (1_000_000, "tokens")),
    "tokens of one-api": ({"quota_per_unit": 250000, "display_in_currency": False}, (1_000_000, "tokens")),
    "nothing": ({}, (2, "USD")),
    "zero": ({"quota_per_unit": 0}, (2, "USD")),
    "below zero": ({"quota_per_unit": -500000}, (2, "USD")),
    "words": ({"quota_per_unit": "many"}, (2, "USD")),
    "a scale that nobody has": ({"quota_per_unit": 1}, (2, "USD")),
    "another": ({"quota_per_unit": 1e12}, (2, "USD")),
    "a page": ((200, b"<html>"), (2, "USD")),
    "an error": ((500, {}), (2, "USD")),
}


@pytest.mark.parametrize(("status", "expected"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_gateway_counts_as_it_publishes(site: Site, status: object, expected: tuple[object, str]) -> None:
    """And as its program usually does where that cannot be read; never with the token."""
    site.answer = gateway(status)
    reading = Rounds().read([account(site, "one-api")])["prod"]
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.unit) == expected
    assert dict(zip(site.asked, site.tokens, strict=True))["/api/status"] == ""


def remembered(reading: Reading, **changes: object) -> dict[str, State]:
    assert isinstance(reading, Balance)
    assert isinstance(reading.units, Units)
    return {"prod": State("prod", units=replace(reading.units, **cast("dict[str, Any]", changes)))}


def test_it_is_asked_once_a_day_and_what_was_last_known_holds(site: Site) -> None:
    """Also when it cannot be asked any more."""
    site.answer = gateway({"quota_per_unit": 250000})
    rounds, watched = Rounds(), account(site, "one-api")
    state = remembered(rounds.read([watched])["prod"])
    site.answer = gateway((500, {}))
    rounds.now += timedelta(hours=23, minutes=59)
    later = rounds.read([watched], state)["prod"]
    assert isinstance(later, Balance)
    assert (later.remaining, later.units) == (Decimal(4), None)
    rounds.now += timedelta(minutes=1)
    last = rounds.read([watched], state)["prod"]
    assert isinstance(last, Balance)
    assert (last.remaining, last.units) == (
        Decimal(4),
        replace(cast("Units", state["prod"].units), at=rounds.now),
    )
    assert sum(path == "/api/status" for path in site.asked) >= 2


@pytest.mark.parametrize("own", [{"scale": 100000}, {"scale": 100000, "unit": "CNY"}])
def test_it_is_not_asked_where_the_account_says_how(site: Site, own: dict[str, Any]) -> None:
    site.answer = gateway({"quota_per_unit": 250000})
    reading = Rounds().read([account(site, "one-api", **own)])["prod"]
    assert isinstance(reading, Balance)
    assert reading.remaining == 10
    assert "/api/status" not in site.asked


def test_nor_where_the_account_could_not_be_read(site: Site) -> None:
    site.answer = lambda path, _query: (401, {}) if path != "/api/status" else (200, {})
    assert isinstance(Rounds().read([account(site, "one-api")])["prod"], Failure)
    assert "/api/status" not in site.asked


def test_another_unit_is_no_fall_of_the_balance(site: Site) -> None:
    """It is believed at once: the figures before it say nothing of it."""
    site.answer = gateway({"quota_per_unit": 500000}, quota=500)
    seen = Seen(NOW, Decimal(500), None, "tokens", Decimal(1), Decimal(500), None)
    rounds = Rounds()
    reading = rounds.read([account(site, "one-api")], {"prod": State("prod", seen=seen)})["prod"]
    assert isinstance(reading, Balance)
    assert (reading.remaining, reading.unit, reading.scale) == (Decimal("0.001"), "USD", Decimal(500000))
    assert rounds.sizes == [1, 1]
