"""A profile is data: every one that ships can be used, and holds what its table and its parents say."""

import json
import re
from copy import deepcopy
from decimal import Decimal

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.json_text import decode
from balancewatch.core.profile import BEARER, RAW, Profile
from balancewatch.core.profile_table import ProfileError
from balancewatch.core.reading import Reason
from balancewatch.core.selection import Place, Term
from tests.profiles import good, parse


def shipped(slug: str) -> Profile:
    profile = catalogue.profile(slug)
    assert profile is not None
    return profile


@pytest.mark.parametrize("slug", catalogue.slugs())
def test_every_profile_that_ships_can_be_used(slug: str) -> None:
    """It says which credential it takes, where that is found, and where its facts are from."""
    profile = shipped(slug)
    assert profile.name == slug
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert profile.credential
    assert profile.where
    assert profile.answer.remaining
    assert profile.answer.raw
    assert profile.confidence in {"A", "B", "C"}
    assert profile.base_url is None or profile.base_url.startswith("https://")


def test_the_providers_of_the_first_version_ship() -> None:
    """Under these names."""
    first = {"aihubmix", "laozhang", "gcc-ai", "gcc-ai-key", "one-api", "new-api", "veloera"}
    assert first <= set(catalogue.slugs())


@pytest.mark.parametrize("name", ["", "openai-typo", "../settings", "one-api.toml", "ONE-API"])
def test_what_does_not_ship_is_not_found(name: str) -> None:
    """Whatever its name."""
    assert catalogue.profile(name) is None


def test_an_access_token_is_never_among_the_raw_figures() -> None:
    """Answers of the one-api family hold one."""
    for slug in catalogue.slugs():
        named = {name: place.at.source.split(".")[-1] for name, place in shipped(slug).answer.raw}
        assert not [text for pair in named.items() for text in pair if re.search("token|key|email", text)]


def selected(term: Term) -> str:
    """The expression of a term."""
    assert isinstance(term.of, Place)
    return term.of.at.source


def test_a_profile_holds_what_its_table_says() -> None:
    """Every field of it."""
    profile = parse(good())
    assert (profile.name, profile.title, profile.credential, profile.where) == (
        "ours",
        "Ours",
        "key",
        "the console",
    )
    request = profile.request
    assert (request.method, profile.base_url, request.path, request.auth) == (
        "POST",
        "https://api.ours.example.com",
        "/v1/{project}",
        RAW,
    )
    assert request.headers == (("X-Project", "{project}"), ("X-Key", "k {token}"))
    assert request.query == (("since", "all"), ("of[]", "{project}"))
    (project, password) = (parameter for _, parameter in profile.parameters)
    assert (project.help, project.pattern, project.default, project.secret) == (
        "its name",
        "[a-z]+",
        "main",
        False,
    )
    assert (password.default, password.secret) == (None, True)
    answer = profile.answer
    assert [(selected(term), term.scale) for term in answer.remaining] == [("cash", None), ("cents", -100)]
    assert (answer.scale, answer.unit) == (Decimal("0.5"), "EUR")
    (rule,) = profile.errors
    assert (rule.means, rule.statuses, rule.advice) == ("empty", (402, 403), "Pay.")
    assert rule.message is not None
    assert rule.message.pattern == "^broke"
    assert (profile.aliases, profile.confidence) == (("ours.example.com",), "C")


def test_a_profile_inline_in_an_account_is_json_with_exact_decimals() -> None:
    """The same table, as an owner writes it into the secret."""
    text = json.dumps(good(), default=str).replace('"-100"', "-100").replace('"0.5"', "0.5")
    table = decode(text)
    assert isinstance(table, dict)
    profile = catalogue.profile(table)
    assert profile is not None
    assert profile.name == "inline"
    assert profile.answer.scale == Decimal("0.5")
    assert profile.errors == parse(good()).errors


def test_a_profile_needs_no_more_than_this() -> None:
    """Asked by GET with a bearer token; the account says where."""
    profile = parse(
        {
            "title": "Ours",
            "credential": {"kind": "key", "where": "the console"},
            "request": {"path": "/"},
            "answer": {"remaining": "balance"},
        }
    )
    assert (profile.request.method, profile.request.auth, profile.base_url) == ("GET", BEARER, None)
    assert (profile.answer.scale, profile.answer.unit, profile.answer.ok) == (Decimal(1), None, ())


def child(**fields: object) -> dict[str, object]:
    return {"extends": "parent", **fields}


def test_a_child_takes_what_it_does_not_say_from_its_parent() -> None:
    """Tables are merged, deep down."""
    profile = parse(
        child(title="Child", request={"path": "/v2", "headers": {"X-Child": "1"}}), {"parent": good()}
    )
    assert profile.title == "Child"
    assert (profile.request.path, profile.request.method, profile.request.auth) == ("/v2", "POST", RAW)
    assert dict(profile.request.headers) == {"X-Project": "{project}", "X-Key": "k {token}", "X-Child": "1"}
    assert profile.answer == parse(good()).answer


def test_a_child_drops_what_it_says_is_false() -> None:
    """A header, a whole table, all error rules; not a flag of its own."""
    profile = parse(
        child(
            request={"headers": {"X-Key": False}, "query": False},
            answer={"unit": False},
            errors=False,
            units=False,
            parameters={"region": {"help": "where", "secret": False}, "password": {"secret": False}},
        ),
        {"parent": good()},
    )
    assert dict(profile.request.headers) == {"X-Project": "{project}"}
    assert profile.request.query == ()
    assert profile.answer.unit is None
    assert profile.errors == ()
    assert [parameter.secret for _, parameter in profile.parameters] == [False, False, False]


def test_what_is_one_value_is_replaced_whole() -> None:
    """A term, a condition, a way to prove who asks, a body: half of each would be neither."""
    parent = {
        **good(),
        "request": {"path": "/", "auth": {"header": "X-Key"}, "json": {"a": "1", "b": "2"}},
        "answer": {
            "remaining": {"at": "left", "scale": 100},
            "unlimited": {"at": "cap", "is": -1},
            "unit": "EUR",
        },
    }
    profile = parse(
        child(
            request={"auth": {"query": "key"}, "json": {"c": "3"}},
            answer={"remaining": {"at": "rest"}, "unlimited": {"at": "cap", "is_null": True}},
        ),
        {"parent": parent},
    )
    assert (profile.request.auth.kind, profile.request.auth.name) == ("query", "key")
    assert profile.request.json == {"c": "3"}
    assert [(selected(term), term.scale) for term in profile.answer.remaining] == [("rest", None)]
    assert [condition.among for condition in profile.answer.unlimited] == [None]


def test_a_childs_error_rules_come_before_its_parents() -> None:
    """So that it can say more exactly what a status means."""
    grandchild = {
        "extends": "child",
        "errors": [{"status": 403, "reason": "forbidden"}, {"status": 400, "reason": "rejected"}],
    }
    others = {"parent": good(), "child": child(errors=[{"status": 403, "reason": "unauthorized"}])}
    assert [rule.means for rule in parse(grandchild, others).errors] == [
        Reason.FORBIDDEN,
        Reason.REJECTED,
        Reason.UNAUTHORIZED,
        "empty",
    ]


def test_a_parent_is_not_changed_by_its_children() -> None:
    """It is read once and shared."""
    parent = good()
    before = deepcopy(parent)
    parse(
        child(request={"headers": {"X-Key": False}}, errors=[{"status": 401, "reason": "empty"}]),
        {"parent": parent},
    )
    assert parent == before


def test_profiles_that_extend_each_other_end() -> None:
    """With a mistake, not with an endless search."""
    with pytest.raises(ProfileError, match="extends"):
        parse(child(), {"parent": {"extends": "parent"}})


def test_an_inline_profile_may_extend_one_that_ships() -> None:
    """The one-api family does most of its work once, for owners too."""
    profile = catalogue.profile(
        {"extends": "one-api", "title": "Our gate", "request": {"base_url": "https://gate.example.com"}}
    )
    assert profile is not None
    assert (profile.base_url, profile.request.path) == ("https://gate.example.com", "/api/user/self")
    assert profile.answer.scale == 500000
