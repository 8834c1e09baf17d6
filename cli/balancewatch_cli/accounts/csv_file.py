"""Accounts from a CSV file, a line each: its columns are the fields of an account."""

import csv
from collections.abc import Sequence

from balancewatch.core.account_rules import FIELDS, OWN_FIELDS
from balancewatch_cli.accounts.edit import merged, value_of
from balancewatch_cli.deployed.document import EditError, Entry


def entries_of(text: str) -> Sequence[Entry]:
    """The accounts of a CSV, separated by commas or, as some spreadsheets have it, semicolons.

    The first line names the columns: fields, and parameters as `params.user_id`; an empty cell says
    nothing. Raises `EditError`, which names every wrong line and never a value.
    """
    first = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=";" if ";" in first and "," not in first else ",")
    try:
        columns = _columns(next(rows, []))
        read = [_entry(columns, row, rows.line_num) for row in rows if any(cell.strip() for cell in row)]
    except csv.Error:
        raise EditError(f"line {rows.line_num} of the file is no CSV") from None
    if wrong := [each for each in read if isinstance(each, str)]:
        raise EditError("; ".join(wrong))
    return [each for each in read if not isinstance(each, str)]


def _columns(head: Sequence[str]) -> Sequence[str]:
    columns = [cell.strip() for cell in head]
    for number, name in enumerate(columns, 1):
        if name == "params" or (name not in FIELDS and not name.startswith("params.")):
            raise EditError(
                f"column {number} of the first line is no field (its name is not shown: it may be a secret); "
                f"the fields are {', '.join(each for each in FIELDS if each != 'params')}, params.NAME"
            )
        if name in columns[: number - 1]:
            raise EditError(f"the column {name} stands twice in the first line")
    if missing := [name for name in OWN_FIELDS if name not in columns]:
        raise EditError(f"the first line of the file must name the columns; missing: {', '.join(missing)}")
    return columns


def _entry(columns: Sequence[str], row: Sequence[str], line: int) -> Entry | str:
    """The account of a line, or what is wrong with the line."""
    if len(row) > len(columns):
        return f"line {line} of the file has {len(row)} cells for {len(columns)} columns"
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=False) if cell.strip()}
    if missing := [name for name in OWN_FIELDS if name not in cells]:
        return f"line {line} of the file has no {', '.join(missing)}"
    return merged({}, {name: value_of(name, cell) for name, cell in cells.items()})
