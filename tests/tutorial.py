"""The example of docs/add-a-provider.md, carried out as it stands there, against a server on loopback."""

import contextlib
import io
import os
import re
import shlex
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

from balancewatch_cli.main import main
from balancewatch_cli.providers import command as providers_command
from balancewatch_cli.providers import trial
from tests import loopback

KEY = "xk-tutorial-Zq8Wm3Lp5Tn7"
SHOWN_AT = "https://api.example.com"
_FILE = re.compile(r"```toml\n# (?P<name>\S+)\n(?P<text>.*?)```", re.DOTALL)
_COMMAND = re.compile(r"^balancewatch (providers try .*)$", re.MULTILINE)


def files(page: str) -> Mapping[str, str]:
    """The files that the page writes, by name."""
    return {found["name"]: found["text"] for found in _FILE.finditer(page)}


def answer(page: str, name: str) -> tuple[int, bytes]:
    """A recorded answer of the page."""
    found = tomllib.loads(files(page)[f"tests/responses/example/{name}.toml"])["answer"]
    return found["status"], found["body"].encode()


@contextmanager
def serving(status: int, body: bytes) -> Iterator[tuple[str, list[Any]]]:
    """An address where everything is answered so, and the requests that came."""
    came: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class's name
            came.append((self.path, dict(self.headers)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with loopback.serving(Handler) as port:
        yield f"http://127.0.0.1:{port}", came


def command(page: str, folder: Path, name: str, *more: str) -> tuple[int, str, list[Any]]:
    """The page's command, given a recorded answer: its exit status, what it prints, what it asked."""
    for file, text in files(page).items():
        (folder / Path(file).name).write_text(text, "utf-8")
    found = _COMMAND.search(page)
    if found is None:
        raise LookupError
    arguments = [str(folder / each) if each.endswith(".toml") else each for each in shlex.split(found[1])]
    printed = io.StringIO()
    settings = {"EXAMPLE_KEY": KEY, "COLUMNS": "92", "NO_COLOR": "1"}
    with (
        serving(*answer(page, name)) as (address, came),
        patch.dict(os.environ, settings),
        patch.object(providers_command, "tried", _as_shown(address)),
        contextlib.redirect_stdout(printed),
    ):
        status = main([*arguments, "--base-url", address, *more])
    return status, printed.getvalue(), came


def _as_shown(address: str) -> Any:
    """The trial with the provider's own address and always the same time, for the page."""

    def tried(*args: Any) -> trial.Trial:
        found = trial.tried(*args)
        asked = tuple(
            replace(
                each,
                request=replace(each.request, url=each.request.url.replace(address, SHOWN_AT)),
                answer=replace(each.answer, exchange=replace(each.answer.exchange, duration_ms=84)),
            )
            for each in found.asked
        )
        return replace(found, asked=asked, account=replace(found.account, base_url=SHOWN_AT))

    return tried
