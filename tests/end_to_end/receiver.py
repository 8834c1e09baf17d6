"""An HTTP endpoint on loopback that SNS posts to."""

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import serving

_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class Receiver:
    """What was posted, in order, as SNS wrote it."""

    url: str
    posted: "queue.Queue[dict[str, Any]]" = field(default_factory=queue.Queue)

    def next(self, kind: str) -> dict[str, Any]:
        """The next post, which must be of this type."""
        post = self.posted.get(timeout=_PATIENCE_S)
        assert post["Type"] == kind
        return post

    def rest(self) -> list[dict[str, Any]]:
        """All that is there now."""
        found = []
        while not self.posted.empty():
            found.append(self.posted.get())
        return found


@contextmanager
def receiver() -> Iterator[Receiver]:
    """An endpoint, while it listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the base class's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            listening.posted.put(json.loads(body))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    with serving(Handler) as port:
        listening = Receiver(f"http://127.0.0.1:{port}/hook")
        yield listening
