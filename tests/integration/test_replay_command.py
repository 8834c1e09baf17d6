"""`balancewatch replay`, as a user and as a script call it."""

import json
import re
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from balancewatch.core.reading import Balance, Failure, Reason
from balancewatch_cli.main import main
from balancewatch_cli.replay.history import parse_history
from tests.pages import ROOT
from tests.provider import listed
from tests.stage import stage


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


EXAMPLE = str(ROOT / "docs/example-history.csv")


def test_a_history_is_replayed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", EXAMPLE, "--threshold", "10", "--runway", "48"]) == 0
    said = capsys.readouterr()
    assert said.out.lstrip().startswith("This rule would have sent ")
    assert "None was missed." in " ".join(said.out.split())
    for words in ("firing", "runway", "w warning  c critical", "Nov 02", "─ threshold"):
        assert words in said.out
    assert "\x1b[" not in said.out
    assert said.err == ""


def test_a_history_is_replayed_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", EXAMPLE, "--threshold", "20%", "--json"]) == 0
    found = summary(capsys)
    assert list(found) == ["history", "sentence", "missed", "episodes", "notifications"]
    assert found["history"] == {
        "from": "2026-10-26T00:00:00Z", "to": "2026-11-15T23:00:00Z", "runs": 504, "failed": 7, "doubled": 0,
        "step_minutes": 60.0,
    }  # fmt: skip
    assert found["missed"] == 0
    assert list(found["notifications"][0]) == [
        "at", "kind", "status", "severity", "level", "causes", "remaining", "unit", "reason", "runway_hours",
        "hours_ahead", "ahead_of",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--threshold", "a lot"], "--threshold must be a number or a percentage"),
        (["--threshold", "120%"], "--threshold must be a number or a percentage above 0% and up to 100%"),
        (["--threshold=-1"], "--threshold must be 0 or more"),
        (["--threshold", "NaN"], "--threshold must be a number"),
        (["--runway", "8", "--critical-runway", "9"], "--critical-runway must not be above `--runway`"),
        (["--critical-threshold", "9", "--threshold", "8"], "must not be above `--threshold`"),
        (["--failures", "1.5"], "--failures must be a whole number"),
        (["--quiet", "22:00"], "--quiet has a mistake: `to` must be a time"),
        (["--quiet", "22:00-22:00"], "--quiet must not begin and end at the same time"),
        (["--timezone", "Mars"], "--timezone must be an IANA time zone"),
        (["--unit", "$"], "--unit must be a unit such as USD"),
        (["--language", "fr"], "--language must be one of en, zh"),
        (["--repeat-hours", "often"], "--repeat-hours must be a number"),
    ],
)
def test_a_rule_that_no_account_could_have_is_refused_in_the_same_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", EXAMPLE, *arguments]) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "history.csv cannot be read: No such file"),
        (b"", "history.csv: line 1: there is no column `timestamp`"),
        (b"timestamp,remaining\nnever,1\n", "history.csv: line 2: `timestamp` must be a time"),
        (b"\xff\xfe", "history.csv: it is not UTF-8 text"),
    ],
)
def test_an_unreadable_history_is_a_clear_error(
    content: bytes | None, words: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    if content is not None:
        (folder / "history.csv").write_bytes(content)
    assert main(["replay", "history.csv"]) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq")
def test_the_readmes_export_of_the_table_is_a_history(folder: Path) -> None:
    """Two runs, one of them failed; then the query as it stands there, and its jq over the answer."""
    text = (ROOT / "README.md").read_text("utf-8")
    (program,) = re.findall(r"jq -r '(\.Items.*?)'", text, re.DOTALL)
    (condition,) = re.findall(r"--key-condition-expression '(.*?)'", text)
    (values,) = re.findall(r"--expression-attribute-values '(.*?)'", text)
    (header,) = re.findall(r"echo (timestamp,\S+)", text)
    with stage() as on:
        on.provider.has("token-of-a", 40_000_000)
        on.accounts(listed(on.provider, {"name": "production", "token": "token-of-a"}))
        on.tick()
        on.provider.fails("token-of-a", 404)
        on.tick()
        found = boto3.client("dynamodb").query(
            TableName="balancewatch",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=json.loads(values),
        )
    answer = {"Items": found["Items"]}
    done = subprocess.run(
        ["jq", "-r", program], input=json.dumps(answer), capture_output=True, text=True, check=True
    )
    (folder / "history.csv").write_text(f"{header}\n{done.stdout}")
    first, second = parse_history((folder / "history.csv").read_bytes(), "USD").rows
    assert isinstance(first.reading, Balance)
    assert isinstance(second.reading, Failure)
    assert (first.reading.remaining, first.reading.unit, first.reading.spendable) == (
        Decimal(80),
        "USD",
        True,
    )
    assert second.reading.reason is Reason.NOT_FOUND
