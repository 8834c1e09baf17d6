"""One request on the wire: its deadline and byte budget sit in the sockets that urllib3 reads from.

A socket belongs to whichever thread uses it, so what is left is kept by thread: a connection that is
reused obeys the deadline of the request that reuses it, and nothing has to watch from outside. (A
watchdog that shuts sockets makes a cut answer look like a whole, empty one.)
"""

import logging
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import requests.adapters
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from balancewatch.adapters.providers_http.address import Endpoint
from balancewatch.adapters.providers_http.trouble import (
    CUT,
    NOT_HTTP,
    REDIRECTED,
    TOO_LARGE,
    UNDECODABLE,
    UNKNOWN_ENCODING,
    Part,
    TroubleError,
)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

BUDGET_BYTES = 1024 * 1024
"""Read from the wire for one answer, headers and framing included, and once more after decompression."""
_PIECE_BYTES = 64 * 1024


Find = Callable[[str, int, Callable[[], float]], Sequence[Endpoint]]


class _Errand(threading.local):
    """What the request of this thread may still use."""

    ends: float = 0.0
    """`time.monotonic()` at which its time is over."""
    room: int = 0
    """Bytes that it may still read."""
    part: Part = Part.ANSWER
    at_end: bool = False
    """Whether the server has closed its side."""
    status: int | None = None
    find: Find

    def begin(self, ends: float, find: Find) -> None:
        self.ends, self.find = ends, find
        self.room, self.part, self.at_end, self.status = BUDGET_BYTES, Part.ANSWER, False, None

    def left(self) -> float:
        """Seconds."""
        left = self.ends - monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def count(self, received: int) -> int:
        self.room -= received
        if self.room < 0:
            raise TroubleError(TOO_LARGE)
        self.at_end = received == 0
        return received


ERRAND = _Errand()


class _DeadlineSocket(socket.socket):
    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        self.settimeout(ERRAND.left())
        super().sendall(data, flags)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(ERRAND.left())
        return ERRAND.count(super().recv_into(buffer, nbytes, flags))


class _DeadlineSSLSocket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  the base class's signature
        ERRAND.part = Part.TLS
        # A connection that ends without TLS's own goodbye has been cut, by an attacker for all we know.
        self.suppress_ragged_eofs = False
        self.settimeout(ERRAND.left())
        super().do_handshake(block)
        ERRAND.part = Part.ANSWER

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        self.settimeout(ERRAND.left())
        return super().send(data, flags)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(ERRAND.left())
        return ERRAND.count(super().recv_into(buffer, nbytes, flags))


def _dial(host: str, port: int) -> socket.socket:
    """Connects to a checked address of the host; each but the last gets its share of what is left."""
    ERRAND.part = Part.NAME
    endpoints = ERRAND.find(host.strip("[]"), port, ERRAND.left)
    ERRAND.part = Part.CONNECT
    for untried in range(len(endpoints), 0, -1):
        endpoint = endpoints[-untried]
        sock = _DeadlineSocket(endpoint.family, endpoint.kind, endpoint.protocol)
        try:
            sock.settimeout(ERRAND.left() / untried)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(endpoint.address)
        except OSError:
            sock.close()
            if untried == 1:
                raise
        else:
            ERRAND.part = Part.ANSWER
            return sock
    raise AssertionError("a lookup gives at least one address")


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _dial(self._dns_host, self.port)


class _TLSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _dial(self._dns_host, self.port)

    @property
    def is_connected(self) -> bool:
        # Bytes after a finished answer would be read as the next account's: such a connection is over.
        pending = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0
        return super().is_connected and not pending


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _Transport(requests.adapters.HTTPAdapter):
    """requests' adapter with one TLS context for all hosts, straight on urllib3's pools.

    The original reads the CA bundle again for every connection (25 ms of CPU), looks for proxies three
    times a request, and parses cookies: half of the cost of asking, for things that are not wanted here.
    """

    def __init__(self, context: ssl.SSLContext, hosts: int, at_once: int) -> None:
        self._context = context
        super().__init__(pool_connections=hosts, pool_maxsize=at_once)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        url = urlsplit(request.url or "")
        response = requests.Response()
        response.request = request
        response.raw = self.poolmanager.connection_from_host(url.hostname, url.port, url.scheme).urlopen(
            request.method or "",
            request.path_url,
            request.body,
            request.headers,
            retries=False,
            redirect=False,
            preload_content=False,
            decode_content=False,
        )
        response.status_code = response.raw.status
        return response


@cache
def tls_context(ca_file: str) -> ssl.SSLContext:
    """Verifies certificates and names against the bundle; reads no environment variable.

    One for a process: to read the bundle takes some 25 ms of CPU.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(ca_file)
    context.sslsocket_class = _DeadlineSSLSocket
    # Python lets a connection that was cut look like one that ended.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)  # an OpenSSL before 3 has no such option
    return context


def session_of(context: ssl.SSLContext, *, hosts: int, at_once: int) -> requests.Session:
    """One session for a run: no proxies, netrc or bundle from the environment, no cookies kept.

    It keeps connections of the `hosts` asked last, as many as are used `at_once` at one of them.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    transport = _Transport(context, hosts, at_once)
    session.mount("https://", transport)
    session.mount("http://", transport)
    # urllib3 writes whole URLs, which may hold tokens, to the log: on debug level all of them, and as
    # a warning when an answer's headers are malformed, which is the server's choice.
    logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
    return session


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, decompressed."""

    status: int
    content_type: str
    retry_after: str
    body: bytes


def fetch(session: requests.Session, request: requests.PreparedRequest) -> Reply:
    """Sends the request on this thread's errand. Raises for anything but a whole answer."""
    # Not `Session.send`: of a redirect it reads and decompresses the body, without bound.
    response = session.get_adapter(request.url or "").send(request)
    with response:
        status = ERRAND.status = response.status_code
        headers = response.raw.headers
        _refuse_early(status, headers)
        body = _read(response.raw, chunked="Transfer-Encoding" in headers)
    return Reply(
        status=status,
        content_type=_media_type(headers.get("Content-Type", "")),
        retry_after=headers.get("Retry-After", ""),
        body=_decompressed(body, headers.get("Content-Encoding", "")),
    )


def _refuse_early(status: int, headers: Any) -> None:
    if ERRAND.at_end:
        raise TroubleError(CUT)  # http.client takes an end within the headers for the end of the headers
    if status < HTTPStatus.OK:
        raise TroubleError(NOT_HTTP)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise TroubleError(REDIRECTED)
    # With any other framing http.client would take all bytes up to the end for the body.
    if headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
        raise TroubleError(NOT_HTTP)
    length = headers.get("Content-Length", "0")
    if not (length.isascii() and length.isdigit()):
        raise TroubleError(NOT_HTTP)
    if len(length) > len(str(BUDGET_BYTES)) or int(length) > BUDGET_BYTES:
        raise TroubleError(TOO_LARGE)


def _read(raw: Any, *, chunked: bool) -> bytes:
    pieces: list[bytes] = []
    # Until nothing comes: only the read after the last byte notices that a promised one is missing.
    while piece := raw.read(_PIECE_BYTES, decode_content=False):
        pieces.append(piece)
    if chunked and ERRAND.at_end:
        raise TroubleError(CUT)  # http.client takes an end within "000a" for the chunk of length 0
    return b"".join(pieces)


_MEDIA_TYPES = frozenset(
    {"application/json", "application/xml", "text/html", "text/json", "text/plain", "text/xml"}
)


def _media_type(content_type: str) -> str:
    """The media type if it is a well-known one: a server may write anything there, also our token."""
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type.endswith("+json"):
        return "application/json"
    return media_type if media_type in _MEDIA_TYPES else ""


_GZIP_MAGIC = b"\x1f\x8b"
_ZLIB_OR_GZIP_WINDOW = 47


def _decompressed(body: bytes, encoding: str) -> bytes:
    """The body after one decompression of at most 1 MiB. Gzip is recognised also where nothing says so."""
    if not body:
        return body
    match [name for name in (part.strip().lower() for part in encoding.split(",")) if name != "identity"]:
        case [""] | []:
            return _inflated(body) if body.startswith(_GZIP_MAGIC) else body
        case ["gzip" | "x-gzip" | "deflate"]:
            return _inflated(body)
        case _:
            raise TroubleError(UNKNOWN_ENCODING)


def _inflated(body: bytes) -> bytes:
    decompressor = zlib.decompressobj(_ZLIB_OR_GZIP_WINDOW)
    data = decompressor.decompress(body, BUDGET_BYTES + 1)
    if len(data) > BUDGET_BYTES:
        raise TroubleError(TOO_LARGE)
    # Cut short, or followed by something that no header announced, or compressed twice.
    if not decompressor.eof or decompressor.unused_data or data.startswith(_GZIP_MAGIC):
        raise TroubleError(UNDECODABLE)
    return data
