"""The overview on a terminal, worst first, and as JSON."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from balancewatch.core.amount import plain, worded
from balancewatch.core.notification import Json, ranked, runway_hours, text_or_none
from balancewatch.core.overview import PAST, Overview, Standing
from balancewatch.core.state_record import moment
from balancewatch.core.verdict import Level
from balancewatch_cli.screen import STYLES, lasts

_WIDE = 100
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
    """A terminal that is too narrow for all of it shows no providers and no daily spend."""
    is_wide = width >= _WIDE
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="dim")
    table.add_column("account", overflow="fold")
    if is_wide:
        table.add_column("provider", overflow="fold")
    for name in ("balance", "threshold", *(("a day",) if is_wide else ()), "lasts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("14 days", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for each in standings:
        unit = each.unit or ""
        table.add_row(
            _who(each),
            *([Text(each.provider or "-")] if is_wide else []),
            _balance(each),
            _bare(each.limit, unit) if not each.unlimited else "-",
            *([_bare(each.daily, unit)] if is_wide else []),
            lasts(runway_hours(each.runway)),
            sparkline(each),
            _status(each),
        )
    return table


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
        shown.append(f"\nabout {worded(standing.estimate, standing.unit)} by now", "dim")
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


def document(overview: Overview) -> dict[str, Json]:
    """The overview as JSON: amounts are texts, what is not known is null."""
    return {
        "stack": overview.stack,
        "at": moment(overview.at),
        "checked_at": _moment(overview.checked_at),
        "left": {unit: text_or_none(total) for unit, total in overview.sums.items()},
        "spent_7_days": {unit: text_or_none(total) for unit, total in overview.spent.items()},
        "accounts": [_account(each) for each in overview.standings],
        "problems": [],
    }


def _account(standing: Standing) -> Json:
    top_up = standing.top_up
    return {
        "name": standing.name,
        "title": standing.title,
        "provider": standing.provider,
        "level": None if standing.level is None else standing.level.word,
        "causes": ranked({each: level for each, level in standing.causes.items() if level > Level.OK}),
        "reachable": standing.unreachable is None,
        "reason": standing.failing,
        "failing_since": _moment(standing.failing_since),
        "remaining": text_or_none(standing.remaining),
        "unit": standing.unit,
        "unlimited": standing.unlimited,
        "balance_at": _moment(standing.seen_at),
        "estimated_remaining": text_or_none(standing.estimate),
        "threshold": text_or_none(standing.limit),
        "runway_hours": runway_hours(standing.runway),
        "spend_per_day": text_or_none(standing.daily),
        "spent_7_days": text_or_none(standing.spent),
        "last_top_up": None if top_up is None else {"at": moment(top_up.at), "amount": plain(top_up.amount)},
        "curve": [[moment(at), text_or_none(amount)] for at, amount in standing.curve],
    }


def _moment(at: datetime | None) -> Json:
    return None if at is None else moment(at)
