"""A gateway on loopback that answers like the first providers, and accounts to ask it with."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: where its balance stands, what it answers to whom, how it is watched."""

    name: str
    provider: str
    path: str
    token: str
    answer: Body
    rules: Mapping[str, object] = field(default_factory=dict)
    left: str | None = None
    """The balance that the answer stands for, in the unit, where there is a past that led to it."""
    daily: str = "0"
    """What it spends in a day."""
    unit: str = "USD"
    revoked: bool = False
    gzipped: bool = False


def _user(quota: int, used: int, requests: int, **more: object) -> Body:
    data = {"status": 1, "quota": quota, "used_quota": used, "request_count": requests, "group": "default"}
    return {"success": True, "message": None, "data": {**data, **more}}


def _gateway(remaining: float, used: float, *, unlimited: bool = False) -> Body:
    return {
        "success": True,
        "remain_balance": remaining,
        "used_balance": used,
        "unlimited_quota": unlimited,
    }


_SELF = "/api/user/self"

ACCOUNTS = (
    DemoAccount(
        "production",
        "aihubmix",
        _SELF,
        "demo-manage-key-1",
        _user(29071257, 286403484, 614422, notify=True, quota_remind_threshold=10000000),
        left="58.142514",
        daily="4.20",
    ),
    DemoAccount(
        "staging",
        "laozhang",
        _SELF,
        "demo-access-token-2",
        _user(24997909, 10027091, 339, access_token="demo-secret-echo"),  # noqa: S106  # real answers echo it
        {"threshold": 10},
        gzipped=True,
        left="49.995818",
        daily="1.10",
    ),
    DemoAccount(
        "batch jobs",
        "laozhang",
        _SELF,
        "demo-access-token-3",
        _user(4200000, 60800000, 5120),
        {"threshold": 10, "top_up_url": "https://api.laozhang.ai"},
        gzipped=True,
        left="8.40",
        daily="0.95",
    ),
    DemoAccount(
        "night build",
        "laozhang",
        _SELF,
        "demo-access-token-7",
        _user(60000000, 140000000, 88012),
        {"threshold": 10, "top_up_url": "https://api.laozhang.ai"},
        gzipped=True,
        left="120",
        daily="100",
    ),
    DemoAccount(
        "team wallet",
        "gcc-ai",
        "/v1/user/balance",
        "sk-demo-wallet-4",
        _gateway(14.58, 985.42),
        {"unit": "CNY", "threshold": 70},
        left="14.58",
        daily="6.30",
        unit="CNY",
    ),
    DemoAccount(
        "research key",
        "gcc-ai-key",
        "/v1/balance",
        "sk-demo-key-5",
        _gateway(-1, 31.5, unlimited=True),
        {"unit": "USD"},
    ),
    DemoAccount("old laptop", "laozhang", _SELF, "demo-access-token-6", {}, {"failures": 1}, revoked=True),
)


class _Handler(BaseHTTPRequestHandler):
    """Answers by path and token, as the providers do: Bearer for the gateway's keys, raw for the others."""

    protocol_version = "HTTP/1.1"
    listed: Callable[[], Sequence[DemoAccount]]

    def do_GET(self) -> None:  # the base class's name
        asked = self.headers.get("Authorization", "")
        for account in self.listed():
            wanted = f"Bearer {account.token}" if account.path.startswith("/v1/") else account.token
            if (self.path, asked) == (account.path, wanted) and not account.revoked:
                return self._answer(200, account.answer, gzipped=account.gzipped)
        if self.path.startswith("/v1/"):
            return self._answer(401, {"success": False, "message": "No Authorization header"})
        return self._answer(401, {"success": False, "message": "Unauthorized"})

    def _answer(self, status: int, body: Body, *, gzipped: bool = False) -> None:
        content = json.dumps(body).encode()
        content = gzip.compress(content) if gzipped else content
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if gzipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Say nothing: the terminal is the command's."""


@contextmanager
def gateway(port: int = 0, listed: Callable[[], Sequence[DemoAccount]] = lambda: ACCOUNTS) -> Iterator[str]:
    """The gateway's address, while it runs; `listed` is asked for the accounts as they then are."""
    handler = type("Handler", (_Handler,), {"listed": staticmethod(listed)})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accounts(base_url: str) -> str:
    """The secret's JSON, as an owner would write it."""
    listed = [
        {
            "name": each.name,
            "provider": each.provider,
            "token": each.token,
            "base_url": base_url,
            **each.rules,
        }
        for each in ACCOUNTS
    ]
    return json.dumps({"accounts": listed}, indent=2)
