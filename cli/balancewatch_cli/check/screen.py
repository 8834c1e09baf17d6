"""A run as people read it on a terminal: accounts, datapoints, notifications, problems."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from balancewatch.core.amount import worded
from balancewatch.core.forecast import HORIZON_H
from balancewatch.core.notification import Json
from balancewatch_cli.terminal import heading, table

_WIDE = 88
_CAUSES = {"not_spendable": "cannot be spent", "runway": "runway", "estimated": "estimate"}
_DAY = 24
_CENT = Decimal("0.01")
STYLES = {
    "ok": "green",
    "warning": "yellow",
    "critical": "bold red",
    "empty": "bold white on red",
    "unreachable": "magenta",
    "resolved": "green",
    "info": "cyan",
}


def show(
    console: Console,
    summary: Mapping[str, Json],
    datapoints: Sequence[Mapping[str, Json]],
    folder: str,
    *,
    tells: bool = False,
) -> None:
    """Print a run: what was told, where it `tells` people; else what would be."""
    accounts, notifications = rows(summary["accounts"]), rows(summary["notifications"])
    console.print(heading("Accounts", f"{len(accounts)} in {summary['duration_ms']} ms"))
    console.print(accounts_table(accounts, console.width))
    failed = [each for each in accounts if each["reason"] is not None]
    if failed:
        console.print(
            heading(
                "Failed", f"{len(failed)}; `failures` in the README says after how many runs each is told"
            )
        )
        console.print(_failures(failed))
    console.print(heading("Datapoints", f"{len(datapoints)} written to the table for {summary['at']}"))
    order = [f"history#{each['name']}" for each in accounts]
    console.print(_datapoints(sorted(datapoints, key=lambda each: order.index(str(each["pk"])))))
    sent = sum(each["sent"] is True for each in notifications)
    note = f"{sent} of {len(notifications)} sent" if tells else f"{sent}, as they would arrive"
    console.print(heading("Notifications", note if notifications else "none"))
    if not notifications:
        console.print("  Nothing to tell that was not told before.\n")
    if notifications and tells:
        console.print(_told(notifications))
    for each in notifications if not tells else ():
        console.print(Padding(_notification(each), (0, 0, 1, 2)))
    problems = rows(summary["problems"])
    if problems:
        console.print(heading("To mend", ""))
        console.print(_problems(problems))
    console.print(Text(f"State is kept in {folder}: run again, and the same news is not told twice.", "dim"))


def rows(value: Json) -> list[dict[str, Json]]:
    """The objects of a list in a summary."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def accounts_table(accounts: Sequence[Mapping[str, Json]], width: int) -> Table:
    """The accounts with their balances, thresholds, headroom, and how long they last.

    A terminal that is too narrow for all of it shows no providers.
    """
    amounts = ("balance", "threshold", "headroom", "lasts")
    who = ("account", "provider") if width >= _WIDE else ("account",)
    shown = table(*who, *amounts, "status", right=amounts, whole=("status",))
    for each in accounts:
        shown.add_row(
            *(Text(str(each[name] or "-")) for name in ("name", "provider")[: len(who)]),
            "unlimited" if each["unlimited"] else _amount(each["remaining"], each["unit"]),
            "-" if each["unlimited"] else _bare(each["threshold"], each["unit"]),
            _headroom(each),
            lasts(each["runway_hours"]),
            _status(each),
        )
    return shown


def _failures(accounts: Sequence[Mapping[str, Json]]) -> Table:
    shown = table("account", "reason", "what came")
    for each in accounts:
        shown.add_row(Text(str(each["name"])), Text(str(each["reason"])), Text(str(each["detail"])))
    return shown


def _amount(number: Json, unit: Json) -> str:
    match number, unit:
        case str(), str():
            return worded(Decimal(number), unit)
        case _:
            return "-"


def _bare(number: Json, unit: Json) -> str:
    """The amount without its unit, where a column before it has that."""
    return _amount(number, unit).removesuffix(f" {unit}")


def _headroom(account: Mapping[str, Json]) -> str:
    match account:
        case {"remaining": str(remaining), "threshold": str(threshold), "unit": unit}:
            room = (Decimal(remaining) - Decimal(threshold)).quantize(_CENT)
            return f"{'+' if room > 0 else ''}{_bare(str(room), unit)}"
        case _:
            return "-"


def lasts(runway: Json) -> str:
    """From early to late, in hours or days: `14-18 h`, `2-4 d`."""
    if not isinstance(runway, dict):
        return "-"
    match runway["early"], runway["late"]:
        case None, _:
            return f">{HORIZON_H // _DAY} d"
        case float() | int() as early, late:
            step, unit = (_DAY, "d") if early >= 2 * _DAY else (1, "h")
            last = "" if late is None else f"-{max(math.ceil(float(str(late)) / step), 1)}"
            return f"{'' if last else '>'}{math.floor(early / step)}{last} {unit}"
        case _:
            return "-"


def _status(account: Mapping[str, Json]) -> Text:
    level = str(account["level"] or "never read")
    status = Text(level, STYLES.get(level, "dim"))
    match account["causes"]:
        case [str() as cause] if cause in _CAUSES:
            status.append(f"\n({_CAUSES[cause]})", "dim")
    if account["reason"] is None:
        return status
    word = "failed" if account["reachable"] else "unreachable"
    failure = Text(f"{word}:\n{account['reason']}", STYLES["unreachable"])
    return failure if account["level"] is None else failure.append("\nwas ").append_text(status)


def _datapoints(datapoints: Sequence[Mapping[str, Json]]) -> Table:
    numbers = ("remaining", "used", "HTTP", "ms")
    shown = table("account", "remaining", "used", "as the provider wrote it", "HTTP", "ms", right=numbers)
    for each in datapoints:
        raw = each.get("raw")
        written = raw.items() if isinstance(raw, dict) else [("reason", each.get("reason"))]
        shown.add_row(
            Text(str(each["pk"]).removeprefix("history#")),
            "unlimited" if each.get("unlimited") else _amount(each.get("remaining"), each.get("unit")),
            _bare(each.get("used"), each.get("unit")),
            Text("\n".join(f"{name} {value}" for name, value in written)),
            str(each.get("http_status", "-")),
            str(each.get("duration_ms", "-")),
        )
    return shown


def _notification(notification: Mapping[str, Json]) -> Panel:
    severity = str(notification["severity"])
    resolved = notification["status"] == "resolved" and notification["kind"] != "removed"
    style = STYLES["resolved" if resolved else severity]
    parts = [
        Text.assemble(("Subject: ", "dim"), (str(notification["subject"]), "bold")),
        Text(),
        Text(str(notification["email"]).rstrip("\n")),
    ]
    if severity == "critical":
        parts += [Text(), Text.assemble(("SMS: ", "dim"), str(notification["sms"]))]
    sent = "" if notification["sent"] else " (not sent)"
    return Panel(Group(*parts), title=f"E-mail{sent}", title_align="left", border_style=style)


def _told(notifications: Sequence[Mapping[str, Json]]) -> Table:
    shown = table("sent", "what")
    for each in notifications:
        sent = Text("yes", STYLES["ok"]) if each["sent"] else Text("not by all", STYLES["critical"])
        shown.add_row(sent, Text(str(each["subject"])))
    return shown


def _problems(problems: Sequence[Mapping[str, Json]]) -> Table:
    shown = table("account", "field", "problem")
    for each in problems:
        shown.add_row(
            Text(str(each["account"] or "-")), Text(str(each["field"] or "-")), Text(str(each["problem"]))
        )
    return shown
