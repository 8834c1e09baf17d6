"""What a profile selects in answers: places, amounts, conditions, times and units. Data, not yet applied."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jmespath.parser

from balancewatch.core.amount import figure_of

MAIN = "main"
"""The name of the request that a profile calls `request`; the others have names of their own."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
Scalar = str | bool | Decimal
Params = Mapping[str, str]
"""What an account says for the parameters of its profile that are no secret."""
NO_PARAMS: Params = MappingProxyType({})
GAP = object()
"""Stands where a list has nothing: absent is not zero."""
_PROJECTIONS = frozenset({"projection", "filter_projection", "value_projection"})
_CHOICES = frozenset({"or_expression", "and_expression", "not_expression", "comparator"})
"""In these it matters whether a list is empty, and a gap would fill it."""
_UNQUOTABLE = frozenset("\\'\"`")


class UnclearError(ValueError):
    """A flag that is neither true nor false."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A JMESPath expression. It only selects: its functions fail on decimals."""

    source: str
    _compiled: jmespath.parser.ParsedResult | None
    """None where it holds placeholders: then it is compiled with what the account says."""

    def find(self, document: object, params: Params = NO_PARAMS, *, gaps: bool = False) -> object:
        """What it selects; None where that is absent, or where the expression fails on this document.

        JMESPath leaves out of a list what is absent or null; with `gaps`, `GAP` stands there.
        """
        try:
            source = self.source if self._compiled else _bound(self.source, params)
            compiled = _gapped(source) if gaps else self._compiled or jmespath.compile(source)
            return compiled.search(document)
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError):
            return None  # jmespath's own errors are ValueErrors; on decimals it also fails in other ways


@lru_cache(maxsize=256)
def _gapped(source: str) -> jmespath.parser.ParsedResult:
    return jmespath.parser.ParsedResult(source, _with_gaps(jmespath.compile(source).parsed))


def _with_gaps(node: Any) -> Any:
    """The tree of an expression, each of its projections with `GAP` for what it would leave out."""
    if not isinstance(node, Mapping) or node["type"] in _CHOICES:
        return node
    children = [_with_gaps(child) for child in node["children"]]
    if node["type"] in _PROJECTIONS:
        gap = {"type": "literal", "value": GAP, "children": []}
        children[1] = {"type": "function_expression", "value": "not_null", "children": [children[1], gap]}
    return {**node, "children": children}


def _bound(source: str, params: Params) -> str:
    """The expression with its placeholders filled; they stand between quotes, which a value cannot end."""

    def value(found: re.Match[str]) -> str:
        if _UNQUOTABLE.intersection(params[found[1]]):
            raise ValueError(found[1])
        return params[found[1]]

    return PLACEHOLDER.sub(value, source)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: an expression, and in the answer to which request."""

    at: Expression
    request: str = MAIN


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount that no answer holds: a parameter of the account."""

    parameter: str


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of an amount, divided by its own scale or by the profile's.

    A list is summed, over all pages. What the account states, and a number, are in the unit already: their
    scale is 1 where they say none.
    """

    of: Place | Stated | Decimal
    scale: Decimal | Place | None = None
    may_be_empty: bool = False
    """An empty list adds nothing; otherwise it is a figure that is missing."""
    absolute: bool = False
    """Without its sign: where a provider writes the same figure with either."""


@dataclass(frozen=True, slots=True)
class Missing:
    """That a key holds null, or is absent from the object that should hold it."""

    holder: Expression
    key: str
    null: bool
    absent: bool

    def holds(self, document: object, params: Params) -> bool | None:
        """None where the object itself is not there: then its key says nothing."""
        holder = self.holder.find(document, params)
        if not isinstance(holder, Mapping):
            return None
        return self.null if self.key in holder and holder[self.key] is None else self._is_absent(holder)

    def _is_absent(self, holder: Mapping[str, object]) -> bool:
        return self.absent and self.key not in holder


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds or not: an expression that gives true or false, or what it must be."""

    place: Place
    among: Sequence[Scalar] | None = None
    not_among: Sequence[Scalar] | None = None
    at_least: Decimal | None = None
    missing: Missing | None = None

    def holds(self, document: object, params: Params = NO_PARAMS) -> bool | None:
        """None where the answer does not tell. Raises `UnclearError`."""
        if self.missing is not None and (found := self.missing.holds(document, params)) is not False:
            return found
        value = self.place.at.find(document, params)
        if self._is_plain:
            if value is None or isinstance(value, bool):
                return value
            raise UnclearError
        if value is None:
            return None if self.missing is None else False
        return any(self._tests(value))

    @property
    def _is_plain(self) -> bool:
        others = (self.among, self.not_among, self.at_least, self.missing)
        return all(other is None for other in others)

    def _tests(self, value: object) -> Sequence[bool]:
        number = figure_of(value)
        return (
            self.among is not None and any(_equal(value, each) for each in self.among),
            self.not_among is not None and not any(_equal(value, each) for each in self.not_among),
            self.at_least is not None and number is not None and number >= self.at_least,
        )


def _equal(value: object, wanted: Scalar) -> bool:
    """Numbers as decimals, however written; `true` only as itself; text to the letter."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if value == wanted:
        return True
    number = figure_of(value)
    return number is not None and number == figure_of(wanted)


class TimeForm(StrEnum):
    """How a provider writes a time."""

    TIME = "time"
    """ISO 8601, seconds or milliseconds of the epoch, or how often: daily, weekly, monthly."""
    SECONDS = "seconds"
    """From when it was asked."""
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class TimeAt:
    """Where a time stands, and how it is written."""

    place: Place
    form: TimeForm = TimeForm.TIME


@dataclass(frozen=True, slots=True)
class UnitAt:
    """Where the unit stands: what it is called there, or which part of the text it is."""

    place: Place
    names: Mapping[str, str]
    pattern: re.Pattern[str] | None = None
