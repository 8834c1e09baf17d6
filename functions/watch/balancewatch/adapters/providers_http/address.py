"""Which addresses a token may be sent to, and looking names up once a run.

Facts: the IANA special-purpose address registries; RFC 6052 and 8215 (NAT64), 3056 (6to4), 4380 (Teredo).
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum, auto
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Lock
from typing import Any

IPAddress = IPv4Address | IPv6Address
SocketAddress = tuple[Any, ...]
Resolve = Callable[..., Sequence[tuple[int, int, int, str, SocketAddress]]]
"""Called as `socket.getaddrinfo` is; may block for as long as it likes."""


class Reach(Enum):
    """From where an address can be reached, which decides who may be asked there."""

    PUBLIC = auto()
    PRIVATE = auto()
    LOOPBACK = auto()
    LINK_LOCAL = auto()
    """Also the metadata services, which hand out credentials, wherever their address lies."""
    NOWHERE = auto()
    """Multicast, reserved, unspecified, documentation: no provider is there."""


# The first network that holds the address decides. Written out, since what `ipaddress` calls global or
# private has changed between patch releases of the Pythons that this runs on.
_NETWORKS: tuple[tuple[IPv4Network | IPv6Network, Reach], ...] = tuple(
    (ip_network(network), reach)
    for network, reach in (
        ("127.0.0.0/8", Reach.LOOPBACK),
        ("169.254.0.0/16", Reach.LINK_LOCAL),
        ("100.100.100.200/32", Reach.LINK_LOCAL),  # Alibaba Cloud's metadata service, in shared space
        ("10.0.0.0/8", Reach.PRIVATE),
        ("172.16.0.0/12", Reach.PRIVATE),
        ("192.168.0.0/16", Reach.PRIVATE),
        ("100.64.0.0/10", Reach.PRIVATE),  # shared space: VPCs and overlay networks use it as private
        ("198.18.0.0/15", Reach.PRIVATE),  # proxies on desktops answer every name with one of these
        ("::1/128", Reach.LOOPBACK),
        ("fe80::/10", Reach.LINK_LOCAL),
        ("fd00:ec2::/32", Reach.LINK_LOCAL),  # AWS: instance metadata, pod identity, DNS, time
        ("fc00::/7", Reach.PRIVATE),
        ("2001::/32", Reach.NOWHERE),  # Teredo: an IPv4 address hidden in the last bits, and no provider
        ("64:ff9b:1::/48", Reach.NOWHERE),  # local NAT64: where the IPv4 address stands is not known
        ("fec0::/10", Reach.NOWHERE),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Boundary:
    """Which addresses besides public ones may be connected. Link-local and multicast never may."""

    local: bool = False
    """A person at a terminal: loopback and private."""
    allow_private: bool = False
    """A gateway inside one's own network: private only, loopback would be the Lambda's own runtime."""

    def permits(self, address: IPAddress) -> bool:
        match reach_of(address):
            case Reach.PUBLIC:
                return True
            case Reach.PRIVATE:
                return self.local or self.allow_private
            case Reach.LOOPBACK:
                return self.local
            case Reach.LINK_LOCAL | Reach.NOWHERE:
                return False


def reach_of(address: IPAddress) -> Reach:
    """From where an address can be reached; one that wraps an IPv4 address is what it wraps."""
    wrapped = _wrapped(address)
    if wrapped is not None:
        return reach_of(wrapped)
    for network, reach in _NETWORKS:
        if address in network:
            return reach
    if address.is_global and not (address.is_multicast or address.is_reserved):
        return Reach.PUBLIC
    return Reach.NOWHERE


def _wrapped(address: IPAddress) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One checked address of a host, as the socket module wants it."""

    family: int
    kind: int
    protocol: int
    address: SocketAddress


class BlockedAddressError(Exception):
    """A name leads to an address that may not be asked."""


class Lookups:
    """The addresses of each host: looked up and checked once a run, shared by all its accounts.

    Failures are not kept, so that a retry asks again.
    """

    def __init__(self, boundary: Boundary, resolve: Resolve) -> None:
        self._boundary = boundary
        self._resolve = resolve
        self._lock = Lock()
        self._found: dict[tuple[str, int], Future[Sequence[Endpoint]]] = {}

    def endpoints(self, host: str, port: int, left: Callable[[], float]) -> Sequence[Endpoint]:
        """Every address of the host, all of them permitted. Waits `left()` seconds for another's lookup.

        A resolver cannot be interrupted: the caller's own lookup lasts as long as the resolver takes.
        """
        key = (host, port)
        with self._lock:
            first = key not in self._found
            found = self._found.setdefault(key, Future())
        if first:
            self._look_up(key, found)
        return found.result(timeout=left())

    def _look_up(self, key: tuple[str, int], found: Future[Sequence[Endpoint]]) -> None:
        try:
            found.set_result(self._checked(*key))
        except Exception as error:  # noqa: BLE001  whoever waits for this lookup gets what went wrong
            with self._lock:
                del self._found[key]
            found.set_exception(error)

    def _checked(self, host: str, port: int) -> Sequence[Endpoint]:
        answers = self._resolve(host, port, type=socket.SOCK_STREAM)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        # One forbidden address among good ones is how a rebinding attack looks: all are refused.
        if not all(self._boundary.permits(ip_address(answer[4][0])) for answer in answers):
            raise BlockedAddressError
        return [Endpoint(family, kind, protocol, address) for family, kind, protocol, _, address in answers]
