"""From what a provider answered to a `Balance` or a `Failure`: never a guess, never an exception."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.account import Account
from balancewatch.core.amount import figure_of, plain
from balancewatch.core.documents import Documents, UnansweredError, UnreadableError, count_of
from balancewatch.core.envelope import Opened, all_hold, bad_answer, opened
from balancewatch.core.exchange import Answer
from balancewatch.core.profile import UNIT
from balancewatch.core.reading import Balance, Exchange, Reading, Units
from balancewatch.core.selection import MAIN, Place, UnitAt
from balancewatch.core.token import without_tokens
from balancewatch.core.units import in_force

_LONGEST_RAW = 40
_CODE = 3
"""Letters of a currency's code, which some write small."""
_REFILL_WITHIN = timedelta(days=400)


def read_answer(
    account: Account, answers: Mapping[str, Sequence[Answer]], units: Units | None = None
) -> Reading:
    """What the answers to all requests say: the pages of each, by name. Figures are in the account's unit.

    A further request that failed is the reading only where what remains cannot be known without it.
    """
    rules = account.profile.answer
    found: dict[str, Sequence[object] | Reading] = {}
    for name, request in account.profile.requests.items():
        found[name] = _pages([opened(account, answer, request.ok or rules.ok) for answer in answers[name]])
    main, first = found[MAIN], answers[MAIN][0]
    if not isinstance(main, Sequence):
        return main
    documents = Documents(found, account.open_params, first.exchange.asked_at)
    try:
        return _balance(account, documents, in_force(account, units), first.exchange)
    except UnansweredError as error:
        return error.reading
    except UnreadableError as error:
        return bad_answer(first.exchange, str(error))


def _pages(pages: Sequence[Opened | Reading]) -> Sequence[object] | Reading:
    """The documents of all pages, or what the first that is none came to."""
    documents: list[object] = []
    for page in pages:
        if not isinstance(page, Opened):
            return page
        documents.append(page.document)
    return documents


def _balance(account: Account, documents: Documents, units: Units | None, exchange: Exchange) -> Balance:
    rules = account.profile.answer
    scale = _scale(account, documents, units)
    unlimited = any(documents.holds(condition, "unlimited") for condition in rules.unlimited)
    threshold, threshold_off = _threshold(account, documents, scale)
    refills_at = documents.time(rules.refills)
    return Balance(
        remaining=None if unlimited else documents.total(rules.remaining, scale),
        unit=_unit(account, documents, units),
        exchange=exchange,
        used=documents.total_if_there(rules.used, scale),
        unlimited=unlimited,
        spendable=_spendable(account, documents),
        threshold=threshold,
        threshold_off=threshold_off,
        raw=dict(_raw(account, documents)),
        requests=_requests(account, documents),
        expires_at=documents.time(rules.expires),
        refills_at=refills_at if _is_ahead(refills_at, exchange.asked_at) else None,
        scale=scale,
    )


def _is_ahead(at: datetime | None, now: datetime) -> bool:
    return at is not None and now < at <= now + _REFILL_WITHIN


def _scale(account: Account, documents: Documents, units: Units | None) -> Decimal:
    """The account's own, else what the gateway publishes, else the profile's."""
    rules = account.profile.answer
    if account.rules.scale is not None:
        return account.rules.scale
    if units is not None and units.scale is not None:
        return units.scale
    return documents.scale(rules.scale if rules.scale_at is None else rules.scale_at)


def _unit(account: Account, documents: Documents, units: Units | None) -> str:
    rules = account.profile.answer
    if account.rules.unit is not None:
        return account.rules.unit
    if units is not None and units.unit is not None:
        return units.unit
    if rules.unit_at is not None:
        return _unit_at(account, rules.unit_at, documents)
    return rules.unit or "units"


def _unit_at(account: Account, at: UnitAt, documents: Documents) -> str:
    """The unit that the answer names: one, even where it names it for each of several figures."""
    source = at.place.at.source
    found = documents.find(at.place)
    named = {
        each if isinstance(each, str) else None for each in (found if isinstance(found, list) else [found])
    }
    if len(named) > 1:
        raise UnreadableError(f"`{source}` in the answer names more than one unit; can `params` choose one?")
    name = named.pop() if named else None
    if name is not None and at.pattern is not None:
        part = at.pattern.search(name[:_LONGEST_RAW])
        name = None if part is None else part[0]
    if name is None:
        raise UnreadableError(f"`{source}` in the answer does not name one unit")
    unit = at.names.get(name, name.upper() if len(name) == _CODE else name)
    if not re.fullmatch(UNIT, unit, re.ASCII) or without_tokens(unit, account.tokens) != unit:
        raise UnreadableError(f"`{source}` in the answer is no unit")
    return unit


def _spendable(account: Account, documents: Documents) -> bool | None:
    conditions = account.profile.answer.spendable
    if conditions is None:
        return None
    try:
        return all_hold([documents.holds(condition, "spendable") for condition in conditions])
    except UnansweredError:
        return None


def _threshold(account: Account, documents: Documents, scale: Decimal) -> tuple[Decimal | None, bool]:
    """The provider's own threshold, and whether it says that it has none (it then selects `false`)."""
    term = account.profile.answer.threshold
    try:
        if term is None:
            return None, False
        if isinstance(term.of, Place) and documents.find(term.of) is False:
            return None, True
        found = documents.total([term], scale)
    except (UnreadableError, UnansweredError):
        return None, False
    return (found if found >= 0 else None), False


def _requests(account: Account, documents: Documents) -> int | None:
    at = account.profile.answer.requests
    try:
        return None if at is None else count_of(documents.find(at))
    except UnansweredError:
        return None


def _raw(account: Account, documents: Documents) -> Iterable[tuple[str, str]]:
    for name, at in account.profile.answer.raw:
        try:
            found = documents.find(at)
        except UnansweredError:
            continue
        match found:
            case bool():
                yield name, str(found).lower()
            case Decimal() | str() if (number := figure_of(found)) is not None:
                yield name, plain(number)[:_LONGEST_RAW]
