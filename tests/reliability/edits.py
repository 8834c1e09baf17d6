"""What owners change in the list of their accounts."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tests.reliability.facts import Rules
from tests.reliability.lives import Life, Pace
from tests.reliability.wire import SPOILED, Entry

_THRESHOLDS = (None, Decimal(10), Decimal(10), Decimal(100), Decimal(0), "20%", "50%", Decimal(3))
_CRITICALS = (None, None, None, Decimal(2), Decimal(0), "5%")
_AMOUNTS = ("200", "100", "60", "30", "12", "10.01", "10", "9", "2.5", "2", "0.5", "0", "-4")
_REPEATS = (Decimal(24), Decimal(24), Decimal(6), Decimal(3), Decimal(1), Decimal(0))
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")
_QUIET = (("22:00", "08:00"), ("22:00", "08:00"), ("01:30", "03:30"), ("00:00", "23:00"), ("09:00", "17:00"))
_RUNWAYS = (Decimal(48), Decimal(48), Decimal(24), Decimal(8))
_NAMES = "abcdefghijklmnopqrstuvwxyz"

Edit = Callable[[random.Random, Entry], Entry]


def new_life(rng: random.Random, name: str) -> Life:
    """An account as it is first written."""
    provider = rng.choice(["laozhang", "laozhang", "laozhang", "aihubmix", "gcc-ai"])
    rules = Rules(
        threshold=rng.choice(_THRESHOLDS),
        unit=rng.choice(["USD", "USD", "CNY", "tokens"]) if provider == "gcc-ai" else "USD",
        failures=rng.choice([None, None, 1, 2, 5]),
        repeat_hours=rng.choice(_REPEATS),
        quiet=rng.choice(_QUIET) if rng.random() < 0.3 else None,
        zone=rng.choice(_ZONES),
    )
    rules = replace(rules, critical=_critical(rng, rules.threshold))
    entry = Entry(name, provider, rules, more=(("language", rng.choice(["en", "zh"])),))
    return Life(entry, Decimal(rng.choice(_AMOUNTS)))


def steady_life(rng: random.Random, name: str, *, is_watched: bool) -> Life:
    """An account that is spent at one pace; the rule on runways watches it, or only its thresholds do."""
    life = new_life(rng, name)
    pace = Pace(Decimal(rng.choice(["0.05", "0.4", "1", "3"])), is_by_day=rng.random() < 0.5)
    days = Decimal(rng.choice(["0.5", "1", "2", "3", "6", "15", "60"]))
    rules = life.entry.rules
    if is_watched:
        threshold = rng.choice([Decimal(0), Decimal(0), Decimal(1), None, "20%"])
        rules = replace(rules, runway=rng.choice(_RUNWAYS), threshold=threshold, critical=None)
    life.entry, life.pace = replace(life.entry, rules=rules), pace
    life.amount = (pace.hourly * 24 * days).quantize(Decimal("0.01"))
    return life


def edit(rng: random.Random, life: Life, taken: set[str], now: datetime) -> None:
    """The owner changes one thing; a new name is one that nobody has."""
    what = rng.choice([*_EDITS, "list", "list", "spoil", "name", "mute", "mute"])
    match what:
        case "mute":
            until = None
            if life.entry.rules.mute_until is None:
                until = now + timedelta(hours=rng.choice([-1, 1, 3, 9, 30]))
            life.entry = _ruled(life.entry, mute_until=until)
        case "list":
            life.is_listed = not life.is_listed
        case "name":
            name = next(name for name in _NAMES if name not in taken)
            life.entry = replace(life.entry, name=name)
        case _:
            life.entry = _EDITS[what](rng, life.entry)


def _threshold(rng: random.Random, entry: Entry) -> Entry:
    threshold = rng.choice(_THRESHOLDS)
    return _ruled(entry, threshold=threshold, critical=_critical(rng, threshold))


def _unit(rng: random.Random, entry: Entry) -> Entry:
    """Only where the provider does not say what its figures are."""
    return _ruled(entry, unit=rng.choice(["USD", "CNY", "tokens"])) if entry.provider == "gcc-ai" else entry


def _ruled(entry: Entry, **rules: object) -> Entry:
    return replace(entry, rules=replace(entry.rules, **rules))  # type: ignore[arg-type]  # the fields of rules


def _critical(rng: random.Random, threshold: Decimal | str | None) -> Decimal | str | None:
    """A critical threshold that is not above the other: that would be a mistake."""
    found = rng.choice(_CRITICALS)
    if isinstance(threshold, Decimal) and isinstance(found, Decimal) and found > threshold:
        return None
    return found


_EDITS: Mapping[str, Edit] = {
    "threshold": _threshold,
    "critical": lambda rng, entry: _ruled(entry, critical=_critical(rng, entry.rules.threshold)),
    "failures": lambda rng, entry: _ruled(entry, failures=rng.choice([None, 1, 2, 3])),
    "repeat": lambda rng, entry: _ruled(entry, repeat_hours=rng.choice(_REPEATS)),
    "quiet": lambda rng, entry: _ruled(entry, quiet=rng.choice([None, *_QUIET])),
    "zone": lambda rng, entry: _ruled(entry, zone=rng.choice(_ZONES)),
    "runway": lambda rng, entry: (
        _ruled(entry, runway=rng.choice([Decimal(0), *_RUNWAYS])) if entry.rules.runway else entry
    ),
    "enabled": lambda _, entry: replace(entry, enabled=not entry.enabled),
    "spoil": lambda rng, entry: replace(entry, spoiled=None if entry.spoiled else rng.choice(list(SPOILED))),
    "unit": _unit,
    "scale": lambda rng, entry: _ruled(entry, divide=rng.choice([Decimal(1), Decimal(2), Decimal(10)])),
}
