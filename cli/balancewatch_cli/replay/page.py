"""A replay as people read it: the answer in a sentence, what would have been sent, and a chart."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from textwrap import fill

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from balancewatch.core.amount import worded
from balancewatch.core.forecast import HORIZON_H
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Json, Notification, ranked, runway_hours, text_or_none
from balancewatch.core.reading import Balance
from balancewatch.core.state import Status
from balancewatch.core.state_record import moment
from balancewatch.core.verdict import Level
from balancewatch_cli.replay.chart import Line, Mark, Picture, chart
from balancewatch_cli.replay.episodes import Episode, Outcome
from balancewatch_cli.replay.replay import Replayed, middle

_CENT = Decimal("0.01")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_ROOMY = 92
"""Columns of a terminal that hold the whole table."""
_HELD_STEPS = 3
"""An amount is drawn on over a gap of so many steps."""

_LEVELS = {
    Level.WARNING: ("w", "yellow", 2),
    Level.CRITICAL: ("c", "bold red", 3),
    Level.EMPTY: ("e", "bold white on red", 4),
}
_LEGEND = "w warning  c critical  e empty  r repeated  u unreachable  o over"


def show(console: Console, replayed: Replayed) -> None:
    """Print a replay."""
    console.print()
    console.print(Text(fill(sentence(replayed), console.width)))
    if replayed.notifications:
        console.print(_table(replayed, is_narrow=console.width < _ROOMY))
    else:
        console.print()
    for line in chart(_picture(replayed), console.width):
        console.print(line, no_wrap=True, overflow="crop")
    console.print(Text(_legend(replayed), "dim"))
    console.print()


def sentence(replayed: Replayed) -> str:
    """The answer, for people."""
    history = replayed.history
    sent = replayed.notifications
    by_status = Counter(each.status for each in sent)
    parts = ", ".join(f"{count} {status}" for status, count in sorted(by_status.items()))
    of = f": {parts}" if parts else ""
    lines = [f"This rule would have sent {_many(len(sent), 'notification')} in {_long(history.span)}{of}."]
    lines += list(_outcomes(replayed))
    lines.append(_rows(replayed))
    return " ".join(lines)


def _outcomes(replayed: Replayed) -> Iterator[str]:
    empty = replayed.ending(Outcome.EMPTY)
    if not empty:
        yield "The balance was never empty."
    else:
        told = [each.warning for each in empty if each.warning is not None]
        yield f"The balance was empty {_times(len(empty))}{_warned(told, 'it was')}."
        if replayed.missed:
            yield f"Missed, since nobody was told before: {replayed.missed}."
        else:
            yield "None was missed."
    if topped := replayed.ending(Outcome.TOPPED_UP):
        told = [each.warning for each in topped if each.warning is not None]
        yield f"It was topped up before that {_times(len(topped))}{_warned(told, 'the top-up')}."
    if back := replayed.ending(Outcome.TAKEN_BACK):
        yield f"Told to be low, and well again without a top-up: {_times(len(back))}."
    if lasts := replayed.ending(Outcome.LASTS):
        (last,) = lasts
        yield f"It is still low at the end, {_hours(last.warning)} after the first notification."


def _warned(told: Sequence[timedelta], what: str) -> str:
    if not told:
        return ""
    typical = "" if len(told) == 1 else f" (median; the shortest {_hours(min(told))})"
    return f"; people knew {_hours(middle(told))} before {what}{typical}"


def _rows(replayed: Replayed) -> str:
    history = replayed.history
    failed = f", {history.failed} of them failed" if history.failed else ""
    doubled = (
        f" {_many(history.doubled, 'row')} had the time of another and did not count."
        if (history.doubled)
        else ""
    )
    return f"{_many(len(history.rows), 'run')}{failed}, {_long(history.step)} apart.{doubled}"


def _table(replayed: Replayed, *, is_narrow: bool) -> Table:
    """On a narrow terminal kind and status share a column, one below the other."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    zone = replayed.rules.timezone
    what = ("told",) if is_narrow else ("kind", "status")
    for head in (zone.key, *what, "level", "causes"):
        table.add_column(head, header_style="dim", no_wrap=True)
    for head in ("remaining", "runway", "ahead of"):
        table.add_column(head, justify="right", header_style="dim", no_wrap=True)
    for each in replayed.notifications:
        kind, status = each.kind.value.replace("_", " "), each.status.value
        table.add_row(
            f"{each.at.astimezone(zone):%b %d %H:%M}",
            *((f"{kind}\n{status}",) if is_narrow else (kind, status)),
            _level(each),
            "\n".join(map(str, ranked(each.causes))) or "-",
            _amount(each),
            _runway(each),
            _ahead(replayed, each).replace(" ", "\n" if is_narrow else " ", 1),
        )
    return table


def _amount(notification: Notification) -> str:
    """To the cent: what is behind it matters to nobody here."""
    remaining = notification.remaining
    if remaining is None or notification.unit is None:
        return "-"
    is_long = remaining == remaining.quantize(_CENT) or abs(remaining) < 1
    return worded(remaining if is_long else remaining.quantize(_CENT), notification.unit)


def _level(notification: Notification) -> Text:
    level = notification.level
    if level is None:
        return Text("-")
    return Text(level.word, _LEVELS[level][1] if level in _LEVELS else "green")


def _runway(notification: Notification) -> str:
    runway = notification.runway
    if runway is None or notification.level is Level.EMPTY:
        return "-"
    if math.isinf(runway.early):
        return f"> {timedelta(hours=HORIZON_H).days} d"
    if math.isinf(runway.late):
        return f"> {runway.early:.0f} h"
    return f"{runway.early:.0f}-{runway.late:.0f} h"


def _ahead(replayed: Replayed, notification: Notification) -> str:
    """How long before the end of its episode, and what that was."""
    episode, hours = _end_of(replayed, notification)
    if episode is None or hours is None:
        return "-"
    words = {Outcome.EMPTY: "empty", Outcome.TOPPED_UP: "top-up"}
    return f"{words[episode.outcome]} {_hours(hours)}" if episode.outcome in words else "-"


def _end_of(replayed: Replayed, notification: Notification) -> tuple[Episode | None, timedelta | None]:
    if notification.kind is not Kind.LOW_BALANCE or notification.status is Status.RESOLVED:
        return None, None
    episode = replayed.episode_at(notification.at)
    return episode, None if episode is None else episode.ended - notification.at


def _picture(replayed: Replayed) -> Picture:
    history = replayed.history
    points = [
        (
            row.at,
            float(row.reading.remaining)
            if isinstance(row.reading, Balance) and row.reading.remaining is not None
            else None,
        )
        for row in history.rows
    ]
    warning = [(at, _float(limits.warning)) for at, limits in replayed.limits]
    critical = [(at, _float(limits.critical)) for at, limits in replayed.limits]
    return Picture(
        points,
        [Line("┄", "red", critical), Line("─", "yellow", warning)],
        [_mark(each) for each in replayed.notifications],
        replayed.rules.timezone,
        history.step * _HELD_STEPS,
    )


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _mark(notification: Notification) -> Mark:
    if notification.status is Status.RESOLVED:
        return Mark(notification.at, "o", "green", 0)
    if notification.kind is Kind.UNREACHABLE:
        return Mark(notification.at, "u", "magenta", 1)
    sign, style, rank = _LEVELS[notification.level or Level.WARNING]
    if notification.status is Status.REPEATED:
        return Mark(notification.at, "r", style, 1)
    return Mark(notification.at, sign, style, rank)


def _legend(replayed: Replayed) -> str:
    limits = replayed.limits[-1][1] if replayed.limits else None
    lines = "" if limits is None or limits.warning is None else "\n─ threshold  ┄ critical threshold"
    return f"{_LEGEND}{lines}"


def document(replayed: Replayed) -> dict[str, Json]:
    """The same facts for programs; amounts are texts."""
    history = replayed.history
    return {
        "history": {
            "from": moment(history.rows[0].at),
            "to": moment(history.rows[-1].at),
            "runs": len(history.rows),
            "failed": history.failed,
            "doubled": history.doubled,
            "step_minutes": history.step / timedelta(minutes=1),
        },
        "sentence": sentence(replayed),
        "missed": replayed.missed,
        "episodes": [_episode(each) for each in replayed.episodes],
        "notifications": [_notification(replayed, each) for each in replayed.notifications],
    }


def _episode(episode: Episode) -> Json:
    return {
        "began": moment(episode.began),
        "ended": moment(episode.ended),
        "outcome": episode.outcome.value,
        "told": None if episode.told is None else moment(episode.told),
        "warning_hours": _number(episode.warning),
        "missed": episode.is_missed,
    }


def _notification(replayed: Replayed, each: Notification) -> Json:
    episode, left = _end_of(replayed, each)
    return {
        "at": moment(each.at),
        "kind": each.kind.value,
        "status": each.status.value,
        "severity": each.severity.word,
        "level": None if each.level is None else each.level.word,
        "causes": ranked(each.causes),
        "remaining": text_or_none(each.remaining),
        "unit": each.unit,
        "reason": each.trouble.reason.value if each.trouble else None,
        "runway_hours": runway_hours(each.runway),
        "hours_ahead": _number(left),
        "ahead_of": None if episode is None else episode.outcome.value,
    }


def _number(span: timedelta | None) -> float | None:
    return None if span is None else round(span / _HOUR, 2)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _hours(span: timedelta | None) -> str:
    return "-" if span is None else f"{span / _HOUR:.0f} h"


def _long(span: timedelta) -> str:
    """A span as people count it."""
    if span >= 2 * _DAY:
        return _many(round(span / _DAY), "day")
    if span >= 2 * _HOUR:
        return _many(round(span / _HOUR), "hour")
    return _many(round(span / timedelta(minutes=1)), "minute")
