"""Which addresses may be connected, and how names are looked up."""

import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from threading import Barrier
from typing import Any

import pytest

from balancewatch.adapters.providers_http.address import (
    BlockedAddressError,
    Boundary,
    Lookups,
    Reach,
    reach_of,
)

REACHES = {
    Reach.PUBLIC: [
        "8.8.8.8",
        "1.1.1.1",
        "104.16.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "169.253.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
    ],
    Reach.PRIVATE: [
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.254",
        "198.18.0.7",
        "fc00::1",
        "fd12:3456::1",
        "::ffff:10.0.0.1",
        "::ffff:192.168.1.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::100.64.0.1",
        "2002:a00:1::",
        "2002:c0a8:101::1",
    ],
    Reach.LOOPBACK: [
        "127.0.0.1",
        "127.255.255.254",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
        "64:ff9b::127.0.0.1",
        "2002:7f00:1::",
    ],
    Reach.LINK_LOCAL: [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.0.1",
        "100.100.100.200",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
    ],
    Reach.NOWHERE: [
        "0.0.0.0",
        "0.1.2.3",
        "192.0.0.1",
        "192.0.2.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::127.0.0.1",
        "::10.0.0.1",
        "100::1",
        "2001::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:1::8.8.8.8",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "::ffff:0.0.0.0",
        "::ffff:224.0.0.1",
        "64:ff9b::224.0.0.1",
        "2002:e000:1::",
    ],
}


@pytest.mark.parametrize(
    ("address", "reach"), [(a, reach) for reach, found in REACHES.items() for a in found]
)
def test_an_address_is_reached_from_where_the_registries_say(address: str, reach: Reach) -> None:
    """Also one that wraps an IPv4 address: it is reached from where the wrapped one is."""
    assert reach_of(ip_address(address)) is reach


PERMITTED = {
    Boundary(): {Reach.PUBLIC},
    Boundary(allow_private=True): {Reach.PUBLIC, Reach.PRIVATE},
    Boundary(local=True): {Reach.PUBLIC, Reach.PRIVATE, Reach.LOOPBACK},
    Boundary(local=True, allow_private=True): {Reach.PUBLIC, Reach.PRIVATE, Reach.LOOPBACK},
}


@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("boundary", PERMITTED)
def test_link_local_and_multicast_are_never_permitted_and_the_rest_by_switch(
    boundary: Boundary, reach: Reach
) -> None:
    """Each switch opens what it says and nothing else."""
    permitted = {address: boundary.permits(ip_address(address)) for address in REACHES[reach]}
    assert set(permitted.values()) == {reach in PERMITTED[boundary]}, permitted


class Names:
    """A resolver that counts its calls and answers with the next of its lists."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0

    def __call__(self, host: str, port: int, **_: Any) -> list[tuple[int, int, int, str, tuple[Any, ...]]]:
        del host
        found = self.answers[min(self.calls, len(self.answers) - 1)]
        self.calls += 1
        if isinstance(found, Exception):
            raise found
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)) for address in found]


def addresses(lookups: Lookups) -> list[str]:
    return [endpoint.address[0] for endpoint in lookups.endpoints("api.example.com", 443, lambda: 5.0)]


def test_a_name_is_looked_up_once_a_run() -> None:
    """So a name that changes its address between two requests changes nothing."""
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    lookups = Lookups(Boundary(), names)
    assert [addresses(lookups) for _ in range(3)] == [["8.8.8.8"]] * 3
    assert names.calls == 1


def test_threads_share_one_lookup() -> None:
    """However many accounts of a host are asked at once."""
    everyone = Barrier(8)
    names = Names(["8.8.8.8"])
    lookups = Lookups(Boundary(), names)

    def look_up(_: int) -> list[str]:
        everyone.wait(5)
        return addresses(lookups)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(look_up, range(8))) == [["8.8.8.8"]] * 8
    assert names.calls == 1


def test_a_failed_lookup_is_not_kept() -> None:
    """The next request asks again."""
    names = Names(socket.gaierror(socket.EAI_AGAIN, "try again"), ["8.8.8.8"])
    lookups = Lookups(Boundary(), names)
    with pytest.raises(socket.gaierror):
        addresses(lookups)
    assert addresses(lookups) == ["8.8.8.8"]


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["169.254.169.254", "8.8.8.8"], ["10.0.0.1"]]
)
def test_one_forbidden_address_refuses_the_name(found: list[str]) -> None:
    """Wherever it stands among good ones."""
    with pytest.raises(BlockedAddressError):
        addresses(Lookups(Boundary(), Names(found)))


def test_a_name_without_addresses_is_not_known() -> None:
    """As if the resolver had said so."""
    with pytest.raises(socket.gaierror):
        addresses(Lookups(Boundary(), Names([])))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "017700000001", "0", "[::1]"]
)
def test_other_spellings_of_loopback_are_loopback(host: str) -> None:
    """What the system's resolver makes of a host is what is judged, not how it is written."""
    lookups = Lookups(Boundary(), socket.getaddrinfo)
    with pytest.raises((BlockedAddressError, socket.gaierror)):
        lookups.endpoints(host.strip("[]"), 443, lambda: 5.0)
