"""`balancewatch accounts` on a deployed stack: moto's AWS, and a real provider on loopback."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from balancewatch_cli.deployed.secret import StackSecret
from balancewatch_cli.deployed.stack import StackError
from balancewatch_cli.main import main
from tests.deployed import OUTPUTS, deployed
from tests.provider import listed
from tests.stage import Stage
from tests.terminal import Terminal, typing


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A stack with one account, and a provider that knows some tokens."""
    with deployed() as (stage, cloud):
        monkeypatch.delenv("BALANCEWATCH_LOCAL")
        cloud.outputs["balancewatch"] = {**OUTPUTS, "SecretArn": os.environ["BALANCEWATCH_SECRET"]}
        for name in ("prod", "new", "csv"):
            stage.provider.has(f"canary-token-{name}", 20_000_000)
        stage.provider.fails("canary-token-bad", 401)
        stage.accounts(
            listed(stage.provider, {"name": "prod", "token": "canary-token-prod", "allow_http": True})
        )
        yield stage


def kept() -> dict[str, Any]:
    """What every reader gets by default (moto forgets to when a label is moved)."""
    found = boto3.client("secretsmanager").get_secret_value(
        SecretId=os.environ["BALANCEWATCH_SECRET"], VersionStage="AWSCURRENT"
    )
    document: dict[str, Any] = json.loads(found["SecretString"])
    return {each["name"]: each for each in document["accounts"]}


def stages() -> list[str]:
    """Every label of every version."""
    found = boto3.client("secretsmanager").describe_secret(SecretId=os.environ["BALANCEWATCH_SECRET"])
    return sorted(label for labels in found["VersionIdsToStages"].values() for label in labels)


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["accounts", *arguments])
    told = capsys.readouterr()
    assert "canary-token" not in told.out + told.err
    return status, told.out, told.err


def fields(stage: Stage, *more: str) -> list[str]:
    return [f"base_url={stage.provider.base_url}", "allow_http=true", *more]


def test_a_new_account_is_asked_shown_and_saved_after_a_yes(
    on: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "y\n", ["canary-token-new"])
    status, shown, said = ran(capsys, "add", "new", "laozhang", *fields(on, "threshold=20.50"))
    assert status == 0
    for words in ("40.00 USD left", "(secret)", "20.50", "laozhang"):
        assert words in shown
    assert "Save this? [y/N]" in said
    assert "saved" in said
    assert kept()["new"] == {
        "name": "new",
        "provider": "laozhang",
        "base_url": on.provider.base_url,
        "allow_http": True,
        "threshold": 20.5,
        "token": "canary-token-new",
    }
    assert stages() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_without_a_yes_nothing_is_saved(
    on: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "\n", ["canary-token-new"])
    status, _, said = ran(capsys, "add", "new", "laozhang", *fields(on))
    assert (status, "nothing was saved" in said, list(kept())) == (4, True, ["prod"])


@pytest.mark.parametrize(
    ("more", "status", "names"), [((), 3, ["prod"]), (("--no-check",), 0, ["prod", "bad"])]
)
def test_a_token_that_the_provider_refuses_is_saved_only_on_demand(
    on: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: tuple[str, ...],
    status: int,
    names: list[str],
) -> None:
    monkeypatch.setenv("THEIRS", "canary-token-bad")
    arguments = ("bad", "laozhang", *fields(on), "--token-env", "THEIRS", "--yes", "--json", *more)
    found, shown, _ = ran(capsys, "add", *arguments)
    document = json.loads(shown)
    assert (found, document["saved"], list(kept())) == (status, status == 0, names)
    if not more:
        assert document["readings"]["bad"]["reason"] == "unauthorized"


def test_set_changes_one_field_and_asks_nobody_where_none_need_be_asked(
    on: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    on.provider.fails("canary-token-prod", 500)
    status, shown, _ = ran(capsys, "set", "prod", "threshold=7", "--yes", "--json")
    assert status == 0
    document = json.loads(shown)
    assert document["changes"] == [{"account": "prod", "field": "threshold", "before": "10", "after": "7"}]
    assert document["readings"] == {}
    assert kept()["prod"] == {
        "provider": "laozhang",
        "base_url": on.provider.base_url,
        "threshold": 7,
        "name": "prod",
        "token": "canary-token-prod",
        "allow_http": True,
    }


@pytest.mark.usefixtures("on")
def test_a_token_is_replaced_without_being_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "", ["canary-token-new"])
    status, shown, _ = ran(capsys, "set", "prod", "--token", "--yes")
    assert (status, "40.00 USD left" in shown, kept()["prod"]["token"]) == (0, True, "canary-token-new")


@pytest.mark.usefixtures("on")
def test_remove_and_what_it_takes_away(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown, _ = ran(capsys, "remove", "prod", "--yes")
    assert (status, "threshold" in shown, kept()) == (0, True, {})


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "prod", "laozhang", "--token-env", "THEIRS"), "there is an account 'prod' already"),
        (("add", "x", "laozhnag", "--token-env", "THEIRS"), "did you mean `laozhang`?"),
        (
            ("add", "x", "laozhang", "base_url=http://a.example", "--token-env", "THEIRS"),
            "must begin with https",
        ),
        (("add", "x", "laozhang", "token=canary-token-x"), "a token is never an argument"),
        (("set", "prod", "--token", "canary-token-x"), "a token is never an argument"),
        (("add", "x", "laozhang", "--token", "canary-token-x"), "a token is never an argument"),
        (("set", "prod", "threshold=low"), "`threshold` must be a number or a percentage"),
        (("set", "nobody", "threshold=1"), "there is no account 'nobody'"),
        (("add", "x", "laozhang"), "nobody can be asked here; put it into an environment variable"),
        (("set", "prod", "threshold=1"), "--yes saves without a question"),
        (
            ("remove", "prod", "--team", "apps"),
            "there is no secret balancewatch/accounts/apps: look at --stack and --team",
        ),
    ],
)
@pytest.mark.usefixtures("on")
def test_a_mistake_says_what_to_do_and_changes_nothing(
    arguments: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THEIRS", "canary-token-new")
    before = kept()
    status, _, said = ran(capsys, *arguments)
    assert (status, kept()) == (4, before)
    assert why in said


def test_what_another_saved_meanwhile_is_never_overwritten(
    on: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves while the question stands."""

    class Slow(Terminal):
        def isatty(self) -> bool:
            on.accounts(listed(on.provider, {"name": "theirs", "token": "canary-token-csv"}))
            return True

    monkeypatch.setattr("sys.stdin", Slow("y\n"))
    status, _, said = ran(capsys, "set", "prod", "threshold=7")
    assert (status, list(kept())) == (4, ["theirs"])
    assert "somebody else changed the secret meanwhile, so nothing was saved" in said
    assert "balancewatch-pending" not in stages()


def test_the_first_account_of_an_empty_secret(
    on: Stage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BALANCEWATCH_SECRET", "balancewatch/accounts/apps")
    monkeypatch.setenv("THEIRS", "canary-token-new")
    client = boto3.client("secretsmanager")
    client.create_secret(Name="balancewatch/accounts/apps")
    assert "no accounts yet" in ran(capsys, "list", "--team", "apps")[2]
    arguments = ("new", "laozhang", *fields(on), "--token-env", "THEIRS", "--team", "apps", "--yes")
    assert ran(capsys, "add", *arguments)[0] == 0
    assert list(kept()) == ["new"]
    empty = StackSecret(client, "balancewatch/accounts/apps")
    with pytest.raises(StackError, match="somebody else changed"):
        empty.save("{}", type(empty.read())(None, None))


def test_list_shows_accounts_and_their_mistakes_without_tokens(
    on: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts: list[Mapping[str, object]] = [
        {"name": "prod", "token": "canary-token-prod", "allow_http": True, "title": "生产"},
        {"name": "parked", "token": "canary-token-csv", "enabled": False},
        {"name": "wrong", "token": "canary-token-bad", "allow_http": True, "treshold": 3},
    ]
    on.accounts(listed(on.provider, *accounts))
    status, shown, _ = ran(capsys, "list")
    assert status == 4
    for words in ("生产", "laozhang", "disabled", "did you mean `threshold`?"):
        assert words in " ".join(shown.split())
    names = [each["name"] for each in json.loads(ran(capsys, "list", "--json")[1])]
    assert names == ["prod", "wrong", "parked"]


def test_check_asks_all_and_a_file_before_it_is_pasted(
    on: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, shown, _ = ran(capsys, "check")
    assert (status, "40.00 USD left" in shown) == (0, True)
    bad = {"name": "bad", "token": "canary-token-bad", "allow_http": True}
    file = tmp_path / "accounts.json"
    file.write_text(listed(on.provider, bad), "utf-8")
    status, shown, _ = ran(capsys, "check", str(file), "--json")
    assert (status, json.loads(shown)["readings"]["bad"]["reason"]) == (3, "unauthorized")
    assert "No such file" in ran(capsys, "check", str(tmp_path / "none.json"))[2]


def test_import_saves_all_of_a_file_or_none(
    on: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    head = "name,provider,token,base_url,allow_http,threshold\n"
    line = "{0},laozhang,canary-token-{0}," + f"{on.provider.base_url},true,5\n"
    file = tmp_path / "accounts.csv"
    file.write_text(head + line.format("csv") + line.format("bad"), "utf-8")
    assert ran(capsys, "import", str(file), "--yes")[0] == 3
    assert list(kept()) == ["prod"]
    file.write_text(head + line.format("csv") + line.format("new"), "utf-8-sig")
    assert ran(capsys, "import", str(file), "--yes")[0] == 0
    assert list(kept()) == ["prod", "csv", "new"]
    assert "there is an account 'csv' already" in ran(capsys, "import", str(file), "--yes")[2]


def test_import_takes_the_file_that_was_tried_before(
    on: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "accounts.json"
    new = {"name": "new", "token": "canary-token-new", "allow_http": True}
    file.write_text(listed(on.provider, new, labels=["a"]), "utf-8")
    status, _, said = ran(capsys, "import", str(file), "--yes")
    assert (status, "such as `defaults`" in said, list(kept())) == (4, True, ["prod"])
    file.write_text(listed(on.provider, new), "utf-8")
    assert ran(capsys, "import", str(file), "--yes")[0] == 0
    assert list(kept()) == ["prod", "new"]
    file.write_text("{", "utf-8")
    assert "the file is not JSON" in ran(capsys, "import", str(file), "--yes")[2]


def test_what_a_file_says_of_all_is_shown_before_it_is_saved(
    on: Stage, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    on.accounts('{"accounts": []}')
    file = tmp_path / "accounts.json"
    new = {"name": "new", "token": "canary-token-new", "allow_http": True}
    file.write_text(listed(on.provider, new, labels=["from-the-file"]), "utf-8")
    status, shown, _ = ran(capsys, "import", str(file), "--yes")
    assert (status, "(defaults)" in shown, "from-the-file" in shown) == (0, True, True)
    file.write_text('{"accounts": [], "canary-token-pasted": "x"}', "utf-8")
    assert ran(capsys, "import", str(file), "--yes")[0] == 4


@pytest.mark.parametrize("value", ["no", "FALSE"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(
    value: str,
    on: Stage,  # noqa: ARG001  # it stands
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, said = ran(capsys, "set", "prod", f"enabled={value}", "--yes")
    assert (status, "`enabled` must be true or false" in said) == (4, True)
    assert "enabled" not in kept()["prod"]


def test_accounts_that_the_defaults_switch_off_are_listed_and_not_asked(
    on: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    on.accounts(
        listed(on.provider, {"name": "prod", "token": "canary-token-bad", "allow_http": True}, enabled=False)
    )
    assert "disabled" in ran(capsys, "list")[1]
    assert ran(capsys, "set", "prod", "scale=2", "--yes")[0] == 0


def test_nobody_is_asked_where_nobody_can_agree(on: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    asked = len(on.provider.asked)
    for more, why in (((), "--yes saves without a question"), (("--json",), "say --yes as well")):
        status, _, said = ran(capsys, "set", "prod", "scale=2", *more)
        assert (status, why in said, len(on.provider.asked) - asked) == (4, True, 0)


Call = Callable[[BaseClient, str, Mapping[str, Any]], Any]


def meanwhile(
    monkeypatch: pytest.MonkeyPatch, operation: str, does: Callable[[Callable[[], Any]], Any]
) -> None:
    """At the first call of an operation, something else happens; `does` gets the call itself."""
    known: Call = vars(BaseClient)["_make_api_call"]
    left = [operation]

    def call(client: BaseClient, name: str, parameters: Mapping[str, Any]) -> Any:
        if name not in left:
            return known(client, name, parameters)
        left.remove(name)
        return does(lambda: known(client, name, parameters))

    monkeypatch.setattr(BaseClient, "_make_api_call", call)


def test_a_save_whose_answer_is_lost_is_told_as_saved(
    on: Stage,  # noqa: ARG001  # it stands
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lost(call: Callable[[], Any]) -> Any:
        call()
        return call()  # botocore's own second try

    meanwhile(monkeypatch, "UpdateSecretVersionStage", lost)
    status, _, said = ran(capsys, "set", "prod", "threshold=7", "--yes")
    assert (status, "saved" in said, kept()["prod"]["threshold"]) == (0, True, 7)


def test_a_network_that_fails_after_the_save_harms_nothing(
    on: Stage,  # noqa: ARG001  # it stands
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def then_gone(call: Callable[[], Any]) -> Any:
        meanwhile(monkeypatch, "UpdateSecretVersionStage", gone)
        return call()

    def gone(_: Callable[[], Any]) -> Any:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager")

    meanwhile(monkeypatch, "UpdateSecretVersionStage", then_gone)
    assert ran(capsys, "set", "prod", "threshold=7", "--yes")[0] == 0
    assert kept()["prod"]["threshold"] == 7


def test_of_two_who_give_a_secret_its_first_value_one_is_refused(
    on: Stage,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("secretsmanager")
    empty = client.create_secret(Name="balancewatch/accounts/apps")["Name"]
    on.accounts(listed(on.provider))

    def other(call: Callable[[], Any]) -> Any:
        client.put_secret_value(SecretId=empty, SecretString='{"accounts": []}')
        return call()

    monkeypatch.setenv("TOKEN", "canary-token-new")
    meanwhile(monkeypatch, "PutSecretValue", other)
    status, _, said = ran(
        capsys, "add", "new", "laozhang", *fields(on), "--token-env", "TOKEN", "--team", "apps", "--yes"
    )
    assert (status, "somebody else changed the secret" in said) == (4, True)
    held = client.get_secret_value(SecretId=empty, VersionStage="AWSCURRENT")["SecretString"]
    assert held == '{"accounts": []}'


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["canary-token-x"], "invalid choice: (choose from"),
        (["remove", "prod", "token=canary-token-x"], "say them in the order above, options last"),
        (["remove", "prod", "--tokn=canary-token-x", "canary-token-y"], "unrecognized arguments: --tokn\n"),
    ],
)
def test_a_usage_error_shows_no_value(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["accounts", *arguments])
    said = capsys.readouterr().err
    assert (ended.value.code, why in said, "canary-token" in said) == (4, True, False)
