"""Lease, states, history and what was sent, in one SQLite file: the table's callables, without AWS.

Every call is one transaction, which SQLite writes wholly or not at all, whatever ends the process or the
machine in it (https://www.sqlite.org/atomiccommit.html). Writes of a run take effect only while its lease
is its own.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from balancewatch.core.account import full_name
from balancewatch.core.datapoint import Datapoint
from balancewatch.core.lease import LONGEST, Busy, Lease, Leave, Taken, refusal
from balancewatch.core.notification import Json
from balancewatch.core.outside import Kept, OutsideError
from balancewatch.core.plan import Part
from balancewatch.core.state_record import Record, instant, moment
from balancewatch_cli.check.folder import FolderError

SCHEMA: Final = 1
"""The version of the tables; what a newer balancewatch wrote is refused."""

_APPLICATION: Final = 0x62616C77
"""Marks the file as ours, as `file` and SQLite's own header know it: "balw"."""

_TABLES: Final = """
CREATE TABLE lease (team TEXT PRIMARY KEY, holder TEXT, until TEXT, at TEXT, done TEXT) WITHOUT ROWID;

CREATE TABLE state (
    team TEXT, name TEXT, record TEXT NOT NULL,
    PRIMARY KEY (team, name)
) WITHOUT ROWID;

CREATE TABLE aside (
    team TEXT, name TEXT, digest TEXT, at TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (team, name, digest)
) WITHOUT ROWID;

CREATE TABLE datapoint (
    account TEXT, at TEXT, record TEXT NOT NULL,
    PRIMARY KEY (account, at)
) WITHOUT ROWID;

CREATE INDEX datapoint_at ON datapoint (at);

CREATE TABLE sent (
    channel TEXT, id TEXT, at TEXT NOT NULL,
    PRIMARY KEY (channel, id)
) WITHOUT ROWID
"""
"""Records are JSON, times UTC as text, which sorts as they do."""

_PATIENCE_S = 5
"""How long a write waits for somebody who looks into the file."""
_NO_TIME = "no time was left"


class Store:
    """One team's memory in a file, for as long as it is open."""

    def __init__(self, connection: sqlite3.Connection, history_days: int) -> None:
        self._connection = connection
        self._kept_for = timedelta(days=history_days)
        self._holder = ""
        self._one_at_a_time = threading.Lock()

    def take_lease(
        self, team: str, holder: str, at: datetime, now: datetime, until: datetime
    ) -> Taken | Leave | Busy:
        """Take it if it is free and `at` is not done. Raises `OutsideError`."""
        with self._writing() as write:
            held = _lease_in(write, team)
            ends = "" if held.until is None else moment(held.until)
            is_free = not moment(now) <= ends <= moment(now + LONGEST)
            is_due = held.done is None or held.done < instant(moment(at))
            if held.holder != holder and not (is_free and is_due):
                return refusal(held, at)
            write.execute(
                "INSERT INTO lease (team, holder, until, at) VALUES (:team, :holder, :until, :at) "
                "ON CONFLICT (team) DO UPDATE SET holder = :holder, until = :until, at = :at",
                {"team": team, "holder": holder, "until": moment(until), "at": moment(at)},
            )
        self._holder = holder
        return Taken()

    def break_lease(self, team: str) -> None:
        """Free what a dead run held; only for who knows that none is alive. Raises `OutsideError`."""
        with self._writing() as write:
            write.execute("UPDATE lease SET until = NULL WHERE team = ?", (team,))

    def release(self, team: str, holder: str, done: datetime | None) -> None:
        """Give the lease back, if it is still ours. Raises `OutsideError`."""
        with self._writing() as write:
            given = write.execute(
                "UPDATE lease SET until = NULL, done = coalesce(?, done) WHERE team = ? AND holder = ?",
                (None if done is None else moment(done), team, holder),
            )
            if given.rowcount == 0:
                raise OutsideError("another run holds the lease")

    def done(self, team: str) -> datetime | None:
        """The latest scheduled time that is done. Raises `OutsideError`."""
        with self._writing() as write:
            return _lease_in(write, team).done

    def states(self, team: str) -> Mapping[str, Record]:
        """Every account's record, by name. Raises `OutsideError`."""
        with self._writing() as write:
            rows = write.execute("SELECT name, record FROM state WHERE team = ?", (team,))
            return {name: _record(text) for name, text in rows}

    def set_aside(self, team: str, name: str, record: Record, at: datetime) -> None:
        """Keep a record that cannot be read apart, once however often it is found. Raises `OutsideError`."""
        text = _text(record)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        with self._writing(team) as write:
            write.execute(
                "INSERT OR REPLACE INTO aside VALUES (?, ?, ?, ?, ?)", (team, name, digest, moment(at), text)
            )

    def keep_states(self, team: str, states: Sequence[tuple[str, Record]], alive: Callable[[], bool]) -> Kept:
        """Store all or none of them while alive; never raises."""

        def write_all(write: sqlite3.Connection) -> None:
            write.executemany(
                "INSERT OR REPLACE INTO state VALUES (?, ?, ?)",
                [(team, name, _text(record)) for name, record in states],
            )

        return self._keep(team, [name for name, _ in states], write_all, alive)

    def keep_datapoints(
        self,
        team: str,
        at: datetime,
        datapoints: Sequence[tuple[str, Datapoint]],
        alive: Callable[[], bool],
    ) -> Kept:
        """Store all or none of them while alive, and let go of what is too old; never raises."""

        def write_all(write: sqlite3.Connection) -> None:
            write.executemany(
                "INSERT OR REPLACE INTO datapoint VALUES (?, ?, ?)",
                [(full_name(team, name), moment(at), _text(datapoint)) for name, datapoint in datapoints],
            )
            oldest = moment(at - self._kept_for)
            write.execute("DELETE FROM datapoint WHERE at <= ?", (oldest,))
            write.execute("DELETE FROM aside WHERE at <= ?", (oldest,))
            write.execute("DELETE FROM sent WHERE at <= ?", (oldest,))

        return self._keep(team, [name for name, _ in datapoints], write_all, alive)

    def make_sure(self, team: str, name: str, part: Part, ident: str) -> None:
        """Note that a part of told arrived, if it is still the same. Raises `OutsideError`."""
        with self._writing(team) as write:
            record = _state_in(write, team, name)
            told = _told_in(record, part)
            if record is None or told.get("id") != ident:
                raise OutsideError("its state holds other words by now")
            text = _text({**record, part: {**told, "sure": True}})
            write.execute("UPDATE state SET record = ? WHERE team = ? AND name = ?", (text, team, name))

    def forget(self, team: str, name: str, ident: str) -> None:
        """Delete the state of an account whose removal was told. Raises `OutsideError`."""
        with self._writing(team) as write:
            record = _state_in(write, team, name)
            if record is not None and _told_in(record, "removal").get("id") != ident:
                raise OutsideError("its state holds other words by now")
            write.execute("DELETE FROM state WHERE team = ? AND name = ?", (team, name))

    def datapoints(self, at: datetime) -> Mapping[str, Mapping[str, Json]]:
        """The datapoints of a scheduled time, by full name. Raises `OutsideError`."""
        with self._writing() as write:
            rows = write.execute("SELECT account, record FROM datapoint WHERE at = ?", (moment(at),))
            return {account: json.loads(text) for account, text in rows}

    def sent(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of the pairs of channel and id that went out. Raises `OutsideError`."""
        with self._writing() as write:
            known = "SELECT 1 FROM sent WHERE channel = ? AND id = ?"
            return {key for key in keys if write.execute(known, key).fetchone()}

    def remember(self, keys: Collection[tuple[str, str]], now: datetime) -> None:
        """Remember what went out to which channel. Raises `OutsideError`."""
        with self._writing() as write:
            write.executemany(
                "INSERT OR REPLACE INTO sent VALUES (?, ?, ?)",
                [(channel, ident, moment(now)) for channel, ident in keys],
            )

    def _keep(
        self,
        team: str,
        names: Sequence[str],
        write_all: Callable[[sqlite3.Connection], None],
        alive: Callable[[], bool],
    ) -> Kept:
        if not alive():
            return Kept((), _NO_TIME)
        try:
            with self._writing(team) as write:
                write_all(write)
        except OutsideError as error:
            return Kept((), str(error))
        return Kept(names)

    @contextmanager
    def _writing(self, team: str | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction; with a team, only while its lease is ours. Raises `OutsideError`."""
        try:
            with self._one_at_a_time, self._connection as write:
                write.execute("BEGIN IMMEDIATE")
                if team is not None and _lease_in(write, team).holder != self._holder:
                    raise OutsideError("another run holds the lease")
                yield write
        except sqlite3.Error as error:
            raise OutsideError(f"the state cannot be used: {error}") from None


@contextmanager
def opened(path: Path, history_days: int) -> Iterator[Store]:
    """The store in a file, which is made where there is none. Raises `FolderError`."""
    try:
        path.touch(mode=0o600)
        connection = sqlite3.connect(path, _PATIENCE_S, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise FolderError(f"{path} cannot be opened: {error}") from None
    try:
        _prepare(connection, path)
        yield Store(connection, history_days)
    finally:
        connection.close()


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file, and refuse a file that is not ours or newer than we are."""
    try:
        # Not only the file, also its entry in the folder is on the disk before a transaction counts.
        connection.execute("PRAGMA synchronous = EXTRA")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {SCHEMA}")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise FolderError(f"{path} cannot be used ({error}); move it away, or give another --state") from None
    if application != _APPLICATION:
        raise FolderError(f"{path} is no state of balancewatch; move it away, or give another --state")
    if version != SCHEMA:
        raise FolderError(
            f"{path} was written by a newer balancewatch (its tables have version {version}, this one knows "
            f"{SCHEMA}); install that one, or give another --state"
        )


def _lease_in(write: sqlite3.Connection, team: str) -> Lease:
    row = write.execute("SELECT holder, until, at, done FROM lease WHERE team = ?", (team,)).fetchone()
    holder, *times = row or (None, None, None, None)
    return Lease(holder, *map(_time, times))


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else instant(text)
    except ValueError:
        return None


def _state_in(write: sqlite3.Connection, team: str, name: str) -> Record | None:
    row = write.execute("SELECT record FROM state WHERE team = ? AND name = ?", (team, name)).fetchone()
    return None if row is None else _record(row[0])


def _told_in(record: Record | None, part: Part) -> Record:
    told = {} if record is None else record.get(part)
    return told if isinstance(told, Mapping) else {}


def _text(record: Record) -> str:
    return json.dumps(record, default=dict)


def _record(text: str) -> Record:
    """The record; a text that is none becomes one that nobody can read, and so is set aside."""
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    return record if isinstance(record, dict) else {"unreadable": str(text)}
