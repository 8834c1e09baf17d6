"""Exact decimals: from providers' and owners' numbers, and back to text."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext

_CONTEXT = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow])
_PLACES = 12
_LONGEST_TEXT = 64
_LARGEST = Decimal("1e24")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_MARKED = re.compile(
    r"(?P<sign>[+-]?)(?:[A-Z]{3}|[A-Z]{0,2}\$|[€£¥￥₹₽₩])? ?"
    r"(?P<number>[+-]?[0-9.,]+([eE][+-]?[0-9]{1,3})?)"
    r"(?: ?(?:[A-Z]{3}|[$€£¥￥₹₽₩元]))?"
)
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


def amount_of(value: object) -> Decimal | None:
    """A number as its exact decimal, at most 1e24 and kept to 12 places; None for all else.

    Numbers may be text. Booleans, NaN and infinities are not numbers.
    """
    match value:
        case bool():
            return None
        case Decimal() | int():
            number = Decimal(value)
        case str() if len(value) <= _LONGEST_TEXT and _NUMBER.fullmatch(value.strip()):
            number = Decimal(value.strip())
        case _:
            return None
    return _bounded(number)


def figure_of(value: object) -> Decimal | None:
    """A provider's figure: a number, or text such as `$1,234.56` or `KES 1785.50`; None for all else."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        return amount_of(value)
    found = _MARKED.fullmatch(value.strip())
    if found is None or ("," in found["number"] and not _THOUSANDS.fullmatch(found["number"])):
        return None
    return amount_of(found["sign"] + found["number"].replace(",", ""))


def divided(number: Decimal, scale: Decimal) -> Decimal | None:
    """`number` divided by `scale`, exact to 12 places; None where it is out of bounds."""
    with localcontext(_CONTEXT):
        return _bounded(number / scale)


def added(addends: Iterable[Decimal]) -> Decimal | None:
    """The exact sum; None where it is out of bounds."""
    with localcontext(_CONTEXT):
        return _bounded(sum(addends, Decimal(0)))


def _bounded(number: Decimal) -> Decimal | None:
    if not number.is_finite() or number.copy_abs() > _LARGEST:
        return None
    with localcontext(_CONTEXT):
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -_PLACES:
            number = number.quantize(Decimal(1).scaleb(-_PLACES))
        return number.normalize() + 0


def plain(number: Decimal) -> str:
    """The number without exponent or trailing zeros: `58.142514`, `10`."""
    with localcontext(_CONTEXT):
        return format(number.normalize() + 0, "f")


def worded(number: Decimal, unit: str) -> str:
    """The number with its unit, as people write it: `9.20 USD`, `1,200,000 tokens`."""
    with localcontext(_CONTEXT):
        places = -min(int(number.normalize().as_tuple().exponent), 0)
        if _CURRENCY.fullmatch(unit):
            places = max(places, 2)
        return f"{number:,.{places}f} {unit}"
