"""Ten gateways on loopback, in a process of their own, that answer every token after 300 ms."""

import asyncio
import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

COUNT = 10
LATENCY_S = 0.3
QUOTA_PER_DOLLAR = 500_000
LOW, WELL = 8, 80
"""Dollars."""


def is_low(number: int) -> bool:
    """Whether the account of this number has little left: one in a hundred."""
    return number % 100 == 42


class _Gateway(asyncio.Protocol):
    """One connection, kept alive; requests come one at a time."""

    def __init__(self) -> None:
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while b"\r\n\r\n" in self._waiting:
            head, _, self._waiting = self._waiting.partition(b"\r\n\r\n")
            token = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"authorization:"))
            asyncio.get_running_loop().call_later(LATENCY_S, self._answer, int(token.rpartition(b"-")[2]))

    def _answer(self, number: int) -> None:
        quota = (LOW if is_low(number) else WELL) * QUOTA_PER_DOLLAR
        data = {"quota": quota, "used_quota": 1000, "request_count": 7, "status": 1}
        body = json.dumps({"success": True, "message": "", "data": data}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


async def _serve(ready: Connection) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(_Gateway, "127.0.0.1", 0) for _ in range(COUNT)]
    ready.send([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.Event().wait()


def _main(ready: Connection) -> None:
    asyncio.run(_serve(ready))


@contextmanager
def gateways() -> Iterator[list[str]]:
    """Their addresses, while they run."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_main, args=(theirs,), daemon=True)
    process.start()
    try:
        yield [f"http://127.0.0.1:{port}" for port in ours.recv()]
    finally:
        process.terminate()
        process.join()
