"""A trial as people read it, and as programs do. Nothing here holds a secret of the account."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from balancewatch.core.amount import plain, worded
from balancewatch.core.exchange import NoResponse, Response
from balancewatch.core.notification import Json
from balancewatch.core.reading import Balance, Failure
from balancewatch.core.selection import PLACEHOLDER
from balancewatch.core.state_record import moment
from balancewatch_cli.providers.findings import Finding, findings
from balancewatch_cli.providers.redaction import Redaction
from balancewatch_cli.providers.trial import UNITS, Asked, Trial
from balancewatch_cli.terminal import heading, table

_MOST_LINES = 40


def document(trial: Trial) -> dict[str, Json]:
    """The same for programs."""
    redaction = Redaction(trial.account.tokens)
    return {
        "provider": trial.account.provider,
        "title": trial.account.profile.title,
        "confidence": trial.account.profile.confidence,
        "requests": [_asked(trial, each, redaction) for each in trial.asked],
        "found": [
            {
                "key": each.key,
                "expression": each.expression,
                "request": each.request,
                "found": each.found,
                "means": each.means,
            }
            for each in findings(trial)
        ],
        **_result(trial),
    }


def _asked(trial: Trial, asked: Asked, redaction: Redaction) -> dict[str, Json]:
    answer = asked.answer
    return {
        "name": asked.name,
        "page": asked.page,
        "method": asked.request.method,
        "url": _url(trial, asked, redaction),
        "status": answer.exchange.http_status,
        "duration_ms": answer.exchange.duration_ms,
        "bytes": len(answer.body) if isinstance(answer, Response) else None,
        "reason": answer.reason.value if isinstance(answer, NoResponse) else None,
        "detail": redaction.text(answer.detail) if isinstance(answer, NoResponse) else None,
        "answer": redaction.body(answer.body) if isinstance(answer, Response) else None,
    }


def _url(trial: Trial, asked: Asked, redaction: Redaction) -> str:
    profile = trial.account.profile
    if asked.name == UNITS:
        path = profile.units.path if profile.units else ""
        pairs: Sequence[tuple[str, str]] = ()
    else:
        rules = profile.requests[asked.name]
        path, pairs = rules.path, rules.query
    written = [path, *(name for name, _ in pairs), *(value for _, value in pairs)]
    known = {piece for text in written for piece in text.split("/") if not PLACEHOLDER.search(piece)}
    return redaction.url(asked.request.url, known)


def _result(trial: Trial) -> dict[str, Json]:
    match trial.reading:
        case Balance() as balance:
            found: dict[str, Json] = {
                "remaining": _plain(balance.remaining),
                "unit": balance.unit,
                "used": _plain(balance.used),
                "unlimited": balance.unlimited,
                "spendable": balance.spendable,
                "threshold": _plain(balance.threshold),
                "scale": plain(balance.scale),
                "requests": balance.requests,
                "expires_at": None if balance.expires_at is None else moment(balance.expires_at),
                "refills_at": None if balance.refills_at is None else moment(balance.refills_at),
                "raw": {**balance.raw},
            }
            return {"balance": found, "failure": None}
        case Failure(reason, detail, advice=advice):
            return {"balance": None, "failure": {"reason": reason.value, "detail": detail, "advice": advice}}


def show(console: Console, trial: Trial) -> None:
    """Print a trial."""
    profile, redaction = trial.account.profile, Redaction(trial.account.tokens)
    console.print(heading("Asked", f"{profile.title} at {urlsplit(trial.account.base_url).netloc}"))
    console.print(_requests(trial, redaction))
    for each in trial.asked:
        console.print(heading("Answer", _which(each)))
        console.print(Padding(Text(_answer(each, redaction)), (0, 0, 1, 2)))
    if any(isinstance(each.answer, Response) for each in trial.asked):
        console.print(heading("Found", "by the expressions of the profile"))
        console.print(_found(findings(trial), several=len(profile.further) > 0))
    match trial.reading:
        case Balance() as balance:
            console.print(heading("Balance", _headline(balance)))
            console.print(_grid(_facts(balance)))
        case Failure() as failure:
            console.print(Text.assemble(("Failure  ", "bold"), (failure.reason.value, "magenta")))
            rows = [("what came", failure.detail)]
            rows += [("what to do", failure.advice)] if failure.advice else []
            console.print(_grid(rows))


def _requests(trial: Trial, redaction: Redaction) -> Table:
    shown = table("request", "URL", "status", "ms")
    for column in (shown.columns[2], shown.columns[3]):
        column.justify = "right"
    for each in trial.asked:
        answer = each.answer
        status = answer.reason.value if isinstance(answer, NoResponse) else str(answer.status)
        shown.add_row(
            Text(_which(each)),
            Text(f"{each.request.method} {_url(trial, each, redaction)}"),
            Text(status),
            Text(str(answer.exchange.duration_ms)),
        )
    return shown


def _which(asked: Asked) -> str:
    return asked.name if asked.page == 1 else f"{asked.name}, page {asked.page}"


def _answer(asked: Asked, redaction: Redaction) -> str:
    match asked.answer:
        case NoResponse(reason, detail):
            return f"none: {reason.value}. {redaction.text(detail, 400)}"
        case Response(body):
            lines = (redaction.body(body) or "(empty)").split("\n")
            more = len(lines) - _MOST_LINES
            return "\n".join([*lines[:_MOST_LINES], *([f"... {more} more lines"] if more > 0 else [])])


def _found(found: Sequence[Finding], *, several: bool) -> Table:
    shown = table("key", "expression", *(["request"] if several else []), "found", "taken for")
    for each in found:
        request = [Text(each.request)] if several else []
        shown.add_row(Text(each.key), Text(each.expression), *request, Text(each.found), Text(each.means))
    return shown


def _headline(balance: Balance) -> str:
    if balance.unlimited:
        return "no limit"
    if balance.remaining is None:
        return "the credit is gone; how much is left is not told"
    return f"{worded(balance.remaining, balance.unit)} left"


def _facts(balance: Balance) -> Iterable[tuple[str, str]]:
    if balance.used is not None:
        yield "used", worded(balance.used, balance.unit)
    if balance.spendable is False:
        yield "spendable", "no: nothing can be spent"
    if balance.threshold is not None:
        yield "the provider's own threshold", worded(balance.threshold, balance.unit)
    if balance.scale != 1:
        yield "figures divided by", plain(balance.scale)
    if balance.expires_at is not None:
        yield "ends", moment(balance.expires_at)
    if balance.refills_at is not None:
        yield "refills", moment(balance.refills_at)
    raw: Mapping[str, str] = balance.raw
    if raw:
        yield "kept as written", ", ".join(f"{name} {value}" for name, value in raw.items())


def _grid(rows: Iterable[tuple[str, str]]) -> Padding:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, Text(value))
    return Padding(grid, (0, 0, 1, 2))


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)
