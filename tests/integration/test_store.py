"""The store without AWS: one lease, whole transactions, and no file believed that is not its own."""

import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from balancewatch.core.lease import Taken
from balancewatch.core.outside import OutsideError
from balancewatch.core.state import State
from balancewatch.core.state_record import Record, Unreadable, record_of, state_of
from balancewatch_cli.check import store as stores
from balancewatch_cli.check.folder import FolderError
from balancewatch_cli.check.store import SCHEMA, Store, opened

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
NOW = AT + timedelta(seconds=3)
UNTIL = NOW + timedelta(minutes=4)
LATER = AT + timedelta(minutes=15)


def alive() -> bool:
    return True


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "balancewatch.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    with opened(path, 400) as made:
        yield made


@pytest.fixture
def held(store: Store) -> Store:
    """A store whose lease is ours, as it is when a run writes."""
    store.take_lease("main", "one", AT, NOW, UNTIL)
    return store


def count(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as database:
        (found,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found)


def test_the_lease_of_a_dead_run_can_be_broken(store: Store) -> None:
    store.take_lease("main", "dead", AT, NOW, UNTIL)
    store.break_lease("main")
    assert store.take_lease("main", "two", AT, NOW, UNTIL) == Taken()


def test_what_was_done_is_known_also_after_a_run_that_did_not_end_well(held: Store) -> None:
    held.release("main", "one", AT)
    held.take_lease("main", "two", LATER, NOW, UNTIL)
    held.release("main", "two", None)
    assert held.done("main") == AT


WRITES: dict[str, Callable[[Store], object]] = {
    "release": lambda store: store.release("main", "one", AT),
    "set aside": lambda store: store.set_aside("main", "a", {}, AT),
    "make sure": lambda store: store.make_sure("main", "a", "told_level", "id"),
    "forget": lambda store: store.forget("main", "a", "id"),
}


@pytest.mark.parametrize("write", WRITES)
def test_a_run_that_lost_its_lease_writes_nothing(write: str, held: Store, path: Path) -> None:
    held.keep_states("main", [("a", {"told_level": {"id": "id"}, "removal": {"id": "id"}})], alive)
    with opened(path, 400) as other:
        other.take_lease("main", "two", LATER, UNTIL + timedelta(seconds=1), LATER)
    before = held.states("main")
    with pytest.raises(OutsideError, match="another run holds the lease"):
        WRITES[write](held)
    for kept in (
        held.keep_states("main", [("b", {})], alive),
        held.keep_datapoints("main", AT, [("b", {})], alive),
    ):
        assert (kept.names, kept.error) == ((), "another run holds the lease")
    assert held.states("main") == before
    assert count(path, "datapoint") == 0
    assert held.done("main") is None


def test_nothing_is_written_after_the_runs_end(held: Store, path: Path) -> None:
    assert held.keep_states("main", [("a", {})], lambda: False).names == ()
    assert held.keep_datapoints("main", AT, [("a", {})], lambda: False).names == ()
    assert count(path, "state") + count(path, "datapoint") == 0


def test_states_come_back_as_they_were_kept_each_team_its_own(held: Store) -> None:
    record: Record = {"format": "1", "told_level": {"sure": False, "id": "x"}, "title": "账户 \ud83d \x00"}
    assert held.keep_states("main", [("a", record), ("b", {})], alive).names == ["a", "b"]
    assert held.states("main") == {"a": record, "b": {}}
    assert held.states("other") == {}


@pytest.mark.parametrize("text", ["{", "[]", "", "\x00", '{"format": 1}', '{"format": "99"}'])
def test_a_state_that_cannot_be_read_is_set_aside_and_never_dropped(
    text: str, held: Store, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO state VALUES ('main', 'a', ?)", (text,))
        database.commit()
    record = held.states("main")["a"]
    assert isinstance(state_of("a", record), Unreadable)
    for _ in range(2):
        held.set_aside("main", "a", record, AT)
    assert count(path, "aside") == 1


def test_a_state_of_the_program_is_read_back(held: Store) -> None:
    held.keep_states("main", [("a", record_of(State("a", title="a")))], alive)
    assert state_of("a", held.states("main")["a"]) == State("a", title="a")


def test_what_is_older_than_the_history_goes(path: Path) -> None:
    with opened(path, 30) as store:
        for days in (0, 29, 30, 31):
            at = AT + timedelta(days=days)
            store.take_lease("main", "one", at, at, at + timedelta(minutes=4))
            store.set_aside("main", str(days), {}, at)
            store.remember({("channel", str(days))}, at)
            store.keep_datapoints("main", at, [("a", {"remaining": "1"})], alive)
        assert store.datapoints(AT) == store.datapoints(AT + timedelta(days=1)) == {}
        assert store.datapoints(AT + timedelta(days=31)) == {"a": {"remaining": "1"}}
        assert store.sent({("channel", "0"), ("channel", "31"), ("other", "31")}) == {("channel", "31")}
    assert [count(path, table) for table in ("datapoint", "aside", "sent")] == [3, 3, 3]


def test_all_or_nothing_is_stored(held: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here because a record cannot be written; so it is with a disk that is full."""
    texts = iter(["{}", None])
    monkeypatch.setattr(stores, "_text", lambda _: next(texts))
    kept = held.keep_states("main", [("a", {}), ("b", {})], alive)
    assert kept.names == ()
    assert "NOT NULL" in str(kept.error)
    assert held.states("main") == {}


def test_a_file_that_someone_else_writes_is_an_error_and_not_a_crash(held: Store, path: Path) -> None:
    held._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutsideError, match="locked"):
            held.states("main")
        assert held.keep_states("main", [("a", {})], alive).names == ()


def test_the_file_is_its_owners_alone(store: Store, path: Path) -> None:  # noqa: ARG001  # made by it
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_newer_files_tables_are_refused_with_words_and_left_alone(store: Store, path: Path) -> None:
    store._connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = path.read_bytes()
    with pytest.raises(FolderError, match="written by a newer balancewatch"), opened(path, 400):
        pass
    assert path.read_bytes() == before


def test_a_file_that_is_not_ours_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE photographs (id)")
    before = path.read_bytes()
    with pytest.raises(FolderError, match="no state of balancewatch"), opened(path, 400):
        pass
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_broken_is_refused_and_left_alone(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with pytest.raises(FolderError, match="move it away"), opened(path, 400):
        pass
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_written_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="cannot be opened"), opened(tmp_path / "no" / "x.db", 400):
        pass
