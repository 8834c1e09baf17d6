"""Asking all accounts at once: what may be sent, who is asked when, and what is asked again."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from random import random
from time import monotonic
from types import TracebackType
from typing import Self

import certifi

from balancewatch.adapters.providers_http.address import Boundary, Lookups, Resolve
from balancewatch.adapters.providers_http.crew import GRACE_S, PROVEN_AT_ONCE, Crew, Host, Job, Report
from balancewatch.adapters.providers_http.outgoing import HostName, UnsendableError, host_of, prepare
from balancewatch.adapters.providers_http.trouble import Trouble
from balancewatch.adapters.providers_http.wire import Reply, session_of, tls_context
from balancewatch.core.exchange import Answer, NoResponse, Request, Response
from balancewatch.core.reading import Exchange, Reason

RETRIES = 2
BACKOFF_S = 0.5
"""The longest pause before the first retry; doubles with each. Full jitter: any shorter one is as likely."""
TICK_S = 0.05
"""How often the clock is looked at, for what is late and what is due."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How providers may be asked in this deployment."""

    local: bool = False
    """From a terminal: plain http, loopback and private addresses are fine."""
    allow_private: bool = False
    """Gateways inside one's own network may be asked."""
    deadline_s: float = 10.0
    """For one account with all its retries, from when it is first sent."""
    workers: int = 64


class ProvidersHttp:
    """The providers, for one run. Make a new one for the next: a frozen Lambda's connections are dead.

    What it learns of a host (its addresses, whether it answers) holds for all `ask`s, which come one
    at a time.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        ca_file: str | None = None,
        resolve: Resolve = socket.getaddrinfo,
        jitter: Callable[[], float] = random,
    ) -> None:
        self._policy = policy
        self._jitter = jitter
        self._lookups = Lookups(Boundary(policy.local, policy.allow_private), resolve)
        # Idle connections of hosts that are done are closed after so many others: Lambda allows 1,024 open
        # files, and a run may ask more hosts than that.
        self._session = session_of(
            tls_context(ca_file or certifi.where()),
            hosts=2 * policy.workers,
            at_once=min(PROVEN_AT_ONCE, policy.workers),
        )
        self._hosts: dict[HostName, Host] = {}

    def ask(self, requests: Sequence[Request], *, until: float, now: Callable[[], datetime]) -> list[Answer]:
        """One answer a request, in their order; whatever has none by `until` (monotonic) is a timeout."""
        crew = Crew(self._session, self._lookups.endpoints, self._policy.workers)
        try:
            return _Round(self._policy, self._hosts, crew, until=until, now=now, jitter=self._jitter).answers(
                requests
            )
        finally:
            crew.dismiss()

    def close(self) -> None:
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Round:
    """One `ask`: which request goes next, and what becomes of it. Runs in the caller's thread."""

    def __init__(
        self,
        policy: Policy,
        hosts: dict[HostName, Host],
        crew: Crew,
        *,
        until: float,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self._policy = policy
        self._hosts = hosts
        self._crew = crew
        self._until = until
        self._now = now
        self._jitter = jitter
        self._answers: dict[int, Answer] = {}
        self._waiting: dict[int, Host] = {}
        self._pausing: list[Job] = []
        self._fair = policy.workers
        self._connections = 0
        self._connections_wanted = 0
        self._looks_at_clock = 0.0

    def answers(self, requests: Sequence[Request]) -> list[Answer]:
        for index, request in enumerate(requests):
            self._queue(index, request)
        hosts = max(len(self._waiting), 1)
        self._fair = -(-self._policy.workers // hosts)
        self._connections_wanted = hosts + self._policy.workers * 5 // 4
        while len(self._answers) < len(requests):
            if monotonic() >= self._looks_at_clock:
                self._look_at_clock()
            self._send_waiting()
            report = self._crew.report(TICK_S)
            if report is not None:
                self._judge(report)
        return [self._answers[index] for index in range(len(requests))]

    def _queue(self, index: int, request: Request) -> None:
        try:
            prepared = prepare(request, local=self._policy.local)
        except UnsendableError as error:
            exchange = Exchange(asked_at=self._now(), duration_ms=0)
            self._answers[index] = NoResponse(Reason.MISCONFIGURED, error.detail, exchange)
            return
        host = self._hosts.setdefault(host_of(prepared), Host())
        usual = self._policy.deadline_s
        seconds = usual if request.seconds is None else min(request.seconds, usual)
        host.waiting.append(Job(index, prepared, host, asked_at=self._now(), seconds=seconds))
        self._waiting[id(host)] = host
        if host.given_up():
            self._answer_waiting(host, _GIVEN_UP)

    def _look_at_clock(self) -> None:
        now = monotonic()
        self._looks_at_clock = now + TICK_S
        for job in [job for job in self._crew.in_flight.values() if job.ends + GRACE_S <= now]:
            self._crew.give_up(job)
            self._finish(job)
        for job in [job for job in self._pausing if job.ends <= now]:
            self._pausing.remove(job)
            self._finish(job)
        for job in [job for job in self._pausing if job.due <= now]:
            if self._crew.has_room():
                self._pausing.remove(job)
                self._send(job)
        if now >= self._until:
            for host in list(self._waiting.values()):
                self._answer_waiting(host, _NO_TIME)

    def _send_waiting(self) -> None:
        """Hosts in turns, one request each, so that few connections are needed at any one of them."""
        sent = True
        while sent:
            sent = False
            for host in list(self._waiting.values()):
                if not self._crew.has_room():
                    return
                sent = self._send_next(host) or sent

    def _send_next(self, host: Host) -> bool:
        """Whether the next of the host's requests could be sent."""
        if not (host.waiting and self._crew.has_room()):
            return False
        if not host.has_room(self._fair, may_connect=self._connections < self._connections_wanted):
            return False
        before = host.connections
        job = host.take()
        self._connections += host.connections - before
        del self._waiting[id(host)]
        if host.waiting:
            self._waiting[id(host)] = host  # behind the others
        job.asked_at = self._now()
        job.began = monotonic()
        job.ends = min(job.began + job.seconds, self._until)
        self._send(job)
        return True

    def _send(self, job: Job) -> None:
        job.attempts += 1
        self._crew.send(job)

    def _judge(self, report: Report) -> None:
        job = report.job
        # A retry that found no time says less than the answer before it.
        late = isinstance(report.outcome, Trouble) and report.outcome.reason is Reason.TIMEOUT
        if not late or job.outcome is None:
            job.outcome, job.http_status = report.outcome, report.http_status
        pause = self._pause(job, report.outcome)
        if pause is None:
            self._finish(job)
        else:
            job.due = monotonic() + pause
            self._pausing.append(job)

    def _pause(self, job: Job, outcome: Reply | Trouble) -> float | None:
        """Seconds until the request is worth another attempt, or None where it is not."""
        if job.attempts > RETRIES:
            return None
        match outcome:
            case Reply(status=status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
                status == HTTPStatus.TOO_MANY_REQUESTS
            ):
                asked_for = seconds_of(outcome.retry_after, self._now())
            case Trouble(passing=True):
                asked_for = 0.0
            case _:
                return None
        pause = asked_for + self._jitter() * BACKOFF_S * 2 ** (job.attempts - 1)
        return pause if monotonic() + pause < job.ends else None

    def _finish(self, job: Job) -> None:
        outcome = job.outcome or _LATE
        job.host.in_flight -= 1
        job.host.learn(outcome, job.http_status)
        self._answers[job.index] = _answer(job, outcome)
        if job.host.given_up():
            self._answer_waiting(job.host, _GIVEN_UP)
        elif isinstance(outcome, Reply):
            self._send_next(job.host)  # on the connection that has just come free

    def _answer_waiting(self, host: Host, trouble: Trouble) -> None:
        for job in host.waiting:
            exchange = Exchange(asked_at=self._now(), duration_ms=0)
            self._answers[job.index] = NoResponse(trouble.reason, trouble.detail, exchange)
        host.waiting.clear()
        self._waiting.pop(id(host), None)


_LATE = Trouble(
    Reason.TIMEOUT,
    "There was no answer in time. If this goes on, check base_url and whether DNS knows the provider's host.",
)
_GIVEN_UP = Trouble(
    Reason.TIMEOUT,
    "Not asked: three requests to the same host in a row had no answer in time. The next run asks again.",
)
_NO_TIME = Trouble(
    Reason.TIMEOUT,
    "Not asked: the run had no time left for it. The next run asks again.",
)


def _answer(job: Job, outcome: Reply | Trouble) -> Answer:
    duration_ms = round((monotonic() - job.began) * 1000)
    exchange = Exchange(job.asked_at, duration_ms, job.http_status)
    match outcome:
        case Reply():
            return Response(outcome.body, outcome.content_type, exchange)
        case Trouble():
            return NoResponse(outcome.reason, outcome.detail, exchange)


_SECONDS = re.compile(r"[0-9]+", re.ASCII)
_ABSURD_DIGITS = 9


def seconds_of(retry_after: str, now: datetime) -> float:
    """The pause that a `Retry-After` asks for, as seconds or as a date; 0 where it asks for none."""
    text = retry_after.strip()
    if _SECONDS.fullmatch(text):
        return float(text[:_ABSURD_DIGITS])
    try:
        date = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return 0.0
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max((date - now).total_seconds(), 0.0)
