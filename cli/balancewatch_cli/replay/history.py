"""A recorded history of one account, from a CSV file: what it had, and when it could not be read."""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median

from balancewatch.core.amount import amount_of
from balancewatch.core.profile import UNIT
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason

_WANTED = ("timestamp", "remaining")
_LONGEST_CELL = 40
_UNLIMITED = "unlimited"
_FIRST_YEAR, _LAST_YEAR = 2000, 2100
_LEAST_STEP = timedelta(minutes=1)


class HistoryError(ValueError):
    """A file that is no history: says in which line, and what is wanted."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one run read."""

    at: datetime
    reading: Reading


@dataclass(frozen=True, slots=True)
class History:
    """The runs of one account in the order of time, each time once."""

    rows: tuple[Row, ...]
    doubled: int
    """Rows that had the time of a later row in the file, which was taken instead."""

    @property
    def step(self) -> timedelta:
        """How far two rows usually lie apart."""
        steps = [(after.at - before.at).total_seconds() for before, after in itertools.pairwise(self.rows)]
        return max(timedelta(seconds=median(steps)), _LEAST_STEP) if steps else timedelta(hours=1)

    @property
    def span(self) -> timedelta:
        return self.rows[-1].at - self.rows[0].at

    @property
    def failed(self) -> int:
        return sum(isinstance(row.reading, Failure) for row in self.rows)


def parse_history(content: bytes, unit: str) -> History:
    """The history in a CSV file; `unit` is that of rows without one. Raises `HistoryError`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise HistoryError("it is not UTF-8 text") from None
    lines = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    found: dict[datetime, Row] = {}
    count = 0
    try:
        _name_columns(lines)
        for cells in lines:
            row = _Cells(lines.line_num, cells).row(unit)
            found[row.at] = row
            count += 1
    except csv.Error as error:
        raise HistoryError(f"line {lines.line_num + 1}: it is not CSV: {error}") from None
    if not found:
        raise HistoryError("it has no rows; wanted is one for each time that the balance was read")
    if not any(isinstance(row.reading, Balance) for row in found.values()):
        raise HistoryError("no row has an amount in `remaining`")
    rows = tuple(found[at] for at in sorted(found))
    return History(rows, count - len(rows))


def _name_columns(lines: "csv.DictReader[str]") -> None:
    """Columns are found by name, in any order and case; others are left alone."""
    names = [name.strip().lower() for name in lines.fieldnames or []]
    for wanted in _WANTED:
        if wanted not in names:
            raise HistoryError(
                f"line 1: there is no column `{wanted}`; wanted is a header such as "
                "timestamp,remaining,used,unit,reason with commas between"
            )
    for name in names:
        if name and names.count(name) > 1:
            raise HistoryError(f"line 1: there are two columns `{name[:_LONGEST_CELL]}`")
    lines.fieldnames = names


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one line."""

    line: int
    cells: Mapping[str, str | list[str] | None]

    def row(self, unit: str) -> Row:
        if None in self.cells:
            raise self._error("there are more cells than columns; a number with commas must stand in quotes")
        at = self._time()
        exchange = Exchange(at, 0)
        remaining, spendable = self._text("remaining"), self._spendable()
        is_unlimited = remaining.lower() == _UNLIMITED
        if not remaining and spendable is not False:
            return Row(at, Failure(self._reason(), "as recorded", exchange))
        balance = Balance(
            remaining=None if is_unlimited else self._amount("remaining"),
            unit=self._unit() or unit,
            exchange=exchange,
            used=self._amount("used"),
            unlimited=is_unlimited,
            spendable=spendable,
        )
        return Row(at, balance)

    def _time(self) -> datetime:
        try:
            at = datetime.fromisoformat(self._text("timestamp"))
            at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self._error("`timestamp` must be a time such as 2026-11-22T04:00:00Z") from None
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise self._error(f"`timestamp` must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
        return at

    def _amount(self, name: str) -> Decimal | None:
        text = self._text(name)
        if not text:
            return None
        amount = amount_of(text)
        if amount is None:
            raise self._error(f"`{name}` must be a number such as 49.99, or empty")
        return amount

    def _unit(self) -> str:
        text = self._text("unit")
        if text and not re.fullmatch(UNIT, text, re.ASCII):
            raise self._error("`unit` must be a unit such as USD, CNY or tokens")
        return text

    def _reason(self) -> Reason:
        text = self._text("reason")
        if text and text not in list(Reason):
            raise self._error(f"`reason` must be one of {', '.join(Reason)}")
        return Reason(text) if text else Reason.SERVER_ERROR

    def _spendable(self) -> bool | None:
        match self._text("spendable").lower():
            case "":
                return None
            case "true":
                return True
            case "false":
                return False
            case _:
                raise self._error("`spendable` must be true, false or empty")

    def _text(self, name: str) -> str:
        value = self.cells.get(name)
        return value.strip() if isinstance(value, str) else ""

    def _error(self, problem: str) -> HistoryError:
        return HistoryError(f"line {self.line}: {problem}")


def balances(rows: tuple[Row, ...]) -> Iterator[tuple[datetime, Decimal]]:
    """The amounts that were read."""
    for row in rows:
        if isinstance(row.reading, Balance) and row.reading.remaining is not None:
            yield row.at, row.reading.remaining
