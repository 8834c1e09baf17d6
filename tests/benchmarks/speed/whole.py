"""One run of the real handler, without moto: `python -m tests.benchmarks.speed.whole CA_FILE`."""

import json
import socket
import sys
from datetime import UTC, datetime
from typing import Any

import certifi

from tests.benchmarks.speed.child import report

AT = datetime(2026, 11, 24, 10, 30, 2, tzinfo=UTC)
"""A quarter of an hour after the states that the table has."""


def _resolve(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
    del host
    return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]


class Context:
    """As much of a Lambda context as the handler needs."""

    def get_remaining_time_in_millis(self) -> int:
        return 240_000


def main() -> None:
    ca_file = json.loads(sys.argv[1])
    socket.getaddrinfo = _resolve  # type: ignore[assignment]
    certifi.where = lambda: ca_file
    from balancewatch import app  # noqa: PLC0415  # takes the resolver that it finds

    app._now = lambda: AT

    def work() -> Any:
        return app.handler({"at": "2026-11-24T10:30:00Z"}, Context())

    report(work, lambda result: {"counts": result["teams"][0]["counts"]})


if __name__ == "__main__":
    main()
