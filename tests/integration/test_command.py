"""`balancewatch check`, as a user and as a script call it."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from balancewatch_cli.main import entry_point, main
from tests.provider import listed, provider


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def summary(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_the_demo_shows_the_exact_figures_of_the_providers_own_documentation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check"]) == 2
    shown = capsys.readouterr().out
    for figure in ("58.142514 USD", "49.995818 USD", "20.054182", "29071257", "24997909"):
        assert figure in shown
    for words in (
        "Subject: [warning] batch jobs",
        "SMS: ",
        "unreachable:",
        "old laptop at LaoZhang API cannot",
    ):
        assert words in shown
    assert "\x1b[" not in shown


def test_a_second_run_tells_nothing_twice(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    main(["check", "--json"])
    first = summary(capsys)
    assert [each["sent"] for each in first["notifications"]] == [True] * 4
    _let_a_second_pass(folder)
    main(["check", "--json"])
    second = summary(capsys)
    assert second["notifications"] == []
    assert [each["remaining"] for each in second["accounts"]] == [
        each["remaining"] for each in first["accounts"]
    ]


def _let_a_second_pass(folder: Path) -> None:
    """Two runs in one second have one scheduled time, and the second would leave: forget that it is done."""
    path = folder / ".balancewatch/demo/table.json"
    items = [item for item in json.loads(path.read_text("utf-8")) if item["sk"]["S"] != "#lease"]
    path.write_text(json.dumps(items), "utf-8")


def test_the_summary_has_the_documented_form(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "--json"])
    found = summary(capsys)
    assert list(found) == ["at", "team", "duration_ms", "counts", "accounts", "notifications", "problems"]
    assert found["counts"] == {
        "accounts": 7, "ok": 3, "warning": 2, "critical": 1, "empty": 0, "unreachable": 1,
    }  # fmt: skip
    staging = next(each for each in found["accounts"] if each["name"] == "staging")
    assert staging.pop("duration_ms") >= 0
    assert set(staging.pop("runway_hours")) == {"early", "likely", "late"}
    assert staging == {
        "name": "staging", "provider": "laozhang", "level": "ok", "causes": [], "reachable": True,
        "remaining": "49.995818", "used": "20.054182", "unit": "USD", "unlimited": False, "spendable": True,
        "raw": {"quota": "24997909", "used_quota": "10027091", "request_count": "339"},
        "threshold": "10", "reason": None, "detail": None, "http_status": 200,
    }  # fmt: skip
    key = next(each for each in found["accounts"] if each["name"] == "research key")
    assert (key["remaining"], key["unlimited"], key["level"]) == (None, True, "ok")
    assert list(found["notifications"][0]) == [
        "id", "kind", "status", "severity", "sent", "account", "subject", "email", "sms",
    ]  # fmt: skip


def test_own_accounts_ask_a_real_server(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    with provider() as playing:
        playing.has("token-of-a", 40_000_000)
        (folder / "accounts.json").write_text(listed(playing, {"name": "a", "token": "token-of-a"}))
        assert main(["check", "--accounts", "accounts.json", "--state", "kept", "--json"]) == 0
    assert summary(capsys)["accounts"][0]["remaining"] == "80"
    assert (folder / "kept/table.json").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read: No such file"),
        ("{", "accounts.json: the secret is not JSON: line 1 column 2"),
        ("[]", "must be an object with a list `accounts`"),
        ("", "not configured yet"),
        (" " * 70_000, "not configured yet"),
        (f'{{"accounts": ["{"x" * 70_000}"]}}', "larger than the 64 KiB"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_unreadable_accounts_are_a_clear_error(
    text: str | bytes | None, words: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    if text is not None:
        (folder / "accounts.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert main(["check", "--accounts", "accounts.json"]) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.parametrize("arguments", [[], ["chekc"], ["check", "--colour"], ["check", "--state"]])
def test_usage_errors_end_with_4(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 4
    assert "usage: balancewatch" in capsys.readouterr().err


def test_a_second_command_on_the_same_folder_says_so(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "kept").mkdir()
    with (folder / "kept/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["check", "--state", "kept"]) == 4
    assert "another command is running on kept" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["garbage", '{"a": 1}', '[{"pk": 1}]', "[1]"])
def test_a_table_that_cannot_be_read_is_not_overwritten(
    text: str, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "kept").mkdir()
    (folder / "kept/table.json").write_text(text)
    assert main(["check", "--state", "kept"]) == 4
    assert "move" in capsys.readouterr().err
    assert (folder / "kept/table.json").read_text() == text


def test_the_callers_aws_is_never_touched(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither its profile, nor its credentials, nor an endpoint in its environment."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA-real")
    before = dict(os.environ)
    assert main(["check", "--json"]) == 2
    assert dict(os.environ) == before
    assert "AKIA-real" not in capsys.readouterr().out


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL_DYNAMODB"])
def test_no_token_goes_to_an_endpoint_of_the_callers(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As people have them who work with a local cloud."""
    with provider() as playing:
        monkeypatch.setenv(variable, playing.base_url)
        assert main(["check", "--json"]) == 2
        assert playing.asked == []


def test_a_bug_of_ours_does_not_end_like_a_warning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("balancewatch_cli.main.main", lambda _: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        entry_point()
    assert ended.value.code == 4
    assert "internal: ZeroDivisionError" in capsys.readouterr().err


def test_the_installed_command_prints_only_the_summary(folder: Path) -> None:
    """And keeps its colours, its progress and its log lines to itself when it is no terminal."""
    done = subprocess.run(
        [sys.executable, "-m", "balancewatch_cli", "check", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert (done.returncode, done.stderr) == (2, "")
    assert json.loads(done.stdout)["team"] == "main"
