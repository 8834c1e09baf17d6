"""What one account answered in a run: a `Balance` or a `Failure` with a reason from a closed list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Reason(StrEnum):
    """Why an account could not be read. The closed list: every failure has exactly one of these."""

    MISCONFIGURED = "misconfigured"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECTION = "connection"
    REDIRECTED = "redirected"
    BLOCKED_ADDRESS = "blocked_address"
    TOO_LARGE = "too_large"
    BAD_ANSWER = "bad_answer"
    IMPLAUSIBLE = "implausible"
    INTERNAL = "internal"

    @property
    def is_the_owners(self) -> bool:
        """Whether the owner of the account can mend it, alone or with the provider."""
        return self in _THE_OWNERS


_THE_OWNERS = frozenset(
    {
        Reason.MISCONFIGURED,
        Reason.UNAUTHORIZED,
        Reason.FORBIDDEN,
        Reason.NOT_FOUND,
        Reason.REJECTED,
        Reason.REDIRECTED,
        Reason.BLOCKED_ADDRESS,
        Reason.TOO_LARGE,
    }
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """The one request behind a reading: when it was sent (aware UTC), its length, its status."""

    asked_at: datetime
    duration_ms: int
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Units:
    """How a gateway counts, as it published at some time; None where it did not say."""

    at: datetime
    """When it was last asked."""
    source: str
    """A digest of the base URL that was asked: another gateway counts in its own way."""
    scale: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left of an account, in its unit.

    `remaining` is None where the account is unlimited, or where the provider only says that nothing
    can be spent. `spendable` and `threshold` are None where the answer does not tell.
    """

    remaining: Decimal | None
    unit: str
    exchange: Exchange
    used: Decimal | None = None
    unlimited: bool = False
    spendable: bool | None = None
    threshold: Decimal | None = None
    threshold_off: bool = False
    raw: Mapping[str, str] = field(default_factory=dict)
    """The figures as the provider wrote them; only the fields that the profile names."""
    requests: int | None = None
    """How many calls the provider has counted."""
    expires_at: datetime | None = None
    """When the credit or its key ends."""
    refills_at: datetime | None = None
    """When a quota that comes back does so next."""
    scale: Decimal = Decimal(1)
    """What the provider's figures were divided by; with another one they are another unit."""
    units: Units | None = None
    """How the gateway counts, where it was asked for that along with this balance."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no balance. `detail` never holds a token; at most 200 characters."""

    reason: Reason
    detail: str
    exchange: Exchange | None = None
    advice: str | None = None
    """What the provider's documentation says to do, where it does."""
    suspect: Decimal | None = None
    """The amount that was not believed, where the reason is `implausible`."""


Reading = Balance | Failure
