"""Many teams on moto: the handler finds them, runs few, hands many to the queue, and runs what it brings."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from balancewatch import app
from balancewatch.core.event import Due
from balancewatch.core.teams import letter_of
from tests.integration.test_app import Context, put
from tests.integration.test_canaries import CANARY, betrayed
from tests.provider import Provider, listed, provider
from tests.stage import aws, heard_since, make_stack

START = datetime(2026, 11, 22, 4, tzinfo=UTC)
INTERVAL = timedelta(minutes=15)
LOW, WELL = 4_000_000, 40_000_000

Before = Callable[[str, Mapping[str, Any]], None]
"""What happens before an AWS call of this name with these parameters."""


@dataclass
class Teams:
    """A stack with many teams, its clock, and what the handler asked of AWS."""

    provider: Provider
    url: str
    now: datetime = START
    before: Before = lambda *_: None
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def put(self, *teams: str, quota: int = WELL) -> None:
        """Give each team its secret, with one account."""
        for team in teams:
            self.provider.has(f"token-of-{team}", quota)
            secret = listed(self.provider, {"name": "prod", "token": f"token-of-{team}"})
            boto3.client("secretsmanager").create_secret(Name=f"test/accounts/{team}", SecretString=secret)

    def drop(self, team: str, **how: Any) -> None:
        """Delete a team's secret, at once or after the usual days."""
        boto3.client("secretsmanager").delete_secret(SecretId=f"test/accounts/{team}", **how)

    def tick(self, *, ahead: timedelta = INTERVAL) -> Mapping[str, Any]:
        """The next scheduled event. Raises `RunsFailedError`."""
        self.now += ahead
        return self.schedule(self.now)

    def schedule(self, at: datetime) -> Mapping[str, Any]:
        self.calls.clear()
        return app.handler({"at": at.isoformat()}, Context())

    def tick_through(self) -> tuple[str, Mapping[str, Any]]:
        """The next scheduled event, which fails: why, and what it would have returned."""
        with pytest.raises(app.RunsFailedError) as failed:
            self.tick()
        return str(failed.value), failed.value.result

    def hand_over(self, *bodies: object) -> list[str]:
        """An event of the queue with these bodies: the indices of those that failed, as Lambda is told."""
        self.calls.clear()
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        records = [{"messageId": str(index), "body": text} for index, text in enumerate(texts)]
        answer: Any = app.handler({"Records": records}, Context())
        assert answer.keys() == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def due(self, team: str, at: datetime | None = None) -> dict[str, str]:
        """The body that has a team run."""
        return {"team": team, "at": (at or self.now).isoformat()}

    def sent(self) -> list[dict[str, Any]]:
        """Every entry that was handed to SQS in the last event."""
        return [
            entry
            for operation, parameters in self.calls
            if operation == "SendMessageBatch"
            for entry in parameters["Entries"]
        ]

    def known(self) -> set[str]:
        """The teams that the table remembers."""
        key = {"pk": {"S": "teams"}, "sk": {"S": "#known"}}
        item = boto3.client("dynamodb").get_item(TableName="balancewatch", Key=key).get("Item", {})
        return set(item.get("names", {}).get("SS", []))

    def call(self, client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        self.before(operation, parameters)
        self.calls.append((operation, parameters))
        return _CALL(client, operation, parameters)


_CALL: Any = vars(BaseClient)["_make_api_call"]


@contextmanager
def many_teams() -> Iterator[Teams]:
    with aws(), provider() as playing:
        make_stack()
        url = boto3.client("sqs").create_queue(QueueName="teams")["QueueUrl"]
        os.environ["BALANCEWATCH_TEAM_QUEUE"] = url
        standing = Teams(playing, url)
        playing.has("token-of-main", WELL)
        put(listed(playing, {"name": "prod", "token": "token-of-main"}))

        def between(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
            return standing.call(client, operation, parameters)

        clock = patch.object(app, "_now", lambda: standing.now + timedelta(seconds=3))
        with clock, patch.object(BaseClient, "_make_api_call", between):
            yield standing


@pytest.fixture
def on() -> Iterator[Teams]:
    with many_teams() as standing:
        yield standing


def refuses(code: str, operation: str, holding: str) -> Before:
    """AWS answers so to an operation whose parameters hold a text."""

    def before(called: str, parameters: Mapping[str, Any]) -> None:
        if called == operation and holding in str(parameters):
            raise ClientError({"Error": {"Code": code, "Message": "planted"}}, called)

    return before


def names(count: int) -> list[str]:
    return [f"t{number:03}" for number in range(count)]


def summaries(result: Mapping[str, Any]) -> dict[str, Any]:
    return {each["team"]: each for each in result["teams"]}


# --- few and many ---


@pytest.mark.parametrize("others", [0, 1, 3])
def test_up_to_four_teams_run_in_the_function_itself(on: Teams, others: int) -> None:
    on.put(*names(others))
    result = on.tick()
    assert [each["team"] for each in result["teams"]] == ["main", *names(others)]
    assert all(each["counts"]["ok"] == 1 for each in result["teams"])
    assert (result["queued"], on.sent()) == ([], [])
    assert on.known() == set(names(others))


@pytest.mark.parametrize("others", [4, 99])
def test_more_are_handed_to_the_queue_one_message_each_and_none_runs_here(on: Teams, others: int) -> None:
    on.put(*names(others))
    result = on.tick()
    teams = ["main", *names(others)]
    assert (result["teams"], result["queued"]) == ([], teams)
    at = on.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    bodies = [json.loads(entry["MessageBody"]) for entry in on.sent()]
    assert bodies == [{"team": team, "at": at} for team in teams]
    batches = [len(call["Entries"]) for operation, call in on.calls if operation == "SendMessageBatch"]
    assert len(batches) == -(-len(teams) // 10)
    assert max(batches) <= 10
    assert len({entry["DelaySeconds"] for entry in on.sent()}) > len(teams) / 2
    assert all(0 <= entry["DelaySeconds"] < 660 for entry in on.sent())
    assert on.provider.asked == []
    assert json.loads(json.dumps(result)) == result


def test_finding_a_hundred_teams_takes_a_page_a_query_and_nothing_else(on: Teams) -> None:
    """It is paid at every interval."""
    on.put(*names(99))
    on.tick()
    on.tick()
    assert sorted(operation for operation, _ in on.calls) == [
        "ListSecrets",
        "Query",
        *["SendMessageBatch"] * 10,
    ]


def test_pages_of_secrets_are_all_read(on: Teams) -> None:
    on.put(*names(101))
    assert len(on.tick()["queued"]) == 102
    assert [operation for operation, _ in on.calls].count("ListSecrets") == 2


def test_secrets_of_others_are_nobodys_team(on: Teams) -> None:
    """Those of a stack whose name begins alike, and those that only hold the words."""
    for name in ("test2/accounts/a", "test/accounts", "my/test/accounts/a", "tests/accounts/b"):
        boto3.client("secretsmanager").create_secret(Name=name, SecretString="{}")
    assert [each["team"] for each in on.tick()["teams"]] == ["main"]


# --- the queue brings records ---


def test_a_message_runs_its_team_and_once(on: Teams) -> None:
    on.put("red", "blue", quota=LOW)
    assert on.hand_over(on.due("red")) == []
    assert [(each["team"], each["status"]) for each in heard_since()] == [("red", "firing")]
    assert on.hand_over(on.due("red")) == []
    assert (heard_since(), on.provider.asked) == ([], ["token-of-red"])


def test_a_schedule_that_fires_twice_is_harmless(on: Teams) -> None:
    on.put(*names(4), quota=LOW)
    for _ in range(2):
        on.schedule(on.now)
        assert on.hand_over(*(json.loads(entry["MessageBody"]) for entry in on.sent())) == []
    assert sorted(each["team"] for each in heard_since()) == names(4)
    assert sorted(on.provider.asked) == sorted(f"token-of-{team}" for team in ("main", *names(4)))


def test_records_fail_one_by_one(on: Teams) -> None:
    """Well, unreadable, denied, not configured, no message of ours, already done; and a low one is told."""
    on.put("well", "broken", "denied", "done")
    on.put("low", quota=LOW)
    client = boto3.client("secretsmanager")
    client.put_secret_value(SecretId="test/accounts/broken", SecretString='{"accounts": [')
    client.create_secret(Name="test/accounts/empty")
    on.before = refuses("AccessDeniedException", "GetSecretValue", "test/accounts/denied")
    assert on.hand_over(on.due("done")) == []
    teams = ["well", "broken", "denied", "empty", "done", "low"]
    failed = on.hand_over("not ours", *map(on.due, teams), {"team": "x/y"})
    assert failed == ["0", "2", "3", "4", "7"]
    assert [each["team"] for each in heard_since()] == ["low"]
    on.before = lambda *_: None
    assert on.hand_over(on.due("denied")) == [], "its lease is free, and it is asked again"


def test_a_message_from_an_earlier_interval_is_harmless(on: Teams) -> None:
    """It leaves what is done; what is not done it leaves to the next, and says that it failed."""
    on.put("done", "late")
    earlier = on.now
    on.now += INTERVAL
    assert on.hand_over(on.due("done")) == []
    on.provider.asked.clear()
    assert on.hand_over(on.due("done", earlier), on.due("late", earlier)) == ["1"]
    assert on.provider.asked == []
    histories = boto3.client("dynamodb").scan(TableName="balancewatch")["Items"]
    assert not [item for item in histories if item["pk"]["S"] == "history#late/prod"]
    assert on.hand_over(on.due("late")) == []
    assert on.hand_over(on.due("late", earlier)) == []


def test_a_message_that_comes_again_while_its_run_is_at_work_is_asked_again_later(on: Teams) -> None:
    on.put("red")
    app.parts().table.take_lease("red", "another", on.now, on.now, on.now + timedelta(minutes=4))
    assert on.hand_over(on.due("red")) == ["0"]
    assert on.provider.asked == []


def test_metrics_and_log_name_teams_and_are_whole_lines(
    on: Teams, capsys: pytest.CaptureFixture[str]
) -> None:
    on.put("red", "blue", quota=LOW)
    on.tick()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    embedded = [line for line in lines if "_aws" in line]
    assert sum(line["CompletedRuns"][0] for line in embedded if "CompletedRuns" in line) == 3
    balances = {line["Account"]: line["Balance"] for line in embedded if "Balance" in line}
    assert balances == {"prod": [80], "red/prod": [8], "blue/prod": [8]}
    low = {line["team"] for line in lines if line.get("message") == "account"}
    assert low == {"red", "blue"}


# --- one team never touches another ---


def test_of_teams_in_one_function_each_fails_alone(on: Teams, capsys: pytest.CaptureFixture[str]) -> None:
    on.put("broken", "denied", "well")
    boto3.client("secretsmanager").put_secret_value(SecretId="test/accounts/broken", SecretString="no json")
    on.before = refuses("AccessDeniedException", "GetSecretValue", "test/accounts/denied")
    why, result = on.tick_through()
    assert sorted(summaries(result)) == ["main", "well"]
    assert "team broken: the secret is not JSON: line 1 column 1" in why
    assert "team denied: the secret of team denied cannot be read: AccessDeniedException" in why
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = {line["team"]: line["message"] for line in lines if str(line.get("message")).startswith("run ")}
    assert logged == {"main": "run done", "well": "run done", "broken": "run failed", "denied": "run failed"}
    assert sum(line["FailedRuns"][0] for line in lines if "FailedRuns" in line) == 2


def test_asked_again_only_the_teams_that_failed_run(on: Teams) -> None:
    on.put("denied", "well")
    on.before = refuses("AccessDeniedException", "GetSecretValue", "test/accounts/denied")
    on.tick_through()
    on.before = lambda *_: None
    assert sorted(summaries(on.schedule(on.now))) == ["denied"]


def test_a_team_whose_secret_does_not_answer_costs_itself_only(
    on: Teams, monkeypatch: pytest.MonkeyPatch
) -> None:
    on.put("hangs", "well")
    release = threading.Event()
    is_hanging = refuses("InternalServiceError", "GetSecretValue", "test/accounts/hangs")

    def before(operation: str, parameters: Mapping[str, Any]) -> None:
        try:
            is_hanging(operation, parameters)
        except ClientError:
            release.wait(60)
            raise

    on.before = before
    threads = set(threading.enumerate())
    monkeypatch.setattr(app, "_MARGIN_S", Context().get_remaining_time_in_millis() / 1000 - 3)
    why, result = on.tick_through()
    release.set()
    for thread in set(threading.enumerate()) - threads:
        thread.join(60)
    assert why == "team hangs: it was still at work when the function had to end"
    assert sorted(summaries(result)) == ["main", "well"]


def test_a_listing_that_is_denied_stops_no_team_that_is_known(on: Teams) -> None:
    on.put("red")
    on.tick()
    on.put("blue")
    on.before = refuses("AccessDeniedException", "ListSecrets", "")
    why, result = on.tick_through()
    assert why == "the teams' secrets cannot be listed: AccessDeniedException"
    assert sorted(summaries(result)) == ["main", "red"]


def test_a_secret_in_the_teams_place_that_is_no_teams_is_a_failure(on: Teams) -> None:
    on.put("red", "red/old")
    why, result = on.tick_through()
    assert why == "the secret test/accounts/red/old has a name that no team can have"
    assert sorted(summaries(result)) == ["main", "red"]


def test_messages_that_the_queue_refuses_fail_the_run_by_name(on: Teams) -> None:
    """SendMessageBatch answers 200 for a batch of which it took only some."""
    on.put(*names(12))
    refused = {"Id": "3", "Code": "InternalError", "SenderFault": False}

    def partly(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        answer: Any = Teams.call(on, client, operation, parameters)
        if operation == "SendMessageBatch" and len(parameters["Entries"]) == 10:
            answer["Successful"] = [each for each in answer["Successful"] if each["Id"] != "3"]
            answer["Failed"] = [refused]
        return answer

    with patch.object(BaseClient, "_make_api_call", partly):
        why, result = on.tick_through()
    assert why == "1 teams could not be handed to the queue, t002 among them: InternalError"
    assert set(result["queued"]) == {"main", *names(12)} - {"t002"}


def test_a_queue_that_is_gone_fails_every_team(on: Teams) -> None:
    on.put(*names(12))
    boto3.client("sqs").delete_queue(QueueUrl=on.url)
    why, result = on.tick_through()
    assert why.startswith("13 teams could not be handed to the queue, main among them: ")
    assert "NonExistent" in why
    assert result["queued"] == []


def test_without_time_nothing_more_is_sent_and_every_name_is_given_back(on: Teams) -> None:
    letters = [letter_of(Due(team, START), INTERVAL) for team in names(25)]
    time_for = iter([True, False, False])
    refused = app.parts().queue.send(letters, lambda: next(time_for))
    assert refused == dict.fromkeys(names(25)[10:], "no time was left")
    assert [json.loads(entry["MessageBody"])["team"] for entry in on.sent()] == names(10)


# --- a team goes ---


@pytest.mark.parametrize("how", [{"ForceDeleteWithoutRecovery": True}, {"RecoveryWindowInDays": 7}], ids=str)
def test_a_team_whose_secret_vanished_is_told_once_and_then_forgotten(on: Teams, how: dict[str, Any]) -> None:
    on.put("red", "blue")
    on.tick()
    heard_since()
    on.drop("red", **how)
    gone = summaries(on.tick())["red"]
    assert gone["accounts"] == []
    assert "the team's secret is gone" in gone["problems"][0]["problem"]
    (told,) = heard_since()
    assert (told["team"], told["account"], told["kind"]) == ("red", "prod", "removed")
    assert "red" in on.known(), "until it is sure that there is nothing left to tell"
    on.tick()
    assert on.known() == {"blue"}
    assert sorted(summaries(on.tick())) == ["blue", "main"]
    assert heard_since() == []


def test_of_many_teams_too(on: Teams) -> None:
    on.put(*names(5))
    on.tick()
    bodies = [json.loads(entry["MessageBody"]) for entry in on.sent()]
    assert on.hand_over(*bodies) == []
    on.drop("t002", ForceDeleteWithoutRecovery=True)
    assert "t002" in on.tick()["queued"]
    assert on.hand_over(on.due("t002")) == []
    assert [(each["team"], each["kind"]) for each in heard_since()] == [("t002", "removed")]
    assert "t002" in on.tick()["queued"]
    assert on.hand_over(on.due("t002")) == []
    assert on.known() == set(names(5)) - {"t002"}
    assert "t002" not in on.tick()["queued"]


def test_a_removal_that_could_not_be_told_is_told_when_it_can(on: Teams) -> None:
    on.put("red")
    on.tick()
    on.drop("red", ForceDeleteWithoutRecovery=True)
    on.before = refuses("InternalError", "Publish", "")
    on.tick_through()
    assert on.known() == {"red"}
    on.before = lambda *_: None
    on.tick()
    assert [(each["team"], each["kind"]) for each in heard_since()] == [("red", "removed")]


def test_a_secret_that_is_only_not_listed_yet_is_not_gone(on: Teams) -> None:
    """The list is some minutes old; what is told as removed must be so."""
    on.put("red")
    on.tick()
    heard_since()

    def hidden(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> object:
        answer: Any = Teams.call(on, client, operation, parameters)
        if operation == "ListSecrets":
            answer["SecretList"] = []
        return answer

    with patch.object(BaseClient, "_make_api_call", hidden):
        assert summaries(on.tick())["red"]["counts"]["ok"] == 1
    assert heard_since() == []


NOT_GONE = [
    ("GetSecretValue", "AccessDeniedException"),
    ("GetSecretValue", "DecryptionFailure"),
    ("GetSecretValue", "InternalServiceError"),
    ("DescribeSecret", "AccessDeniedException"),
]


@pytest.mark.parametrize(("operation", "code"), NOT_GONE)
def test_a_secret_of_which_nothing_is_known_is_not_gone(on: Teams, operation: str, code: str) -> None:
    on.put("red")
    on.tick()
    heard_since()
    if operation == "DescribeSecret":
        on.drop("red", ForceDeleteWithoutRecovery=True)
    on.before = refuses(code, operation, "test/accounts/red")
    why, _ = on.tick_through()
    assert code in why
    assert heard_since() == []
    assert on.known() == {"red"}


def test_a_team_that_comes_back_is_watched_again(on: Teams) -> None:
    on.put("red")
    on.tick()
    on.drop("red", ForceDeleteWithoutRecovery=True)
    on.tick()
    on.put("red", quota=LOW)
    heard_since()
    assert summaries(on.tick())["red"]["counts"]["warning"] == 1
    assert [(each["kind"], each["status"]) for each in heard_since()] == [("low_balance", "firing")]


def test_the_secret_of_main_is_never_taken_for_a_team_that_was_given_up(on: Teams) -> None:
    boto3.client("secretsmanager").delete_secret(
        SecretId=os.environ["BALANCEWATCH_SECRET"], ForceDeleteWithoutRecovery=True
    )
    why, _ = on.tick_through()
    assert why.startswith("team main: not configured yet: paste your accounts into the secret arn:")


# --- secrets stay where they are ---


def test_no_message_state_or_line_holds_a_token(on: Teams, capsys: pytest.CaptureFixture[str]) -> None:
    """Teams are handed over by name, so that their tokens are read where they are used and nowhere else."""
    teams = names(6)
    for team in teams:
        on.provider.has(CANARY, LOW)
        secret = listed(on.provider, {"name": "prod", "token": CANARY}, labels=["x"])
        boto3.client("secretsmanager").create_secret(Name=f"test/accounts/{team}", SecretString=secret)
    result = on.tick()
    sent = [*on.sent()]
    assert len(sent) == 7
    failed = on.hand_over(*(json.loads(entry["MessageBody"]) for entry in sent), CANARY)
    assert failed == ["7"]
    kept = boto3.client("dynamodb").scan(TableName="balancewatch")["Items"]
    printed = capsys.readouterr()
    seen = f"{result}{sent}{failed}{kept}{heard_since()}{printed.out}{printed.err}"
    assert betrayed(seen) == []
    assert "t005/prod" in seen
