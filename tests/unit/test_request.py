"""Each provider is asked as its documentation says, and what is asked does not show the token."""

import base64
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.exchange import Request
from balancewatch.core.request import OtherHostError, UnwritableError, next_url, request_of, units_request_of
from balancewatch.core.selection import MAIN

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
TOKEN = "mk-4f9c2a7be81d"
STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
BASE = "https://gateway.example.com"


def account(provider: object, **fields: object) -> Account:
    """An account that says so much."""
    entry = {"name": "prod", "provider": provider, "token": TOKEN, **fields}
    listed = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK)
    (found,) = listed.entries
    assert isinstance(found, Account), found
    return found


def asked(provider: object, request: str = MAIN, **fields: Any) -> Request:
    """A request of such an account."""
    return request_of(account(provider, **fields), NOW, request)


JSON = {"Accept": "application/json"}
PROVIDERS: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "aihubmix": (
        {},
        "https://aihubmix.com/api/user/self",
        {"Authorization": TOKEN, "Content-Type": "application/json"},
    ),
    "laozhang": (
        {},
        "https://api.laozhang.ai/api/user/self",
        {"Authorization": TOKEN, "Content-Type": "application/json"},
    ),
    "gcc-ai": (
        {"base_url": BASE, "unit": "CNY"},
        f"{BASE}/v1/user/balance",
        {"Authorization": f"Bearer {TOKEN}"},
    ),
    "gcc-ai-key": (
        {"base_url": BASE, "unit": "tokens"},
        f"{BASE}/v1/balance",
        {"Authorization": f"Bearer {TOKEN}"},
    ),
    "one-api": (
        {"base_url": f"{BASE}/gate/"},
        f"{BASE}/gate/api/user/self",
        {"Authorization": TOKEN, "Content-Type": "application/json"},
    ),
    "new-api": (
        {"base_url": BASE, "params": {"user_id": "19489"}},
        f"{BASE}/api/user/self",
        {"Authorization": TOKEN, "Content-Type": "application/json", "New-Api-User": "19489"},
    ),
    "veloera": (
        {"base_url": BASE, "params": {"user_id": 7}},
        f"{BASE}/api/user/self",
        {"Authorization": TOKEN, "Content-Type": "application/json", "Veloera-User": "7"},
    ),
}


SID = "AC" + "0" * 32
BOUGHT = {"bought": 100, "since": "2026-11-01"}
OTHERS: dict[str, tuple[dict[str, Any], str, dict[str, str], bytes | None]] = {
    "new-api-token": (
        {"base_url": BASE},
        f"{BASE}/api/usage/token",
        {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        None,
    ),
    "openrouter": ({}, "https://openrouter.ai/api/v1/credits", {"Authorization": f"Bearer {TOKEN}"}, None),
    "elevenlabs": ({}, "https://api.elevenlabs.io/v1/user/subscription", {"xi-api-key": TOKEN}, None),
    "fal": (
        {},
        "https://api.fal.ai/v1/account/billing?expand=credits",
        {"Authorization": f"Key {TOKEN}"},
        None,
    ),
    "serpapi": ({}, f"https://serpapi.com/account.json?api_key={TOKEN}", {}, None),
    "twilio": (
        {"params": {"account_sid": SID}},
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Balance.json",
        {"Authorization": "Basic " + base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()},
        None,
    ),
    "2captcha": (
        {},
        "https://api.2captcha.com/getBalance",
        {"Content-Type": "application/json"},
        b'{"clientKey": "%b"}' % TOKEN.encode(),
    ),
    "thordata-serp": (
        {"params": {"queried": "qt-88"}},
        "https://openapi.thordata.com/api/serp_api/token/usage_summary",
        {"Content-Type": "application/x-www-form-urlencoded", "token": TOKEN},
        b"token=qt-88",
    ),
    "runpod": (
        {},
        "https://api.runpod.io/graphql",
        {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"},
        b'{"query": "query { myself { clientBalance currentSpendPerHr } }"}',
    ),
    "openai": (
        {"params": BOUGHT},
        "https://api.openai.com/v1/organization/costs?start_time=1793491200&bucket_width=1d&limit=180",
        {"Authorization": f"Bearer {TOKEN}"},
        None,
    ),
    "anthropic": (
        {"params": BOUGHT},
        (
            "https://api.anthropic.com/v1/organizations/cost_report"
            "?bucket_width=1d&limit=31&starting_at=2026-11-01T00%3A00%3A00Z"
        ),
        {"x-api-key": TOKEN, "anthropic-version": "2023-06-01"},
        None,
    ),
}


@pytest.mark.parametrize(("provider", "case"), OTHERS.items(), ids=OTHERS)
def test_so_are_those_that_want_it_otherwise(
    provider: str, case: tuple[dict[str, Any], str, dict[str, str], bytes | None]
) -> None:
    """Other headers, the query, a body."""
    fields, url, headers, body = case
    request = asked(provider, **fields)
    assert (request.method, request.url, request.body) == ("GET" if body is None else "POST", url, body)
    assert request.headers == JSON | headers


@pytest.mark.parametrize(("provider", "case"), PROVIDERS.items(), ids=PROVIDERS)
def test_a_provider_is_asked_as_it_documents(
    provider: str, case: tuple[dict[str, Any], str, dict[str, str]]
) -> None:
    """This URL, these headers, and no others."""
    fields, url, headers = case
    request = asked(provider, **fields)
    assert (request.method, request.url, request.body) == ("GET", url, None)
    assert request.headers == JSON | headers


@pytest.mark.parametrize("provider", ["aihubmix", "laozhang"])
def test_any_account_may_have_its_own_base_url(provider: str) -> None:
    """Without its last slash."""
    assert asked(provider, base_url=f"{BASE}:8443/").url == f"{BASE}:8443/api/user/self"


def inline(**request: object) -> dict[str, object]:
    return {
        "title": "Ours",
        "credential": {"kind": "key", "where": "the console"},
        "request": {"base_url": "https://a.example.com/", "path": "/", **request},
        "parameters": {
            "project": {"help": "its name"},
            "password": {"help": "its password", "secret": True},
        },
        "answer": {"remaining": "balance", "unit": "USD"},
    }


PARAMS = {"project": "a/b ?#%&\u00fc", "password": "p w/&+%"}


def test_placeholders_are_encoded_where_they_stand() -> None:
    """In a path and a query for URLs, in a header as they are."""
    profile = inline(
        path="/v1/{project}/{password}/{token}",
        query={"p": "{project}", "key": "{token}:{password}"},
        headers={"X-Key": "{password}={token}"},
        auth="none",
    )
    profile["parameters"] = {
        "project": {"help": "its name", "pattern": ".+"},
        "password": {"help": "its password", "secret": True},
    }
    request = asked(profile, params=PARAMS)
    assert request.url == (
        f"https://a.example.com/v1/a%2Fb%20%3F%23%25%26%C3%BC/p%20w%2F%26%2B%25/{TOKEN}"
        f"?p=a%2Fb+%3F%23%25%26%C3%BC&key={TOKEN}%3Ap+w%2F%26%2B%25"
    )
    assert request.headers == JSON | {"X-Key": f"p w/&+%={TOKEN}"}


def test_a_profile_may_post_and_takes_bearer_where_it_says_nothing() -> None:
    """And a value that looks like a placeholder is only a value."""
    request = asked(inline(method="POST", path="/x/{project}"), params={**PARAMS, "project": "{token}"})
    assert request.method == "POST"
    assert request.url == "https://a.example.com/x/%7Btoken%7D"
    assert request.headers == JSON | {"Authorization": f"Bearer {TOKEN}"}


def test_a_request_does_not_show_what_it_holds() -> None:
    """Neither the token nor a secret parameter, in URL or headers."""
    request = asked(
        inline(path="/{token}/{password}", query={"k": "{token}"}), params={**PARAMS, "project": "p"}
    )
    assert TOKEN in request.url
    assert repr(request) == "Request(method='GET', allow_http=False, seconds=None)"


AUTHS: dict[str, tuple[object, str, dict[str, str]]] = {
    "raw": ("raw", "", {"Authorization": TOKEN}),
    "bearer": ("bearer", "", {"Authorization": f"Bearer {TOKEN}"}),
    "none": ("none", "", {}),
    "a word of its own": ({"scheme": "Token"}, "", {"Authorization": f"Token {TOKEN}"}),
    "a header": ({"header": "xi-api-key"}, "", {"xi-api-key": TOKEN}),
    "the query": ({"query": "api_key"}, f"?api_key={TOKEN}", {}),
    "basic": (
        {"basic": "{project}:{token}"},
        "",
        {"Authorization": "Basic " + base64.b64encode(f"main:{TOKEN}".encode()).decode()},
    ),
    "basic, all of it secret": (
        {"basic": "{password}:{token}"},
        "",
        {"Authorization": "Basic " + base64.b64encode(f"{PARAMS['password']}:{TOKEN}".encode()).decode()},
    ),
}


@pytest.mark.parametrize(("auth", "query", "headers"), AUTHS.values(), ids=AUTHS)
def test_a_credential_stands_where_the_provider_wants_it(
    auth: object, query: str, headers: dict[str, str]
) -> None:
    request = asked(inline(auth=auth), params={**PARAMS, "project": "main"})
    assert request.url == f"https://a.example.com/{query}"
    assert request.headers == JSON | headers


def test_a_body_is_json_whose_braces_are_its_own() -> None:
    """Only known names are placeholders, and a value cannot leave its text."""
    body = {
        "query": "query { me { left } }",
        "key": "{token}",
        "of": [{"name": "{project}"}, 5, 0.5, True, ""],
    }
    request = asked(inline(json=body, auth="none"), params={**PARAMS, "project": 'a", "b": "c'})
    assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
    assert request.body is not None
    assert json.loads(request.body) == body | {
        "key": TOKEN,
        "of": [{"name": 'a", "b": "c'}, 5, 0.5, True, ""],
    }


def test_a_body_may_be_a_list() -> None:
    request = asked(inline(json=[{"task": "balance"}]), params={**PARAMS, "project": "p"})
    assert request.body == b'[{"task": "balance"}]'


def test_a_body_may_be_a_form() -> None:
    request = asked(
        inline(form={"user": "{project}", "pw": "{password}"}), params=PARAMS | {"project": "a&b"}
    )
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.body == b"user=a%26b&pw=p+w%2F%26%2B%25"
    assert PARAMS["password"] not in repr(request)


def test_days_are_those_of_utc() -> None:
    """`now` is 23:30 of the 22nd two hours west: the 23rd."""
    profile = inline(query={"from": "{since_date}", "at": "{since_unix}", "to": "{today}"})
    profile["parameters"] = {"since": {"help": "the first day"}}
    request = asked(profile, params={"since": "2026-11-01"})
    assert request.url == "https://a.example.com/?from=2026-11-01&at=1793491200&to=2026-11-23"


def test_a_further_request_takes_credential_and_headers_from_the_main_one() -> None:
    """And its own path, query and body."""
    profile = inline(auth={"header": "X-Key"}, headers={"X-Version": "2"}, query={"a": "1"})
    profile["requests"] = {
        "usage": {"path": "/usage"},
        "other": {"path": "/other", "auth": "bearer", "headers": {"X-Version": "3"}, "json": {"b": "2"}},
    }
    usage = asked(profile, request="usage", params=PARAMS | {"project": "p"})
    assert (usage.method, usage.url) == ("GET", "https://a.example.com/usage")
    assert usage.headers == JSON | {"X-Key": TOKEN, "X-Version": "2"}
    other = asked(profile, request="other", params=PARAMS | {"project": "p"})
    assert (other.method, other.body) == ("POST", b'{"b": "2"}')
    assert other.headers["X-Version"] == "3"
    assert other.headers["Authorization"] == f"Bearer {TOKEN}"


NEXT: dict[str, tuple[str, str | None, str | None]] = {
    "a cursor": ("c/2+3", "page", "https://a.example.com/v1?key=k&page=c%2F2%2B3"),
    "a cursor that looks like a URL": (
        "https://evil.example",
        "page",
        "https://a.example.com/v1?key=k&page=https%3A%2F%2Fevil.example",
    ),
    "a path": ("/v1?page=2", None, "https://a.example.com/v1?page=2"),
    "a query": ("?page=2", None, "https://a.example.com/v1?page=2"),
    "a URL": ("https://a.example.com/v1?page=2#x", None, "https://a.example.com/v1?page=2"),
    "another host": ("https://evil.example/v1", None, None),
    "another host without a scheme": ("//evil.example/v1", None, None),
    "another port": ("https://a.example.com:444/v1", None, None),
    "in clear": ("http://a.example.com/v1", None, None),
    "with a user": ("https://a.example.com@evil.example/", None, None),
    "with a user at the same host": ("https://u:p@a.example.com/", None, None),
    "another scheme": ("file:///etc/passwd", None, None),
    "no URL": ("https://[", None, None),
    "endless": ("x" * 3000, "page", None),
}


@pytest.mark.parametrize(("found", "query", "expected"), NEXT.values(), ids=NEXT)
def test_the_next_page_is_at_the_same_host_or_nowhere(
    found: str, query: str | None, expected: str | None
) -> None:
    url = "https://a.example.com/v1?key=k&page=1"
    if expected is None:
        with pytest.raises(OtherHostError):
            next_url(url, found, query)
    else:
        assert next_url(url, found, query) == expected


def test_how_a_gateway_counts_is_asked_without_a_credential() -> None:
    request = units_request_of(account("one-api", base_url=BASE))
    assert request is not None
    assert (request.url, request.headers, request.body) == (f"{BASE}/api/status", JSON, None)
    assert units_request_of(account("laozhang")) is None


def test_only_an_account_that_allows_it_may_be_asked_over_plain_http() -> None:
    """The request says so to whoever sends it."""
    assert asked("one-api", base_url=BASE).allow_http is False
    assert asked("one-api", base_url="http://a.example.com", allow_http=True).allow_http is True


@pytest.mark.parametrize("found", ["p\ud83d2", "\udfff"])
def test_a_cursor_that_no_url_can_hold_is_no_next_page(found: str) -> None:
    """Half a surrogate pair, as a cut answer has it."""
    with pytest.raises(UnwritableError):
        next_url("https://api.example.com/costs", found, "page")


@pytest.mark.parametrize("found", ["/a b", "/a\nb", "\t/a", "/a\\b", "/\x7f", "/\ud83d", "\x00"])
def test_nor_is_a_url_that_cannot_be_sent(found: str) -> None:
    """It is the provider's mistake: sent on, it would count as the owner's."""
    with pytest.raises(UnwritableError):
        next_url("https://api.example.com/costs", found, None)
