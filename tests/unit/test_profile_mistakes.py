"""Each mistake in a profile names its field and what is wanted, and shows no value."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from balancewatch.core.profile_table import ProfileError
from tests.profiles import good, parse

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
DEEP: dict[str, Any] = {}
for _ in range(12):
    DEEP = {"a": DEEP}
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
    "an unknown placeholder": (
        "request.path",
        "/{user_id}",
        "request.path",
        "no placeholder but {base_url}, {password}",
    ),
    "half a placeholder": ("request.path", "/{project", "request.path", "no placeholder but"),
    "another method": ("request.method", "DELETE", "request.method", "one of GET, POST"),
    "another auth": (
        "request.auth",
        "digest",
        "request.auth",
        "must be one of raw, bearer, none, or a table",
    ),
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
    "two ways to prove who asks": (
        "request.auth",
        {"header": "X-Key", "query": "key"},
        "request.auth",
        "must be one of raw, bearer, none, or a table with one of header",
    ),
    "an unknown way": ("request.auth", {"cookie": "x"}, "request.auth", "or a table with one of header"),
    "more than a way": (
        "request.auth",
        {"header": "X", "name": "y"},
        "request.auth",
        "`name` is not a field",
    ),
    "a header in two words": ("request.auth", {"header": "X Key"}, "request.auth", "must be one word"),
    "basic without a colon": ("request.auth", {"basic": "{token}"}, "request.auth", "user:password"),
    "basic with an unknown name": (
        "request.auth",
        {"basic": "{sid}:{token}"},
        "request.auth",
        "no placeholder but",
    ),
    "a body that is text": ("request.json", "{}", "request.json", "must be an object"),
    "a body with an unknown name": (
        "request.json",
        {"a": [{"b": "{user}"}]},
        "request.json",
        "no placeholder but",
    ),
    "a body with a date": ("request.json", {"a": date(2026, 1, 1)}, "request.json", "no dates"),
    "a body without a bottom": ("request.json", DEEP, "request.json", "nested so deeply"),
    "a body that is got": (
        "request",
        {"path": "/", "method": "GET", "json": {"a": "b"}},
        "request.method",
        "must be POST",
    ),
    "two bodies": (
        "request",
        {"path": "/", "form": {"a": "b"}, "json": {"a": "b"}},
        "request.form",
        "one body",
    ),
    "a next page that is nowhere": ("request.next", {"query": "page"}, "request.next", "`at` is required"),
    "a next page in a wrong query": ("request.next", {"at": "a", "query": "a b"}, "request.next", "query"),
    "since without the parameter": (
        "request.query",
        {"a": "{since_date}"},
        "request.query.a",
        "no placeholder but",
    ),
    "since that is no date": (
        "parameters.since",
        {"help": "x", "type": "text"},
        "parameters.since",
        "must be date",
    ),
    "a secret that is a number": (
        "parameters.pin",
        {"help": "x", "secret": True, "type": "number"},
        "parameters.pin",
        "must be text where it is secret",
    ),
    "a parameter of an unknown type": (
        "parameters.pin",
        {"help": "x", "type": "colour"},
        "parameters.pin",
        "one of text, number, date",
    ),
    "a default that is no date": (
        "parameters.since",
        {"help": "x", "default": "2026-02-30"},
        "parameters.since",
        "must be a date",
    ),
    "a further request named like the main one": (
        "requests.main",
        {"path": "/"},
        "requests.main",
        "is not a field",
    ),
    "a further request without a path": ("requests.usage", {}, "requests.usage.path", "is required"),
    "a further request elsewhere": (
        "requests.usage",
        {"path": "/", "base_url": "https://other.example.com"},
        "requests.usage.base_url",
        "is not a field",
    ),
    "too many requests": (
        "requests",
        {name: {"path": "/"} for name in "abcd"},
        "requests.d",
        "one too many",
    ),
    "a term of an unknown request": (
        "answer.remaining",
        {"at": "x", "request": "costs"},
        "answer.remaining",
        "`request` must be one of main, usage",
    ),
    "a term of a parameter that is text": (
        "answer.remaining",
        {"param": "project"},
        "answer.remaining",
        "a declared parameter whose type is number",
    ),
    "a term of two kinds": (
        "answer.remaining",
        {"param": "project", "at": "x"},
        "answer.remaining",
        "`at` is not a field",
    ),
    "a term of a value in text": ("answer.remaining", {"value": "5"}, "answer.remaining", "must be a number"),
    "an expression with a secret": (
        "answer.remaining",
        "a[?b=='{password}']",
        "answer.remaining",
        "parameters that are no secret",
    ),
    "a condition without a value": (
        "answer.unlimited",
        {"at": "x", "is": []},
        "answer.unlimited",
        "`is` must",
    ),
    "a condition of an object": ("answer.unlimited", {"at": "x", "is": {}}, "answer.unlimited", "`is` must"),
    "no condition": ("answer.ok", [], "answer.ok", "at least one condition"),
    "null of no key": (
        "answer.unlimited",
        {"at": "x[0]", "is_null": True},
        "answer.unlimited",
        "must end in the name of a key",
    ),
    "a time of an unknown form": (
        "answer.refills",
        {"at": "x", "as": "fortnights"},
        "answer.refills",
        "one of time, seconds, milliseconds",
    ),
    "a unit that maps to none": (
        "answer.unit",
        {"at": "x", "map": {"a": "$"}},
        "answer.unit",
        "a unit such as",
    ),
    "a unit by a pattern that is none": (
        "answer.unit",
        {"at": "x", "pattern": "["},
        "answer.unit",
        "regular expression",
    ),
    "units without cases": ("units", {"path": "/s"}, "units", "`cases` is required"),
    "units with a placeholder": ("units", {"path": "/{token}", "cases": []}, "units", "a path"),
    "a case without a scale": (
        "units",
        {"path": "/s", "cases": [{"unit": "USD"}]},
        "units",
        "`scale` is required",
    ),
    "units without what they are otherwise": (
        "answer",
        {"remaining": "x"},
        "units",
        "needs a `unit`",
    ),
    "an error when nothing": (
        "errors",
        [{"when": {"at": "x", "is": []}, "reason": "empty"}],
        "errors",
        "`is` must",
    ),
    "an estimate that is text": ("estimate", "yes", "estimate", "must be true or false"),
    "no remaining": ("answer.remaining", ABSENT, "answer.remaining", "is required"),
    "no term": ("answer.remaining", [], "answer.remaining", "at least one term"),
    "a term that is none": ("answer.remaining", "data[", "answer.remaining", "JMESPath"),
    "a term of a number": ("answer.remaining", Decimal(5), "answer.remaining", TEXT),
    "a term that says nowhere": ("answer.remaining", [{"scale": 1}], "answer.remaining", "`at` is required"),
    "a term of no scale": ("answer.used", [{"at": "x", "scale": 0}], "answer.used", "must not be 0"),
    "ok that is a flag": ("answer.ok", True, "answer.ok", TEXT),
    "ok of an unknown form": ("answer.ok", "a ==", "answer.ok", "JMESPath"),
    "a scale of 0": ("answer.scale", Decimal(0), "answer.scale", "must not be 0"),
    "a scale in text": ("answer.scale", "100", "answer.scale", "must be a JMESPath expression"),
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
        "`status` is required, or `message`, or `when`",
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
        "units",
        "what",
    ]


CANARY = "sk-Cn4ry7f3e9a1b5d"


SHAPES: dict[str, object] = {
    "with a line end": f"{CANARY}\n",
    "in a list": [[CANARY]],
    "in an object": {CANARY: CANARY},
}


FREE = {"request.json", "request.query"}
"""Any names and any texts may stand there."""


@pytest.mark.parametrize("path", sorted({path for path, *_ in MISTAKES.values()} - FREE))
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
