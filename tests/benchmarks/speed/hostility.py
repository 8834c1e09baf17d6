"""Every hostile answer, one after the other: `python -m tests.benchmarks.speed.hostility '{...}'`."""

import json
import socket
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.exchange import Answer, NoResponse, Request, Response
from balancewatch.core.reading import Reason
from tests.benchmarks.speed.child import peak_mib, report
from tests.hostile import DOMAIN, resolve

DEADLINE_S = 1.5
FORBIDDEN = (
    "127.0.0.1",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "2002:a9fe:a9fe::",
    "64:ff9b::a9fe:a9fe",
    "fd00:ec2::254",
    "10.0.0.1",
    "100.64.0.1",
    "192.168.1.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1",
)


def _to(address: str) -> Callable[..., Any]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return lambda _, port, **__: [(family, socket.SOCK_STREAM, 0, "", (address, port))]


def main() -> None:
    told: Mapping[str, Any] = json.loads(sys.argv[1])
    connected: list[Any] = []
    sys.addaudithook(lambda event, args: connected.append(args[1]) if event == "socket.connect" else None)

    def ask(
        play: str, port: int, *, local: bool = True, finding: Callable[..., Any] = resolve
    ) -> tuple[Answer, float]:
        policy = Policy(local=local, deadline_s=DEADLINE_S)
        with ProvidersHttp(policy, ca_file=told["ca_file"], resolve=finding, jitter=lambda: 0.0) as providers:
            request = Request("GET", f"https://{play}.{DOMAIN}:{port}/", {"Authorization": "token"})
            began = time.monotonic()
            (found,) = providers.ask([request], until=began + 60, now=lambda: datetime.now(UTC))  # noqa: TID251
            return found, time.monotonic() - began

    def work() -> dict[str, Any]:
        honest, _ = ask("ok", told["ports"]["play"])
        before = peak_mib()
        late, believed = {}, []
        for play in told["plays"]:
            found, seconds = ask(play, told["ports"]["play"])
            late[play] = seconds - DEADLINE_S
            believed += [play] * isinstance(found, Response)
        for name, port in told["ports"].items():
            if name != "play":
                found, seconds = ask("ok", port)
                late[name] = seconds - DEADLINE_S
                believed += [name] * isinstance(found, Response)
        more = peak_mib() - before
        connected.clear()
        blocked = [
            ask("ok", told["ports"]["play"], local=False, finding=_to(address))[0] for address in FORBIDDEN
        ]
        refused = [isinstance(each, NoResponse) and each.reason is Reason.BLOCKED_ADDRESS for each in blocked]
        return {
            "is_honest_believed": isinstance(honest, Response),
            "late": late,
            "believed": believed,
            "more_mib": more,
            "refused": sum(refused),
            "connected": len(connected),
        }

    report(work, lambda found: found)


if __name__ == "__main__":
    main()
