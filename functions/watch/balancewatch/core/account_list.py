"""From the JSON of a secret to the accounts of a team: strict, and one bad entry stops no other."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.core.account import (
    Account,
    Entry,
    Language,
    Limit,
    Misconfigured,
    Percentage,
    QuietHours,
    Rules,
)
from balancewatch.core.amount import amount_of
from balancewatch.core.fields import (
    Fields,
    Problem,
    WantedError,
    flag,
    mapping,
    number,
    one_of,
    text,
    texts,
    whole,
)
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import UNIT, URL, Profile
from balancewatch.core.profile_table import ProfileError, Table
from balancewatch.core.token import Token, token

NAMELESS = "#entries"
"""The account that stands for all entries without a usable name; no name can begin with `#`."""

_NAME = r"[A-Za-z0-9._ -]{1,64}"
_WHOLE = 100
_OWN_FIELDS = ("name", "provider", "token")
_FIELDS = (
    *_OWN_FIELDS,
    *("title", "base_url", "allow_http", "params", "threshold", "critical_threshold", "runway_hours"),
    *(
        "critical_runway_hours",
        "unit",
        "scale",
        "failures",
        "repeat_hours",
        "quiet",
        "mute_until",
        "timezone",
    ),
    *("language", "labels", "top_up_url", "enabled"),
)


class UnreadableAccountsError(ValueError):
    """A secret whose accounts cannot be told apart: the run fails and changes no state."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What accounts take from the stack where they say nothing themselves."""

    timezone: ZoneInfo
    language: Language
    profile: Callable[[str | Table], Profile | None]
    """A shipped profile by name (None where there is none), or an inline one; raises `ProfileError`."""
    local: bool = False
    """Run from a terminal: base URLs may be plain http."""


@dataclass(frozen=True, slots=True)
class AccountList:
    """A team's entries that are enabled and have a name, and what is wrong with the others."""

    team: str
    rules: Rules
    """What `defaults` says, or the stack."""
    entries: tuple[Entry, ...] = ()
    nameless: tuple[Problem, ...] = field(default=())
    problems: tuple[Problem, ...] = field(default=())


def parse_accounts(secret: str, team: str, stack: Stack) -> AccountList:
    """The accounts of a team. Raises `UnreadableAccountsError`, whose text holds no value."""
    try:
        document = decode(secret, names=_FIELDS)
    except NotJsonError as error:
        raise UnreadableAccountsError(f"the secret is not JSON: {error}") from None
    defaults, rules, written = _parts(document, stack)
    named: list[tuple[str, Mapping[str, object]]] = []
    nameless: list[Problem] = []
    for index, entry in enumerate(written):
        if isinstance(entry, Mapping) and {**defaults, **entry}.get("enabled", True) is False:
            continue
        try:
            values = mapping(entry)
            named.append((_name(values.get("name")), {**defaults, **values}))
        except WantedError as error:
            nameless.append(Problem(None, f"accounts[{index}].name", str(error)))
    times = Counter(name for name, _ in named)
    entries = tuple(
        _entry(name, values, team, stack)
        if times[name] == 1
        else _misconfigured(
            name,
            values,
            team,
            stack,
            (("name", f"stands {times[name]} times in the list; names must be unique"),),
        )
        for name, values in dict(named).items()
    )
    return AccountList(team, rules, entries, tuple(nameless), tuple(_problems(entries, nameless)))


def _parts(document: object, stack: Stack) -> tuple[Mapping[str, object], Rules, list[object]]:
    if not isinstance(document, Mapping) or not isinstance(document.get("accounts"), list):
        raise UnreadableAccountsError(
            'the secret must be an object with a list `accounts`: {"accounts": [...]}'
        )
    if extra := document.keys() - {"accounts", "defaults"}:
        near = " (move account fields into `defaults`)" if extra & set(_FIELDS) else ""
        raise UnreadableAccountsError(f"the secret has fields besides `accounts` and `defaults`{near}")
    try:
        defaults = mapping(document.get("defaults", {}))
    except WantedError as error:
        raise UnreadableAccountsError(f"`defaults` {error}") from None
    checked = Fields(defaults)
    rules = _rules(checked, stack)
    for name in _OWN_FIELDS:
        if name in defaults:
            checked.report(name, "belongs to each account")
    if problems := checked.finish(allowed=_FIELDS):
        told = "; ".join(f"`defaults.{name}` {problem}" for name, problem in problems)
        raise UnreadableAccountsError(told)
    return defaults, rules, document["accounts"]


def _name(value: object) -> str:
    return text(pattern=_NAME, wanted="1 to 64 of the letters A-Z and a-z, digits, `-`, `_`, `.` and space")(
        value
    )


def _problems(entries: tuple[Entry, ...], nameless: list[Problem]) -> list[Problem]:
    problems = list(nameless)
    for entry in entries:
        match entry:
            case Misconfigured():
                problems.extend(Problem(entry.name, name, problem) for name, problem in entry.problems)
            case Account() if entry.rules.allow_http and entry.base_url.startswith("http:"):
                problems.append(Problem(entry.name, "allow_http", "the token travels in clear text"))
            case Account():
                pass
    return problems


def _rules(fields: Fields, stack: Stack) -> Rules:
    zone = fields.take("timezone", _timezone, stack.timezone)
    fields.take("enabled", flag, default=True)
    fields.take("params", mapping, {})
    rules = Rules(
        title=fields.take("title", text(longest=40), None),
        threshold=fields.take("threshold", _limit, None),
        critical_threshold=fields.take("critical_threshold", _limit, None),
        runway_hours=fields.take("runway_hours", number(least=Decimal(0)), Decimal(48)),
        critical_runway_hours=fields.take("critical_runway_hours", number(least=Decimal(0)), Decimal(12)),
        unit=fields.take("unit", text(pattern=UNIT, wanted="a unit such as USD, CNY or tokens"), None),
        scale=fields.take("scale", number(above=Decimal(0)), None),
        failures=fields.take("failures", whole(least=1, most=100), None),
        repeat_hours=fields.take("repeat_hours", number(least=Decimal(0)), Decimal(24)),
        quiet=fields.take("quiet", _quiet, None),
        mute_until=fields.take("mute_until", _instant(zone), None),
        timezone=zone,
        language=Language(fields.take("language", one_of(Language), stack.language)),
        labels=fields.take("labels", texts(most=5, longest=40), ()),
        top_up_url=fields.take(
            "top_up_url", text(longest=300, pattern=URL + r"(\?\S*)?(#\S*)?", wanted="a URL"), None
        ),
        base_url=fields.take("base_url", _base_url, None),
        allow_http=fields.take("allow_http", flag, default=False),
    )
    match rules.threshold, rules.critical_threshold:
        case (Decimal() as warning, Decimal() as critical) if critical > warning:
            fields.report("critical_threshold", "must not be above `threshold`")
        case (Percentage(warning), Percentage(critical)) if critical > warning:
            fields.report("critical_threshold", "must not be above `threshold`")
    return rules


def _entry(name: str, values: Mapping[str, object], team: str, stack: Stack) -> Entry:
    fields = Fields(values)
    rules = _rules(fields, stack)
    credential = fields.require("token", token)
    profile = _profile(fields, stack)
    params: Mapping[str, str | Token] = {}
    base_url = rules.base_url
    if profile is not None:
        params = _params(fields, values, profile)
        base_url = rules.base_url or profile.base_url
        if base_url is None and "base_url" not in values:
            fields.report("base_url", "is required: this provider has many addresses")
        if profile.answer.unit is None and "unit" not in values:
            fields.report(
                "unit", "is required: this provider does not say what its numbers are (USD, CNY or tokens)"
            )
    if base_url is not None and base_url.startswith("http:") and not (rules.allow_http or stack.local):
        fields.report(
            "base_url", "must begin with https:// (or set `allow_http`: the token then travels in clear)"
        )
    problems = fields.finish(allowed=_FIELDS)
    if problems or profile is None or credential is None or base_url is None:
        return _misconfigured(name, values, team, stack, tuple(problems))
    return Account(name, team, profile, credential, base_url, rules, params)


def _misconfigured(
    name: str, values: Mapping[str, object], team: str, stack: Stack, problems: tuple[tuple[str, str], ...]
) -> Misconfigured:
    rules = _rules(Fields(values), stack)
    provider = values.get("provider")
    known = isinstance(provider, str) and _shipped(stack, provider) is not None
    return Misconfigured(
        name, team, provider if known and isinstance(provider, str) else None, problems, rules
    )


def _shipped(stack: Stack, name: str) -> Profile | None:
    try:
        return stack.profile(name)
    except ProfileError:
        return None


def _profile(fields: Fields, stack: Stack) -> Profile | None:
    def parse(value: object) -> Profile:
        if not isinstance(value, str | Mapping):
            raise WantedError("must be the name of a provider, or a whole profile")
        try:
            found = stack.profile(value)
        except ProfileError as error:
            inner = "; ".join(f"`{path}` {problem}" for path, problem in error.problems)
            raise WantedError(f"is no profile: {inner}") from None
        if found is None:
            raise WantedError("is not in the catalogue; the README lists the providers")
        return found

    return fields.require("provider", parse)


def _params(fields: Fields, values: Mapping[str, object], profile: Profile) -> Mapping[str, str | Token]:
    given = values.get("params")
    inner = Fields(given if isinstance(given, Mapping) else {}, path="params.")
    found: dict[str, str | Token] = {}
    for name, declared in profile.parameters:
        wanted = text(
            longest=500, pattern=declared.pattern, wanted=f"as the provider wants it: {declared.help}"
        )
        if declared.secret:
            value: str | Token | None = inner.require(name, token, why=f"is required: {declared.help}")
        elif declared.default is None:
            value = inner.require(name, _parameter_text(wanted), why=f"is required: {declared.help}")
        else:
            value = inner.take(name, _parameter_text(wanted), declared.default)
        found[name] = "" if value is None else value
    inner.finish()
    fields.absorb(inner)
    return found


def _parameter_text(wanted: Callable[[object], str]) -> Callable[[object], str]:
    """People write ids as numbers; a whole number is taken as its digits."""

    def parse(value: object) -> str:
        if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < Decimal("1e18"):
            return wanted(str(int(value)))
        return wanted(value)

    return parse


def _limit(value: object) -> Limit:
    if isinstance(value, str) and value.endswith("%"):
        share = amount_of(value[:-1])
        if share is not None and 0 < share <= _WHOLE:
            return Percentage(share)
        raise WantedError("must be a number or a percentage above 0% and up to 100%")
    if isinstance(value, str) or amount_of(value) is None:
        raise WantedError("must be a number or a percentage")
    return number(least=Decimal(0))(value)


def _base_url(value: object) -> str:
    wanted = "an address such as https://api.example.com, without user, query or fragment"
    return text(longest=300, pattern=URL, wanted=wanted)(value).rstrip("/")


def _timezone(value: object) -> ZoneInfo:
    name = text(
        longest=60, pattern=r"[A-Za-z][A-Za-z0-9_+/-]*", wanted="an IANA time zone such as Asia/Shanghai"
    )(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise WantedError("must be an IANA time zone such as Asia/Shanghai") from None


def _quiet(value: object) -> QuietHours:
    fields = Fields(mapping(value))
    start, end = fields.require("from", _clock_time), fields.require("to", _clock_time)
    if (problems := fields.finish()) or start is None or end is None:
        raise WantedError("; ".join(f"its `{name}` {problem}" for name, problem in problems))
    if start == end:
        raise WantedError("must not begin and end at the same time")
    return QuietHours(start, end)


def _clock_time(value: object) -> time:
    wanted = text(longest=5, pattern=r"([01][0-9]|2[0-3]):[0-5][0-9]", wanted='a time such as "22:00"')
    return time.fromisoformat(wanted(value))


def _instant(zone: ZoneInfo) -> Callable[[object], datetime]:
    def parse(value: object) -> datetime:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None:
            raise WantedError('must be a time such as "2026-12-01T08:00:00+08:00"')
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)

    return parse
