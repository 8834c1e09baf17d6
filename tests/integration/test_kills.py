"""Kill -9 in every transaction of a run: nothing is lost or broken, and copies share their id."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.hooks import Hooks, hooks
from tests.mortals import Nursery, nursery
from tests.provider import listed, provider

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
PERIOD = timedelta(minutes=15)
NEWS = {("a", "low_balance", "firing"), ("b", "removed", "resolved")}
KILLED = -9


@dataclass
class Scene:
    """Accounts `a`, which is low since the last run, and `b`, which has left the file since."""

    nursery: Nursery
    hooks: Hooks
    folder: Path
    before: Path

    def run(self, at: datetime, dies_at: int | None = None) -> int:
        arguments = ["check", "--accounts", str(self.folder / "accounts.json"), "--state", str(self.state)]
        for name in ("one", "two"):
            arguments += ["--notify", self.hooks.url(name)]
        return self.nursery.run(arguments, at, dies_at)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def begin_again(self) -> None:
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.before, self.state)
        self.hooks.taken.clear()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("kills")
    with nursery() as mothers, hooks() as hearing, provider() as playing:
        here = Scene(mothers, hearing, folder, folder / "before")
        a, b = ({"name": name, "token": f"token-of-{name}"} for name in "ab")
        playing.has("token-of-a", 40_000_000)
        playing.has("token-of-b", 40_000_000)
        (folder / "accounts.json").write_text(listed(playing, a, b))
        assert here.run(AT) == 0
        here.state.rename(here.before)
        playing.has("token-of-a", 4_900_000)
        (folder / "accounts.json").write_text(listed(playing, a))
        yield here


def test_a_run_may_be_killed_in_any_transaction(scene: Scene) -> None:
    """After it is rolled back that is as if killed between any two, before and after each delivery.

    The next run, seconds later, is not held up by what the dead one held.
    """
    dies_at, died = 0, KILLED
    while died == KILLED:
        dies_at += 1
        scene.begin_again()
        died = scene.run(AT + PERIOD, dies_at)
        assert scene.run(AT + PERIOD + timedelta(seconds=2)) == 1
        for name in ("one", "two"):
            assert set(scene.hooks.told(name)) == NEWS
            assert len(set(scene.hooks.ids(name))) == len(NEWS)
            assert len(scene.hooks.ids(name)) <= 2 * len(NEWS)
        with closing(sqlite3.connect(scene.state / "balancewatch.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("SELECT name FROM state").fetchall() == [("a",)]
            (done,) = database.execute("SELECT done FROM lease").fetchone()
        assert done in ("2026-11-22T04:15:00Z", "2026-11-22T04:15:02Z")
    assert died == 1
    assert dies_at > 15


def test_a_run_may_be_killed_while_it_makes_the_file(scene: Scene) -> None:
    shutil.rmtree(scene.state, ignore_errors=True)
    assert scene.run(AT, dies_at=1) == KILLED
    assert scene.run(AT) == 1
