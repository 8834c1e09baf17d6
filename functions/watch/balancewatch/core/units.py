"""How a gateway counts, as it publishes it: asked at most once a day, and never needed for a balance."""

import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from balancewatch.core.account import Account
from balancewatch.core.amount import divided, figure_of
from balancewatch.core.exchange import Answer, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import UnitsCase
from balancewatch.core.reading import Units
from balancewatch.core.selection import UnclearError

_PERIOD = timedelta(days=1)
_OK = 200
_FARTHEST = 1000
"""A published scale lies at most so many times above or below the usual one, else it is a mistake."""
_LARGEST_RATE = Decimal(1_000_000)


def is_due(account: Account, known: Units | None, now: datetime) -> bool:
    """Whether to ask the gateway how it counts: only where its owner did not say."""
    if account.profile.units is None or account.rules.scale is not None:
        return False
    return known is None or known.source != source_of(account) or now - known.at >= _PERIOD


def in_force(account: Account, known: Units | None) -> Units | None:
    """What is published, unless the account says otherwise: scale and unit only hold together."""
    if known is None or account.profile.units is None or account.rules.scale is not None:
        return None
    if known.unit is None or known.source != source_of(account):
        return None
    return known if account.rules.unit in (None, known.unit) else None


def published(account: Account, known: Units | None, answer: Answer, now: datetime) -> Units:
    """What the gateway answers; where that cannot be read, the last that is known."""
    found = _read(account, answer)
    if found is not None:
        return Units(now, source_of(account), *found)
    if known is not None and known.source == source_of(account):
        return replace(known, at=now)
    return Units(now, source_of(account))


def source_of(account: Account) -> str:
    """A digest of the gateway's address."""
    return f"{zlib.crc32(account.base_url.encode()):08x}"


def _read(account: Account, answer: Answer) -> tuple[Decimal, str] | None:
    if account.profile.units is None or not isinstance(answer, Response) or answer.status != _OK:
        return None
    try:
        document = decode(answer.body.decode("utf-8"))
    except (UnicodeDecodeError, NotJsonError):
        return None
    for case in account.profile.units.cases:
        if _applies(case, document):
            scale = _scale(case, document, account.profile.answer.scale)
            return None if scale is None else (scale, case.unit)
    return None


def _applies(case: UnitsCase, document: object) -> bool:
    try:
        return case.when is None or case.when.holds(document) is True
    except UnclearError:
        return False


def _scale(case: UnitsCase, document: object, usual: Decimal) -> Decimal | None:
    if isinstance(case.scale, Decimal):
        return case.scale
    found = figure_of(case.scale.find(document))
    rate = Decimal(1) if case.rate is None else figure_of(case.rate.find(document))
    if found is None or rate is None or not 0 < rate <= _LARGEST_RATE:
        return None
    scale = divided(found, rate)
    return scale if scale is not None and usual / _FARTHEST <= scale <= usual * _FARTHEST else None
