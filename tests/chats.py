"""Chats, pagers and webhooks on 127.0.0.1, under their real names and over TLS.

The services' addresses are fixed in Apprise. `requests` honours a proxy and a bundle of authorities from the
environment: the proxy here ends the tunnel itself, with a certificate for whatever host was asked for. So
the program runs unchanged, and checks names and certificates as ever.

Each service demands what the real one does, and refuses as it does.
"""

import base64
import hashlib
import hmac
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import trustme

Answer = tuple[int, bytes, Mapping[str, str]]
KEY = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Sent:
    """A request as a service got it."""

    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Play = Callable[[Sent], Answer]


def answers(status: int = 200, document: object = None, **headers: str) -> Answer:
    return status, b"" if document is None else json.dumps(document).encode(), headers


def always(status: int = 200, document: object = None, **headers: str) -> Play:
    """Whatever is asked."""
    return lambda _: answers(status, document, **headers)


def _now() -> float:
    return time.time()  # noqa: TID251  # as the real ones: their signatures expire


def _base64_hmac(key: bytes, content: bytes) -> str:
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def feishu(token: str, secret: str | None = None) -> Play:
    """Refuses with HTTP 200: a wrong signature, one that is older than an hour, another form than a card."""

    def play(sent: Sent) -> Answer:
        if sent.path != f"/open-apis/bot/v2/hook/{token}":
            return answers(
                200, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
            )
        if len(sent.body) > 20 * 1024:
            return answers(200, {"code": 9499, "msg": "Bad Request", "data": {}})
        asked = sent.json
        if secret is not None:
            expected = _base64_hmac(f"{asked.get('timestamp')}\n{secret}".encode(), b"")
            if asked.get("sign") != expected or abs(_now() - int(asked["timestamp"])) > 3600:
                return answers(
                    200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}
                )
        match asked:
            case {
                "msg_type": "interactive",
                "card": {
                    "header": {"title": {"tag": "plain_text", "content": str()}, "template": str()},
                    "elements": [{"tag": "div", "text": {"tag": "plain_text", "content": str()}}, *_],
                },
            }:
                return answers(200, {"code": 0, "msg": "success", "data": {}})
            case _:
                return answers(200, {"code": 9499, "msg": "Bad Request", "data": {}})

    return play


def dingtalk(token: str, secret: str | None = None) -> Play:
    """Refuses with HTTP 200: a wrong signature, one that is older than an hour, a body that is too long."""

    def play(sent: Sent) -> Answer:
        if (sent.path, sent.query.get("access_token")) != ("/robot/send", token):
            return answers(200, {"errcode": 300001, "errmsg": "token is not exist"})
        if secret is not None:
            timestamp = sent.query.get("timestamp", "0")
            expected = _base64_hmac(secret.encode(), f"{timestamp}\n{secret}".encode())
            if sent.query.get("sign") != expected:
                return answers(200, {"errcode": 310000, "errmsg": "sign not match"})
            if abs(_now() - int(timestamp) / 1000) > 3600:
                return answers(200, {"errcode": 310000, "errmsg": "invalid timestamp"})
        if len(sent.body) > 20_000:
            return answers(200, {"errcode": 40035, "errmsg": "too long"})
        match sent.json:
            case {
                "msgtype": "markdown",
                "markdown": {"title": str(), "text": str(text)},
                "at": {"atMobiles": at},
            } if all(f"@{each}" in text for each in at):
                return answers(200, {"errcode": 0, "errmsg": "ok"})
            case _:
                return answers(200, {"errcode": 40035, "errmsg": "missing parameter json"})

    return play


def wecom(key: str) -> Play:
    """Refuses with HTTP 200: a wrong key, more than 4,096 bytes."""

    def play(sent: Sent) -> Answer:
        if (sent.path, sent.query.get("key")) != ("/cgi-bin/webhook/send", key):
            return answers(200, {"errcode": 93000, "errmsg": "invalid webhook url"})
        match sent.json:
            case {"msgtype": "markdown", "markdown": {"content": str(content)}} if (
                len(content.encode()) <= 4096
            ):
                return answers(200, {"errcode": 0, "errmsg": "ok"})
            case _:
                return answers(200, {"errcode": 40058, "errmsg": "markdown.content exceed max length 4096"})

    return play


def telegram(token: str) -> Play:
    """Takes at most 4,096 characters, and no markup that it cannot read."""

    def play(sent: Sent) -> Answer:
        if sent.path != f"/bot{token}/sendMessage":
            return answers(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        asked = sent.json
        is_markup = asked.get("parse_mode") == "HTML"
        plain = (
            re.sub(r"</?(b|i|u|s|a|code|pre)( [^<>]*)?>", "", asked["text"]) if is_markup else asked["text"]
        )
        if len(plain) > 4096 or (is_markup and re.search(r"[<>]", plain)):
            return answers(400, {"ok": False, "error_code": 400, "description": "Bad Request"})
        return answers(200, {"ok": True, "result": {"message_id": 1}})

    return play


def discord(ident: str, token: str) -> Play:
    """Takes at most 2,000 characters."""

    def play(sent: Sent) -> Answer:
        if sent.path != f"/api/webhooks/{ident}/{token}":
            return answers(404, {"message": "Unknown Webhook", "code": 10015})
        if not 0 < len(sent.json.get("content", "")) <= 2000:
            return answers(400, {"content": ["Must be 2000 or fewer in length."]})
        return answers(204)

    return play


def slack(path: str) -> Play:
    def play(sent: Sent) -> Answer:
        if sent.path != f"/services/{path}":
            return 403, b"invalid_token", {}
        asked = sent.json
        is_said = asked.get("text") or asked.get("attachments") or asked.get("blocks")
        return (200, b"ok", {}) if is_said else (400, b"no_text", {})

    return play


def teams(signature: str) -> Play:
    """A flow of Power Automate: an adaptive card of at most 28 KB."""

    def play(sent: Sent) -> Answer:
        if sent.query.get("sig") != signature:
            return answers(401, {"error": {"code": "DirectApiAuthorizationRequired"}})
        (card,) = sent.json["attachments"]
        if len(sent.body) > 28 * 1024 or card["content"]["type"] != "AdaptiveCard":
            return answers(400, {"error": {"code": "BadRequest"}})
        return answers(202)

    return play


def ntfy(sent: Sent) -> Answer:
    """Takes JSON with a topic; of more than 4,096 bytes it makes a file."""
    asked = sent.json
    is_right = asked.get("topic") and 0 < len(asked.get("message", "").encode()) <= 4096
    return answers(200, {"id": "1"}) if is_right else answers(400, {"code": 40009})


def bark(device: str) -> Play:
    def play(sent: Sent) -> Answer:
        if sent.path != "/push" or sent.json.get("device_key") != device:
            return answers(400, {"code": 400, "message": "failed to get device token"})
        return answers(200, {"code": 200, "message": "success"})

    return play


@dataclass
class PagerDuty:
    """Events of https://developer.pagerduty.com/docs/send-alert-event: each key has at most one incident."""

    key: str
    open: dict[str, Any] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def __call__(self, sent: Sent) -> Answer:
        asked = sent.json
        if sent.path != "/v2/enqueue" or asked.get("routing_key") != self.key:
            return answers(400, {"status": "invalid event", "errors": ["Invalid routing key"]})
        match asked:
            case {"event_action": "resolve", "dedup_key": str(key)}:
                if self.open.pop(key, None) is not None:
                    self.closed.append(key)
            case {
                "event_action": "trigger",
                "dedup_key": str(key),
                "payload": {"summary": str(summary), "source": str(), "severity": severity},
            } if len(summary) <= 1024 and severity in {"critical", "warning", "error", "info"}:
                self.open.setdefault(key, asked["payload"])
            case _:
                return answers(400, {"status": "invalid event", "errors": ["..."]})
        return answers(202, {"status": "success", "dedup_key": asked["dedup_key"]})


def webhook(secret: str) -> Play:
    """A receiver that checks as https://www.standardwebhooks.com says, five minutes either way."""

    def play(sent: Sent) -> Answer:
        ident, timestamp = sent.headers["webhook-id"], sent.headers["webhook-timestamp"]
        key = base64.b64decode(secret.removeprefix("whsec_"))
        expected = f"v1,{_base64_hmac(key, f'{ident}.{timestamp}.'.encode() + sent.body)}"
        is_right = expected in sent.headers["webhook-signature"].split(" ")
        return answers(204) if is_right and abs(_now() - int(timestamp)) <= 300 else answers(401)

    return play


class Chats:
    """What each host answers, and what it was sent."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self.bundle = folder / "authorities.pem"
        self._authority.cert_pem.write_to_path(self.bundle)
        self.plays: dict[str, Play] = {}
        self.always: Play | None = None
        self.sent: list[Sent] = []
        self.address = ""

    @property
    def environment(self) -> dict[str, str]:
        """What leads the program here."""
        return {"HTTPS_PROXY": self.address, "NO_PROXY": "", "REQUESTS_CA_BUNDLE": str(self.bundle)}

    def at(self, host: str) -> list[Sent]:
        return [each for each in self.sent if each.host == host]

    def context(self, host: str) -> ssl.SSLContext:
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                self._contexts[host] = context
            return self._contexts[host]

    def play(self, sent: Sent) -> Answer:
        with self._lock:
            self.sent.append(sent)
        play = self.always or self.plays.get(sent.host)
        return play(sent) if play else answers(502)


@contextmanager
def chats(folder: Path) -> Iterator[Chats]:
    """A proxy on loopback behind which every service is."""
    here = Chats(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.rpartition(":")[0]
            self.send_response(200)
            self.end_headers()
            self.rfile.close()
            try:
                self.connection = here.context(self.host).wrap_socket(self.connection, server_side=True)
            except OSError:
                self.close_connection = True
                return
            self.rfile = self.connection.makefile("rb", -1)
            self.wfile = self.connection.makefile("wb", 0)
            self.close_connection = False

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            host = self.host or self.headers["Host"]
            status, answer, more = here.play(Sent(host, url.path, query, headers, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def finish(self) -> None:
            super().finish()
            self.connection.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that went away is none of the tests' business."""

    with Server(("127.0.0.1", 0), Handler) as server:
        here.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield here
        server.shutdown()
