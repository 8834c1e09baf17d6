"""Every entry's reading: all accounts asked at once, and again where an answer is hard to believe."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ParamSpec, TypeVar

from balancewatch.core.account import Account, Entry, Misconfigured
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.inquiry import Inquiry, advanced, begun
from balancewatch.core.plan import misread
from balancewatch.core.plausibility import WAIT_S, is_implausible, settled
from balancewatch.core.reading import Balance, Failure, Reading, Reason, Units
from balancewatch.core.request import units_request_of
from balancewatch.core.state import State
from balancewatch.core.units import is_due, published
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
    known = {account.name: states[account.name].units for account in accounts}
    readings |= _asked(world, job, accounts, known)
    doubted: list[tuple[Account, State, Balance]] = []
    for account in accounts:
        state, reading = states[account.name], readings[account.name]
        is_doubted = guarded(world, account.name, is_implausible, state, reading)
        if isinstance(reading, Balance) and is_doubted is True:
            doubted.append((account, state, reading))
    if doubted:
        world.wait(WAIT_S)
        known |= {account.name: first.units or known[account.name] for account, _, first in doubted}
        second = _asked(world, job, [account for account, _, _ in doubted], known)
        for account, state, first in doubted:
            again = second[account.name]
            believed = guarded(world, account.name, settled, state, first, again)
            if isinstance(believed, Balance) and believed.units is None:
                believed = replace(believed, units=first.units)
            readings[account.name] = believed
    return readings


def _asked(
    world: World, job: Job, accounts: Sequence[Account], known: Mapping[str, Units | None]
) -> Mapping[str, Reading]:
    """The readings, in rounds over all accounts: their requests, further pages, and how gateways count."""
    now = world.now()
    until = now + (job.stops - now) * _ASKING
    inquiries: dict[str, Inquiry | Failure] = {
        account.name: guarded(world, account.name, begun, account, now) for account in accounts
    }
    while waiting := [each for each in inquiries.values() if isinstance(each, Inquiry) and each.pending]:
        answers = iter(_answers(world, [one for each in waiting for one in each.pending.values()], until))
        for inquiry in waiting:
            came = {name: next(answers) for name in inquiry.pending}
            name = inquiry.account.name
            inquiries[name] = guarded(world, name, advanced, inquiry, came)
    readings: dict[str, Reading] = {}
    balances: list[Inquiry] = []
    for name, each in inquiries.items():
        readings[name] = each if isinstance(each, Failure) else _reading(world, each, known[name])
        if isinstance(each, Inquiry) and isinstance(readings[name], Balance):
            balances.append(each)
    return {**readings, **_recounted(world, balances, known, until)}


def _recounted(
    world: World, inquiries: Sequence[Inquiry], known: Mapping[str, Units | None], until: datetime
) -> Mapping[str, Reading]:
    """The balances whose gateway was asked how it counts, read again by what it publishes."""
    asked: list[tuple[Inquiry, Request]] = []
    for inquiry in inquiries:
        request = units_request_of(inquiry.account)
        is_asked = is_due(inquiry.account, known[inquiry.account.name], world.now()) and inquiry.left_s > 0
        if request is not None and is_asked:
            asked.append((inquiry, replace(request, seconds=inquiry.left_s)))
    readings: dict[str, Reading] = {}
    answers = _answers(world, [request for _, request in asked], until) if asked else ()
    for (inquiry, _), answer in zip(asked, answers, strict=True):
        name = inquiry.account.name
        units = guarded(world, name, published, inquiry.account, known[name], answer, world.now())
        reading = _reading(world, inquiry, units) if isinstance(units, Units) else units
        if isinstance(reading, Balance) and isinstance(units, Units):
            readings[name] = replace(reading, units=units)
    return readings


def _reading(world: World, inquiry: Inquiry, units: Units | None) -> Reading:
    return guarded(world, inquiry.account.name, read_answer, inquiry.account, inquiry.answers, units)


def _answers(world: World, requests: Sequence[Request], until: datetime) -> Sequence[Answer]:
    return world.ask(requests, (until - world.now()).total_seconds())


def guarded(world: World, name: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Failure:
    """The step's result; our own bug in one account is that account's failure, and stops no other."""
    try:
        return step(*args, **kwargs)
    except Exception as error:  # noqa: BLE001  # the one catch-all: it reports, and the account is told
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{frame.name}:{frame.lineno}"
        world.log("internal error", {"account": name, "error": type(error).__name__, "where": where})
        return Failure(Reason.INTERNAL, f"{type(error).__name__} in {where}; please report it")
