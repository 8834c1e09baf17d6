"""Planted tokens, searched for in everything that leaves the program."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from balancewatch import app
from balancewatch_cli.main import main
from tests.integration.test_app import Context, put
from tests.provider import Provider, listed, provider
from tests.stage import START, stage

CANARY = "canary/7f3a+9c&d=e2b1 5d8"
ACCOUNTS = (
    {"name": "well"},
    {"name": "echo in message"},
    {"name": "echo in body"},
    {"name": "refused"},
    {"name": "garbage"},
    {"name": "nowhere", "base_url": "http://127.0.0.1:1"},
    {"name": "wrong field", "tokenn": "x"},
    {"name": "wrong token", "token": f"{CANARY}\n"},
    {
        "name": "wrong everywhere",
        "threshold": CANARY,
        "labels": CANARY,
        "timezone": CANARY,
        "title": [CANARY],
    },
    {"name": CANARY},
    {"name": "wrong params", "provider": "new-api", "params": {"user_id": CANARY}},
    {"name": "wrong inline", "provider": {"title": CANARY, "request": {"auth": CANARY}}},
    {"name": "wrong provider", "provider": CANARY},
    {"name": "wrong url", "base_url": f"https://user:{CANARY}@example.com"},
    {"name": "gateway", "provider": "gcc-ai", "unit": "USD"},
)


def forms(token: str) -> Iterator[str]:
    """The token, its encodings, and every part of it that would help to guess it."""
    encoded = base64.b64encode(token.encode()).decode()
    for form in (token, quote(token), quote(token, safe=""), encoded.rstrip("="), json.dumps(token)[1:-1]):
        yield form
        yield from (form[at : at + 8] for at in range(len(form) - 7))


def betrayed(text: str) -> list[str]:
    return [form for form in forms(CANARY) if form in text]


def secret(playing: Provider) -> str:
    playing.has(CANARY, 4_000_000, access_token=CANARY, username=CANARY)
    echo = {"success": False, "message": f"token {CANARY} / Bearer {CANARY} / {CANARY[:9]}*** is wrong"}
    for answer in (echo, {"success": True, "data": {"quota": CANARY}}, b"<html>" + CANARY.encode()):
        playing.answers(
            CANARY, {"success": True, "data": {"quota": 4_000_000, "email": CANARY}}, echo, answer
        )
    return listed(playing, *({"token": CANARY, "failures": 1, **each} for each in ACCOUNTS))


def test_no_state_datapoint_notification_summary_log_or_error_holds_a_token() -> None:
    with stage() as on:
        on.accounts(secret(on.provider))
        told = [on.tick(), on.tick(), on.tick()]
        on.accounts(listed(on.provider))
        told.append(on.tick())
        seen = [told, on.items(), on.heard(), on.logged, on.measured]
    assert betrayed(str(seen)) == []
    assert "echo in message" in str(seen)


def test_no_log_line_or_metric_of_the_handler_holds_a_token(capsys: pytest.CaptureFixture[str]) -> None:
    with stage() as on:
        put(secret(on.provider))
        result = app.handler({"at": str(START)}, Context())
        put(json.dumps({"accounts": [CANARY, {CANARY: CANARY}], CANARY: CANARY}))
        with pytest.raises(app.RunsFailedError) as failed:
            app.handler({}, Context())
    printed = capsys.readouterr()
    assert betrayed(f"{result}{failed.value!r}{failed.value.result}{printed.out}{printed.err}") == []
    assert "_aws" in printed.out


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_the_command_prints_no_token(
    arguments: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with provider() as playing:
        path = tmp_path / "accounts.json"
        path.write_text(secret(playing))
        state = str(tmp_path / "state")
        main(["check", "--accounts", str(path), "--state", state, *arguments])
        kept = (tmp_path / "state/table.json").read_text()
    printed = capsys.readouterr()
    assert betrayed(f"{printed.out}{printed.err}{kept}") == []
    assert "wrong everywhere" in printed.out
