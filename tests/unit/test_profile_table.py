"""A profile is data: every one that ships can be used, and each mistake in another names its field."""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.json_text import decode
from balancewatch.core.profile import Profile
from balancewatch.core.profile_table import ProfileError, Table, parse_profile
from balancewatch.core.reading import Reason


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
        named = {name: at.source for name, at in shipped(slug).answer.raw}
        assert not [text for pair in named.items() for text in pair if re.search("token|key|email", text)]


def good() -> dict[str, Any]:
    """A profile that says all it can."""
    return {
        "title": "Ours",
        "aliases": ["ours.example.com"],
        "documentation": "https://ours.example.com/docs",
        "top_up_url": "https://ours.example.com/pay",
        "confidence": "C",
        "credential": {"kind": "key", "where": "the console"},
        "request": {
            "method": "POST",
            "base_url": "https://api.ours.example.com/",
            "path": "/v1/{project}",
            "auth": "raw",
            "headers": {"X-Project": "{project}", "X-Key": "k {token}"},
            "query": {"since": "all", "of[]": "{project}"},
        },
        "parameters": {
            "project": {"help": "its name", "pattern": "[a-z]+", "default": "main"},
            "password": {"help": "its password", "secret": True},
        },
        "answer": {
            "ok": "success",
            "message": "message",
            "remaining": ["cash", {"at": "cents", "scale": Decimal(-100)}],
            "used": "used",
            "unlimited": "unlimited",
            "spendable": "active",
            "threshold": "warn",
            "scale": Decimal("0.5"),
            "unit": "EUR",
            "raw": {"cash": "cash"},
        },
        "errors": [{"status": [402, 403], "message": "^broke", "reason": "empty", "advice": "Pay."}],
    }


def parse(table: Table, others: Mapping[str, Table] | None = None) -> Profile:
    return parse_profile("ours", table, (others or {}).get)


def test_a_profile_holds_what_its_table_says() -> None:
    """Every field of it."""
    profile = parse(good())
    assert (profile.name, profile.title, profile.credential, profile.where) == (
        "ours",
        "Ours",
        "key",
        "the console",
    )
    assert (profile.method, profile.base_url, profile.path, profile.auth) == (
        "POST",
        "https://api.ours.example.com",
        "/v1/{project}",
        "raw",
    )
    assert profile.headers == (("X-Project", "{project}"), ("X-Key", "k {token}"))
    assert profile.query == (("since", "all"), ("of[]", "{project}"))
    (project, password) = (parameter for _, parameter in profile.parameters)
    assert (project.help, project.pattern, project.default, project.secret) == (
        "its name",
        "[a-z]+",
        "main",
        False,
    )
    assert (password.default, password.secret) == (None, True)
    answer = profile.answer
    assert [(term.at.source, term.scale) for term in answer.remaining] == [("cash", None), ("cents", -100)]
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
    assert (profile.method, profile.auth, profile.base_url) == ("GET", "bearer", None)
    assert (profile.answer.scale, profile.answer.unit, profile.answer.ok) == (Decimal(1), None, None)


ABSENT = object()


def changed(path: str, value: object) -> dict[str, Any]:
    """The profile with another value at one place, or without it."""
    table = good()
    *outer, last = path.split(".", 2)
    inner = table
    for step in outer:
        inner = inner[step]
    inner[last] = value
    if value is ABSENT:
        del inner[last]
    return table


TEXT = "must be text of 1 to"
MISTAKES: dict[str, tuple[str, object, str, str]] = {
    "no title": ("title", ABSENT, "title", "is required"),
    "too long a title": ("title", "x" * 41, "title", TEXT),
    "an unknown field": ("titel", "Ours", "titel", "is not a field; did you mean `title`?"),
    "an unknown inner field": ("request.paht", "/", "request.paht", "did you mean `path`?"),
    "an unknown field of the answer": (
        "answer.remainig",
        "x",
        "answer.remainig",
        "did you mean `remaining`?",
    ),
    "no credential": ("credential", ABSENT, "credential.kind", "is required"),
    "no place of the credential": ("credential.where", ABSENT, "credential.where", "is required"),
    "a request that is text": ("request", "GET /", "request", "must be an object"),
    "no path": ("request.path", ABSENT, "request.path", "is required"),
    "a path that lengthens the host": ("request.path", ".evil.example.com/", "request.path", "begins with /"),
    "a path with a query": ("request.path", "/v1?key={token}", "request.path", "ends before any ?"),
    "a path with a space": ("request.path", "/v1 /x", "request.path", "begins with /"),
    "an unknown placeholder": ("request.path", "/{user_id}", "request.path", "no placeholder but {password}"),
    "half a placeholder": ("request.path", "/{project", "request.path", "no placeholder but"),
    "another method": ("request.method", "DELETE", "request.method", "one of GET, POST"),
    "another auth": ("request.auth", "digest", "request.auth", "one of raw, bearer, none"),
    "a base URL with a user": ("request.base_url", "https://u:p@x.example", "request.base_url", "a URL"),
    "a header with a line end": ("request.headers.X", "a\nb", "request.headers.X", TEXT),
    "a header with a space at its end": ("request.headers.X", "a ", "request.headers.X", TEXT),
    "a header that is no ASCII": ("request.headers.X", "\u8001", "request.headers.X", TEXT),
    "a header of a wrong name": ("request.headers.X Y", "a", "request.headers.X Y", "is not a field"),
    "a header that is a number": ("request.headers.X", Decimal(1), "request.headers.X", TEXT),
    "a query of a wrong name": ("request.query.a b", "a", "request.query.a b", "is not a field"),
    "parameters that are a list": ("parameters", [], "parameters", "must be an object"),
    "a parameter without help": (
        "parameters.project.help",
        ABSENT,
        "parameters.project",
        "`help` is required",
    ),
    "a parameter named like the token": (
        "parameters.token",
        {"help": "x"},
        "parameters.token",
        "is not a field",
    ),
    "a parameter with a digit": ("parameters.id2", {"help": "x"}, "parameters.?", "is not a field"),
    "a pattern that is none": ("parameters.project.pattern", "(", "parameters.project", "regular expression"),
    "a pattern of a vast number": (
        "parameters.project.pattern",
        "a{99999999999}",
        "parameters.project",
        "regular expression",
    ),
    "a pattern that wants Unicode": (
        "parameters.project.pattern",
        r"(?u)\w+",
        "parameters.project",
        "regular expression",
    ),
    "a default off its pattern": (
        "parameters.project.default",
        "M",
        "parameters.project",
        "as `pattern` says",
    ),
    "a secret that is text": ("parameters.password.secret", "yes", "parameters.password", "true or false"),
    "no remaining": ("answer.remaining", ABSENT, "answer.remaining", "is required"),
    "no term": ("answer.remaining", [], "answer.remaining", "at least one term"),
    "a term that is none": ("answer.remaining", "data[", "answer.remaining", "JMESPath"),
    "a term of a number": ("answer.remaining", Decimal(5), "answer.remaining", TEXT),
    "a term that says nowhere": ("answer.remaining", [{"scale": 1}], "answer.remaining", "`at` is required"),
    "a term of no scale": ("answer.used", [{"at": "x", "scale": 0}], "answer.used", "must not be 0"),
    "ok that is a flag": ("answer.ok", True, "answer.ok", TEXT),
    "ok of an unknown form": ("answer.ok", "a ==", "answer.ok", "JMESPath"),
    "a scale of 0": ("answer.scale", Decimal(0), "answer.scale", "must not be 0"),
    "a scale in text": ("answer.scale", "100", "answer.scale", "must be a number"),
    "a unit that is none": ("answer.unit", "$", "answer.unit", "a unit such as USD"),
    "a raw figure of a wrong name": ("answer.raw.a.b", "cash", "answer.raw", "is not a field"),
    "a raw figure that is none": ("answer.raw.debt", "!", "answer.raw.debt", "JMESPath"),
    "errors that are an object": ("errors", {"status": 1}, "errors", "must be a list of tables"),
    "an error that is text": ("errors", ["broke"], "errors", "must be an object"),
    "an error for no reason": ("errors", [{"status": 402}], "errors", "`reason` is required"),
    "an error for another reason": (
        "errors",
        [{"status": 402, "reason": "poor"}],
        "errors",
        "one of misconfigured",
    ),
    "an error for everything": (
        "errors",
        [{"reason": "empty"}],
        "errors",
        "`status` is required, or `message`",
    ),
    "an error of no status": ("errors", [{"status": 42, "reason": "empty"}], "errors", "100 or more"),
    "an error of no pattern": (
        "errors",
        [{"message": "[", "reason": "empty"}],
        "errors",
        "regular expression",
    ),
    "a top-up link that is none": ("top_up_url", "javascript:alert(1)", "top_up_url", "must be a URL"),
    "a confidence of two letters": ("confidence", "AB", "confidence", "one of A, B, C, D"),
    "too many aliases": ("aliases", ["x"] * 21, "aliases", "at most 20"),
    "a parent that does not ship": ("extends", "theirs", "extends", "the name of a shipped profile"),
    "a parent that is no name": ("extends", {"title": "x"}, "extends", "the name of a shipped profile"),
}


@pytest.mark.parametrize(("path", "value", "field", "wanted"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_field_and_what_is_wanted(
    path: str, value: object, field: str, wanted: str
) -> None:
    """And shows no value."""
    with pytest.raises(ProfileError) as caught:
        parse(changed(path, value))
    found = dict(caught.value.problems)
    assert wanted in " ".join(found[name] for name in found if name.startswith(field))


def test_all_mistakes_are_found_at_once() -> None:
    """So that they can be mended at once."""
    table = good() | {"title": 5, "request": {"path": "x"}, "answer": {}, "what": 1}
    with pytest.raises(ProfileError) as caught:
        parse(table)
    assert sorted(name for name, _ in caught.value.problems) == [
        "answer.remaining",
        "request.path",
        "title",
        "what",
    ]


CANARY = "sk-Cn4ry7f3e9a1b5d"


SHAPES: dict[str, object] = {
    "with a line end": f"{CANARY}\n",
    "in a list": [[CANARY]],
    "in an object": {CANARY: CANARY},
}


@pytest.mark.parametrize("path", sorted({path for path, *_ in MISTAKES.values()}))
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_wrong_value_in_a_profile_is_shown_nowhere(path: str, shape: object) -> None:
    """A token pasted into the wrong place stays secret."""
    with pytest.raises(ProfileError) as caught:
        parse(changed(path, shape))
    assert CANARY not in f"{caught.value} {caught.value!r} {caught.value.problems}"


@pytest.mark.parametrize(
    "path", ["request.path", "request.headers.X", "answer.remaining", "answer.unit", "extends"]
)
@pytest.mark.parametrize("written", [f"/{{{CANARY}}}", f"{CANARY}[({{"])
def test_nor_what_only_looks_like_a_placeholder_or_an_expression(path: str, written: str) -> None:
    """Errors of templates, of JMESPath and of regular expressions quote what they refuse; ours do not."""
    with pytest.raises(ProfileError) as caught:
        parse(changed(path, written))
    assert CANARY not in f"{caught.value} {caught.value!r} {caught.value.problems}"


def child(**fields: object) -> dict[str, object]:
    return {"extends": "parent", **fields}


def test_a_child_takes_what_it_does_not_say_from_its_parent() -> None:
    """Tables are merged, deep down."""
    profile = parse(
        child(title="Child", request={"path": "/v2", "headers": {"X-Child": "1"}}), {"parent": good()}
    )
    assert profile.title == "Child"
    assert (profile.path, profile.method, profile.auth) == ("/v2", "POST", "raw")
    assert dict(profile.headers) == {"X-Project": "{project}", "X-Key": "k {token}", "X-Child": "1"}
    assert profile.answer == parse(good()).answer


def test_a_child_drops_what_it_says_is_false() -> None:
    """A header, a whole table, all error rules; not a flag of its own."""
    profile = parse(
        child(
            request={"headers": {"X-Key": False}, "query": False},
            answer={"unit": False},
            errors=False,
            parameters={"region": {"help": "where", "secret": False}, "password": {"secret": False}},
        ),
        {"parent": good()},
    )
    assert dict(profile.headers) == {"X-Project": "{project}"}
    assert profile.query == ()
    assert profile.answer.unit is None
    assert profile.errors == ()
    assert [parameter.secret for _, parameter in profile.parameters] == [False, False, False]


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
    assert (profile.base_url, profile.path) == ("https://gate.example.com", "/api/user/self")
    assert profile.answer.scale == 500000
