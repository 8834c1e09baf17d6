"""Every entry's reading: all accounts asked at once, and again where an answer is hard to believe."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

from balancewatch.core.account import Account, Entry, Misconfigured
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import Request
from balancewatch.core.plan import misread
from balancewatch.core.plausibility import WAIT_S, is_implausible, settled
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.request import request_of
from balancewatch.core.state import State
from balancewatch.world import Job, World

T = TypeVar("T")
P = ParamSpec("P")

_ASKING = 0.6
"""The share of the time left that asking may take; the rest is for keeping and telling."""


def read_all(
    world: World, job: Job, entries: Sequence[Entry], states: Mapping[str, State]
) -> Mapping[str, Reading]:
    """The reading of every entry, by name; `states` has one for each."""
    readings: dict[str, Reading] = {
        entry.name: misread(entry) for entry in entries if isinstance(entry, Misconfigured)
    }
    accounts = [entry for entry in entries if isinstance(entry, Account)]
    readings |= _asked(world, job, accounts)
    doubted: list[tuple[Account, State, Balance]] = []
    for account in accounts:
        state, reading = states[account.name], readings[account.name]
        is_doubted = guarded(world, account.name, is_implausible, account, state, reading)
        if isinstance(reading, Balance) and is_doubted is True:
            doubted.append((account, state, reading))
    if doubted:
        world.wait(WAIT_S)
        second = _asked(world, job, [account for account, _, _ in doubted])
        for account, state, first in doubted:
            again = second[account.name]
            readings[account.name] = guarded(world, account.name, settled, account, state, first, again)
    return readings


def _asked(world: World, job: Job, accounts: Sequence[Account]) -> Mapping[str, Reading]:
    requests = {account.name: guarded(world, account.name, request_of, account) for account in accounts}
    asked = [account for account in accounts if isinstance(requests[account.name], Request)]
    seconds = (job.stops - world.now()).total_seconds() * _ASKING
    answers = world.ask([request for request in requests.values() if isinstance(request, Request)], seconds)
    readings = {name: request for name, request in requests.items() if isinstance(request, Failure)}
    return readings | {
        account.name: guarded(world, account.name, read_answer, account, answer)
        for account, answer in zip(asked, answers, strict=True)
    }


def guarded(world: World, name: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Failure:
    """The step's result; our own bug in one account is that account's failure, and stops no other."""
    try:
        return step(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  # the one catch-all: it reports, and the account is told
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.name}:{frame.lineno}"
        world.log("internal error", {"account": name, "error": type(error).__name__, "where": where})
        return Failure(Reason.INTERNAL, f"{type(error).__name__} in {where}; please report it")
