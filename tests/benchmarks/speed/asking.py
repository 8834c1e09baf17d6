"""One way of asking many accounts: `python -m tests.benchmarks.speed.asking '[way, {...}]'`."""

import asyncio
import json
import socket
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.benchmarks.speed.child import report

_ANSWERED_IN_S = 60


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked: so many accounts, at so many hosts, some of which hang."""

    port: int
    ca_file: str
    accounts: int
    hosts: int
    workers: int
    hanging: int = 0

    @property
    def urls(self) -> list[str]:
        every = self.hosts // self.hanging if self.hanging else 0
        return [
            f"https://{'hangs' if every and host % every == 0 else 'h'}{host}.bench.test:{self.port}/balance"
            for host in (number % self.hosts for number in range(self.accounts))
        ]


def resolve(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
    """A resolver to whom every name is this machine."""
    del host
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]


def ours(errand: Errand) -> Callable[[], int]:
    """The adapter as it ships, with all its guards."""
    from balancewatch.adapters.providers_http import Policy, ProvidersHttp  # noqa: PLC0415  # imports are counted
    from balancewatch.core.exchange import Request, Response  # noqa: PLC0415

    def ask() -> int:
        policy = Policy(local=True, workers=errand.workers)
        with ProvidersHttp(policy, ca_file=errand.ca_file, resolve=resolve) as providers:
            found = providers.ask(
                [Request("GET", url, {"Authorization": "token"}) for url in errand.urls],
                until=time.monotonic() + _ANSWERED_IN_S,
                now=lambda: datetime.now(UTC),  # noqa: TID251
            )
        return sum(isinstance(each, Response) and bool(json.loads(each.body)["success"]) for each in found)

    return ask


def aiohttp(errand: Errand) -> Callable[[], int]:
    """One session, one context, as many connections as we have workers."""
    import aiohttp as lib  # noqa: PLC0415

    class Resolver(lib.abc.AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[lib.abc.ResolveResult]:
            found = lib.abc.ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
            return [found]

        async def close(self) -> None:
            pass

    async def asked() -> int:
        context = ssl.create_default_context(cafile=errand.ca_file)
        connector = lib.TCPConnector(limit=errand.workers, ssl=context, resolver=Resolver())
        async with lib.ClientSession(connector=connector) as session:

            async def one(url: str) -> bool:
                async with session.get(url, headers={"Authorization": "token"}) as response:
                    return bool(json.loads(await response.read())["success"])

            return sum(await asyncio.gather(*map(one, errand.urls)))

    return lambda: asyncio.run(asked())


def requests(errand: Errand) -> Callable[[], int]:
    """What anyone would write first."""
    import requests as lib  # noqa: PLC0415

    socket.getaddrinfo = resolve  # type: ignore[assignment]

    def one(url: str) -> bool:
        answer = lib.get(
            url, headers={"Authorization": "token"}, verify=errand.ca_file, timeout=_ANSWERED_IN_S
        )
        return bool(answer.json()["success"])

    def ask() -> int:
        with ThreadPoolExecutor(errand.workers) as workers:
            return sum(workers.map(one, errand.urls))

    return ask


WAYS: Mapping[str, Callable[[Errand], Callable[[], int]]] = {
    each.__name__: each for each in (ours, aiohttp, requests)
}


def _counting_loads() -> list[str]:
    """Every bundle of authorities that is read from now on."""
    loads: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *args: Any, **kwargs: Any) -> None:
        loads.append("")
        load(context, *args, **kwargs)

    ssl.SSLContext.load_verify_locations = counted  # type: ignore[assignment, method-assign]
    return loads


def main() -> None:
    way, errand = json.loads(sys.argv[1])
    loads = _counting_loads()
    ask = WAYS[way](Errand(**errand))
    report(ask, lambda answered: {"answered": answered, "loads": len(loads)})


if __name__ == "__main__":
    main()
