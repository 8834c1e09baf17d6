"""Parsers of how a profile's requests are made: paths, credentials, bodies, pages."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from functools import partial

from balancewatch.core.fields import Fields, WantedError, mapping, one_of, text
from balancewatch.core.profile import (
    BEARER,
    NO_AUTH,
    RAW,
    Auth,
    JsonTree,
    Next,
    RequestRules,
)
from balancewatch.core.selection import PLACEHOLDER
from balancewatch.core.selection_table import A_PATH, PATH, Selections, expression, raise_for

HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}"
_HEADER_VALUE = r"[!-~]([ -~]*[!-~])?"
_QUERY_NAME = r"[!-~]{1,60}"
_AUTHS = {"raw": RAW, "bearer": BEARER, "none": NO_AUTH}
_AUTH_TABLES = ("header", "query", "scheme", "basic")
_AUTH_WANTED = (
    "must be one of raw, bearer, none, or a table with one of header (its name), query (its name), scheme "
    "(the word before the token) and basic (user:password)"
)
_MOST_BODY = 4000
_DEEPEST = 10


def names(fields: Fields, pattern: str) -> list[str]:
    """The names in a table where its writer chooses them. The others are no fields, as `finish` finds."""
    return [name for name in fields.names if re.fullmatch(pattern, name)]


def template(
    placeholders: Collection[str],
    pattern: str | None = None,
    wanted: str | None = None,
    *,
    is_body: bool = False,
) -> Callable[[object], str]:
    """A parser of text whose only placeholders are the known names; a body may hold other braces."""
    written = text(longest=_MOST_BODY if is_body else 1000, pattern=pattern, wanted=wanted)

    def parse(value: object) -> str:
        parsed = written(value)
        rest = "" if is_body else PLACEHOLDER.sub("", parsed)
        unknown = {found for found in PLACEHOLDER.findall(parsed) if found not in placeholders}
        if unknown or "{" in rest or "}" in rest:
            listed = ", ".join(sorted(f"{{{name}}}" for name in placeholders))
            raise WantedError(f"must hold no placeholder but {listed}")
        return parsed

    return parse


def request_rules(
    fields: Fields,
    placeholders: Collection[str],
    selections: Selections,
    *,
    parent: RequestRules | None = None,
) -> RequestRules:
    """A request; a further one takes credential and headers from the main one where it says none."""
    json = fields.take("json", partial(_json, placeholders), None)
    form = _templates(fields, "form", _QUERY_NAME, template(placeholders, is_body=True))
    has_body = json is not None or bool(form)
    method = fields.take("method", one_of(("GET", "POST")), "POST" if has_body else "GET")
    if json is not None and form:
        fields.report("form", "must not stand beside `json`: a request has one body")
    if has_body and method == "GET":
        fields.report("method", "must be POST where there is a body")
    headers = dict(parent.headers) if parent else {}
    headers |= _templates(fields, "headers", HEADER_NAME, template(placeholders, _HEADER_VALUE))
    path = template(placeholders, PATH, A_PATH)
    return RequestRules(
        path=fields.require("path", path) or "",
        method=method,
        auth=fields.take("auth", partial(_auth, placeholders), parent.auth if parent else BEARER),
        headers=tuple(headers.items()),
        query=tuple(_templates(fields, "query", _QUERY_NAME, template(placeholders)).items()),
        json=json,
        form=tuple(form.items()),
        next=fields.take("next", _next, None),
        ok=fields.take("ok", selections.conditions, ()) if parent else (),
    )


def _templates(fields: Fields, name: str, pattern: str, parse: Callable[[object], str]) -> dict[str, str]:
    inner = fields.nested(name)
    found = {key: inner.take(key, parse, "") for key in names(inner, pattern)}
    inner.finish()
    fields.absorb(inner)
    return found


def _auth(placeholders: Collection[str], value: object) -> Auth:
    if isinstance(value, str) and value in _AUTHS:
        return _AUTHS[value]
    if not isinstance(value, Mapping) or sum(name in value for name in _AUTH_TABLES) != 1:
        raise WantedError(_AUTH_WANTED)
    fields = Fields(value)
    word = text(pattern=HEADER_NAME, wanted="one word")
    match next(name for name in _AUTH_TABLES if name in value):
        case "header":
            found = Auth("header", fields.take("header", word, ""))
        case "query":
            found = Auth("query", fields.take("query", text(pattern=_QUERY_NAME, wanted="one word"), ""))
        case "scheme":
            found = Auth("header", template=fields.take("scheme", word, "") + " {token}")
        case _:
            user = template(placeholders, r"[!-9;-~][ -9;-~]*:[ -~]+", "user:password, with placeholders")
            found = Auth("basic", template=fields.take("basic", user, ""))
    raise_for(fields)
    return found


def _next(value: object) -> Next:
    if not isinstance(value, Mapping):
        return Next(expression(value))
    fields = Fields(value)
    query = fields.take("query", text(pattern=_QUERY_NAME, wanted="the name of a query parameter"), None)
    at = fields.require("at", expression)
    raise_for(fields)
    return Next(at or expression("@"), query)


def _json(placeholders: Collection[str], value: object) -> JsonTree:
    if not isinstance(value, list):
        mapping(value)
    return _tree(template(placeholders, is_body=True), value, _DEEPEST)


def _tree(parse: Callable[[object], str], value: object, depth: int) -> JsonTree:
    if depth == 0:
        raise WantedError("must not be nested so deeply")
    match value:
        case bool() | int() | None:
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case str():
            return parse(value) if value else value
        case list():
            return [_tree(parse, item, depth - 1) for item in value]
        case Mapping():
            return {str(key): _tree(parse, item, depth - 1) for key, item in value.items()}
        case _:
            raise WantedError("must hold only what JSON has: no dates")
