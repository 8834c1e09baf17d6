"""The main job, story by story: the real run on moto's AWS and a real provider."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest
from _pytest.mark.structures import ParameterSet

from balancewatch.core.message import Message, compose
from balancewatch.core.notification import Notification
from balancewatch.world import RunError
from tests.provider import listed
from tests.stage import START, Stage, listen, stage

LOW = 4_000_000  # 8 USD
WELL = 40_000_000  # 80 USD
A = {"name": "a", "token": "token-of-a"}
B = {"name": "b", "token": "token-of-b"}
FIRST = ("a", "low_balance", "firing")
_READS = (2, 3, 4)
"""Which calls of a run read: the secret, the states, who listens."""


def at_calls(kinds: Mapping[str, Iterable[int]], noted: int) -> list[ParameterSet]:
    """Faults at calls by kind; in `make test` those from the first store on to the call that notes the last.

    All small histories with all faults, on the small AWS, are in `make test` anyway (tests/reliability).
    """
    return [
        pytest.param(when, call, marks=() if 5 <= call <= noted else pytest.mark.thorough)
        for when, calls in kinds.items()
        for call in calls
    ]


def kills(calls: int) -> Mapping[str, Iterable[int]]:
    """A kill at every place of so many calls: before the second is after the first."""
    return {"kill-before": [1], "kill-after": range(1, calls + 1)}


def faults(calls: int) -> Mapping[str, Iterable[int]]:
    """All that can go wrong at so many calls: a read whose answer is lost did as little as one refused."""
    numbers = range(1, calls + 1)
    return {**kills(calls), "refuse": numbers, "lose": [call for call in numbers if call not in _READS]}


@pytest.fixture
def on() -> Iterator[Stage]:
    with stage() as standing:
        standing.accounts(listed(standing.provider, A))
        standing.provider.has("token-of-a", WELL)
        yield standing


def account(summary: Any, name: str = "a") -> Any:
    return next(each for each in summary["accounts"] if each["name"] == name)


def test_a_low_balance_is_told_in_the_run_that_sees_it_and_once(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    summary = on.tick()
    assert account(summary)["level"] == "warning"
    assert on.told() == [FIRST]
    for _ in range(3):
        on.tick()
    assert on.told() == []


def test_a_top_up_resolves_and_says_by_how_much(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.heard()
    on.provider.has("token-of-a", WELL)
    on.tick()
    (told,) = on.heard()
    assert (told["kind"], told["status"], told["why"], told["why_amount"]) == (
        "low_balance",
        "resolved",
        "topped_up",
        "72",
    )
    assert (told["severity"], told["remaining"]) == ("warning", "80")


def test_one_provider_down_changes_nothing_for_the_others(on: Stage) -> None:
    on.accounts(listed(on.provider, A, {**B, "base_url": "http://127.0.0.1:1"}))
    on.provider.has("token-of-a", LOW)
    summary = on.tick()
    assert account(summary, "b")["reason"] == "connection"
    assert account(summary)["remaining"] == "8"
    assert on.told() == [FIRST]
    on.tick()
    assert on.told() == []
    on.tick()
    assert on.told() == [("b", "unreachable", "firing")]


def test_a_failed_read_is_never_a_number(on: Stage) -> None:
    on.tick()
    on.provider.fails("token-of-a", 500)
    summary = on.tick()
    read = account(summary)
    assert (read["remaining"], read["level"], read["reason"]) == (None, "ok", "server_error")
    assert on.told() == []
    failed = [item for item in on.items("history#") if "reason" in item]
    assert [item["reason"]["S"] for item in failed] == ["server_error"]
    assert "remaining" not in failed[0]


def test_what_sns_refuses_is_told_by_the_next_run(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    with pytest.raises(RunError, match=r"not delivered: SNS did not accept.*InternalFailure") as failed:
        on.tick(fault=lambda operation, _: "refuse" if operation == "Publish" else None)
    assert failed.value.summary is not None
    assert on.told() == []
    on.tick()
    assert on.told() == [FIRST]
    on.tick()
    assert on.told() == []


def test_a_publish_without_an_answer_is_told_again_with_the_same_id(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    with pytest.raises(RunError):
        on.tick(fault=lambda operation, _: "lose" if operation == "Publish" else None)
    on.tick()
    first, second = on.heard()
    assert first["id"] == second["id"]


def test_publishing_is_tried_once_a_run(on: Stage) -> None:
    """The SDK does not retry: a retry of what was accepted would tell twice with nobody dead."""
    on.provider.has("token-of-a", LOW)
    with pytest.raises(RunError):
        on.tick(fault=lambda operation, _: "lose" if operation == "Publish" else None)
    assert [operation for operation, _ in on.calls].count("Publish") == 1


@pytest.mark.parametrize(("when", "call"), at_calls(kills(11), noted=10))
def test_a_kill_at_any_call_loses_nothing(on: Stage, when: str, call: int) -> None:
    """Whatever a person should know they know in the end; what they hear twice has the same id."""
    on.accounts(listed(on.provider, A, {**B, "failures": 1}))
    on.provider.has("token-of-a", LOW)
    on.provider.fails("token-of-b", 401)
    on.tick_through(lambda _, number: when if number == call else None)
    on.now += timedelta(minutes=5)
    on.tick()
    on.tick()
    heard = on.heard()
    assert {(each["account"], each["status"]) for each in heard} == {("a", "firing"), ("b", "firing")}
    assert len({each["id"] for each in heard}) == 2
    assert len(heard) <= 3


@pytest.mark.parametrize(("when", "call"), at_calls(faults(9), noted=8))
def test_the_end_is_not_lost_by_a_fault_at_any_call(on: Stage, when: str, call: int) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.heard()
    on.provider.has("token-of-a", WELL)
    on.tick_through(lambda _, number: when if number == call else None)
    on.now += timedelta(minutes=5)
    on.tick()
    on.tick()
    heard = on.heard()
    assert [each["status"] for each in heard] in (["resolved"], ["resolved", "resolved"])
    assert len({each["id"] for each in heard}) == 1


@pytest.mark.parametrize(("when", "call"), at_calls(faults(9), noted=8))
def test_low_again_after_an_end_that_was_not_noted_is_told(on: Stage, when: str, call: int) -> None:
    """The `resolved` may have arrived: if it then is low again, people must hear that."""
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.provider.has("token-of-a", WELL)
    on.tick_through(lambda _, number: when if number == call else None)
    on.now += timedelta(minutes=5)
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.tick()
    assert on.heard()[-1]["status"] == "firing"


def test_two_runs_at_once_tell_once(on: Stage) -> None:
    """The second finds the lease held and leaves, or, for the same time, fails to be asked again."""
    on.provider.has("token-of-a", LOW)
    outcomes: list[object] = []

    def meanwhile(operation: str, _: int) -> None:
        if operation == "Query" and not outcomes:
            outcomes.append("started")
            for at in (on.now, on.now + timedelta(minutes=1)):
                try:
                    outcomes.append(Stage(on.provider, now=on.now).tick(at))
                except RunError as error:
                    outcomes.append(str(error))

    on.tick(fault=meanwhile)
    assert "holds the lease" in str(outcomes[1])
    assert outcomes[2] is None
    assert on.told() == [FIRST]


def test_the_same_event_twice_counts_once(on: Stage) -> None:
    on.accounts(listed(on.provider, {**A, "failures": 2}))
    on.provider.fails("token-of-a", 500)
    on.tick()
    assert on.tick(at=on.now) is None
    assert on.told() == []


def test_a_failed_run_asked_again_counts_its_failures_once(on: Stage) -> None:
    on.accounts(listed(on.provider, {**A, "failures": 2}, B))
    on.provider.fails("token-of-a", 500)
    on.provider.has("token-of-b", LOW)
    with pytest.raises(RunError):
        on.tick(fault=lambda operation, _: "refuse" if operation == "Publish" else None)
    on.tick(at=on.now)
    assert on.told() == [("b", "low_balance", "firing")]


def test_a_time_far_ahead_is_refused_and_marks_nothing_as_done(on: Stage) -> None:
    with pytest.raises(RunError, match="ahead of the clock"):
        on.tick(at=START + timedelta(days=30000))
    assert on.items() == []
    assert on.tick() is not None


def test_an_old_event_does_not_move_done_back(on: Stage) -> None:
    on.tick()
    on.tick()
    assert on.tick(at=START) is None
    assert on.tick(at=on.now) is None


def test_a_dead_runs_lease_makes_its_retry_fail_and_the_next_time_tells(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick_through(lambda operation, _: "kill-before" if operation == "Query" else None)
    on.now += timedelta(seconds=60)
    with pytest.raises(RunError, match="ask again later"):
        on.tick(at=on.now - timedelta(seconds=60))
    on.now += timedelta(minutes=5)
    on.tick()
    assert on.told() == [FIRST]


def test_a_run_that_outlived_its_end_writes_and_publishes_nothing(on: Stage) -> None:
    """A suspended laptop wakes: another run may be at work by now."""
    on.provider.has("token-of-a", LOW)

    def sleep(operation: str, _: int) -> None:
        if operation == "Query":
            on.now += timedelta(hours=1)

    with pytest.raises(RunError):
        on.tick(fault=sleep)
    assert on.told() == []
    assert [item["sk"]["S"] for item in on.items()] == ["#lease"]


def test_a_removed_account_is_told_once_and_forgotten(on: Stage) -> None:
    on.tick()
    on.accounts(listed(on.provider, {**A, "enabled": False}))
    on.tick()
    (told,) = on.heard()
    assert (told["kind"], told["status"], told["severity"]) == ("removed", "resolved", "info")
    on.tick()
    assert on.told() == []
    assert [item["sk"]["S"] for item in on.items("team#")] == ["#lease"]


@pytest.mark.parametrize("when", ["kill-before", "kill-after", "refuse", "lose"])
@pytest.mark.parametrize("operation", ["Publish", "DeleteItem"])
def test_a_removal_cut_short_and_an_account_that_comes_back_low_is_told(
    on: Stage, when: str, operation: str
) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.heard()
    on.accounts(listed(on.provider))
    on.tick_through(lambda called, _: when if called == operation else None)
    on.now += timedelta(minutes=5)
    on.accounts(listed(on.provider, A))
    on.tick()
    assert on.told()[-1] == FIRST


@pytest.mark.parametrize(("when", "call"), at_calls(faults(8), noted=7))
def test_a_removal_is_not_lost_by_a_fault_at_any_call(on: Stage, when: str, call: int) -> None:
    on.tick()
    on.accounts(listed(on.provider))
    on.tick_through(lambda _, number: when if number == call else None)
    on.now += timedelta(minutes=5)
    on.tick()
    on.tick()
    heard = on.heard()
    assert {each["kind"] for each in heard} == {"removed"}
    assert len({each["id"] for each in heard}) == 1
    assert len(heard) <= 2


def test_a_disabled_account_is_empty_however_large_its_number(on: Stage) -> None:
    on.provider.has("token-of-a", WELL, status=2)
    summary = on.tick()
    read = account(summary)
    assert (read["level"], read["causes"], read["remaining"]) == ("empty", ["not_spendable"], "80")
    (told,) = on.heard()
    assert told["severity"] == "critical"


def test_nobody_subscribed_claims_nothing_and_the_first_subscriber_hears_it_all() -> None:
    with stage(heard=False) as on:
        on.accounts(listed(on.provider, A))
        on.provider.has("token-of-a", LOW)
        summary: Any = on.tick()
        assert [each["sent"] for each in summary["notifications"]] == [False]
        assert any("nobody has confirmed" in each["problem"] for each in summary["problems"])
        assert (on.measured[-1].unheard, on.measured[-1].completed) == (1, 1)
        listen()
        on.tick()
        assert on.told() == [FIRST]


def test_an_unknown_subscription_state_does_not_silence(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick(fault=lambda operation, _: "refuse" if operation == "ListSubscriptionsByTopic" else None)
    assert on.told() == [FIRST]


def test_a_bad_account_is_told_and_the_good_ones_go_on(on: Stage) -> None:
    on.accounts(listed(on.provider, A, {**B, "threshold": "ten"}))
    on.provider.has("token-of-a", LOW)
    summary: Any = on.tick()
    assert account(summary, "b")["reason"] == "misconfigured"
    assert summary["problems"] == [
        {"account": "b", "field": "threshold", "problem": "must be a number or a percentage"}
    ]
    first, second = on.heard()
    assert (first["account"], second["account"]) == ("a", "b")
    assert (second["kind"], second["detail"]) == (
        "unreachable",
        "`threshold` must be a number or a percentage",
    )


def test_entries_without_a_name_are_told_as_one_and_nothing_counts_as_removed(on: Stage) -> None:
    on.tick()
    on.accounts(listed(on.provider, {"token": "x"}, {"name": "naïve", "token": "y"}))
    on.tick()
    assert on.told() == [("#entries", "unreachable", "firing")]
    on.accounts(listed(on.provider, A))
    on.tick()
    assert on.told() == [("#entries", "unreachable", "resolved")]


def test_an_entry_of_a_thousand_mistakes_is_told_like_any_other(on: Stage) -> None:
    on.accounts(listed(on.provider, A, {**B, **{f"odd{number}": 1 for number in range(3000)}}))
    on.provider.has("token-of-a", LOW)
    on.tick()
    assert sorted(on.told()) == [FIRST, ("b", "unreachable", "firing")]


def test_thousands_of_broken_entries_stop_no_good_one(on: Stage) -> None:
    on.accounts(json.dumps({"accounts": [json.loads(listed(on.provider, A))["accounts"][0], *[1] * 20_000]}))
    on.provider.has("token-of-a", LOW)
    on.tick()
    assert sorted(on.told()) == [("#entries", "unreachable", "firing"), FIRST]


def test_our_own_bug_in_one_account_stops_no_other_and_is_not_done(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here words that cannot be composed; the run fails, so that the alarm tells."""

    def broken(notification: Notification) -> Message:
        if notification.account == "b":
            raise ValueError
        return compose(notification)

    monkeypatch.setattr("balancewatch.core.plan.compose", broken)
    on.accounts(listed(on.provider, A, B))
    on.provider.has("token-of-a", LOW)
    on.provider.has("token-of-b", LOW)
    for _ in range(4):
        with suppress(RunError):
            on.tick()
    assert on.told() == [FIRST]
    assert on.measured[-1].failed == 1


def test_a_slow_table_leaves_time_to_tell(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)

    def slow(operation: str, _: int) -> None:
        if operation == "BatchWriteItem":
            on.now += timedelta(seconds=125)

    with pytest.raises(RunError):
        on.tick(fault=slow)
    assert on.told() == [FIRST]


def test_the_same_unreadable_state_is_set_aside_once(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    on.tick()
    on.accounts(listed(on.provider))
    table = boto3.client("dynamodb")
    (state,) = [item for item in on.items("team#") if item["sk"]["S"] == "a"]
    table.put_item(TableName="balancewatch", Item={**state, "format": {"S": "99"}})
    for _ in range(3):
        with suppress(RunError):
            on.tick(fault=lambda operation, _: "refuse" if operation == "BatchWriteItem" else None)
            table.put_item(TableName="balancewatch", Item={**state, "format": {"S": "99"}})
    assert len(on.items("aside#main")) == 1


def test_an_unreachable_account_whose_state_is_unreadable_is_not_told_as_found(on: Stage) -> None:
    on.accounts(listed(on.provider, {**A, "failures": 1}))
    on.provider.fails("token-of-a", 500)
    on.tick()
    on.heard()
    (state,) = [item for item in on.items("team#") if item["sk"]["S"] == "a"]
    boto3.client("dynamodb").put_item(TableName="balancewatch", Item={**state, "format": {"S": "99"}})
    on.tick()
    assert on.told() == []


def test_items_of_another_kind_are_no_accounts(on: Stage) -> None:
    """A later version may keep more under a team; it is not told as removed."""
    item = {"pk": {"S": "team#main"}, "sk": {"S": "#later"}, "format": {"S": "1"}}
    boto3.client("dynamodb").put_item(TableName="balancewatch", Item=item)
    on.tick()
    assert on.told() == []
    assert "#later" in [item["sk"]["S"] for item in on.items("team#")]


def test_unreadable_accounts_fail_the_run_loudly_and_change_no_state(on: Stage) -> None:
    on.tick()
    before = on.items("team#main")
    on.accounts('{"accounts": [{]}')
    with pytest.raises(RunError, match="line 1 column 16"):
        on.tick()
    after = on.items("team#main")
    assert [item for item in after if item["sk"]["S"] != "#lease"] == [
        item for item in before if item["sk"]["S"] != "#lease"
    ]


def test_an_empty_secret_says_what_to_paste() -> None:
    with stage() as on, pytest.raises(RunError, match=r"not configured yet: paste.*\"accounts\""):
        on.tick()


def test_an_unreadable_state_is_set_aside_and_the_account_goes_on(on: Stage) -> None:
    boto3.client("dynamodb").put_item(
        TableName="balancewatch",
        Item={"pk": {"S": "team#main"}, "sk": {"S": "a"}, "format": {"S": "99"}, "odd": {"S": "kept"}},
    )
    on.provider.has("token-of-a", LOW)
    summary: Any = on.tick()
    assert [each["account"] for each in summary["problems"]] == ["a"]
    assert [item["odd"]["S"] for item in on.items("aside#main")] == ["kept"]
    assert on.told() == [FIRST]
    on.tick()
    assert on.told() == []


def test_a_throttled_table_is_asked_again_until_all_is_kept(on: Stage) -> None:
    """A batch that is refused as a whole is written item by item."""
    on.tick(fault=lambda operation, _: "refuse" if operation == "BatchWriteItem" else None)
    assert len(on.items("history#a")) == 1
    assert "PutItem" in [operation for operation, _ in on.calls]


def test_a_state_that_the_table_refuses_is_not_told_yet(on: Stage) -> None:
    on.provider.has("token-of-a", LOW)
    with pytest.raises(RunError, match="not stored: InternalFailure"):
        on.tick(fault=lambda operation, _: "refuse" if operation in ("BatchWriteItem", "PutItem") else None)
    assert ("not stored", {"states": 1, "error": "InternalFailure"}) in on.logged
    assert on.told() == []
    on.tick()
    assert on.told() == [FIRST]


def test_a_sudden_zero_is_asked_for_again_before_it_is_believed(on: Stage) -> None:
    on.tick()
    ok = {"success": True, "data": {"quota": WELL, "used_quota": 1000, "status": 1}}
    zero = {"success": True, "data": {"quota": 0, "used_quota": 1000, "status": 1}}
    on.provider.answers("token-of-a", zero, ok)
    on.tick()
    assert (on.told(), on.waited) == ([], [3])
    on.provider.answers("token-of-a", zero)
    on.tick()
    assert on.told() == [FIRST]


def test_a_zero_whose_second_answer_fails_is_believed_in_the_next_run(on: Stage) -> None:
    on.tick()
    zero = {"success": True, "data": {"quota": 0, "used_quota": 1000, "status": 1}}
    on.provider.answers("token-of-a", zero, b"garbage")
    summary = on.tick()
    assert account(summary)["reason"] == "implausible"
    assert on.told() == []
    on.provider.answers("token-of-a", zero)
    on.tick()
    assert on.told() == [FIRST]


def test_raw_quota_and_converted_amount_are_stored_and_nothing_else_of_the_body(on: Stage) -> None:
    on.provider.has("token-of-a", 24997909, access_token="canary-echo", email="canary@example.com")
    on.tick()
    (item,) = on.items("history#a")
    assert item["remaining"] == {"S": "49.995818"}
    assert item["raw"]["M"]["quota"] == {"S": "24997909"}
    assert "canary" not in str(on.items())
