"""From the JSON of a secret to the accounts of a team: strict, and one bad entry stops no other."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from balancewatch.core.account import Account, Entry, Language, Misconfigured, Rules
from balancewatch.core.account_rules import FIELDS, OWN_FIELDS, rules_of
from balancewatch.core.fields import Fields, Problem, WantedError, mapping, mistakes, text
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.parameter import parameter_value
from balancewatch.core.profile import Profile
from balancewatch.core.profile_table import ProfileError, Table
from balancewatch.core.token import Token, token

NAMELESS = "#entries"
"""The account that stands for all entries without a usable name; no name can begin with `#`."""

_NAME = r"(?=.*[^ ])[A-Za-z0-9._ -]{1,64}"
_IN_CLEAR = re.compile(r"http://(?!127\.|localhost\b|\[::1\])")
_LARGEST = 65_536
"""Secrets Manager: the most bytes of a secret."""
_MOST_PROBLEMS = 20
"""So many mistakes are named; a message must stay readable, and short enough to be sent."""
_TOP_FIELDS = ("accounts", "defaults")


class UnreadableAccountsError(ValueError):
    """A secret whose accounts cannot be told apart: the run fails and changes no state."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What accounts take from the stack where they say nothing themselves."""

    timezone: ZoneInfo
    language: Language
    profile: Callable[[str | Table], Profile | None]
    """A shipped profile by name (None where there is none), or an inline one; raises `ProfileError`."""
    slugs: Callable[[], Collection[str]]
    """The names of all shipped profiles."""
    local: bool = False
    """Run from a terminal: base URLs may be plain http."""


@dataclass(frozen=True, slots=True)
class AccountList:
    """A team's entries that are enabled and have a name, and what is wrong with the others."""

    team: str
    rules: Rules
    """What `defaults` says, or the stack."""
    entries: tuple[Entry, ...] = ()
    nameless: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Setting:
    """What all entries of a team have in common."""

    team: str
    stack: Stack
    defaults: Mapping[str, object]

    def merged(self, entry: Mapping[str, object]) -> Mapping[str, object]:
        """The entry over the defaults; its `params` over theirs, one by one."""
        values = {**self.defaults, **entry}
        params = entry.get("params")
        if isinstance(params, Mapping):
            values["params"] = {**self.params, **params}
        return values

    @property
    def params(self) -> Mapping[str, object]:
        return Fields(self.defaults).take("params", mapping, {})

    def rules(self, fields: Fields) -> Rules:
        return rules_of(fields, self.stack.timezone, self.stack.language)


def parse_accounts(secret: str, team: str, stack: Stack) -> AccountList:
    """The accounts of a team. Raises `UnreadableAccountsError`, whose text holds no value."""
    if len(secret.encode()) > _LARGEST:
        raise UnreadableAccountsError("the secret is larger than the 64 KiB that Secrets Manager takes")
    try:
        document = decode(secret, names=(*_TOP_FIELDS, *FIELDS))
    except NotJsonError as error:
        raise UnreadableAccountsError(f"the secret is not JSON: {error}") from None
    defaults, written = _parts(document)
    setting = _Setting(team, stack, defaults)
    rules = _default_rules(setting)
    named: list[tuple[str, Mapping[str, object]]] = []
    nameless: list[Problem] = []
    for index, entry in enumerate(written):
        if not isinstance(entry, Mapping):
            nameless.append(Problem(None, f"accounts[{index}]", "must be an object"))
            continue
        values = setting.merged(entry)
        if values.get("enabled", True) is False:
            continue
        try:
            named.append((_name(entry.get("name")), values))
        except WantedError as error:
            nameless.append(Problem(None, f"accounts[{index}].name", str(error)))
    times = Counter(name for name, _ in named)
    entries = tuple(
        _entry(name, values, setting) if times[name] == 1 else _repeated(name, values, setting, times[name])
        for name, values in dict(named).items()
    )
    if (more := len(nameless) - _MOST_PROBLEMS) > 0:
        nameless[_MOST_PROBLEMS:] = [Problem(None, "accounts[...]", f"has {more} more such entries")]
    return AccountList(team, rules, entries, tuple(nameless), tuple(_problems(entries, nameless)))


def _parts(document: object) -> tuple[Mapping[str, object], list[object]]:
    """`defaults` and `accounts`."""
    if not isinstance(document, Mapping) or not isinstance(document.get("accounts"), list):
        raise UnreadableAccountsError(
            'the secret must be an object with a list `accounts`: {"accounts": [...]}'
        )
    if unknown := Fields(document).finish(allowed=_TOP_FIELDS):
        near = "; account fields belong in `defaults`" if document.keys() & set(FIELDS) else ""
        told = "; ".join(f"`{name}` {problem}" for name, problem in unknown)
        raise UnreadableAccountsError(f"the secret holds more than `accounts` and `defaults`: {told}{near}")
    try:
        return mapping(document.get("defaults", {})), document["accounts"]
    except WantedError as error:
        raise UnreadableAccountsError(f"`defaults` {error}") from None


def _default_rules(setting: _Setting) -> Rules:
    checked = Fields(setting.defaults)
    rules = setting.rules(checked)
    for name in OWN_FIELDS:
        if name in setting.defaults:
            checked.report(name, "belongs to each account")
    if problems := checked.finish(allowed=FIELDS):
        told = "; ".join(f"`defaults.{name}` {problem}" for name, problem in problems)
        raise UnreadableAccountsError(told)
    return rules


def _name(value: object) -> str:
    return text(
        pattern=_NAME,
        wanted="1 to 64 of the letters A-Z and a-z, digits, `-`, `_`, `.` and space (`title` takes any)",
    )(value)


def _problems(entries: tuple[Entry, ...], nameless: list[Problem]) -> list[Problem]:
    problems = list(nameless)
    for entry in entries:
        match entry:
            case Misconfigured():
                problems.extend(Problem(entry.name, name, problem) for name, problem in entry.problems)
            case Account() if _IN_CLEAR.match(entry.base_url):
                name = "allow_http" if entry.rules.allow_http else "base_url"
                problems.append(Problem(entry.name, name, "lets the token travel in clear text"))
            case Account():
                pass
    return problems


def _entry(name: str, values: Mapping[str, object], setting: _Setting) -> Entry:
    fields = Fields(values)
    rules = setting.rules(fields)
    credential = fields.require("token", token)
    profile = _profile(fields, setting.stack)
    params: Mapping[str, str | Token] = {}
    base_url = rules.base_url
    if profile is not None:
        params = _params(fields, values, profile, setting)
        base_url = rules.base_url or profile.base_url
        if base_url is None and "base_url" not in values:
            fields.report("base_url", "is required: this provider has many addresses")
        if not profile.answer.tells_unit and "unit" not in values:
            fields.report(
                "unit", "is required: this provider does not say what its numbers are (USD, CNY or tokens)"
            )
    if (
        base_url is not None
        and base_url.startswith("http:")
        and not (rules.allow_http or setting.stack.local)
    ):
        fields.report(
            "base_url", "must begin with https:// (or set `allow_http`: the token then travels in clear)"
        )
    problems = fields.finish(allowed=FIELDS)
    if problems or profile is None or credential is None or base_url is None:
        return _misconfigured(name, values, setting, problems)
    return Account(name, setting.team, profile, credential, base_url, rules, params)


def _repeated(name: str, values: Mapping[str, object], setting: _Setting, times: int) -> Entry:
    problem = f"stands {times} times in the list; names must be unique"
    return _misconfigured(name, values, setting, [("name", problem)])


def _misconfigured(
    name: str, values: Mapping[str, object], setting: _Setting, problems: list[tuple[str, str]]
) -> Misconfigured:
    if (more := len(problems) - _MOST_PROBLEMS) > 0:
        problems = [*problems[:_MOST_PROBLEMS], ("...", f"{more} more mistakes")]
    provider = values.get("provider")
    known = provider if isinstance(provider, str) and _shipped(setting.stack, provider) else None
    return Misconfigured(name, setting.team, known, tuple(problems), setting.rules(Fields(values)))


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
            raise WantedError(f"is no profile: it {mistakes(error.problems)}") from None
        if found is None:
            near = difflib.get_close_matches(str(value), stack.slugs(), n=1)
            hint = f"did you mean `{near[0]}`?" if near else "the README lists the providers"
            raise WantedError(f"is not in the catalogue; {hint}")
        return found

    return fields.require("provider", parse)


def _params(
    fields: Fields, values: Mapping[str, object], profile: Profile, setting: _Setting
) -> Mapping[str, str | Token]:
    """The parameters that the profile declares; those of `defaults` may be meant for other providers."""
    given = values.get("params")
    inner = Fields(given if isinstance(given, Mapping) else {}, path="params.")
    found: dict[str, str | Token] = {}
    for name, declared in profile.parameters:
        wanted = parameter_value(declared, f"as the provider wants it: {declared.help}")
        if declared.secret:
            value: str | Token | None = inner.require(name, token, why=f"is required: {declared.help}")
        elif declared.default is None:
            value = inner.require(name, wanted, why=f"is required: {declared.help}")
        else:
            value = inner.take(name, wanted, declared.default)
        found[name] = "" if value is None else value
    inner.finish(allowed=setting.params)
    fields.absorb(inner)
    return found
