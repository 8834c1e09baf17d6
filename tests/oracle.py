"""What a balance must be, worked out in another way than the program does: in fractions, straight from JSON.

It believes more than the program: any text with one number in it. So a balance that the program reads must be
the one that stands here; a failure of the program's is no contradiction.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from balancewatch.core.account import Account
from balancewatch.core.reading import Balance
from balancewatch.core.selection import Place, Stated, Term

Documents = Mapping[str, Sequence[object]]
"""The documents of all pages, by request."""
_NUMBER = re.compile(
    r"[0-9][0-9,]*(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?|\.[0-9]+([eE][+-]?[0-9]{1,3})?", re.ASCII
)
_PLAIN = re.compile(r"\w+(\.\w+|\[\])*")
_LARGEST = Decimal("1e24")
_ROUNDED = Fraction(1, 10**11)
_EXTREME = 10_000


def documents_of(bodies: Mapping[str, Iterable[bytes]]) -> Documents:
    """Raises `ValueError` where one of them is no JSON."""
    return {name: [_document(body) for body in pages] for name, pages in bodies.items()}


def _document(body: bytes) -> object:
    return json.loads(body.decode("utf-8"), parse_float=Decimal, parse_int=Decimal)


def figure(value: object) -> Fraction | None:
    """The one number in a value."""
    if isinstance(value, int) and not isinstance(value, bool):  # written in the expression
        return Fraction(value)
    if isinstance(value, Decimal):
        is_sane = value.is_finite() and abs(value.adjusted()) < _EXTREME
        return Fraction(value) if is_sane else None
    if not isinstance(value, str):
        return None
    found = list(_NUMBER.finditer(value))
    if len(found) != 1:
        return None
    before = value[: found[0].start()]
    sign = -1 if "-" in before else 1
    return sign * Fraction(found[0][0].replace(",", "").rstrip(".") or "0")


def find(account: Account, place: Place, documents: Documents, page: int = 0) -> Any:
    """What stands there; None for nothing."""
    source = place.at.source
    for name, value in account.open_params.items():
        source = source.replace(f"{{{name}}}", value)
    try:
        return jmespath.search(source, documents[place.request][page])
    except (JMESPathError, TypeError, ArithmeticError, AttributeError, RecursionError):
        return None


def total(account: Account, terms: Sequence[Term], documents: Documents, usual: Decimal) -> Fraction | None:
    """The sum of the terms; None where a figure is missing or is none."""
    whole = Fraction(0)
    for term in terms:
        found = _listed(account, term, documents)
        divisor: Any = usual if isinstance(term.of, Place) else Decimal(1)
        if isinstance(term.scale, Place):
            divisor = find(account, term.scale, documents)
        elif term.scale is not None:
            divisor = term.scale
        scale = figure(divisor)
        if found is None or not scale:
            return None
        for each in found:
            number = figure(each)
            if number is None:
                return None
            whole += (abs(number) if term.absolute else number) / scale
    return whole


def _listed(account: Account, term: Term, documents: Documents) -> list[object] | None:
    match term.of:
        case Stated(parameter):
            return [account.open_params[parameter]]
        case Decimal():
            return [term.of]
        case Place():
            values: list[object] = []
            for page in range(len(documents[term.of.request])):
                found = find(account, term.of, documents, page)
                if found is None or _has_gaps(term.of.at.source, documents[term.of.request][page]):
                    return None
                values += found if isinstance(found, list) else [found]
            return values if values or term.may_be_empty else None


def _has_gaps(source: str, document: Any) -> bool:
    """Whether a list on the way, or at the end, lacks what every item of it should have."""
    if not _PLAIN.fullmatch(source):
        return False
    reached = [document]
    for step in source.replace("[]", ".[]").split("."):
        if step == "[]":
            for _ in range(2):  # lists in a list are one; what is no list stands for itself
                reached = [item for each in reached for item in (each if isinstance(each, list) else [each])]
        else:
            reached = [each.get(step) if isinstance(each, dict) else None for each in reached]
        if None in reached:
            return True
    return False


def disagreements(account: Account, balance: Balance, documents: Documents) -> Iterable[str]:
    """What of a balance does not stand in the documents."""
    rules = account.profile.answer
    for name, terms, amount in (
        ("remaining", rules.remaining, balance.remaining),
        ("used", rules.used, balance.used),
        ("threshold", (rules.threshold,) if rules.threshold else (), balance.threshold),
    ):
        if amount is None:
            continue
        if not amount.is_finite() or abs(amount) > _LARGEST:
            yield f"{name} is out of bounds"
            continue
        expected = total(account, terms, documents, balance.scale)
        if expected is None or abs(expected - Fraction(amount)) > _slack(terms, balance.scale):
            yield f"{name} is {amount}, and the document says {expected}"
    for name, place in rules.raw:
        written = balance.raw.get(name)
        if written is not None and not _is_same(written, find(account, place, documents)):
            yield f"raw {name} is not what the document says"


def _slack(terms: Sequence[Term], usual: Decimal) -> Fraction:
    """Figures are kept to twelve places before and after they are divided."""
    least = min([abs(each.scale) for each in terms if isinstance(each.scale, Decimal)], default=abs(usual))
    return _ROUNDED * 2000 * max(Fraction(1), 1 / Fraction(min(least, abs(usual))))


def _is_same(written: str, value: object) -> bool:
    if isinstance(value, bool):
        return written == str(value).lower()
    number = figure(value)
    return number is not None and abs(Fraction(written) - number) <= _ROUNDED
