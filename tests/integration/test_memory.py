"""What the program's memory promises, in DynamoDB and in SQLite alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest

from balancewatch.adapters.table import Table
from balancewatch.core.lease import Busy, Leave, Taken
from balancewatch.core.outside import OutsideError
from balancewatch_cli.check.store import Store, opened
from tests.stage import aws, make_stack

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
NOW = AT + timedelta(seconds=3)
UNTIL = NOW + timedelta(minutes=4)
LATER = AT + timedelta(minutes=15)

Memory = Table | Store


def alive() -> bool:
    return True


@pytest.fixture(params=["table", "store"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Memory]:
    if request.param == "store":
        with opened(tmp_path / "balancewatch.db", 400) as made:
            yield made
    else:
        with aws():
            make_stack()
            yield Table(boto3.client("dynamodb"), "balancewatch", 400, pause=lambda _: None)


@pytest.fixture
def held(memory: Memory) -> Memory:
    """The lease is ours, as it is when a run writes."""
    memory.take_lease("main", "one", AT, NOW, UNTIL)
    return memory


def test_one_holder_at_a_time_and_its_repeated_call_finds_its_own(memory: Memory) -> None:
    assert memory.take_lease("main", "one", AT, NOW, UNTIL) == Taken()
    assert memory.take_lease("main", "two", AT, NOW, UNTIL) == Busy()
    assert isinstance(memory.take_lease("main", "two", LATER, NOW, UNTIL), Leave)
    assert memory.take_lease("main", "one", AT, NOW, UNTIL) == Taken()


def test_a_lease_ends_by_itself_and_one_that_claims_too_much_is_void(memory: Memory) -> None:
    memory.take_lease("main", "dead", AT, NOW, UNTIL)
    assert memory.take_lease("main", "two", AT, UNTIL + timedelta(seconds=1), LATER) == Taken()
    memory.take_lease("other", "broken", AT, NOW, NOW + timedelta(days=400))
    assert memory.take_lease("other", "three", AT, NOW, UNTIL) == Taken()


def test_what_is_done_is_not_run_again_and_another_teams_lease_is_its_own(held: Memory) -> None:
    held.release("main", "one", AT)
    assert isinstance(held.take_lease("main", "two", AT, NOW, UNTIL), Leave)
    assert held.take_lease("main", "two", LATER, NOW, UNTIL) == Taken()
    assert held.take_lease("other", "two", AT, NOW, UNTIL) == Taken()


def test_a_lease_that_was_lost_cannot_be_released(held: Memory) -> None:
    held.take_lease("main", "new", LATER, UNTIL + timedelta(seconds=1), LATER)
    with pytest.raises(OutsideError):
        held.release("main", "one", AT)


def test_nothing_is_written_after_the_runs_end(held: Memory) -> None:
    assert not held.keep_states("main", [("a", {})], lambda: False).names
    assert not held.keep_datapoints("main", AT, [("a", {})], lambda: False).names
    assert held.states("main").keys() <= {"#lease"}


def test_only_the_words_that_were_published_are_made_sure(held: Memory) -> None:
    held.keep_states("main", [("a", {"told_level": {"id": "new", "sure": False}})], alive)
    for name, ident in (("a", "old"), ("nobody", "new")):
        with pytest.raises(OutsideError):
            held.make_sure("main", name, "told_level", ident)
    held.make_sure("main", "a", "told_level", "new")
    assert held.states("main")["a"]["told_level"] == {"id": "new", "sure": True}


def test_a_state_is_forgotten_for_its_own_removal_only_and_twice_is_once(held: Memory) -> None:
    held.keep_states("main", [("a", {"removal": {"id": "one", "at": "x"}})], alive)
    with pytest.raises(OutsideError):
        held.forget("main", "a", "other")
    held.forget("main", "a", "one")
    held.forget("main", "a", "one")
    assert "a" not in held.states("main")
