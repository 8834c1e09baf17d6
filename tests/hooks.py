"""Webhooks on loopback that take, refuse or hang, and remember every notification that they took."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import serving

_SECRET = "whsec_Q0FOQVJZL29mK2EgY2hhbm5lbCdzIHNlY3JldA=="


class Hooks:
    """What came at which path, and what each answers from now on."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.statuses: dict[str, int] = {}
        self.taken: dict[str, list[dict[str, Any]]] = {}
        self.tried: list[str] = []

    def url(self, name: str) -> str:
        """What to give to `--notify`."""
        return f"webhook://127.0.0.1:{self._port}/{name}?secret={_SECRET}"

    def told(self, name: str) -> list[tuple[str, str, str]]:
        """Account, kind and status of every notification that came there."""
        return [(each["account"], each["kind"], each["status"]) for each in self.taken.get(name, [])]

    def ids(self, name: str) -> list[str]:
        return [each["id"] for each in self.taken.get(name, [])]


@contextmanager
def hooks() -> Iterator[Hooks]:
    """Webhooks, while they listen."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class's name
            name = self.path.strip("/")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = here.statuses.get(name, 200)
            here.tried.append(name)
            if status < 300:
                here.taken.setdefault(name, []).extend(body["data"]["notifications"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(Handler) as port:
        here = Hooks(port)
        yield here
