"""`balancewatch test-notification` on a deployed stack: moto's AWS, and a real provider on loopback."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest

from balancewatch_cli.main import main
from tests.deployed import OUTPUTS, CloudFormation, deployed
from tests.provider import listed
from tests.stage import Stage

SCHEMA: Any = json.loads((Path(__file__).parents[2] / "docs/notification.schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def standing() -> Iterator[tuple[Stage, CloudFormation]]:
    """A stack with an account that was read, and one that was not yet."""
    with deployed() as (stage, cloud):
        cloud.outputs["balancewatch"] = {
            **OUTPUTS,
            "SecretArn": os.environ["BALANCEWATCH_SECRET"],
            "TopicArn": os.environ["BALANCEWATCH_TOPIC"],
        }
        stage.provider.has("canary-token-prod", 20_000_000)
        prod = {"name": "prod", "token": "canary-token-prod", "allow_http": True, "labels": ["pay"]}
        stage.accounts(listed(stage.provider, prod))
        now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # the command's own clock
        stage.now = now - timedelta(minutes=30)
        stage.tick()
        new = {
            "name": "new",
            "token": "canary-token-new",
            "title": "新",
            "language": "zh",
            "allow_http": True,
        }
        stage.accounts(listed(stage.provider, prod, new))
        yield stage, cloud


@pytest.fixture
def on(standing: tuple[Stage, CloudFormation]) -> Stage:
    standing[0].heard()
    return standing[0]


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["test-notification", *arguments])
    told = capsys.readouterr()
    assert "canary-token" not in told.out + told.err
    return status, told.out, told.err


def test_the_forms_are_shown_and_nothing_is_sent_or_kept(
    on: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    before = on.items()
    status, shown, _ = ran(capsys, "--kind", "low_balance", "--account", "prod", "--level", "critical")
    assert (status, on.heard(), on.items() == before) == (0, [], True)
    for words in (
        "prod at LaoZhang API has 40.00 USD left.",
        "[critical] prod",
        "PagerDuty (Chinese)",
        "LaoZhang API",
    ):
        assert words in shown
    assert "[test]" not in shown


def test_a_sent_one_is_marked_and_leaves_the_state_as_it_is(
    on: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    before = on.items()
    status, shown, said = ran(capsys, "--kind", "low_balance", "--account", "prod", "--send", "--json")
    (told,) = on.heard()
    assert (status, on.items() == before, "published" in said) == (0, True, True)
    assert (told["test"], told["id"], told["labels"]) == (True, json.loads(shown)["id"], ["pay"])
    assert told["words"]["subject"] == "[test] [warning] prod: 40.00 USD left"
    jsonschema.validate({"notifications": [told]}, SCHEMA)
    on.tick()
    assert on.told() == [], "nothing was told, so nothing is over"


@pytest.mark.usefixtures("on")
def test_an_account_that_was_never_read_is_shown_in_its_language(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys, "--kind", "low_balance", "--account", "new", "--json")
    document = json.loads(shown)
    assert (status, document["forms"][0]["language"], document["sent"]) == (0, "zh", False)
    assert document["made_up"][0] == "its balance"
    assert document["forms"][0]["email"]["subject"].startswith("[警告] 新")
    assert document["forms"][1]["sms"]["segments"] == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            ("--kind", "low_balance", "--account", "prd"),
            "there is no account 'prd' in the stack balancewatch; did you mean 'prod'?",
        ),
        (("--kind", "removed", "--account", "prod", "--status", "firing"), "told once, as resolved"),
        (("--kind", "low_balance", "--account", "prod", "--stack", "other"), "there is no stack other"),
    ],
)
@pytest.mark.usefixtures("on")
def test_what_cannot_be_shown_says_why(
    arguments: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, said = ran(capsys, *arguments)
    assert (status, why in said) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "subject"),
    [
        (("--kind", "removed", "--account", "prod"), "[info] prod: no longer watched"),
        (
            ("--kind", "unreachable", "--account", "new", "--status", "repeated"),
            "新: cannot be read (",
        ),
    ],
)
@pytest.mark.usefixtures("on")
def test_every_kind_can_be_shown(
    arguments: tuple[str, ...], subject: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, shown, _ = ran(capsys, *arguments)
    assert (status, subject in shown) == (0, True)


@pytest.mark.usefixtures("on")
def test_a_secret_that_cannot_be_read_keeps_nobody_from_a_look(
    standing: tuple[Stage, CloudFormation],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = {**standing[1].outputs["balancewatch"], "SecretArn": "gone"}
    monkeypatch.setitem(standing[1].outputs, "balancewatch", bare)
    status, shown, said = ran(capsys, "--kind", "low_balance", "--account", "prod")
    assert (status, "40.00 USD left" in shown) == (0, True)
    assert "labels and limits as its owner wrote them are not known" in said


def test_nothing_is_published_where_nobody_listens(on: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    sns = boto3.client("sns")
    for each in sns.list_subscriptions()["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])
    status, _, said = ran(capsys, "--kind", "low_balance", "--account", "prod", "--send")
    assert (status, on.heard(), "nobody gets the messages" in said) == (3, [], True)
