"""A provider on loopback whose answers a test sets, token by token."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

from tests.loopback import serving


class Provider:
    """Answers by the token in `Authorization`: one answer after the other, the last for good."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.asked: list[str] = []
        self._answers: dict[str, list[tuple[int, bytes]]] = {}

    def answers(self, token: str, *bodies: object, status: int = 200) -> None:
        """Set what a token is answered from now on."""
        self._answers[token] = [
            (status, body if isinstance(body, bytes) else json.dumps(body).encode()) for body in bodies
        ]

    def has(self, token: str, quota: int, **more: object) -> None:
        """Let a token's one-api account have a quota (500,000 are one dollar)."""
        data = {"quota": quota, "used_quota": 1000, "request_count": 7, "status": 1, **more}
        self.answers(token, {"success": True, "message": "", "data": data})

    def fails(self, token: str, status: int, message: str = "no") -> None:
        """Let a token be refused with a status."""
        self.answers(token, {"success": False, "message": message}, status=status)

    def next(self, token: str) -> tuple[int, bytes]:
        self.asked.append(token)
        waiting = self._answers.get(token, [(401, b'{"success": false, "message": "unknown"}')])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider, while it runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # the base class's name
            status, body = playing.next(self.headers.get("Authorization", "").removeprefix("Bearer "))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:  # the base class's name
            playing.asked.append("POST")
            self.send_error(500)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(Handler) as port:
        playing = Provider(f"http://127.0.0.1:{port}")
        yield playing


def listed(provider: Provider, *accounts: Mapping[str, object], **defaults: object) -> str:
    """The secret's JSON; each account says what differs from a LaoZhang account that warns at 10."""
    common = {"provider": "laozhang", "base_url": provider.base_url, "threshold": 10}
    return json.dumps({"defaults": defaults, "accounts": [{**common, **account} for account in accounts]})
