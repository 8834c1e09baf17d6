"""From a table, written in TOML or inline in an account, to a checked `Profile`."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from balancewatch.core.fields import (
    Fields,
    flag,
    mapping,
    one_of,
    text,
    texts,
)
from balancewatch.core.parameter import parameter_value
from balancewatch.core.profile import (
    SINCE,
    AnswerRules,
    Parameter,
    ParameterType,
    Profile,
    RequestRules,
    url,
)
from balancewatch.core.request_table import names, request_rules
from balancewatch.core.selection import MAIN, Place, Term, UnitAt
from balancewatch.core.selection_table import Selections, expression, raise_for, regular_expression

Table = Mapping[str, object]

_MOST_ANCESTORS = 4
_MOST_REQUESTS = 3
"""Besides the main one."""
_ANY_TEXT = r"[ -~]{1,200}"
_PARAMETER_NAME = r"(?!(token|base_url|today|since_date|since_unix)$)[a-z_]{1,30}"
_REQUEST_NAME = rf"(?!{MAIN}$)[a-z_]{{1,30}}"
_RAW_NAME = r"[a-z][a-z0-9_]{0,39}"
_PLAIN = r"(?:[A-Za-z_]\w*\.)*([A-Za-z]\w{0,29})"
"""A path of keys."""
_USUAL_MESSAGE = "error.message || message || msg || detail || error || errors[0].message"
_ALWAYS = ("token", "base_url", "today")
_OF_SINCE = ("since_date", "since_unix")
_MERGED = (
    r"credential|units|parameters(\.[a-z_]+)?|answer(\.raw)?"
    r"|(request|requests\.[a-z_]+)(\.(headers|query|form))?|requests"
)
"""The tables that a child adds to. Any other (a term, a condition, a body) is one value, replaced whole."""


class ProfileError(ValueError):
    """A profile that cannot be used: pairs of a field's path and what is wrong with it."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {problem}" for path, problem in problems))
        self.problems = problems


def parse_profile(name: str, table: Table, ancestor: Callable[[str], Table | None]) -> Profile:
    """The profile that a table describes, on top of the profiles that it extends.

    `ancestor` gives the table of a shipped profile. Raises `ProfileError`.
    """
    fields = Fields(_inherited(table, ancestor))
    credential = fields.nested("credential")
    request = fields.nested("request")
    requests = fields.nested("requests")
    answer = fields.nested("answer")
    parameters = fields.nested("parameters")
    declared = {
        key: parameters.take(key, _declared(key), Parameter("", ""))
        for key in names(parameters, _PARAMETER_NAME)
    }
    named = names(requests, _REQUEST_NAME)
    selections = Selections((MAIN, *named), declared)
    placeholders = {*_ALWAYS, *declared, *(_OF_SINCE if SINCE in declared else ())}
    main = request_rules(request, placeholders, selections)
    profile = Profile(
        name=name,
        title=fields.require("title", text(longest=40)) or "",
        credential=credential.require("kind", text(longest=60)) or "",
        where=credential.require("where", text(longest=300)) or "",
        request=main,
        answer=_answer_rules(answer, selections),
        base_url=_base_url(request),
        further=_further(
            requests, named, lambda inner: request_rules(inner, placeholders, selections, parent=main)
        ),
        parameters=tuple(declared.items()),
        errors=fields.take("errors", selections.error_rules, ()),
        units=fields.take("units", selections.units, None),
        estimate=fields.take("estimate", flag, default=False),
        top_up_url=fields.take("top_up_url", url("a URL"), None),
        documentation=fields.take("documentation", text(longest=300), None),
        aliases=fields.take("aliases", texts(most=20, longest=40), ()),
        confidence=fields.take("confidence", one_of("ABCD"), "D"),
    )
    if profile.units is not None and (profile.answer.unit is None or profile.answer.scale_at is not None):
        fields.report("units", "needs a `unit` and a number as `scale` in the answer, for where it is silent")
    for inner in (credential, request, requests, answer, parameters):
        inner.finish()
        fields.absorb(inner)
    if problems := fields.finish(allowed=("extends",)):
        raise ProfileError(problems)
    return profile


def _inherited(table: Table, ancestor: Callable[[str], Table | None]) -> Table:
    chain = [table]
    while "extends" in chain[-1]:
        wanted = chain[-1]["extends"]
        parent = ancestor(wanted) if isinstance(wanted, str) else None
        if parent is None or len(chain) > _MOST_ANCESTORS:
            raise ProfileError([("extends", "must be the name of a shipped profile")])
        chain.append(parent)
    merged: Table = {}
    for child in reversed(chain):
        merged = _merged(merged, child)
    return merged


def _merged(parent: Table, child: Table, path: str = "") -> Table:
    """The child over the parent: error rules of the child come first, and `false` drops a field."""
    merged = dict(parent)
    for key, value in child.items():
        inherited = merged.get(key)
        inner = f"{path}{key}"
        if isinstance(value, Mapping) and isinstance(inherited, Mapping) and re.fullmatch(_MERGED, inner):
            merged[key] = _merged(inherited, value, f"{inner}.")
        elif key == "errors" and isinstance(value, list) and isinstance(inherited, list):
            merged[key] = [*value, *inherited]
        elif value is False:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def _base_url(request: Fields) -> str | None:
    found = request.take("base_url", url("a URL without user, query or fragment"), None)
    return None if found is None else found.rstrip("/")


def _further(
    requests: Fields, named: list[str], rules_of: Callable[[Fields], RequestRules]
) -> Mapping[str, RequestRules]:
    found = {}
    for key in named:
        inner = requests.nested(key)
        found[key] = rules_of(inner)
        inner.finish()
        requests.absorb(inner)
    if len(found) > _MOST_REQUESTS:
        requests.report(named[-1], "is one too many: at most 3 besides the main one")
    return found


def _declared(name: str) -> Callable[[object], Parameter]:
    def parse(value: object) -> Parameter:
        fields = Fields(mapping(value))
        pattern = fields.take("pattern", _pattern, _ANY_TEXT)
        usual = ParameterType.DATE if name == SINCE else ParameterType.TEXT
        parsed = Parameter(
            help=fields.require("help", text()) or "",
            pattern=pattern,
            secret=fields.take("secret", flag, default=False),
            type=ParameterType(fields.take("type", one_of(ParameterType), usual)),
        )
        if name == SINCE and parsed.type is not ParameterType.DATE:
            fields.report("type", "must be date: `{since_date}` and `{since_unix}` are computed from it")
        if parsed.secret and parsed.type is not ParameterType.TEXT:
            fields.report("type", "must be text where it is secret")
        default = fields.take("default", parameter_value(parsed, "as `pattern` says"), None)
        raise_for(fields)
        return Parameter(parsed.help, pattern, default, parsed.secret, parsed.type)

    return parse


def _pattern(value: object) -> str:
    """A parser of what a parameter must match."""
    return regular_expression(value, re.ASCII).pattern


def _answer_rules(fields: Fields, selections: Selections) -> AnswerRules:
    scale = fields.take("scale", selections.scale, Decimal(1))
    unit = fields.take("unit", selections.unit, None)
    remaining = fields.require("remaining", selections.terms) or ()
    used = fields.take("used", selections.terms, ())
    return AnswerRules(
        remaining=remaining,
        used=used,
        ok=fields.take("ok", selections.conditions, ()),
        message=fields.take("message", expression, expression(_USUAL_MESSAGE)),
        unlimited=fields.take("unlimited", selections.conditions, ()),
        spendable=fields.take("spendable", selections.conditions, None),
        threshold=fields.take("threshold", selections.term, None),
        requests=fields.take("requests", selections.place, None),
        expires=fields.take("expires", selections.time, None),
        refills=fields.take("refills", selections.time, None),
        scale=Decimal(1) if isinstance(scale, Place) else scale,
        scale_at=scale if isinstance(scale, Place) else None,
        unit=unit if isinstance(unit, str) else None,
        unit_at=unit if isinstance(unit, UnitAt) else None,
        raw=_raw(fields, selections, (*remaining, *used)),
    )


def _raw(fields: Fields, selections: Selections, terms: Sequence[Term]) -> tuple[tuple[str, Place], ...]:
    """What is named, and the figures of the amounts by the keys under which they stand."""
    inner = fields.nested("raw")
    found = {key: at for key in names(inner, _RAW_NAME) if (at := inner.take(key, selections.place, None))}
    inner.finish()
    fields.absorb(inner)
    named = {(at.request, at.at.source) for at in found.values()}
    for term in terms:
        if isinstance(term.of, Place) and (term.of.request, term.of.at.source) not in named:
            key = re.fullmatch(_PLAIN, term.of.at.source)
            if key is not None:
                found.setdefault(_snake(key[1]), term.of)
    return tuple(found.items())


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower()
