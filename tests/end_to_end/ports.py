"""Ports of this machine's loopback address, and what a test puts behind them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

from balancewatch_cloud.place import HOST


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def free_pair() -> int:
    """A port that nobody listens at, nor at the next one."""
    while True:
        (port,) = free_ports(1)
        with socket.socket() as other, suppress(OSError):
            other.bind((HOST, port + 1))
            return port


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as trial:
        return trial.connect_ex((HOST, port)) == 0


@contextmanager
def silence(when_called: Callable[[], object] = lambda: None) -> Iterator[str]:
    """The address of a host that takes every connection and never says a word."""
    taken = ExitStack()
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(0.05)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                taken.enter_context(connection)
                when_called()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"{HOST}:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()
            taken.close()
