"""One account asked for real, by the engine of the watch itself, with all that it sent and got."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NoReturn

from balancewatch.core.account import MAIN, Account
from balancewatch.core.account_list import Stack
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.inquiry import Inquiry, advanced, begun
from balancewatch.core.reading import Reading
from balancewatch.core.state import State
from balancewatch.readings import read_all
from balancewatch.world import Job, World

UNITS = "units"
"""The name of the request for how a gateway counts."""
_LASTS = timedelta(seconds=60)
Ask = Callable[[Sequence[Request], float], Sequence[Answer]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and what came; `page` counts from 1."""

    name: str
    page: int
    request: Request
    answer: Answer


@dataclass(frozen=True, slots=True)
class Trial:
    """What the account was asked, in order, and what it is read as."""

    account: Account
    asked: tuple[Asked, ...]
    reading: Reading

    def answers(self, name: str) -> Sequence[Answer]:
        """What came to a request, page by page."""
        return [each.answer for each in self.asked if each.name == name]


@dataclass(slots=True)
class _Recorder:
    """Asks, and follows the inquiry to know which request is which."""

    ask: Ask
    account: Account
    now: datetime
    asked: list[Asked] = field(default_factory=list)
    inquiry: Inquiry | None = None

    def __call__(self, requests: Sequence[Request], seconds: float) -> Sequence[Answer]:
        if self.inquiry is None:
            self.inquiry = begun(self.account, self.now)
        names = list(self.inquiry.pending) or [UNITS]
        answers = self.ask(requests, seconds)
        for name, request, answer in zip(names, requests, answers, strict=True):
            page = 1 + sum(each.name == name for each in self.asked)
            self.asked.append(Asked(name, page, request, answer))
        if self.inquiry.pending:
            self.inquiry = advanced(self.inquiry, dict(zip(names, answers, strict=True)))
        return answers


def tried(account: Account, stack: Stack, ask: Ask, now: datetime) -> Trial:
    """Ask the account as a run would that has never read it before."""
    recorder = _Recorder(ask, account, now)
    reading = readings([account], stack, recorder, now)[account.name]
    return Trial(account, tuple(recorder.asked), reading)


def readings(accounts: Sequence[Account], stack: Stack, ask: Ask, now: datetime) -> Mapping[str, Reading]:
    """All accounts of a team asked at once, each as a run would that has never read it before."""
    world = World(
        now=lambda: now,
        wait=_not_here,
        holder=_not_here,
        take_lease=_not_here,
        release=_not_here,
        secret=_not_here,
        states=_not_here,
        set_aside=_not_here,
        keep_states=_not_here,
        keep_datapoints=_not_here,
        make_sure=_not_here,
        forget=_not_here,
        retire=_not_here,
        ask=ask,
        is_heard=_not_here,
        publish=_not_here,
        measure=_not_here,
        log=_unlogged,
    )
    team = accounts[0].team if accounts else MAIN
    job = Job(team, now, now + _LASTS, stack, {}, timedelta(minutes=15), 5)
    return read_all(world, job, accounts, {each.name: State(each.name) for each in accounts})


def _not_here(*_: object) -> NoReturn:
    raise NotImplementedError


def _unlogged(*_: object) -> None:
    """What would be logged is in the reading."""
