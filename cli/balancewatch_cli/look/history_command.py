"""`balancewatch history`: what an account of a deployed stack had, as a table, CSV or JSON."""

import argparse
import csv
import difflib
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.text import Text

from balancewatch.core.amount import plain, worded
from balancewatch.core.datapoint import Point, point_of
from balancewatch.core.notification import Json, text_or_none
from balancewatch.core.outside import OutsideError
from balancewatch.core.state_record import moment
from balancewatch.survey import names
from balancewatch_cli.deployed.stack import DeployedStack, StackError, declare_stack
from balancewatch_cli.look.overview_page import NARROW
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, note, output, print_json, table

COLUMNS = ("timestamp", "remaining", "used", "unit", "reason", "spendable")
"""Of the CSV: those that `balancewatch replay` reads."""

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = timedelta(days=3653)


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "history",
        help="show what an account of a deployed stack had",
        description="Every balance that was read of one account, and why it could not be read. The CSV is "
        "what `balancewatch replay` takes.",
        epilog="Exit status: 0 shown, 4 usage, an unknown account, or a stack that cannot be read.",
    )
    parser.add_argument("account", metavar="ACCOUNT", help="its name as `status` shows it")
    parser.add_argument(
        "--since", type=_span, default="7d", metavar="SPAN", help="how far back: 12h, 7d, 8w (default: 7d)"
    )
    parser.add_argument("--csv", action="store_true", help="print CSV and nothing else")
    declare_stack(parser)


def run(options: argparse.Namespace) -> ExitStatus:
    """Read and print; the exit status."""
    if options.csv and options.json:
        return fail("give --csv or --json, not both")
    now = datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
    try:
        found, points, unread = _read(options.stack, options.account, now - options.since)
    except StackError as error:
        return fail(str(error))
    if options.csv:
        _write_csv(points)
    elif options.json:
        shown = {"account": options.account, "datapoints": [_document(point) for point in points]}
        print_json(shown)
    else:
        _show(output(options), points, found.timezone)
    if unread:
        note(f"{unread} datapoints of another version were left out")
    return ExitStatus.OK


def _read(name: str, account: str, since: datetime) -> tuple[DeployedStack, Sequence[Point], int]:
    """The stack, the points, and how many could not be read. Raises `StackError`."""
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    caller = deployment.session()
    found = deployment.found(name, caller)
    try:
        read = [
            point_of(at, record) for at, record in deployment.history(found, caller).points(account, since)
        ]
        if not read and account not in (known := names(deployment.kept(found, caller))):
            near = difflib.get_close_matches(account, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`balancewatch status` shows all names"
            raise StackError(f"there is no account {account!r} in the stack {name}; {hint}")
    except OutsideError as error:
        raise StackError(deployment.unread(found, error)) from None
    points = [point for point in read if point is not None]
    return found, points, len(read) - len(points)


def _write_csv(points: Iterable[Point]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for point in points:
        writer.writerow(
            [
                moment(point.at),
                "unlimited" if point.unlimited else text_or_none(point.remaining),
                text_or_none(point.used),
                point.unit,
                point.reason,
                None if point.spendable is None else str(point.spendable).lower(),
            ]
        )


def _document(point: Point) -> Json:
    return {
        "at": moment(point.at),
        "remaining": text_or_none(point.remaining),
        "used": text_or_none(point.used),
        "unit": point.unit,
        "unlimited": point.unlimited,
        "spendable": point.spendable,
        "reason": point.reason,
        "detail": point.detail,
        "http_status": point.http_status,
        "duration_ms": point.duration_ms,
        "raw": dict(point.raw),
    }


def _show(console: Console, points: Sequence[Point], zone: ZoneInfo) -> None:
    if not points:
        console.print("Nothing was read in that time; --since reaches further back.")
        return
    is_narrow = console.width < NARROW
    time, figures = (
        f"time ({zone.key})",
        ("balance", "change", *(() if is_narrow else ("used", "HTTP", "ms"))),
    )
    shown = table(time, *figures, "", right=figures, whole=(time,))
    before: Point | None = None
    for point in points:
        shown.add_row(
            f"{point.at.astimezone(zone):%Y-%m-%d %H:%M}",
            _balance(point),
            _change(before, point),
            *(() if is_narrow else _details(point)),
            Text(f"{point.reason}: {point.detail or ''}", "magenta") if point.reason else "",
        )
        before = point if point.reason is None else before
    console.print(shown)


def _details(point: Point) -> Sequence[str]:
    used = "" if point.used is None else plain(point.used)
    return used, str(point.http_status or ""), "" if point.duration_ms is None else str(point.duration_ms)


def _balance(point: Point) -> str:
    if point.unlimited:
        return "unlimited"
    return "-" if point.remaining is None or point.unit is None else worded(point.remaining, point.unit)


def _change(before: Point | None, point: Point) -> str:
    if before is None or before.remaining is None or point.remaining is None or before.unit != point.unit:
        return ""
    change = point.remaining - before.remaining
    return f"{'+' if change > 0 else ''}{plain(change)}" if change else ""


def _span(text: str) -> timedelta:
    """`12h`, `7d`, `8w`."""
    found = re.fullmatch(r"([0-9]{1,5})([hdw])", text)
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta()
    if not timedelta() < span <= _LONGEST:
        raise argparse.ArgumentTypeError("must be a span such as 12h, 7d or 8w")
    return span
