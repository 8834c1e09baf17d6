"""A provider as data: how to ask it for a balance, and how to read what it answers.

A profile is written in TOML, or inline in an account as JSON: `profile_table` reads both.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from ipaddress import IPv6Address
from typing import Literal
from urllib.parse import urlsplit

import jmespath.parser

from balancewatch.core.fields import WantedError, text
from balancewatch.core.reading import Reason

Auth = Literal["raw", "bearer", "none"]

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
UNIT = r"[A-Za-z][A-Za-z0-9 _/-]{0,15}"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_URL = (
    rf"https?://({_LABEL}(\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?"
    r"(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
)


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


@dataclass(frozen=True, slots=True)
class Expression:
    """A JMESPath expression. It only selects: its functions fail on decimals."""

    source: str
    _compiled: jmespath.parser.ParsedResult

    def find(self, document: object) -> object:
        """What it selects; None where that is absent, or where the expression fails on this document."""
        try:
            return self._compiled.search(document)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError):
            return None  # jmespath's own errors are ValueErrors; on decimals it also fails in other ways


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of an amount: what it selects, divided by its own scale or by the profile's."""

    at: Expression
    scale: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that an account must or may say besides its token."""

    help: str
    pattern: str
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """Which answers mean which reason (or `empty`), and what the provider's documentation advises."""

    means: Reason | Literal["empty"]
    statuses: tuple[int, ...] = ()
    message: re.Pattern[str] | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Where in an answer each figure and flag stands."""

    remaining: tuple[Term, ...]
    used: tuple[Term, ...] = ()
    ok: Expression | None = None
    message: Expression | None = None
    unlimited: Expression | None = None
    spendable: Expression | None = None
    threshold: Expression | None = None
    scale: Decimal = Decimal(1)
    unit: str | None = None
    raw: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """A provider: what it is, how to ask, how to read. `name` is its slug, or `inline`."""

    name: str
    title: str
    credential: str
    where: str
    path: str
    answer: AnswerRules
    method: str = "GET"
    auth: Auth = "bearer"
    base_url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, Parameter], ...] = ()
    errors: tuple[ErrorRule, ...] = ()
    top_up_url: str | None = None
    documentation: str | None = None
    aliases: tuple[str, ...] = ()
    confidence: str = "D"
