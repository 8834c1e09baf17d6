"""What an exception of requests, urllib3, ssl or socket means for an account: one table, our own words."""

import http.client
import socket
import ssl
import zlib
from dataclasses import dataclass
from enum import Enum

import urllib3.exceptions

from balancewatch.adapters.providers_http.address import BlockedAddressError
from balancewatch.core.reading import Reason


class Part(Enum):
    """What a request is at: says what was too slow when its time runs out."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no whole answer, in words that hold nothing of the request or of the answer."""

    reason: Reason
    detail: str
    passing: bool = False
    """Whether another attempt may go better."""


class TroubleError(Exception):
    """Trouble that we find ourselves. Not an OSError: urllib3 lets it through as it is."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.reason)
        self.trouble = trouble


TOO_LARGE = Trouble(
    Reason.TOO_LARGE,
    "The answer is larger than 1 MiB, or has too many headers: this is no balance. "
    "Check the base URL and, in a profile of your own, the path.",
)
REDIRECTED = Trouble(
    Reason.REDIRECTED,
    "The provider answered with a redirect, which is not followed, so that the token goes nowhere else. "
    "Set base_url to the address where the API is now.",
)
BLOCKED = Trouble(
    Reason.BLOCKED_ADDRESS,
    "The host leads to an address that is not public, so the token was not sent. Correct base_url; a gateway "
    "inside your own network needs AllowPrivateAddresses.",
)
CUT = Trouble(
    Reason.CONNECTION,
    "The connection ended before the whole answer had come. If this goes on, tell the provider.",
    passing=True,
)
NOT_HTTP = Trouble(
    Reason.BAD_ANSWER,
    "What came back is not a well-formed HTTP answer. Check the base URL and its port.",
)
UNKNOWN_ENCODING = Trouble(
    Reason.BAD_ANSWER,
    "The answer is compressed in a way that was not asked for. If this goes on, tell the provider.",
)
UNDECODABLE = Trouble(
    Reason.BAD_ANSWER,
    "The compressed answer is cut short, or not what its headers say. If this goes on, tell the provider.",
)
_SLOW = {
    Part.NAME: "The name of the provider's host was not looked up in time. Check base_url; "
    "if it is right, DNS does not answer.",
    Part.CONNECT: "The provider's host did not accept a connection in time. "
    "If this goes on, check base_url and whether the provider is down.",
    Part.TLS: "The provider's host accepted a connection but did not finish the TLS handshake in time. "
    "If this goes on, check base_url and whether the provider is down.",
    Part.ANSWER: "The provider did not give a whole answer in time. If this goes on, tell the provider.",
}
_NO_NAME = Trouble(
    Reason.DNS, "The name of the provider's host is not known to DNS. Check base_url for a typing error."
)
_NO_NAME_NOW = Trouble(
    Reason.DNS,
    "DNS could not look up the provider's host just now. If this goes on, check base_url.",
    passing=True,
)
_CERTIFICATE = Trouble(
    Reason.TLS,
    "The certificate is not valid for the host, is expired, or is signed by nobody we trust, so the token "
    "was not sent. Check base_url; if it is right, tell the provider.",
)
_TLS = Trouble(
    Reason.TLS,
    "TLS failed: the host speaks another protocol or version on this port. Check base_url and its port.",
)
_TLS_CUT = Trouble(
    Reason.TLS,
    "The connection ended during the TLS handshake. If this goes on, check base_url and its port.",
    passing=True,
)
_REFUSED = Trouble(
    Reason.CONNECTION,
    "The provider's host refused the connection. If this goes on, check base_url, or the provider is down.",
    passing=True,
)
_OURS = Trouble(
    Reason.INTERNAL,
    "balancewatch made an error of its own while asking. Please report it with the log of this run.",
)

# The first row whose exception is anywhere in the chain decides: urllib3 and requests wrap what the
# socket raised, up to three times over.
_TROUBLES: tuple[tuple[tuple[type[BaseException], ...], Trouble], ...] = (
    ((BlockedAddressError,), BLOCKED),
    ((socket.gaierror,), _NO_NAME),
    ((ssl.SSLCertVerificationError,), _CERTIFICATE),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError, http.client.RemoteDisconnected), CUT),
    ((http.client.IncompleteRead, urllib3.exceptions.IncompleteRead), CUT),
    ((ConnectionResetError, BrokenPipeError), CUT),
    ((ssl.SSLError, urllib3.exceptions.SSLError), _TLS),
    ((http.client.LineTooLong,), TOO_LARGE),
    ((urllib3.exceptions.InvalidHeader, urllib3.exceptions.InvalidChunkLength), NOT_HTTP),
    ((http.client.BadStatusLine, http.client.UnknownProtocol), NOT_HTTP),
    ((http.client.HTTPException,), TOO_LARGE),  # raised as such for more than 100 headers
    ((zlib.error, urllib3.exceptions.DecodeError), UNDECODABLE),
    ((OSError, urllib3.exceptions.HTTPError), _REFUSED),
)


def trouble_of(error: BaseException, part: Part, *, at_end: bool = False) -> Trouble:
    """What an exception means, whatever its text says; `at_end` if the server had closed its side by then."""
    chain = _chain(error)
    for found in chain:
        if isinstance(found, TroubleError):
            return found.trouble
        if isinstance(found, socket.gaierror) and found.errno == socket.EAI_AGAIN:
            return _NO_NAME_NOW
    if any(isinstance(found, TimeoutError | urllib3.exceptions.TimeoutError) for found in chain):
        return Trouble(Reason.TIMEOUT, _SLOW[part])
    for kinds, trouble in _TROUBLES:
        if any(isinstance(found, kinds) for found in chain):
            if trouble is NOT_HTTP and at_end:
                return CUT  # half a status line
            return _TLS_CUT if trouble is CUT and part is Part.TLS else trouble
    return _OURS


def _chain(error: BaseException) -> list[BaseException]:
    """The exception and all that it wraps, outermost first."""
    chain: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, BaseException) and found not in chain:
            chain.append(found)
            waiting += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]
    return chain
