"""From a table, written in TOML or inline in an account, to a checked `Profile`."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

import jmespath
from jmespath.exceptions import JMESPathError

from balancewatch.core.fields import (
    Fields,
    WantedError,
    flag,
    mapping,
    mistakes,
    number,
    one_of,
    text,
    texts,
    whole,
)
from balancewatch.core.profile import (
    PLACEHOLDER,
    UNIT,
    AnswerRules,
    Auth,
    ErrorRule,
    Expression,
    Parameter,
    Profile,
    Term,
    url,
)
from balancewatch.core.reading import Reason

Table = Mapping[str, object]

_AUTHS: Mapping[str, Auth] = {"raw": "raw", "bearer": "bearer", "none": "none"}
_MOST_ANCESTORS = 4
_ANY_TEXT = r"[ -~]{1,200}"
_PATH = r"/[A-Za-z0-9._~!$&'()*+,;=:@%/{}-]*"
_PARAMETER_NAME = r"(?!(token|base_url|today|since_date|since_unix)$)[a-z_]{1,30}"
_HEADER_NAME = r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}"
_HEADER_VALUE = r"[!-~]([ -~]*[!-~])?"
_QUERY_NAME = r"[!-~]{1,60}"
_RAW_NAME = r"[a-z][a-z0-9_]{0,39}"
_status = whole(least=100, most=599)


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
    answer = fields.nested("answer")
    parameters = fields.nested("parameters")
    declared = {
        key: parameters.take(key, _parameter, Parameter("", ""))
        for key in _names(parameters, _PARAMETER_NAME)
    }
    placeholders = {"token", *declared}
    rules = _answer_rules(answer)
    profile = Profile(
        name=name,
        title=fields.require("title", text(longest=40)) or "",
        credential=credential.require("kind", text(longest=60)) or "",
        where=credential.require("where", text(longest=300)) or "",
        path=request.require(
            "path", _template(placeholders, _PATH, "a path that begins with / and ends before any ?")
        )
        or "",
        answer=rules,
        method=request.take("method", one_of(("GET", "POST")), "GET"),
        auth=request.take("auth", _auth, "bearer"),
        base_url=_base_url(request),
        headers=_templates(request, "headers", _HEADER_NAME, _template(placeholders, _HEADER_VALUE)),
        query=_templates(request, "query", _QUERY_NAME, _template(placeholders)),
        parameters=tuple(declared.items()),
        errors=fields.take("errors", _error_rules, ()),
        top_up_url=fields.take("top_up_url", url("a URL"), None),
        documentation=fields.take("documentation", text(longest=300), None),
        aliases=fields.take("aliases", texts(most=20, longest=40), ()),
        confidence=fields.take("confidence", one_of("ABCD"), "D"),
    )
    for inner in (credential, request, answer, parameters):
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


def _merged(parent: Table, child: Table) -> Table:
    """The child over the parent: tables are merged, its error rules come first, `false` drops a field."""
    merged = dict(parent)
    for key, value in child.items():
        inherited = merged.get(key)
        if isinstance(value, Mapping) and isinstance(inherited, Mapping):
            merged[key] = _merged(inherited, value)
        elif key == "errors" and isinstance(value, list) and isinstance(inherited, list):
            merged[key] = [*value, *inherited]
        elif value is False:
            merged.pop(key, None)
        else:
            merged[key] = value
    return merged


def _names(fields: Fields, pattern: str) -> list[str]:
    """The names in a table where its writer chooses them. The others are no fields, as `finish` finds."""
    return [name for name in fields.names if re.fullmatch(pattern, name)]


def _base_url(request: Fields) -> str | None:
    found = request.take("base_url", url("a URL without user, query or fragment"), None)
    return None if found is None else found.rstrip("/")


def _auth(value: object) -> Auth:
    return _AUTHS[one_of(_AUTHS)(value)]


def _template(
    names: set[str], pattern: str | None = None, wanted: str | None = None
) -> Callable[[object], str]:
    """A parser of text whose only placeholders are the known names."""
    written = text(longest=1000, pattern=pattern, wanted=wanted)

    def parse(value: object) -> str:
        parsed = written(value)
        unknown = {found for found in PLACEHOLDER.findall(parsed) if found not in names}
        if unknown or "{" in PLACEHOLDER.sub("", parsed) or "}" in PLACEHOLDER.sub("", parsed):
            raise WantedError(
                f"must hold no placeholder but {', '.join(sorted('{' + n + '}' for n in names))}"
            )
        return parsed

    return parse


def _templates(
    fields: Fields, name: str, pattern: str, template: Callable[[object], str]
) -> tuple[tuple[str, str], ...]:
    inner = fields.nested(name)
    found = tuple((key, inner.take(key, template, "")) for key in _names(inner, pattern))
    inner.finish()
    fields.absorb(inner)
    return found


def _parameter(value: object) -> Parameter:
    fields = Fields(mapping(value))
    pattern = fields.take("pattern", _pattern, _ANY_TEXT)
    parsed = Parameter(
        help=fields.require("help", text()) or "",
        pattern=pattern,
        default=fields.take("default", text(pattern=pattern, wanted="as `pattern` says"), None),
        secret=fields.take("secret", flag, default=False),
    )
    _raise_for(fields)
    return parsed


def _raise_for(fields: Fields) -> None:
    """Turn the problems of an inner table into what the outer field must be."""
    if problems := fields.finish():
        raise WantedError(mistakes(problems))


def _regular_expression(value: object, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    source = text(longest=500)(value)
    try:
        return re.compile(source, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        raise WantedError("must be a regular expression") from None


def _pattern(value: object) -> str:
    """A parser of what a parameter must match."""
    return _regular_expression(value, re.ASCII).pattern


def _expression(value: object) -> Expression:
    source = text(longest=500)(value)
    try:
        return Expression(source, jmespath.compile(source))
    except (JMESPathError, RecursionError):
        raise WantedError("must be a JMESPath expression") from None


def _terms(value: object) -> tuple[Term, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed:
        raise WantedError("must have at least one term")
    return tuple(_term(item) for item in listed)


def _term(value: object) -> Term:
    if not isinstance(value, Mapping):
        return Term(_expression(value))
    fields = Fields(value)
    at = fields.require("at", _expression)
    scale = fields.take("scale", _scale, None)
    _raise_for(fields)
    return Term(at or _expression("@"), scale)


def _scale(value: object) -> Decimal:
    scale = number()(value)
    if scale == 0:
        raise WantedError("must not be 0")
    return scale


def _answer_rules(fields: Fields) -> AnswerRules:
    raw = fields.nested("raw")
    rules = AnswerRules(
        remaining=fields.require("remaining", _terms) or (),
        used=fields.take("used", _terms, ()),
        ok=fields.take("ok", _expression, None),
        message=fields.take("message", _expression, None),
        unlimited=fields.take("unlimited", _expression, None),
        spendable=fields.take("spendable", _expression, None),
        threshold=fields.take("threshold", _expression, None),
        scale=fields.take("scale", _scale, Decimal(1)),
        unit=fields.take("unit", text(pattern=UNIT, wanted="a unit such as USD or tokens"), None),
        raw=tuple((key, at) for key in _names(raw, _RAW_NAME) if (at := raw.take(key, _expression, None))),
    )
    raw.finish()
    fields.absorb(raw)
    return rules


def _error_rules(value: object) -> tuple[ErrorRule, ...]:
    if not isinstance(value, list):
        raise WantedError("must be a list of tables")
    return tuple(_error_rule(item) for item in value)


def _error_rule(value: object) -> ErrorRule:
    fields = Fields(mapping(value))
    means = fields.require("reason", one_of((*Reason, "empty"))) or ""
    rule = ErrorRule(
        means="empty" if means == "empty" else Reason(means or Reason.REJECTED),
        statuses=fields.take("status", _statuses, ()),
        message=fields.take("message", _regular_expression, None),
        advice=fields.take("advice", text(longest=400), None),
    )
    if not rule.statuses and rule.message is None:
        fields.report("status", "is required, or `message`")
    _raise_for(fields)
    return rule


def _statuses(value: object) -> tuple[int, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(_status(item) for item in listed)
