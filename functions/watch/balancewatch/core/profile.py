"""A provider as data: how to ask it for a balance, and how to read what it answers.

A profile is written in TOML, or inline in an account as JSON: `profile_table` reads both.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import urlsplit

from balancewatch.core.fields import WantedError, text
from balancewatch.core.reading import Reason
from balancewatch.core.selection import MAIN, Condition, Expression, Place, Term, TimeAt, UnitAt

UNIT = r"[A-Za-z][A-Za-z0-9 _/-]{0,15}"
SINCE = "since"
"""The parameter from which `{since_date}` and `{since_unix}` are computed."""
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL = (
    rf"https?://({_LABEL}(\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
)

JsonTree = str | bool | int | float | None | list["JsonTree"] | dict[str, "JsonTree"]
"""A JSON body whose texts may hold placeholders."""
Pairs = tuple[tuple[str, str], ...]


def url(wanted: str, *, more: str = "") -> Callable[[object], str]:
    """A parser of URLs without user, query or fragment: each can hold a secret, and logs show the host.

    `more` is a pattern of what may follow all the same.
    """
    written = text(longest=300, pattern=_URL + more, wanted=wanted)

    def parse(value: object) -> str:
        found = written(value)
        try:
            parts = urlsplit(found)
            is_good = parts.port != 0
            if "[" in parts.netloc:
                IPv6Address(parts.hostname or "")
        except ValueError:
            is_good = False
        if not is_good:
            raise WantedError(f"must be {wanted}")
        return found

    return parse


class ParameterType(StrEnum):
    """What a parameter holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that an account must or may say besides its token."""

    help: str
    pattern: str
    default: str | None = None
    secret: bool = False
    type: ParameterType = ParameterType.TEXT


@dataclass(frozen=True, slots=True)
class Auth:
    """Where the credential stands in a request: a header, a query parameter, or HTTP Basic."""

    kind: Literal["header", "query", "basic", "none"]
    name: str = "Authorization"
    template: str = "{token}"


RAW = Auth("header")
BEARER = Auth("header", template="Bearer {token}")
NO_AUTH = Auth("none")


@dataclass(frozen=True, slots=True)
class Next:
    """Where an answer says that there is another page: a cursor for a query parameter, or its URL."""

    at: Expression
    query: str | None = None


@dataclass(frozen=True, slots=True)
class RequestRules:
    """How one request is made, and what its answers must be where that differs from the others."""

    path: str
    method: str = "GET"
    auth: Auth = BEARER
    headers: Pairs = ()
    query: Pairs = ()
    json: JsonTree = None
    form: Pairs = ()
    next: Next | None = None
    ok: tuple[Condition, ...] = ()
    """For a further request; where it says nothing, that of the answer holds."""


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """Which answers mean which reason (or `empty`), and what the provider's documentation advises."""

    means: Reason | Literal["empty"]
    statuses: tuple[int, ...] = ()
    message: re.Pattern[str] | None = None
    when: Condition | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Where in the answers each figure and flag stands."""

    remaining: tuple[Term, ...]
    used: tuple[Term, ...] = ()
    ok: tuple[Condition, ...] = ()
    """All must hold."""
    message: Expression | None = None
    unlimited: tuple[Condition, ...] = ()
    """Any of them."""
    spendable: tuple[Condition, ...] | None = None
    """All must hold; None where answers do not tell."""
    threshold: Term | None = None
    requests: Place | None = None
    expires: TimeAt | None = None
    refills: TimeAt | None = None
    scale: Decimal = Decimal(1)
    scale_at: Place | None = None
    """Where the answer itself says what its figures are divided by."""
    unit: str | None = None
    unit_at: UnitAt | None = None
    raw: tuple[tuple[str, Place], ...] = ()

    @property
    def tells_unit(self) -> bool:
        """Whether an account need not say its unit."""
        return self.unit is not None or self.unit_at is not None


@dataclass(frozen=True, slots=True)
class UnitsCase:
    """One way in which a gateway counts: its unit, and what figures are divided by."""

    unit: str
    scale: Decimal | Expression
    rate: Expression | None = None
    """How many of the unit are one of what the scale gives."""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class UnitsRules:
    """Where a gateway publishes how it counts: the first case that applies is it."""

    path: str
    cases: tuple[UnitsCase, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider: what it is, how to ask, how to read. `name` is its slug, or `inline`."""

    name: str
    title: str
    credential: str
    where: str
    request: RequestRules
    answer: AnswerRules
    base_url: str | None = None
    further: Mapping[str, RequestRules] = field(default_factory=dict)
    parameters: tuple[tuple[str, Parameter], ...] = ()
    errors: tuple[ErrorRule, ...] = ()
    units: UnitsRules | None = None
    estimate: bool = False
    """The balance is worked out from what was bought and spent: no answer holds it."""
    top_up_url: str | None = None
    documentation: str | None = None
    aliases: tuple[str, ...] = ()
    confidence: str = "D"

    @property
    def requests(self) -> Mapping[str, RequestRules]:
        """All requests by name, the main one first."""
        return {MAIN: self.request, **self.further}
