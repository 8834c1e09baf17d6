"""Without AWS the same promises hold: the same histories, with a SQLite file in the table's place."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from balancewatch.core.lease import Taken
from balancewatch.core.outside import Kept
from balancewatch.core.state_record import Record
from balancewatch_cli.check.store import Store, opened
from tests.reliability.histories import play
from tests.reliability.sqlite import SqliteCloud


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with opened(tmp_path / "balancewatch.db", 400) as store:
        store._connection.execute("PRAGMA synchronous = OFF")  # nobody pulls the plug here
        yield store._connection


def emptied(connection: sqlite3.Connection) -> SqliteCloud:
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        connection.execute(f"DELETE FROM {table}")
    return SqliteCloud(connection=connection)


@pytest.mark.parametrize(
    "start", [0, 15, *(pytest.param(start, marks=pytest.mark.thorough) for start in (30, 45))]
)
def test_random_histories_break_no_promise(start: int, connection: sqlite3.Connection) -> None:
    """With kills, refusals and lost answers at any transaction, and runs that overtake each other."""
    kinds: set[str] = set()
    for index in range(start, start + 15):
        count = play(20261122, index, cloud=lambda: emptied(connection))
        assert count.found == []
        kinds |= count.faults.keys()
    assert any("killed" in kind for kind in kinds)


def _keeps_nothing(
    _: Store, __: str, states: Sequence[tuple[str, Record]], alive: Callable[[], bool]
) -> Kept:
    return Kept([name for name, _ in states] if alive() else ())


BROKEN: dict[str, tuple[str, Callable[..., object]]] = {
    "says that it stores and does not": ("keep_states", _keeps_nothing),
    "never notes what was told": ("make_sure", lambda *_: None),
    "gives the lease to everyone": ("take_lease", lambda *_: Taken()),
    "does not forget who left": ("forget", lambda *_: None),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_store_is_noticed(
    how: str, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, method = BROKEN[how]
    monkeypatch.setattr(Store, name, method)
    assert any(play(1, index, cloud=lambda: emptied(connection)).found for index in range(40))
