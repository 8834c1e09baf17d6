"""Many notifications in one run, and news that waits: on moto's AWS, with a real provider."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from balancewatch.world import RunError
from tests.provider import listed
from tests.stage import Stage, stage

LOW, CRITICAL, WELL = 4_000_000, 1_000_000, 40_000_000
MANY = [{"name": f"a{number:02}", "token": f"token-{number}"} for number in range(8)]


@pytest.fixture
def on() -> Iterator[Stage]:
    with stage() as standing:
        accounts(standing)
        yield standing


def accounts(on: Stage, quota: int = LOW, **defaults: object) -> None:
    on.accounts(listed(on.provider, *MANY, **defaults))
    for each in MANY:
        on.provider.has(each["token"], quota)


def published(on: Stage) -> list[dict[str, Any]]:
    """The messages that the run tried to publish."""
    return [dict(parameters) for operation, parameters in on.calls if operation == "Publish"]


def fault_once(kind: str) -> Any:
    """A fault at the first publish of the run."""
    faults = iter([kind])
    return lambda operation, _: next(faults, None) if operation == "Publish" else None


def test_more_than_five_go_as_one_message_and_are_told_once(on: Stage) -> None:
    summary: Any = on.tick()
    assert [each["sent"] for each in summary["notifications"]] == [True] * 8
    (message,) = published(on)
    assert message["Subject"] == "[warning] 8 messages: 8 low"
    assert sorted(each["account"] for each in on.heard()) == [each["name"] for each in MANY]
    on.tick()
    assert on.heard() == []


def test_five_go_one_by_one(on: Stage) -> None:
    for each in MANY[5:]:
        on.provider.has(each["token"], WELL)
    on.tick()
    assert len(published(on)) == 5


def test_a_digest_that_sns_refuses_is_sent_one_by_one(on: Stage) -> None:
    """One bad part must not silence all."""
    on.tick(fault=fault_once("refuse"))
    assert len(published(on)) == 1 + 8
    assert len(on.heard()) == 8
    on.tick()
    assert on.heard() == []


def test_a_digest_without_an_answer_is_left_to_the_next_run(on: Stage) -> None:
    """It may have arrived: sent one by one it would double with nobody dead."""
    with pytest.raises(RunError):
        on.tick(fault=fault_once("lose"))
    assert len(published(on)) == 1
    first = {each["id"] for each in on.heard()}
    on.tick()
    assert {each["id"] for each in on.heard()} == first
    on.tick()
    assert on.heard() == []


def test_an_outage_of_one_host_is_one_message_that_names_the_host_once(on: Stage) -> None:
    accounts(on, WELL, failures=1)
    on.tick()
    for each in MANY:
        on.provider.fails(each["token"], 404)
    on.tick()
    (message,) = published(on)
    email = json.loads(message["Message"])["email"]
    assert email.count("127.0.0.1") == 1
    assert "8 accounts at 127.0.0.1 cannot be read: nothing answers at that address." in email


def test_a_kill_after_a_digest_tells_it_again_with_the_same_ids(on: Stage) -> None:
    on.tick_through(fault_once("kill-after"))
    on.now += timedelta(minutes=5)
    on.tick()
    heard = on.heard()
    assert len(heard) == 16
    assert len({each["id"] for each in heard}) == 8


def test_quiet_hours_hold_a_warning_until_they_end_and_the_run_is_done(on: Stage) -> None:
    """The stage begins at 04:00 and runs every 15 minutes."""
    accounts(on, LOW, quiet={"from": "04:00", "to": "05:00"})
    for _ in range(3):
        assert on.tick() is not None
    assert on.heard() == []
    on.provider.has(MANY[0]["token"], CRITICAL)
    on.provider.has(MANY[1]["token"], WELL)
    on.tick()
    assert on.told() == [
        ("a00", "low_balance", "firing"),
        *[(f"a0{n}", "low_balance", "firing") for n in range(2, 8)],
    ]


def test_a_muted_account_is_silent_until_then(on: Stage) -> None:
    accounts(on, CRITICAL, mute_until="2026-11-22T04:45:00Z")
    on.tick()
    on.tick()
    assert on.heard() == []
    on.tick()
    assert len(on.heard()) == 8


def test_quiet_hours_that_cover_every_run_are_not_applied_and_a_problem_says_so(on: Stage) -> None:
    accounts(on, LOW, quiet={"from": "08:00", "to": "07:59"})
    summary: Any = on.tick()
    assert len(on.heard()) == 8
    assert {each["field"] for each in summary["problems"]} == {"quiet"}


def test_a_payment_required_answer_that_says_used_up_is_empty_and_no_failure(on: Stage) -> None:
    on.provider.answers(
        MANY[0]["token"], {"error": {"code": "insufficient_quota", "message": "no"}}, status=429
    )
    summary: Any = on.tick()
    assert summary["accounts"][0]["level"] == "empty"
    assert summary["accounts"][0]["reason"] is None
    assert on.told()[0] == ("a00", "low_balance", "firing")
