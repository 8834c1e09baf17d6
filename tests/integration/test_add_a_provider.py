"""docs/add-a-provider.md does what it says: its example is carried out here."""

import json
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.reading import Balance, Failure
from tests.answers import account_of, read
from tests.pages import ROOT
from tests.tutorial import KEY, command, files

PAGE = (ROOT / "docs/add-a-provider.md").read_text("utf-8")
ANSWERS = ("ok", "no-scope")


def test_the_command_reads_the_balance_and_sends_the_key_as_the_file_says(tmp_path: Path) -> None:
    status, printed, came = command(PAGE, tmp_path, "ok")
    assert status == 0
    assert "21.40 USD left" in printed
    ((path, headers),) = came
    assert (path, headers["X-API-Key"]) == ("/v1/credits", KEY)
    assert KEY not in printed


def test_the_recorded_failure_is_shown_with_what_to_do(tmp_path: Path) -> None:
    status, printed, _ = command(PAGE, tmp_path, "no-scope")
    assert status == 3
    assert "forbidden" in printed
    assert "Make a key with the scope billing" in printed


@pytest.mark.parametrize("name", ANSWERS)
def test_the_answers_to_keep_give_the_readings_beside_them(name: str) -> None:
    """As the tests of shipped providers judge theirs."""
    case = tomllib.loads(files(PAGE)[f"tests/responses/example/{name}.toml"])
    profile = tomllib.loads(files(PAGE)["example.toml"])
    found = read(account_of(profile), case["answer"]["status"], case["answer"]["body"].encode())
    expected = case["expected"]
    match found:
        case Balance():
            assert found.remaining == Decimal(expected["remaining"])
            assert found.used == Decimal(expected["used"])
            assert (found.unit, found.raw) == (expected["unit"], expected["raw"])
        case Failure():
            assert (found.reason, found.detail) == (expected["reason"], expected["detail"])
            assert all(words in str(found.advice) for words in expected["advice"])


def test_the_inline_account_is_accepted(stack: Stack) -> None:
    (written,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    found = parse_accounts(json.dumps({"accounts": [json.loads(written)]}), "main", stack)
    assert found.problems == ()


def test_every_file_that_the_page_names_is_where_it_says() -> None:
    assert set(files(PAGE)) == {"example.toml", *(f"tests/responses/example/{name}.toml" for name in ANSWERS)}
    for path in ("functions/watch/balancewatch/catalogue", "docs/profiles.md"):
        assert (ROOT / path).exists()


def test_a_mistake_in_the_file_is_named_by_its_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = PAGE.replace('remaining = "data', 'remainig = "data')
    assert command(wrong, tmp_path, "ok")[0] == 4
    said = capsys.readouterr().err
    assert "`answer.remaining` is required" in said
    assert "`answer.remainig` is not a field; did you mean `remaining`?" in said
