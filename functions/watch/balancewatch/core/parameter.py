"""What an account says for a parameter that its profile declares."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from balancewatch.core.amount import amount_of, plain
from balancewatch.core.fields import WantedError, text
from balancewatch.core.profile import Parameter, ParameterType

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_LONGEST = 500


def parameter_value(declared: Parameter, wanted: str) -> Callable[[object], str]:
    """A parser of its values; `wanted` says in words what is demanded. All are kept as text."""
    if declared.type is ParameterType.TEXT:
        return _text(text(longest=_LONGEST, pattern=declared.pattern, wanted=wanted))
    return _number if declared.type is ParameterType.NUMBER else _date


def _text(parse: Callable[[object], str]) -> Callable[[object], str]:
    """People write ids as numbers; a whole number is taken as its digits."""

    def parsed(value: object) -> str:
        number = None if isinstance(value, str | bool) else amount_of(value)
        if number is None or number != number.to_integral_value():
            return parse(value)
        return parse(plain(number))

    return parsed


def _number(value: object) -> str:
    number: Decimal | None = amount_of(value)
    if number is None:
        raise WantedError("must be a number, in the account's unit")
    return plain(number)


def _date(value: object) -> str:
    written = value.isoformat() if isinstance(value, date) else value
    found = text(longest=10, pattern=_DATE, wanted="a date such as 2026-11-01")(written)
    try:
        date.fromisoformat(found)
    except ValueError:
        raise WantedError("must be a date such as 2026-11-01") from None
    return found
