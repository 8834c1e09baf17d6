"""One request to a provider and what came of it, as plain values.

Everything here that may hold a token keeps it out of its `repr`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from balancewatch.core.reading import Exchange, Reason


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask. The URL, headers and body may hold the token."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    allow_http: bool = False
    """Whether the owner of the account accepts that the token travels in clear."""
    seconds: float | None = None
    """How long it may take with its retries, where that is less than an account's usual deadline."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer of any status but a redirect, its body decompressed and at most 1 MiB."""

    body: bytes = field(repr=False)
    content_type: str
    exchange: Exchange

    @property
    def status(self) -> int:
        return self.exchange.http_status or 0


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Why there is no whole answer. `detail` is ours: exception texts can hold URLs and tokens."""

    reason: Reason
    detail: str
    exchange: Exchange


Answer = Response | NoResponse
