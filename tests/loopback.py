"""A server on loopback, for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer


@contextmanager
def serving(
    handler: type[BaseHTTPRequestHandler], server: type[HTTPServer] = ThreadingHTTPServer
) -> Iterator[int]:
    """The port, while it is served."""
    handler.disable_nagle_algorithm = True  # else a body waits until its headers are acknowledged: 40 ms
    running = server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield running.server_port
    finally:
        running.shutdown()
        thread.join()
        running.server_close()
