"""Servers on 127.0.0.1 that misbehave on the wire, each in the way that the first label of its host names.

A play is what a server does for one request: bytes are sent, a number is a pause in seconds, an `Ending`
ends the connection. After a play without ending, the connection waits for its next request.
"""

import gzip
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from itertools import repeat
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import trustme

DOMAIN = "hostile.test"
BALANCE = b'{"remaining": "12.5"}'
_MIB = 1024 * 1024


class Ending(Enum):
    CLOSE = auto()
    """Politely, over TLS with its goodbye."""
    CUT = auto()
    """Over TLS without its goodbye."""
    RESET = auto()


@dataclass(frozen=True)
class Received:
    """A request as it arrived; `nth` counts those of its host, from 0."""

    host: str
    path: str
    headers: dict[str, str]
    nth: int


Piece = bytes | float | Ending
Play = Callable[[Received], Iterator[Piece]]


def answer(body: bytes = BALANCE, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole, well-formed answer."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _head(*headers: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *headers)) + b"\r\n\r\n"


_CHUNKED = _head(b"Transfer-Encoding: chunked")
_GZIP = b"Content-Encoding: gzip"
_PLAIN_REPLY = b"HTTP/1.1 400 Bad Request\r\n\r\n"
BOMB_BYTES = 64 * _MIB


@cache
def _bomb(window: int) -> bytes:
    compressor = zlib.compressobj(wbits=window)
    return b"".join(compressor.compress(bytes(_MIB)) for _ in range(BOMB_BYTES // _MIB)) + compressor.flush()


def _plays(bytes_: bytes, *rest: Piece) -> Play:
    return lambda _: iter((bytes_, *rest))


def _bombs(window: int, *headers: bytes, status: bytes = b"200 OK") -> Play:
    return lambda _: iter((answer(_bomb(window), *headers, status=status),))


def _drips(whole: bytes, drop: bytes) -> Play:
    """`whole` at once, then `drop` byte by byte, again and again."""

    def play(_: Received) -> Iterator[Piece]:
        yield whole
        for byte in _again(drop):
            yield bytes([byte])
            yield 0.05

    return play


def _again(drop: bytes) -> Iterator[int]:
    while True:
        yield from drop


def _floods(whole: bytes, drop: bytes) -> Play:
    """`whole`, then `drop` for ever, as fast as it goes."""

    def play(_: Received) -> Iterator[Piece]:
        yield whole
        yield from repeat(drop * max(1, 4096 // len(drop)))

    return play


def _echoes_token(received: Received) -> Iterator[Piece]:
    token = received.headers.get("authorization", "").encode()
    yield answer(BALANCE, b"Content-Type: " + token, b"X-Echo: " + token, status=b"200 " + token)


PLAYS: dict[str, Play] = {
    "drips-status": _drips(b"HTTP/1.1 200 ", b"O"),
    "drips-header": _drips(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    "drips-body": _drips(_head(b"Content-Length: 5000"), b" "),
    "drips-chunk": _drips(_CHUNKED + b"fff\r\n", b" "),
    "drips-chunk-size": _drips(_CHUNKED, b"0"),
    "drips-trailers": _drips(_CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    "drips-continue": _drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods-continue": _floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "floods-headers": _floods(b"HTTP/1.1 200 OK\r\n", b"X-Header: something\r\n"),
    "floods-one-header": _floods(b"HTTP/1.1 200 OK\r\nX-Header: ", b"x"),
    "floods-body": _floods(_head(b"Connection: close"), b" "),
    "floods-chunk": _floods(_CHUNKED + b"ffffffffff\r\n", b" "),
    "floods-tiny-chunks": _floods(_CHUNKED, b"1\r\n \r\n"),
    "floods-trailers": _floods(_CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: y\r\n"),
    "huge-length": _plays(_head(b"Content-Length: 1099511627776")),
    "gzip-bomb": _bombs(31, _GZIP),
    "gzip-bomb-unlabelled": _bombs(31),
    "deflate-bomb": _bombs(15, b"Content-Encoding: deflate"),
    "redirect-bomb": _bombs(31, _GZIP, b"Location: /elsewhere", status=b"302 Found"),
    "doubled-gzip": _plays(answer(gzip.compress(gzip.compress(BALANCE)), b"Content-Encoding: gzip, gzip")),
    "doubled-gzip-in-secret": _plays(answer(gzip.compress(gzip.compress(BALANCE)), _GZIP)),
    "brotli": _plays(answer(b"\x8b\x02\x80{}\x03", b"Content-Encoding: br")),
    "false-gzip": _plays(answer(BALANCE, _GZIP)),
    "cut-gzip": _plays(answer(gzip.compress(BALANCE)[:-4], _GZIP)),
    "gzip-and-more": _plays(answer(gzip.compress(BALANCE) + b"more", _GZIP)),
    "cut-status": _plays(b"HTTP/1.1 20", Ending.CLOSE),
    "cut-headers": _plays(b"HTTP/1.1 200 OK\r\nContent-Len", Ending.CLOSE),
    "cut-body": _plays(_head(b"Content-Length: 22") + BALANCE, Ending.CLOSE),
    "cut-chunk": _plays(_CHUNKED + b"20\r\n" + BALANCE, Ending.CLOSE),
    "cut-between-chunks": _plays(_CHUNKED + b"15\r\n" + BALANCE + b"\r\n", Ending.CLOSE),
    "cut-chunk-size": _plays(_CHUNKED + b"15\r\n" + BALANCE + b"\r\n00", Ending.CLOSE),
    "bad-chunk-size": _plays(_CHUNKED + b"what\r\n" + BALANCE, Ending.CLOSE),
    "resets": _plays(b"", Ending.RESET),
    "resets-in-body": _plays(_head(b"Content-Length: 22") + BALANCE, 0.05, Ending.RESET),
    "closes": _plays(b"", Ending.CLOSE),
    "not-http": _plays(b"SSH-2.0-OpenSSH_9.2\r\n", Ending.CLOSE),
    "http-9": _plays(b"HTTP/9.9 200 OK\r\n\r\n", Ending.CLOSE),
    "early-hints": _plays(b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer()),
    "two-lengths": _plays(_head(b"Content-Length: 2", b"Content-Length: 21") + BALANCE),
    "bad-length": _plays(_head(b"Content-Length: -21") + BALANCE, Ending.CLOSE),
    "odd-framing": _plays(_head(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"),
    "silent": _plays(b"", 60.0),
}
"""Plays that never give a balance."""

HONEST_PLAYS: dict[str, Play] = {
    "ok": _plays(answer(BALANCE, b"Content-Type: application/json; charset=utf-8")),
    "cookie": _plays(answer(BALANCE, b"Set-Cookie: session=tracked; Path=/")),
    "gzip": _plays(answer(gzip.compress(BALANCE), _GZIP)),
    "gzip-unlabelled": _plays(answer(gzip.compress(BALANCE))),
    "deflate": _plays(answer(zlib.compress(BALANCE), b"Content-Encoding: deflate")),
    "chunked": _plays(_CHUNKED + b"5\r\n" + BALANCE[:5] + b"\r\n10\r\n" + BALANCE[5:] + b"\r\n0\r\n\r\n"),
    "until-the-end": _plays(_head() + BALANCE, Ending.CLOSE),
    "continues": _plays(b"HTTP/1.1 100 Continue\r\n\r\n" + answer()),
    "echoes-path": lambda received: iter((answer(received.path.encode()),)),
    "echoes-token": _echoes_token,
}


class _TidySSLSocket(ssl.SSLSocket):
    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except OSError:
            self.close()  # `ssl` forgets to, where the other side has gone before the handshake
            raise


class HostileServers:
    """Plain and TLS servers of all the plays, and listeners that fail before any request.

    Use as a context manager. `connections` counts finished handshakes (plain: accepted connections).
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = str(folder / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        self._right_name = self._context(authority.issue_cert(f"*.{DOMAIN}"))
        self._wrong_name = self._context(authority.issue_cert("elsewhere.example"))
        self._unknown_issuer = self._context(trustme.CA().issue_cert(f"*.{DOMAIN}"))
        self.plays = PLAYS | HONEST_PLAYS
        self.received: list[Received] = []
        self.connections = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._listeners: list[socket.socket] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for window in (15, 31):
            _bomb(window)  # while no client's clock runs
        self.http_port = self._listen(self._converse)
        self.https_port = self._listen(lambda sock: self._converse_tls(sock, self._right_name))
        self.wrong_name_port = self._listen(lambda sock: self._converse_tls(sock, self._wrong_name))
        self.unknown_issuer_port = self._listen(lambda sock: self._converse_tls(sock, self._unknown_issuer))
        self.plain_reply_port = self._listen(lambda sock: self._perform(sock, iter((_PLAIN_REPLY, 60.0))))
        drops = _drips(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x00")
        self.slow_handshake_port = self._listen(
            lambda sock: self._perform(sock, drops(Received("", "", {}, 0)))
        )
        self.hangs_up_port = self._listen(
            lambda sock: sock.recv(1) and self._perform(sock, iter((Ending.RESET,)))
        )
        self.mute_port = self._listen(None)
        self.closed_port = self._closed_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        with self._lock:
            sockets = [*self._listeners, *self._open]
        for sock in sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(timeout=5)

    def paths(self, name: str) -> list[str]:
        """The paths that were asked for at a host, in the order of arrival."""
        with self._lock:
            return [received.path for received in self.received if received.host == name]

    @staticmethod
    def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        context.sslsocket_class = _TidySSLSocket
        return context

    @staticmethod
    def _closed_port() -> int:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            return int(sock.getsockname()[1])

    def _listen(self, serve: Callable[[socket.socket], object] | None) -> int:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listeners.append(listener)
        if serve is not None:
            self._start(self._accept, listener, serve)
        return int(listener.getsockname()[1])

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name="hostile", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, serve: Callable[[socket.socket], object]) -> None:
        with suppress(OSError):
            while not self._stop.is_set():
                sock, _ = listener.accept()
                self._start(self._hold, sock, serve)

    def _hold(self, sock: socket.socket, serve: Callable[[socket.socket], object]) -> None:
        with self._lock:
            self._open.add(sock)
        try:
            with suppress(OSError, ValueError):
                serve(sock)
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _converse_tls(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        sock.settimeout(20)
        with context.wrap_socket(sock, server_side=True) as wrapped:
            with self._lock:
                self._open.add(wrapped)
            try:
                self._converse(wrapped)
            finally:
                with self._lock:
                    self._open.discard(wrapped)

    def _converse(self, sock: socket.socket) -> None:
        with self._lock:
            self.connections += 1
        with sock.makefile("rb") as stream:
            going = True
            while going and (received := self._receive(stream)):
                going = self._perform(sock, self.plays[received.host](received))

    def _receive(self, stream: BinaryIO) -> Received | None:
        lines: list[str] = []
        while (line := stream.readline()) != b"\r\n":
            if not line:
                return None
            lines.append(line.decode("latin-1").rstrip())
        headers = {name.lower(): value for name, value in (text.split(": ", 1) for text in lines[1:])}
        stream.read(int(headers.get("content-length", "0")))
        host = headers["host"].partition(".")[0]
        with self._lock:
            nth = sum(earlier.host == host for earlier in self.received)
            received = Received(host, lines[0].split(" ")[1], headers, nth)
            self.received.append(received)
        return received

    def _perform(self, sock: socket.socket, pieces: Iterator[Piece]) -> bool:
        """Whether the connection is still open afterwards."""
        for piece in pieces:
            match piece:
                case bytes():
                    sock.sendall(piece)
                case float():
                    if self._stop.wait(piece):
                        return False
                case Ending.CLOSE if isinstance(sock, ssl.SSLSocket):
                    sock.settimeout(0.2)
                    sock.unwrap()
                    return False
                case Ending.RESET:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return False
                case Ending():
                    return False
            if self._stop.is_set():
                return False
        return True


def resolve(host: str, port: int, **_: Any) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    """A resolver to whom every name is this machine."""
    del host
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]
