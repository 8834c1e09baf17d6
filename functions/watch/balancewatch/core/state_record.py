"""From a `State` to a record of texts and back; what cannot be read is never dropped silently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from balancewatch.core.account import Language
from balancewatch.core.amount import plain
from balancewatch.core.reading import Reason, Units
from balancewatch.core.spending import packed, unpacked
from balancewatch.core.state import (
    Reach,
    Relief,
    Removal,
    Seen,
    State,
    Status,
    Told,
    ToldLevel,
    ToldReach,
    TopUp,
    Why,
)
from balancewatch.core.verdict import Cause, Causes, Level, Severity

FORMAT = 1

Record = Mapping[str, "str | bool | Record"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record of a newer or broken form; the state to go on with holds what people heard, if it is there."""

    problem: str
    afresh: State


def moment(at: datetime) -> str:
    """A time as it is stored and keyed: UTC, to the second, in an order that text has too."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime:
    """The time that `moment` wrote. Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or moment(found) != text:
        raise ValueError("not a time as it is stored")
    return found


def record_of(state: State) -> Record:
    """The record of a state, all numbers as text; absent means None."""
    return _there(
        {
            "format": str(FORMAT),
            "at": _or_none(moment, state.at),
            "title": state.title,
            "language": state.language.value,
            "timezone": state.timezone,
            "provider": state.provider,
            "seen": _or_none(_seen, state.seen),
            "spending": _or_none(packed, state.spending),
            "suspect": _or_none(plain, state.suspect),
            "rules": state.rules,
            "causes": {cause.value: level.word for cause, level in state.causes.items()},
            "reach": None if state.reach == Reach() else _reach(state.reach),
            "told_level": _or_none(_told_level, state.told_level),
            "told_reach": _or_none(_told_reach, state.told_reach),
            "removal": _or_none(lambda part: {"id": part.id, "at": moment(part.at)}, state.removal),
            "units": _or_none(_units, state.units),
            "limit": _or_none(plain, state.limit),
            "top_up": _or_none(lambda last: f"{moment(last.at)} {plain(last.amount)}", state.top_up),
        }
    )


def state_of(name: str, record: Record) -> State | Unreadable:
    """The state that a record holds."""
    try:
        if _text(record, "format") != str(FORMAT):
            return Unreadable("it is of another version of balancewatch", _afresh(name, record))
        return State(
            name=name,
            at=_maybe(record, "at", instant),
            title=_maybe(record, "title", str) or name,
            language=_maybe(record, "language", Language) or Language.EN,
            timezone=_maybe(record, "timezone", str) or "UTC",
            provider=_maybe(record, "provider", str),
            seen=_maybe_part(record, "seen", _seen_of),
            spending=_maybe(record, "spending", unpacked),
            suspect=_maybe(record, "suspect", _decimal),
            rules=_maybe(record, "rules", str) or "",
            causes=_causes_of(record),
            reach=_maybe_part(record, "reach", _reach_of) or Reach(),
            told_level=_maybe_part(record, "told_level", _told_level_of),
            told_reach=_maybe_part(record, "told_reach", _told_reach_of),
            removal=_maybe_part(record, "removal", _removal_of),
            units=_maybe_part(record, "units", _units_of),
            limit=_maybe(record, "limit", _decimal),
            top_up=_maybe(record, "top_up", _top_up_of),
        )
    except (KeyError, ValueError, TypeError, InvalidOperation):
        return Unreadable("it cannot be read", _afresh(name, record))


def _afresh(name: str, record: Record) -> State:
    """What people heard and the words for it, as far as they are there; all else begins anew."""

    def salvaged(parse: Callable[[], T], otherwise: T) -> T:
        try:
            return parse()
        except (KeyError, ValueError, TypeError, InvalidOperation):
            return otherwise

    level = salvaged(lambda: _maybe_part(record, "told_level", _told_level_of), None)
    told_reach = salvaged(lambda: _maybe_part(record, "told_reach", _told_reach_of), None)
    is_low = level is not None and level.level > Level.OK
    causes: Causes = {Cause.AMOUNT: level.level} if level is not None and is_low else {}
    reach = Reach()
    if told_reach is not None and told_reach.reason is not None:
        reach = Reach(lost=True, failures=1, since=told_reach.at, reason=told_reach.reason, same=1)
    return State(
        name,
        title=salvaged(lambda: _maybe(record, "title", str), None) or name,
        language=salvaged(lambda: _maybe(record, "language", Language), None) or Language.EN,
        timezone=salvaged(lambda: _maybe(record, "timezone", str), None) or "UTC",
        provider=salvaged(lambda: _maybe(record, "provider", str), None),
        causes=salvaged(lambda: _causes_of(record), {}) or causes,
        reach=salvaged(lambda: _maybe_part(record, "reach", _reach_of), None) or reach,
        told_level=level,
        told_reach=told_reach,
        removal=salvaged(lambda: _maybe_part(record, "removal", _removal_of), None),
    )


def _there(values: Mapping[str, "str | bool | Record | None"]) -> Record:
    return {key: value for key, value in values.items() if value not in (None, "", {})}


def _or_none(write: Callable[[T], "str | Record"], value: T | None) -> "str | Record | None":
    return None if value is None else write(value)


def _text(record: Record, key: str) -> str:
    value = record[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _part(record: Record, key: str) -> Record:
    value = record[key]
    if not isinstance(value, Mapping):
        raise TypeError(key)
    return value


def _maybe(record: Record, key: str, parse: Callable[[str], T]) -> T | None:
    return parse(_text(record, key)) if key in record else None


def _maybe_part(record: Record, key: str, parse: Callable[[Record], T]) -> T | None:
    return parse(_part(record, key)) if key in record else None


def _decimal(text: str) -> Decimal:
    return Decimal(text)


def _level(word: str) -> Level:
    return Level[word.upper()]


def _severity(word: str) -> Severity:
    return Severity[word.upper()]


def _causes_of(record: Record) -> Causes:
    causes = _part(record, "causes") if "causes" in record else {}
    return {Cause(key): _level(_text(causes, key)) for key in causes}


def _seen(seen: Seen) -> Record:
    return _there(
        {
            "at": moment(seen.at),
            "remaining": _or_none(plain, seen.remaining),
            "used": _or_none(plain, seen.used),
            "unit": seen.unit,
            "scale": plain(seen.scale),
            "base": _or_none(plain, seen.base),
            "threshold": _or_none(plain, seen.threshold),
        }
    )


def _seen_of(record: Record) -> Seen:
    return Seen(
        at=instant(_text(record, "at")),
        remaining=_maybe(record, "remaining", _decimal),
        used=_maybe(record, "used", _decimal),
        unit=_text(record, "unit"),
        scale=_decimal(_text(record, "scale")),
        base=_maybe(record, "base", _decimal),
        threshold=_maybe(record, "threshold", _decimal),
    )


def _reach(reach: Reach) -> Record:
    return _there(
        {
            "lost": reach.lost,
            "failures": str(reach.failures),
            "since": _or_none(moment, reach.since),
            "reason": reach.reason and reach.reason.value,
            "same": str(reach.same),
            "good": str(reach.good),
        }
    )


def _reach_of(record: Record) -> Reach:
    return Reach(
        lost=record["lost"] is True,
        failures=int(_text(record, "failures")),
        since=_maybe(record, "since", instant),
        reason=_maybe(record, "reason", Reason),
        same=int(_text(record, "same")),
        good=int(_text(record, "good")),
    )


def _told(told: Told) -> Mapping[str, "str | bool | Record | None"]:
    return {
        "status": told.status.value,
        "worst": told.worst.word,
        "id": told.id,
        "at": moment(told.at),
        "sure": told.sure,
    }


def _told_level(told: ToldLevel) -> Record:
    return _there(
        {
            **_told(told),
            "level": told.level.word,
            "unit": told.unit,
            "lowest": _or_none(plain, told.lowest),
            "topped_up": plain(told.topped_up) if told.topped_up else None,
            "relief": _or_none(_relief, told.relief),
        }
    )


def _relief(relief: Relief) -> Record:
    return _there({"why": relief.why.value, "amount": _or_none(plain, relief.amount)})


def _told_of(record: Record) -> Told:
    return Told(
        status=Status(_text(record, "status")),
        worst=_severity(_text(record, "worst")),
        id=_maybe(record, "id", str) or "",
        at=instant(_text(record, "at")),
        sure=record["sure"] is True,
    )


def _told_level_of(record: Record) -> ToldLevel:
    told = _told_of(record)
    return ToldLevel(
        *(told.status, told.worst, told.id, told.at, told.sure),
        level=_level(_text(record, "level")),
        unit=_maybe(record, "unit", str),
        lowest=_maybe(record, "lowest", _decimal),
        topped_up=_maybe(record, "topped_up", _decimal) or Decimal(0),
        relief=_maybe_part(record, "relief", _relief_of),
    )


def _relief_of(record: Record) -> Relief:
    return Relief(Why(_text(record, "why")), _maybe(record, "amount", _decimal))


def _told_reach(told: ToldReach) -> Record:
    return _there({**_told(told), "reason": told.reason and told.reason.value})


def _told_reach_of(record: Record) -> ToldReach:
    told = _told_of(record)
    return ToldReach(
        *(told.status, told.worst, told.id, told.at, told.sure),
        reason=_maybe(record, "reason", Reason),
    )


def _top_up_of(text: str) -> TopUp:
    at, amount = text.split()
    return TopUp(instant(at), Decimal(amount))


def _removal_of(record: Record) -> Removal:
    return Removal(_text(record, "id"), instant(_text(record, "at")))


def _units(units: Units) -> Record:
    return _there(
        {
            "at": moment(units.at),
            "source": units.source,
            "scale": _or_none(plain, units.scale),
            "unit": units.unit,
        }
    )


def _units_of(record: Record) -> Units:
    return Units(
        at=instant(_text(record, "at")),
        source=_text(record, "source"),
        scale=_maybe(record, "scale", _decimal),
        unit=_maybe(record, "unit", str),
    )
