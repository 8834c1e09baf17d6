"""Promises of the HTTP adapter, held against servers on 127.0.0.1 that break the rules."""

import logging
import random
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.exchange import Answer, NoResponse, Request, Response
from balancewatch.core.reading import Reason
from tests.hostile import (
    BALANCE,
    BOMB_BYTES,
    DOMAIN,
    HONEST_PLAYS,
    PLAYS,
    Ending,
    HostileServers,
    Play,
    Received,
    answer,
    resolve,
)

CANARY = "sk-CANARY-7f3a9b"
DEADLINE_S = 1.5
SLACK_S = 1.5
"""The budget is 0.5 s past the deadline; a shared machine with two cores gets more."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileServers]:
    with HostileServers(tmp_path_factory.mktemp("ca")) as servers:
        yield servers


def now() -> datetime:
    return datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def providers(servers: HostileServers, **changed: Any) -> ProvidersHttp:
    policy = Policy(
        local=changed.pop("local", True),
        allow_private=changed.pop("allow_private", False),
        deadline_s=changed.pop("deadline_s", DEADLINE_S),
        workers=changed.pop("workers", 64),
    )
    settings: dict[str, Any] = {"ca_file": servers.ca_file, "resolve": resolve, "jitter": lambda: 0.0}
    return ProvidersHttp(policy, **(settings | changed))


def request(play: str, port: int, path: str = "/balance", *, scheme: str = "https") -> Request:
    """A request with the canary wherever a token may be."""
    return Request(
        "POST",
        f"{scheme}://{play}.{DOMAIN}:{port}{path}?key={CANARY}",
        {"Authorization": f"Bearer {CANARY}"},
        body=CANARY.encode(),
    )


def ask(asked: ProvidersHttp, *requests: Request, within_s: float = 20.0) -> list[Answer]:
    return asked.ask(requests, until=time.monotonic() + within_s, now=now)


def ask_one(servers: HostileServers, play: str, **changed: Any) -> Answer:
    with providers(servers, **changed) as asked:
        return ask(asked, request(play, servers.https_port))[0]


def reason_of(found: Answer) -> Reason | None:
    return found.reason if isinstance(found, NoResponse) else None


EXPECTED: dict[str, set[Reason | None]] = {
    "drips-status": {Reason.TIMEOUT},
    "drips-header": {Reason.TIMEOUT},
    "drips-body": {Reason.TIMEOUT},
    "drips-chunk": {Reason.TIMEOUT},
    "drips-chunk-size": {Reason.TIMEOUT},
    "drips-trailers": {Reason.TIMEOUT},
    "drips-continue": {Reason.TIMEOUT},
    "silent": {Reason.TIMEOUT},
    # A busy machine may not get through 1 MiB of tiny pieces before the deadline.
    "floods-continue": {Reason.TOO_LARGE, Reason.TIMEOUT},
    "floods-tiny-chunks": {Reason.TOO_LARGE, Reason.TIMEOUT},
    "floods-trailers": {Reason.TOO_LARGE, Reason.TIMEOUT},
    "floods-body": {Reason.TOO_LARGE, Reason.TIMEOUT},
    "floods-chunk": {Reason.TOO_LARGE, Reason.TIMEOUT},
    "floods-headers": {Reason.TOO_LARGE},
    "floods-one-header": {Reason.TOO_LARGE},
    "huge-length": {Reason.TOO_LARGE},
    "gzip-bomb": {Reason.TOO_LARGE},
    "gzip-bomb-unlabelled": {Reason.TOO_LARGE},
    "deflate-bomb": {Reason.TOO_LARGE},
    "redirect-bomb": {Reason.REDIRECTED},
    "doubled-gzip": {Reason.BAD_ANSWER},
    "doubled-gzip-in-secret": {Reason.BAD_ANSWER},
    "brotli": {Reason.BAD_ANSWER},
    "false-gzip": {Reason.BAD_ANSWER},
    "cut-gzip": {Reason.BAD_ANSWER},
    "gzip-and-more": {Reason.BAD_ANSWER},
    "cut-status": {Reason.CONNECTION},
    "cut-headers": {Reason.CONNECTION},
    "cut-body": {Reason.CONNECTION},
    "cut-chunk": {Reason.CONNECTION},
    "cut-between-chunks": {Reason.CONNECTION},
    "cut-chunk-size": {Reason.CONNECTION},
    "bad-chunk-size": {Reason.CONNECTION},
    "resets": {Reason.CONNECTION},
    "resets-in-body": {Reason.CONNECTION},
    "closes": {Reason.CONNECTION},
    "not-http": {Reason.BAD_ANSWER},
    "http-9": {Reason.BAD_ANSWER},
    "early-hints": {Reason.BAD_ANSWER},
    "two-lengths": {Reason.BAD_ANSWER},
    "bad-length": {Reason.BAD_ANSWER},
    "odd-framing": {Reason.BAD_ANSWER},
    # Not plays: servers that fail before there is a request, and names that lead nowhere.
    "closed-port": {Reason.CONNECTION},
    "mute": {Reason.TIMEOUT},
    "plain-on-tls-port": {Reason.TLS},
    "wrong-name": {Reason.TLS},
    "unknown-issuer": {Reason.TLS},
    "slow-handshake": {Reason.TIMEOUT},
    "hangs-up": {Reason.TLS},
    "silent-dns": {Reason.TIMEOUT},
    "no-such-name": {Reason.DNS},
    "dns-hiccup": {Reason.DNS},
}


def _requests(servers: HostileServers) -> dict[str, Request]:
    failing = {
        "closed-port": servers.closed_port,
        "mute": servers.mute_port,
        "plain-on-tls-port": servers.plain_reply_port,
        "wrong-name": servers.wrong_name_port,
        "unknown-issuer": servers.unknown_issuer_port,
        "slow-handshake": servers.slow_handshake_port,
        "hangs-up": servers.hangs_up_port,
        "silent-dns": servers.https_port,
        "no-such-name": servers.https_port,
        "dns-hiccup": servers.https_port,
    }
    return (
        {play: request(play, servers.https_port) for play in PLAYS}
        | {f"plain {play}": request(play, servers.http_port, scheme="http") for play in PLAYS}
        | {name: request(name, port) for name, port in failing.items()}
    )


@pytest.fixture(scope="module")
def ordeal(servers: HostileServers) -> dict[str, Answer]:
    """All of it at once; only the floods apart, since they take all the processor that there is."""
    freed = threading.Event()

    def misbehaving(host: str, port: int, **rest: Any) -> Any:
        match host.partition(".")[0]:
            case "silent-dns":
                freed.wait(30)
            case "no-such-name":
                raise socket.gaierror(socket.EAI_NONAME, CANARY)
            case "dns-hiccup":
                raise socket.gaierror(socket.EAI_AGAIN, CANARY)
            case _:
                pass
        return resolve(host, port, **rest)

    requests = _requests(servers)
    floods = {name: request for name, request in requests.items() if "floods" in name}
    calm = {name: request for name, request in requests.items() if name not in floods}
    answers: dict[str, Answer] = {}
    with providers(servers, resolve=misbehaving, workers=len(requests)) as asked:
        for together in (calm, floods):
            answers |= zip(together, ask(asked, *together.values()), strict=True)
    freed.set()
    return answers


def test_every_play_has_an_expectation(ordeal: dict[str, Answer]) -> None:
    """So that a new way to misbehave cannot be added without saying what must become of it."""
    assert {name.removeprefix("plain ") for name in ordeal} == set(EXPECTED)


@pytest.mark.parametrize("name", [*EXPECTED, *(f"plain {play}" for play in PLAYS)])
def test_a_hostile_answer_is_never_believed_and_has_its_reason(ordeal: dict[str, Answer], name: str) -> None:
    """Cut, swollen, disguised or late: there is a reason, and no body."""
    assert reason_of(ordeal[name]) in EXPECTED[name.removeprefix("plain ")]


def test_every_hostile_answer_ends_by_its_deadline(ordeal: dict[str, Answer]) -> None:
    """No drip, flood, handshake or resolver stretches it."""
    late = {
        name: found.exchange.duration_ms
        for name, found in ordeal.items()
        if found.exchange.duration_ms > (DEADLINE_S + SLACK_S) * 1000
    }
    assert not late


def test_no_token_is_in_what_is_said_of_hostile_answers(ordeal: dict[str, Answer]) -> None:
    """Words are ours, short, and say what to do."""
    for found in ordeal.values():
        assert isinstance(found, NoResponse)
        assert CANARY not in repr(found)
        assert 40 < len(found.detail) <= 200
        assert found.detail.endswith(".")


def test_time_that_ran_out_is_told_with_the_part_that_was_slow(ordeal: dict[str, Answer]) -> None:
    """A name, a handshake and an answer are mended in different places."""
    details = {
        name: found.detail
        for name in ("silent-dns", "mute", "silent")
        if isinstance(found := ordeal[name], NoResponse)
    }
    assert "DNS" in details["silent-dns"]
    assert "TLS handshake" in details["mute"]
    assert "whole answer" in details["silent"]


@pytest.mark.parametrize(
    "play",
    ["gzip-bomb", "deflate-bomb", "redirect-bomb", "floods-body", "floods-chunk", "floods-tiny-chunks"],
)
def test_a_hostile_answer_costs_at_most_16_mib_of_memory(servers: HostileServers, play: str) -> None:
    """However much it would unpack to."""
    assert BOMB_BYTES > 16 * 1024 * 1024
    with providers(servers, deadline_s=2.0) as asked:
        tracemalloc.start()
        try:
            ask(asked, *[request(play, servers.https_port)])
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 16 * 1024 * 1024


def test_an_end_without_the_goodbye_of_tls_is_a_cut(servers: HostileServers) -> None:
    """Where only the end of the connection ends the body, anyone on the way could have ended it."""
    from_tests = "ends-without-goodbye"
    servers.plays[from_tests] = _cut_without_goodbye
    assert reason_of(ask_one(servers, from_tests)) is Reason.CONNECTION


def _cut_without_goodbye(_: Received) -> Iterator[Any]:
    yield b"HTTP/1.1 200 OK\r\n\r\n" + BALANCE
    yield Ending.CUT


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("play", sorted(HONEST_PLAYS.keys() - {"echoes-path"}))
def test_an_honest_answer_arrives_whole(servers: HostileServers, play: str, scheme: str) -> None:
    """Chunked, compressed, labelled or not."""
    port = servers.https_port if scheme == "https" else servers.http_port
    with providers(servers, deadline_s=5.0) as asked:
        (found,) = ask(asked, request(play, port, scheme=scheme))
    assert isinstance(found, Response)
    assert found.body == BALANCE
    assert found.status == 200
    assert found.exchange.asked_at == now()
    assert CANARY not in repr(found)


def test_a_media_type_is_passed_on_without_its_parameters(servers: HostileServers) -> None:
    """One that is not well known is not passed on: a server can write a token there."""
    known, unknown = ask_one(servers, "ok"), ask_one(servers, "echoes-token")
    assert isinstance(known, Response)
    assert isinstance(unknown, Response)
    assert (known.content_type, unknown.content_type) == ("application/json", "")


def test_answers_keep_the_order_of_their_requests(servers: HostileServers) -> None:
    """Whoever answers first."""

    def echo_some_time(received: Received) -> Iterator[Any]:
        yield random.random() / 20
        yield answer(received.path.encode())

    servers.plays |= {f"order-{n}": echo_some_time for n in range(5)}
    requests = [request(f"order-{n % 5}", servers.https_port, f"/{n}") for n in range(40)]
    with providers(servers, deadline_s=10.0) as asked:
        found = ask(asked, *requests)
    paths = [response.body.decode().partition("?")[0] for response in found if isinstance(response, Response)]
    assert paths == [f"/{n}" for n in range(40)]


def test_only_our_own_and_the_requests_headers_are_sent(servers: HostileServers) -> None:
    """No Accept, Connection or User-Agent of a library."""
    ask_one(servers, "ok")
    headers = last_received(servers, "ok").headers
    assert set(headers) == {"host", "user-agent", "accept-encoding", "content-length", "authorization"}
    assert headers["user-agent"].startswith("balancewatch/")
    assert headers["accept-encoding"] == "identity"


def last_received(servers: HostileServers, name: str) -> Received:
    return next(received for received in reversed(servers.received) if received.host == name)


def test_a_request_may_name_its_own_user_agent(servers: HostileServers) -> None:
    """Some providers ask for one."""
    asking = Request("GET", f"https://ok.{DOMAIN}:{servers.https_port}/", {"user-agent": "mine/1"})
    with providers(servers) as asked:
        ask(asked, asking)
    assert last_received(servers, "ok").headers["user-agent"] == "mine/1"


@pytest.mark.parametrize("switches", [{}, {"local": True}, {"allow_private": True}], ids=str)
@pytest.mark.parametrize(
    "addresses", [["169.254.169.254"], ["8.8.8.8", "169.254.169.254"], ["224.0.0.1"], ["64:ff9b::a9fe:a9fe"]]
)
def test_a_forbidden_address_is_not_connected(
    servers: HostileServers, addresses: list[str], switches: dict[str, bool]
) -> None:
    """Nor is any other address of a name that has one, whatever is switched on."""

    def leads_there(host: str, port: int, **_: Any) -> Any:
        del host
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)) for address in addresses]

    found = ask_one(servers, "ok", resolve=leads_there, **{"local": False, **switches})
    assert reason_of(found) is Reason.BLOCKED_ADDRESS


def test_loopback_is_refused_outside_of_the_terminal(servers: HostileServers) -> None:
    """Also with private addresses allowed: on Lambda the runtime's own API is there."""
    before = servers.connections
    for allow_private in (False, True):
        found = ask_one(servers, "ok", local=False, allow_private=allow_private)
        assert reason_of(found) is Reason.BLOCKED_ADDRESS
    assert servers.connections == before


def test_plain_http_is_asked_only_where_the_account_or_the_terminal_allows_it(
    servers: HostileServers,
) -> None:
    """Otherwise the account is misconfigured and nothing is sent."""
    with providers(servers, local=False) as asked:
        (refused,) = ask(asked, request("ok", servers.http_port, scheme="http"))
        allowing = Request("GET", f"http://ok.{DOMAIN}:{servers.http_port}/", {}, allow_http=True)
        (blocked,) = ask(asked, allowing)
    assert reason_of(refused) is Reason.MISCONFIGURED
    assert reason_of(blocked) is Reason.BLOCKED_ADDRESS, "past the check of the scheme"


def test_a_redirect_is_not_followed(servers: HostileServers) -> None:
    """No request and no Authorization reaches where it leads."""
    to = f"Location: https://redirect-target.{DOMAIN}:{servers.https_port}/".encode()
    for status in (301, 302, 303, 307, 308):
        servers.plays["redirects"] = _always(answer(b"", to, status=f"{status} Moved".encode()))
        found = ask_one(servers, "redirects")
        assert reason_of(found) is Reason.REDIRECTED
        assert found.exchange.http_status == status
    assert servers.paths("redirect-target") == []


def _always(whole: bytes) -> Play:
    return lambda _: iter((whole,))


def test_the_environment_changes_nothing(
    servers: HostileServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Proxies, netrc, CA bundles and key logs are for other programs."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{servers.closed_port}")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none.pem"))
    netrc, keylog = tmp_path / "netrc", tmp_path / "keys"
    netrc.write_text(f"machine ok.{DOMAIN} login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("SSLKEYLOGFILE", str(keylog))
    assert isinstance(ask_one(servers, "ok"), Response)
    assert last_received(servers, "ok").headers["authorization"] == f"Bearer {CANARY}"
    assert not keylog.exists()


def test_no_cookie_is_kept(servers: HostileServers) -> None:
    """Accounts at one host must not share what the host says of one."""
    with providers(servers) as asked:
        for _ in range(3):
            ask(asked, request("cookie", servers.https_port))
    assert all("cookie" not in received.headers for received in servers.received)


def test_no_log_holds_a_token(servers: HostileServers, caplog: pytest.LogCaptureFixture) -> None:
    """Not on debug level, and not when a server makes urllib3 warn about malformed headers."""
    servers.plays["malformed"] = _always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon\r\n\r\n{}")
    with caplog.at_level(logging.DEBUG):
        ask_one(servers, "malformed")
        ask_one(servers, "resets")
    assert servers.paths("malformed")
    assert CANARY not in caplog.text


def test_the_ca_bundle_is_read_once_a_process(
    servers: HostileServers, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However many hosts, connections, calls and runs."""
    bundle = shutil.copy(servers.ca_file, tmp_path)
    loads: list[str] = []
    original = ssl.SSLContext.load_verify_locations

    def counting(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> None:
        loads.append("load")
        original(self, *args, **kwargs)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    servers.plays |= {f"host-{n}": HONEST_PLAYS["ok"] for n in range(6)}
    for _ in range(2):
        with providers(servers, ca_file=bundle) as asked:
            for _ in range(2):
                found = ask(asked, *[request(f"host-{n}", servers.https_port) for n in range(6)])
                assert all(isinstance(answered, Response) for answered in found)
    assert loads == ["load"]


def test_connections_are_used_again(servers: HostileServers) -> None:
    """At most one handshake a worker, also in a second call."""
    before = servers.connections
    with providers(servers, workers=3, deadline_s=10.0) as asked:
        for _ in range(2):
            ask(asked, *[request("ok", servers.https_port)] * 30)
    assert servers.connections - before <= 3


def test_a_connection_with_more_than_its_answer_is_not_used_again(servers: HostileServers) -> None:
    """What a server sends unasked would be taken for the next account's answer."""
    servers.plays["chatty"] = lambda received: iter(
        (answer(received.path.encode() + b" " * 20_000) + answer(b'{"remaining": "999"}'),)
    )
    with providers(servers, workers=1) as asked:
        found = ask(asked, *[request("chatty", servers.https_port, f"/{n}") for n in range(5)])
    bodies = [response.body for response in found if isinstance(response, Response)]
    assert [body[:2] for body in bodies] == [b"/%d" % n for n in range(5)]


def _in_turn(*wholes: bytes) -> Play:
    """Each request gets the next, the last one for ever."""
    return lambda received: iter((wholes[min(received.nth, len(wholes) - 1)],))


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"500 Oops", b"503 Busy", b"502 Bad Gateway"])
def test_429_and_5xx_are_asked_again_until_they_go_well(servers: HostileServers, status: bytes) -> None:
    """Twice at most."""
    name = f"recovers-{status[:3].decode()}"
    servers.plays[name] = _in_turn(answer(b"", status=status), answer(b"", status=status), answer())
    found = ask_one(servers, name, deadline_s=5.0)
    assert isinstance(found, Response)
    assert (found.status, found.body) == (200, BALANCE)
    assert len(servers.paths(name)) == 3


def test_after_two_retries_the_last_answer_is_given(servers: HostileServers) -> None:
    """As an answer: its status says what it means."""
    servers.plays["always-busy"] = _always(answer(b"busy", status=b"503 Busy"))
    found = ask_one(servers, "always-busy", deadline_s=5.0)
    assert isinstance(found, Response)
    assert (found.status, found.body) == (503, b"busy")
    assert len(servers.paths("always-busy")) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 410, 422])
def test_other_4xx_are_asked_once(servers: HostileServers, status: int) -> None:
    """Asking again with a wrong token gets accounts locked."""
    name = f"refuses-{status}"
    servers.plays[name] = _always(answer(b"no", status=f"{status} No".encode()))
    found = ask_one(servers, name)
    assert isinstance(found, Response)
    assert (found.status, found.body) == (status, b"no")
    assert len(servers.paths(name)) == 1


def test_a_lost_connection_is_asked_again_and_a_timeout_is_not(servers: HostileServers) -> None:
    """A server that hangs has had all the time there is."""
    servers.plays["loses-one"] = lambda received: (
        PLAYS["resets"](received) if received.nth == 0 else iter((answer(),))
    )
    servers.plays["hangs"] = PLAYS["silent"]
    assert isinstance(ask_one(servers, "loses-one", deadline_s=5.0), Response)
    assert reason_of(ask_one(servers, "hangs", deadline_s=0.5)) is Reason.TIMEOUT
    assert (len(servers.paths("loses-one")), len(servers.paths("hangs"))) == (2, 1)


def test_retry_after_is_waited_for_when_it_fits(servers: HostileServers) -> None:
    """Given as a date, here a tenth of a second ahead."""
    at = now() + timedelta(seconds=1)
    header = b"Retry-After: " + format_datetime(at, usegmt=True).encode()
    servers.plays["soon"] = _in_turn(answer(b"", header, status=b"429 Slow"), answer())
    with providers(servers, deadline_s=5.0) as asked:
        (found,) = asked.ask(
            [request("soon", servers.https_port)],
            until=time.monotonic() + 10,
            now=lambda: at - timedelta(seconds=0.1),
        )
    assert isinstance(found, Response)
    assert found.status == 200
    assert found.exchange.duration_ms >= 100


def test_an_answer_is_given_at_once_when_retry_after_does_not_fit(servers: HostileServers) -> None:
    """Waiting for it would only turn a known reason into a timeout."""
    servers.plays["later"] = _always(answer(b"slow", b"Retry-After: 3600", status=b"429 Slow"))
    found = ask_one(servers, "later", deadline_s=30.0)
    assert isinstance(found, Response)
    assert found.status == 429
    assert found.exchange.duration_ms < 5_000
    assert len(servers.paths("later")) == 1


def test_an_answer_outlives_a_retry_that_found_no_time(servers: HostileServers) -> None:
    """503 says more than that the second attempt hung."""
    servers.plays["busy-then-silent"] = lambda received: (
        iter((answer(b"busy", status=b"503 Busy"),)) if received.nth == 0 else PLAYS["silent"](received)
    )
    found = ask_one(servers, "busy-then-silent", deadline_s=0.5)
    assert isinstance(found, Response)
    assert found.status == 503


def test_a_hanging_host_does_not_delay_another(servers: HostileServers) -> None:
    """50 accounts at each, 8 workers: four find out that it hangs, the rest are not sent."""
    servers.plays["hanging-host"] = PLAYS["silent"]
    servers.plays["lively-host"] = HONEST_PLAYS["ok"]
    requests = [request("hanging-host", servers.https_port)] * 50
    requests += [request("lively-host", servers.https_port)] * 50
    with providers(servers, workers=8, deadline_s=2.0) as asked:
        began = time.monotonic()
        found = ask(asked, *requests)
        seconds = time.monotonic() - began
    assert [reason_of(hanging) for hanging in found[:50]] == [Reason.TIMEOUT] * 50
    assert all(isinstance(lively, Response) for lively in found[50:])
    assert len(servers.paths("hanging-host")) == 4
    assert seconds < 2.0 + SLACK_S


def test_after_three_timeouts_in_a_row_a_host_is_not_asked_again_in_the_run(
    servers: HostileServers,
) -> None:
    """Also not by a second call; the words say so."""
    servers.plays["gives-up"] = PLAYS["silent"]
    with providers(servers, workers=1, deadline_s=0.2) as asked:
        found = ask(asked, *[request("gives-up", servers.https_port)] * 10)
        (again,) = ask(asked, request("gives-up", servers.https_port))
    assert {reason_of(timeout) for timeout in [*found, again]} == {Reason.TIMEOUT}
    assert isinstance(again, NoResponse)
    assert again.detail.startswith("Not asked")
    assert len(servers.paths("gives-up")) == 3


def test_a_host_gets_more_at_once_when_it_has_answered(servers: HostileServers) -> None:
    """Four until then, 32 after."""
    at_once, most, before_first, lock = 0, 0, 0, threading.Lock()
    first = threading.Event()

    def counting(_: Received) -> Iterator[Any]:
        nonlocal at_once, most, before_first
        with lock:
            at_once += 1
            most = max(most, at_once)
            if not first.is_set():
                before_first = max(before_first, at_once)
        yield 0.3
        first.set()
        with lock:
            at_once -= 1
        yield answer()

    servers.plays["counts"] = counting
    with providers(servers, deadline_s=10.0) as asked:
        ask(asked, *[request("counts", servers.https_port)] * 60)
    assert before_first == 4
    assert 4 < most <= 32


def test_what_has_no_time_before_the_end_is_a_timeout_and_is_not_sent(servers: HostileServers) -> None:
    """The run still has to keep and tell."""
    servers.plays["too-late"] = HONEST_PLAYS["ok"]
    with providers(servers) as asked:
        found = ask(asked, *[request("too-late", servers.https_port)] * 3, within_s=-1.0)
    assert [reason_of(late) for late in found] == [Reason.TIMEOUT] * 3
    assert servers.paths("too-late") == []


def test_the_end_cuts_the_deadline_short(servers: HostileServers) -> None:
    """Also for what waits behind it."""
    servers.plays["ends-early"] = PLAYS["silent"]
    with providers(servers, deadline_s=30.0, workers=1) as asked:
        began = time.monotonic()
        found = ask(asked, *[request("ends-early", servers.https_port)] * 3, within_s=0.3)
        seconds = time.monotonic() - began
    assert [reason_of(late) for late in found] == [Reason.TIMEOUT] * 3
    assert seconds < 0.3 + SLACK_S


def test_the_deadline_begins_when_a_request_is_sent(servers: HostileServers) -> None:
    """Not while it waits for a worker."""
    servers.plays["takes-its-time"] = lambda _: iter((0.2, answer()))
    with providers(servers, workers=1, deadline_s=1.2) as asked:
        found = ask(asked, *[request("takes-its-time", servers.https_port)] * 8)
    assert all(isinstance(answered, Response) for answered in found)


def test_a_worker_held_by_the_resolver_is_replaced(servers: HostileServers) -> None:
    """With one worker, the next account is asked when the first one's time is over."""
    freed = threading.Event()

    def holds(host: str, port: int, **rest: Any) -> Any:
        if host.startswith("held"):
            freed.wait(30)
        return resolve(host, port, **rest)

    with providers(servers, workers=1, resolve=holds, deadline_s=0.3) as asked:
        found = ask(asked, request("held", servers.https_port), request("ok", servers.https_port))
    freed.set()
    assert [reason_of(each) for each in found] == [Reason.TIMEOUT, None]


HANGING_RESOLVER = """
import time
from datetime import UTC, datetime
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.exchange import Request

with ProvidersHttp(Policy(deadline_s=0.3), resolve=lambda *_, **__: time.sleep(600)) as asked:
    requests = [Request("GET", f"https://host-{n}.example.com/", {}) for n in range(5)]
    found = asked.ask(requests, until=time.monotonic() + 5, now=lambda: datetime(2026, 11, 22, tzinfo=UTC))
print(sorted({answer.reason.value for answer in found}))
"""


def test_a_hanging_resolver_does_not_hold_back_the_end_of_the_process() -> None:
    """Its threads are left behind."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", HANGING_RESOLVER],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ended.stdout.strip() == "['timeout']"
    assert ended.stderr == ""


def test_no_thread_is_left_behind(servers: HostileServers) -> None:
    """After an ordinary call all workers are gone."""
    ask_one(servers, "ok")
    assert not [thread for thread in threading.enumerate() if thread.name == "balancewatch-ask"]


def test_our_own_error_is_that_accounts_alone(servers: HostileServers) -> None:
    """Anything unforeseen in one request is its failure, without its words."""

    def broken(host: str, port: int, **rest: Any) -> Any:
        if host.startswith("unforeseen"):
            raise RuntimeError(CANARY)
        return resolve(host, port, **rest)

    with providers(servers, resolve=broken) as asked:
        found = ask(asked, request("unforeseen", servers.https_port), request("ok", servers.https_port))
    assert [reason_of(each) for each in found] == [Reason.INTERNAL, None]
    assert CANARY not in repr(found)
