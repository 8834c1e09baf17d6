"""What is asked: TLS hosts that answer after a while, and an AWS that says what it was told to say.

`python -m tests.benchmarks.speed.hosts FOLDER LATENCY` prints two ports, of the hosts and of the AWS. Every
name below `.bench.test` is a host; one that begins with `hangs` never answers.
"""

import asyncio
import json
import os
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from pathlib import Path

from tests.benchmarks.speed.processor import pin

CA, CERTIFICATE, ANSWERS = "ca.pem", "host.pem", "aws.json"
HANDSHAKES = "/handshakes"
_BALANCE = json.dumps(
    {
        "success": True,
        "message": "",
        "data": {
            "id": 271,
            "status": 1,
            "quota": 24_997_909,
            "used_quota": 10_027_091,
            "request_count": 339,
            "group": "default",
        },
    }
).encode()
_BACKLOG = 2048

Answer = Callable[[str, Mapping[str, str], bytes], Awaitable[bytes]]


class Hosts:
    """Counts the handshakes since they were last asked for."""

    def __init__(self, latency_s: float) -> None:
        self._latency_s = latency_s
        self._handshakes = 0

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._handshakes += 1
        await _conversation(reader, writer, self._answer)

    async def _answer(self, path: str, headers: Mapping[str, str], _: bytes) -> bytes:
        if path == HANDSHAKES:
            # But not the one of whoever asks.
            found, self._handshakes = self._handshakes - 1, 0
            return str(found).encode()
        await asyncio.sleep(3600 if headers["host"].startswith("hangs") else self._latency_s)
        return _BALANCE


class CannedAWS:
    """Answers each operation (`X-Amz-Target` without its version) from a file, and `{}` where that has none.

    The file is read when the first is asked for.
    """

    def __init__(self, answers: Path) -> None:
        self._path = answers

    @cached_property
    def _answers(self) -> Mapping[str, bytes]:
        found = json.loads(self._path.read_text("utf-8"))
        return {operation: json.dumps(answer).encode() for operation, answer in found.items()}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _conversation(reader, writer, self._answer)

    async def _answer(self, _: str, headers: Mapping[str, str], __: bytes) -> bytes:
        return self._answers.get(headers.get("x-amz-target", "").partition(".")[2], b"{}")


async def _conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            first, *lines = head.decode("latin-1").rstrip().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            content = await answer(first.split(" ")[1], headers, body)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % len(content)
                + content
            )
            await writer.drain()
    except (OSError, EOFError):
        pass  # whoever asked has gone
    finally:
        writer.close()


async def _serve(folder: Path, latency_s: float) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE)
    hosts = await asyncio.start_server(
        Hosts(latency_s).converse, "127.0.0.1", 0, ssl=context, backlog=_BACKLOG
    )
    aws = await asyncio.start_server(CannedAWS(folder / ANSWERS).converse, "127.0.0.1", 0)
    print(*(each.sockets[0].getsockname()[1] for each in (hosts, aws)), flush=True)
    # Ends when whoever started this has gone.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    pin(-1)
    asyncio.run(_serve(Path(sys.argv[1]), float(sys.argv[2])))
