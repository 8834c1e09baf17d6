"""The overview on a terminal, worst first."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

from balancewatch.core.amount import worded
from balancewatch.core.notification import ranked, runway_hours
from balancewatch.core.overview import PAST, Overview, Standing
from balancewatch_cli.check.screen import STYLES, lasts
from balancewatch_cli.terminal import table

_WIDE, _ROOMY, NARROW = 116, 96, 72
_WORDS = {"not_spendable": "cannot be spent", "estimated": "estimate"}
_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"
_SPARKS = 14
"""Characters of a sparkline: one a day."""
_STALE = timedelta(hours=6)
"""An overview whose newest run is older says so."""


def page(overview: Overview, zone: ZoneInfo, width: int) -> Group:
    """All that is shown, no line wider than `width` where names allow it."""
    if not overview.standings:
        return Group(
            Text.assemble((overview.stack, "bold"), ("  no accounts yet", "dim")),
            Text("Put your accounts into the secret of the stack; the next run shows them here."),
        )
    return Group(_heading(overview, zone), _table(overview.standings, width), *_foot(overview))


def _heading(overview: Overview, zone: ZoneInfo) -> Text:
    count = len(overview.standings)
    heading = Text.assemble((overview.stack, "bold"), (f"  {count} account{'s' * (count != 1)}", "dim"))
    if overview.checked_at is not None:
        is_stale = overview.at - overview.checked_at > _STALE
        checked = f", checked {_ago(overview.at - overview.checked_at)} ago"
        heading.append(checked, STYLES["critical"] if is_stale else "dim")
        heading.append(f" ({overview.checked_at.astimezone(zone):%Y-%m-%d %H:%M} {zone.key})", "dim")
    return heading


def _foot(overview: Overview) -> Sequence[Text]:
    if not overview.sums:
        return ()
    left = ", ".join(worded(total, unit) for unit, total in overview.sums.items())
    spent = ", ".join(worded(total, unit) for unit, total in overview.spent.items())
    return [Text.assemble(("left in all  ", "dim"), left, ("   spent in 7 days  ", "dim"), spent or "-")]


def _table(standings: Sequence[Standing], width: int) -> Table:
    """What a terminal is too narrow for is left out: providers first, then daily spend and the first week.

    On the narrowest also the rest of the curve and the threshold: no figure is ever cut.
    """
    has_providers, is_roomy, is_narrow = width >= _WIDE, width >= _ROOMY, width < NARROW
    days = _SPARKS if is_roomy else _SPARKS // 2
    who = ("account", "provider") if has_providers else ("account",)
    limit, daily = (() if is_narrow else ("threshold",)), (("a day",) if is_roomy else ())
    figures = ("balance", *limit, *daily, "lasts")
    whole = ("status",) if is_narrow else (f"{days} days", "status")
    shown = table(*who, *figures, *whole, right=figures, whole=whole)
    for each in standings:
        unit = each.unit or ""
        shown.add_row(
            _who(each),
            *([Text(each.provider or "-")] if has_providers else []),
            _balance(each),
            *([] if is_narrow else [_bare(each.limit, unit) if not each.unlimited else "-"]),
            *([_bare(each.daily, unit)] if is_roomy else []),
            lasts(runway_hours(each.runway)),
            *([] if is_narrow else [sparkline(each)[-days:]]),
            _status(each),
        )
    return shown


def _who(standing: Standing) -> Text:
    name = Text(standing.name)
    return name if standing.title == standing.name else name.append(f"\n{standing.title}", "dim")


def _balance(standing: Standing) -> Text:
    if standing.unlimited:
        return Text("unlimited")
    if standing.remaining is None or standing.unit is None:
        return Text("-")
    shown = Text(worded(standing.remaining, standing.unit))
    if standing.estimate is not None:
        shown.append(f"\n~{_bare(standing.estimate, standing.unit)} by now", "dim")
    return shown


def _bare(amount: Decimal | None, unit: str) -> str:
    return "-" if amount is None else worded(amount, unit).removesuffix(f" {unit}")


def _status(standing: Standing) -> Text:
    word = "never read" if standing.level is None else standing.level.word
    status = Text(word, STYLES.get(word, "dim"))
    if causes := [str(cause) for cause in ranked(standing.causes) if cause != "amount"]:
        status.append(f"\n({', '.join(_WORDS.get(cause, cause) for cause in causes)})", "dim")
    if standing.failing is None:
        return status
    failure = Text("unreachable" if standing.unreachable else "failed lately", STYLES["unreachable"])
    failure.append(f"\n{standing.failing}", STYLES["unreachable"])
    return failure if standing.level is None else failure.append("\nwas ", "dim").append_text(status)


def sparkline(standing: Standing) -> str:
    """A bar a day from 0 to the most of the days: the last balance of each; a dot where none was read."""
    if not standing.curve:
        return ""
    last, _ = standing.curve[-1]
    days: list[Decimal | None] = [None] * _SPARKS
    for at, amount in standing.curve:
        back = int((last - at) / (PAST / _SPARKS))
        if amount is not None and back < _SPARKS:
            days[_SPARKS - 1 - back] = amount
    most = max((amount for amount in days if amount is not None), default=Decimal(0))
    first = next((place for place, amount in enumerate(days) if amount is not None), _SPARKS)
    return " " * first + "".join(_bar(amount, most) for amount in days[first:])


def _bar(amount: Decimal | None, most: Decimal) -> str:
    if amount is None:
        return _GAP
    if most <= 0 or amount <= 0:
        return _BARS[0]
    return _BARS[min(int(amount / most * len(_BARS)), len(_BARS) - 1)]


def _ago(span: timedelta) -> str:
    minutes = max(int(span.total_seconds() // 60), 0)
    for least, size, unit in ((48 * 60, 24 * 60, "days"), (120, 60, "hours")):
        if minutes >= least:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
