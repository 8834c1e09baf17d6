"""Each provider is asked as its documentation says, and what is asked does not show the token."""

import json
from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.exchange import Request
from balancewatch.core.request import request_of

TOKEN = "mk-4f9c2a7be81d"
STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
BASE = "https://gateway.example.com"


def asked(provider: object, **fields: object) -> Request:
    """The request of an account that says so much."""
    entry = {"name": "prod", "provider": provider, "token": TOKEN, **fields}
    listed = parse_accounts(json.dumps({"accounts": [entry]}), "main", STACK)
    (account,) = listed.entries
    assert isinstance(account, Account), account
    return request_of(account)


JSON = {"Accept": "application/json"}
PROVIDERS: dict[str, tuple[dict[str, object], str, dict[str, str]]] = {
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


@pytest.mark.parametrize(("provider", "case"), PROVIDERS.items(), ids=PROVIDERS)
def test_a_provider_is_asked_as_it_documents(
    provider: str, case: tuple[dict[str, object], str, dict[str, str]]
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
    assert repr(request) == "Request(method='GET', allow_http=False)"


def test_only_an_account_that_allows_it_may_be_asked_over_plain_http() -> None:
    """The request says so to whoever sends it."""
    assert asked("one-api", base_url=BASE).allow_http is False
    assert asked("one-api", base_url="http://a.example.com", allow_http=True).allow_http is True
