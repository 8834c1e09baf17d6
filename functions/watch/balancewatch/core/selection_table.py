"""Parsers of what a profile selects: places, terms, conditions, times, units."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import TypeVar

import jmespath
from jmespath.exceptions import JMESPathError

from balancewatch.core.amount import amount_of
from balancewatch.core.fields import Fields, WantedError, flag, mapping, mistakes, number, one_of, text
from balancewatch.core.profile import UNIT, ErrorRule, Parameter, ParameterType, UnitsCase, UnitsRules
from balancewatch.core.reading import Reason
from balancewatch.core.selection import (
    MAIN,
    PLACEHOLDER,
    Condition,
    Expression,
    Missing,
    Place,
    Scalar,
    Stated,
    Term,
    TimeAt,
    TimeForm,
    UnitAt,
)

T = TypeVar("T")

PATH = r"/[A-Za-z0-9._~!$&'()*+,;=:@%/{}-]*"
A_PATH = "a path that begins with / and ends before any ?"
_ENDS_IN_KEY = r"(?:(?P<holder>.+)\.)?(?P<key>[A-Za-z_][A-Za-z0-9_]*)"
_MOST_VALUES = 40
_MOST_TERMS = 20
_MOST_STATUS = 599


def raise_for(fields: Fields) -> None:
    """Turn the problems of an inner table into what the outer field must be."""
    if problems := fields.finish():
        raise WantedError(mistakes(problems))


def expression(value: object, parameters: Collection[str] = ()) -> Expression:
    """A parser of JMESPath; it may hold these parameters as placeholders, between quotes."""
    source = text(longest=500)(value)
    named = PLACEHOLDER.findall(source)
    if not set(named) <= set(parameters):
        raise WantedError("must hold no placeholder but parameters that are no secret")
    try:
        compiled = jmespath.compile(PLACEHOLDER.sub("x", source))
        return Expression(source, None if named else compiled)
    except (JMESPathError, RecursionError):
        raise WantedError("must be a JMESPath expression") from None


def regular_expression(value: object, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """A parser of regular expressions."""
    source = text(longest=500)(value)
    try:
        return re.compile(source, flags)
    except (re.error, ValueError, OverflowError, RecursionError):
        raise WantedError("must be a regular expression") from None


def unit(value: object) -> str:
    """A parser of what numbers are."""
    return text(pattern=UNIT, wanted="a unit such as USD or tokens")(value)


def divisor(value: object) -> Decimal:
    """A parser of numbers to divide by."""
    found = number()(value)
    if found == 0:
        raise WantedError("must not be 0")
    return found


class Selections:
    """The parsers of one profile, which know its requests and its parameters."""

    def __init__(self, requests: Collection[str], parameters: Mapping[str, Parameter]) -> None:
        self._requests = tuple(requests)
        self._open = tuple(name for name, each in parameters.items() if not each.secret)
        self._numbers = tuple(name for name, each in parameters.items() if each.type is ParameterType.NUMBER)

    def place(self, value: object) -> Place:
        """An expression, or `{at, request}`."""
        if not isinstance(value, Mapping):
            return Place(self._expression(value))
        fields = Fields(value)
        found = self._place_in(fields)
        raise_for(fields)
        return found

    def terms(self, value: object) -> tuple[Term, ...]:
        """One term, or a list of those that are added."""
        listed = value if isinstance(value, list) else [value]
        if not 0 < len(listed) <= _MOST_TERMS:
            raise WantedError("must have at least one term, and at most 20")
        return tuple(self.term(item) for item in listed)

    def term(self, value: object) -> Term:
        """An expression, or `{at | param | value, scale, request, may_be_empty, absolute}`."""
        if not isinstance(value, Mapping):
            return Term(Place(self._expression(value)))
        fields = Fields(value)
        of: Place | Stated | Decimal = Decimal(0)
        if "param" in value:
            of = Stated(fields.take("param", self._number, ""))
        elif "value" in value:
            of = fields.take("value", number(), Decimal(0))
        else:
            of = self._place_in(fields)
        term = Term(
            of,
            scale=fields.take("scale", self.scale, None),
            may_be_empty=fields.take("may_be_empty", flag, default=False),
            absolute=fields.take("absolute", flag, default=False),
        )
        raise_for(fields)
        return term

    def scale(self, value: object) -> Decimal | Place:
        """A number to divide by, or where it stands."""
        return self.place(value) if isinstance(value, str | Mapping) else divisor(value)

    def conditions(self, value: object) -> tuple[Condition, ...]:
        """One condition, or a list of them."""
        listed = value if isinstance(value, list) else [value]
        if not 0 < len(listed) <= _MOST_TERMS:
            raise WantedError("must have at least one condition, and at most 20")
        return tuple(self.condition(item) for item in listed)

    def condition(self, value: object) -> Condition:
        """An expression, or `{at, request}` with `is`, `is_not`, `at_least`, `is_null`, `is_absent`."""
        if not isinstance(value, Mapping):
            return Condition(Place(self._expression(value)))
        fields = Fields(value)
        place = self._place_in(fields)
        null = fields.take("is_null", flag, default=False)
        absent = fields.take("is_absent", flag, default=False)
        found = Condition(
            place,
            among=fields.take("is", _scalars, None),
            not_among=fields.take("is_not", _scalars, None),
            at_least=fields.take("at_least", number(), None),
            missing=_missing(fields, place, null=null, absent=absent) if null or absent else None,
        )
        raise_for(fields)
        return found

    def time(self, value: object) -> TimeAt:
        """An expression, or `{at, request, as}`."""
        if not isinstance(value, Mapping):
            return TimeAt(Place(self._expression(value)))
        fields = Fields(value)
        found = TimeAt(self._place_in(fields), TimeForm(fields.take("as", one_of(TimeForm), TimeForm.TIME)))
        raise_for(fields)
        return found

    def unit(self, value: object) -> str | UnitAt:
        """A unit as it is, or `{at, request, map, pattern}`."""
        if not isinstance(value, Mapping):
            return unit(value)
        fields = Fields(value)
        found = UnitAt(
            self._place_in(fields),
            names=fields.take("map", _units, {}),
            pattern=fields.take("pattern", regular_expression, None),
        )
        raise_for(fields)
        return found

    def error_rules(self, value: object) -> tuple[ErrorRule, ...]:
        """What answers that are no success mean, the first that applies first."""
        if not isinstance(value, list):
            raise WantedError("must be a list of tables")
        return tuple(self._error_rule(item) for item in value)

    def units(self, value: object) -> UnitsRules:
        """Where a gateway publishes how it counts."""
        fields = Fields(mapping(value))
        path = text(longest=300, pattern=PATH.replace("{}", ""), wanted=A_PATH)
        found = UnitsRules(fields.require("path", path) or "", fields.require("cases", self._cases) or ())
        raise_for(fields)
        return found

    def _place_in(self, fields: Fields) -> Place:
        at = fields.require("at", self._expression)
        return Place(at or expression("@"), fields.take("request", one_of(self._requests), MAIN))

    def _expression(self, value: object) -> Expression:
        return expression(value, self._open)

    def _number(self, value: object) -> str:
        if not isinstance(value, str) or value not in self._numbers:
            raise WantedError("must be a declared parameter whose type is number")
        return value

    def _error_rule(self, value: object) -> ErrorRule:
        fields = Fields(mapping(value))
        means = fields.require("reason", one_of((*Reason, "empty"))) or ""
        rule = ErrorRule(
            means="empty" if means == "empty" else Reason(means or Reason.REJECTED),
            statuses=fields.take("status", _statuses, ()),
            message=fields.take("message", regular_expression, None),
            when=fields.take("when", self.condition, None),
            advice=fields.take("advice", text(longest=400), None),
        )
        if not rule.statuses and rule.message is None and rule.when is None:
            fields.report("status", "is required, or `message`, or `when`")
        raise_for(fields)
        return rule

    def _cases(self, value: object) -> tuple[UnitsCase, ...]:
        if not isinstance(value, list) or not value:
            raise WantedError("must be a list of tables")
        return tuple(self._case(item) for item in value)

    def _case(self, value: object) -> UnitsCase:
        fields = Fields(mapping(value))
        scale = fields.require("scale", _number_or(expression))
        case = UnitsCase(
            unit=fields.require("unit", unit) or "",
            scale=Decimal(1) if scale is None else scale,
            rate=fields.take("rate", expression, None),
            when=fields.take("when", self.condition, None),
        )
        raise_for(fields)
        return case


def _number_or(parse: Callable[[object], T]) -> Callable[[object], Decimal | T]:
    return lambda value: parse(value) if isinstance(value, str) else divisor(value)


def _missing(fields: Fields, place: Place, *, null: bool, absent: bool) -> Missing | None:
    found = re.fullmatch(_ENDS_IN_KEY, place.at.source)
    if found is not None:
        try:
            return Missing(expression(found["holder"] or "@"), found["key"], null=null, absent=absent)
        except WantedError:
            pass
    fields.report("at", "must end in the name of a key, so that it can be null or absent")
    return None


def _scalars(value: object) -> tuple[Scalar, ...]:
    listed = value if isinstance(value, list) else [value]
    if not 0 < len(listed) <= _MOST_VALUES:
        raise WantedError("must be a text, a number, true or false, or a list of these")
    return tuple(_scalar(item) for item in listed)


def _scalar(value: object) -> Scalar:
    if isinstance(value, bool) or (isinstance(value, str) and value.isprintable()):
        return value
    found = amount_of(value)
    if found is None:
        raise WantedError("must be a text, a number, true or false, or a list of these")
    return found


def _units(value: object) -> Mapping[str, str]:
    wanted = "must be an object of at most 40 units by what they are called in the answer"
    if not isinstance(value, Mapping) or len(value) > _MOST_VALUES:
        raise WantedError(wanted)
    return {str(name): unit(code) for name, code in value.items()}


def _statuses(value: object) -> tuple[int, ...]:
    status = number(least=Decimal(100), most=Decimal(_MOST_STATUS))
    listed = value if isinstance(value, list) else [value]
    return tuple(int(status(item)) for item in listed)
