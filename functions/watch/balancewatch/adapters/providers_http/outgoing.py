"""What may be sent, and the request as it goes on the wire."""

import re
from urllib.parse import urlsplit

import requests

from balancewatch import VERSION
from balancewatch.core.exchange import Request

HostName = tuple[str, int]
"""Name and port: what is asked, and waited for, together."""


class UnsendableError(Exception):
    """A request that cannot be sent as it is written; `detail` says why, without any of it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f\\]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?)?")
_DEFAULT_HEADERS = {
    "User-Agent": f"balancewatch/{VERSION}",
    # A balance is a few hundred bytes: compressing it saves nothing and is one more thing to go wrong.
    "Accept-Encoding": "identity",
}


def prepare(request: Request, *, local: bool) -> requests.PreparedRequest:
    """The request as it goes on the wire, with no header besides its own, ours and the framing."""
    _check_url(request, local=local)
    for name, value in request.headers.items():
        if not (_TOKEN.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise UnsendableError(
                "A header cannot be sent: its name or value holds something else than printable ASCII, or "
                "begins or ends with a space. Look for pasted quotes and line ends."
            )
    if not _TOKEN.fullmatch(request.method):
        raise UnsendableError("The profile's method is no HTTP method.")
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare(method=request.method, url=request.url, headers=_DEFAULT_HEADERS, data=request.body)
        prepared.headers.update(request.headers)
        host_of(prepared)
    except (requests.RequestException, ValueError):
        # Without its cause: the texts of these hold the URL.
        raise UnsendableError("The URL cannot be used. Check base_url for typing errors.") from None
    return prepared


def _check_url(request: Request, *, local: bool) -> None:
    try:
        url = urlsplit(request.url)
        port = url.port
    except ValueError:
        raise UnsendableError("The URL cannot be used. Check base_url, above all host and port.") from None
    if _NOT_IN_URLS.search(request.url):
        raise UnsendableError("The URL holds a space, a line end or a backslash. Check base_url.")
    if url.scheme not in {"http", "https"} or not url.hostname or port == 0:
        raise UnsendableError("The URL needs the form https://host/path. Check base_url.")
    if "@" in url.netloc:
        raise UnsendableError(
            "The URL holds a user name or password before the host. Remove it from base_url."
        )
    if url.scheme == "http" and not (request.allow_http or local):
        raise UnsendableError(
            "The URL is plain http: the token would travel in clear. Use https, or allow it by allow_http."
        )


def host_of(prepared: requests.PreparedRequest) -> HostName:
    url = urlsplit(prepared.url or "")
    host = str(url.hostname)
    host.encode("idna")  # what the resolver does: raises for a label that is empty or too long
    return host, url.port or (443 if url.scheme == "https" else 80)
