"""The hosts, the requests on their way to them, and the threads that carry these."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread

import requests

from balancewatch.adapters.providers_http.trouble import Trouble, trouble_of
from balancewatch.adapters.providers_http.wire import ERRAND, Find, Reply, fetch
from balancewatch.core.reading import Reason

UNPROVEN_AT_ONCE = 4
"""Requests in flight at a host that has not answered in this run: it may be one that hangs."""
PROVEN_AT_ONCE = 32
TIMEOUTS_TO_GIVE_UP = 3
GRACE_S = 0.25
"""Past its deadline, after which a request is answered for even if its thread is stuck in a resolver."""


@dataclass(slots=True)
class Host:
    """What is asked at one name and port, and what this run has learnt of it."""

    waiting: "deque[Job]" = field(default_factory=deque)
    in_flight: int = 0
    connections: int = 0
    """Opened so far, if none was lost."""
    answers: int = 0
    timeouts: int = 0
    """In a row."""

    def has_room(self, fair: int, *, may_connect: bool) -> bool:
        """Whether another request may go to the host, whose fair part of the workers is `fair`.

        Each answer makes room for one more, so that hosts which answer together grow together. Above the
        fair part it needs a connection that is idle, or `may_connect`: a handshake costs as much as
        several requests.
        """
        at_once = min(UNPROVEN_AT_ONCE + self.answers, PROVEN_AT_ONCE)
        # The place of one that timed out stays empty: those sent with it are about to tell the same.
        if self.in_flight + self.timeouts >= at_once:
            return False
        return not self.answers or self.in_flight < max(fair, self.connections) or may_connect

    def take(self) -> "Job":
        """The next request, now in flight."""
        self.in_flight += 1
        self.connections = max(self.connections, self.in_flight)
        return self.waiting.popleft()

    def given_up(self) -> bool:
        return self.timeouts >= TIMEOUTS_TO_GIVE_UP

    def learn(self, outcome: Reply | Trouble, http_status: int | None) -> None:
        if isinstance(outcome, Trouble) and outcome.reason is Reason.TIMEOUT:
            self.timeouts += 1
            return
        self.timeouts = 0
        self.answers += http_status is not None


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way: waiting, in flight, in a pause before a retry, or answered."""

    index: int
    prepared: requests.PreparedRequest
    host: Host
    asked_at: datetime
    seconds: float
    """How long it may take from when it is first sent."""
    began: float = 0.0
    ends: float = 0.0
    due: float = 0.0
    """When it is asked again; like the two above, monotonic."""
    attempts: int = 0
    outcome: Reply | Trouble | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one attempt."""

    job: Job
    outcome: Reply | Trouble
    http_status: int | None


class Crew:
    """Threads that each make one attempt at a time, started as they are needed.

    Daemons, not an executor: one that a resolver holds must not hold back the end of the process.
    """

    def __init__(self, session: requests.Session, find: Find, size: int) -> None:
        self._session = session
        self._find = find
        self._size = size
        self._threads: list[Thread] = []
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._stuck = 0
        self.in_flight: dict[int, Job] = {}

    def has_room(self) -> bool:
        return len(self.in_flight) < self._size

    def send(self, job: Job) -> None:
        self.in_flight[job.index] = job
        if len(self.in_flight) + self._stuck > len(self._threads):
            thread = Thread(target=self._work, name="balancewatch-ask", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def report(self, patience_s: float) -> Report | None:
        """What came of an attempt, waiting for it at most so long."""
        try:
            report = self._reports.get(timeout=max(patience_s, 0.0))
        except Empty:
            return None
        if self.in_flight.pop(report.job.index, None) is None:
            self._stuck -= 1
            return None
        return report

    def give_up(self, job: Job) -> None:
        """Stops waiting for an attempt; another thread takes the place of the one that makes it."""
        del self.in_flight[job.index]
        self._stuck += 1

    def dismiss(self) -> None:
        for _ in self._threads:
            self._jobs.put(None)
        if not (self._stuck or self.in_flight):
            for thread in self._threads:
                thread.join(timeout=GRACE_S)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            ERRAND.begin(job.ends, self._find)
            outcome: Reply | Trouble
            try:
                outcome = fetch(self._session, job.prepared)
            except Exception as error:  # noqa: BLE001  whatever it is, it is this one account's
                outcome = trouble_of(error, ERRAND.part, at_end=ERRAND.at_end)
            self._reports.put(Report(job, outcome, ERRAND.status))
