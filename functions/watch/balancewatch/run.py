"""One run over a team, in the order that keeps its promises: lease, read, ask, decide, keep, tell, release.

It knows the world as plain callables. Telling is level-triggered: whatever differs between what is true
and what people last heard is told, so there is no queue of messages to lose or to repeat.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from balancewatch.core.account import Entry, Misconfigured
from balancewatch.core.account_list import (
    NAMELESS,
    AccountList,
    UnreadableAccountsError,
    parse_accounts,
)
from balancewatch.core.fields import Problem
from balancewatch.core.lease import AHEAD, GRACE, Busy, Leave, Taken
from balancewatch.core.measures import measures
from balancewatch.core.notice import Tick
from balancewatch.core.notification import Json
from balancewatch.core.outside import OutsideError
from balancewatch.core.plan import Plan, plan_account, plan_entries, plan_removed
from balancewatch.core.problems import NO_ACCOUNTS, NO_SECRET, NOBODY_LISTENS, outcome_problems, set_aside
from balancewatch.core.reading import Failure, Reading
from balancewatch.core.report import ITEM, ReportTold, report_of_record
from balancewatch.core.state import State
from balancewatch.core.state_record import Record, Unreadable, state_of
from balancewatch.core.summary import summary
from balancewatch.readings import guarded, read_all
from balancewatch.reporting import tell_report
from balancewatch.telling import Told, tell
from balancewatch.world import Alive, Job, Left, RunError, World, alive_until

_NO_ACCOUNTS = '{"accounts": []}'
"""What a team without a secret is run with."""


def run(world: World, job: Job) -> Mapping[str, Json] | Left:
    """The summary of the run. Raises `RunError` where not all was kept and told."""
    started = world.now()
    if job.at > started + AHEAD:
        raise RunError("the scheduled time lies more than 5 minutes ahead of the clock")
    holder = world.holder()
    try:
        lease = world.take_lease(job.team, holder, job.at, started, job.ends + GRACE)
    except OutsideError as error:
        raise RunError(f"the lease could not be taken: {error}") from None
    match lease:
        case Leave(why):
            return Left(why)
        case Busy():
            raise RunError("a run for this very time holds the lease, alive or dead; ask again later")
        case Taken() if job.until is not None and started >= job.until:
            _release(world, job, holder, is_done=False)
            raise RunError("it comes too late; a later run makes up for it")
        case Taken():
            return _leased(world, job, holder, started)


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read at the start: the accounts, a state for each, and the records to put away."""

    listed: AccountList
    states: Mapping[str, State]
    aside: Mapping[str, Record]
    problems: Sequence[Problem]
    report: ReportTold | None
    """For when a report was told last."""
    is_gone: bool
    """Whether the team has no secret any more."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Whose state is surely stored, and whether everything is."""

    names: Collection[str]
    is_all: bool


def _leased(world: World, job: Job, holder: str, started: datetime) -> Mapping[str, Json]:
    tick = Tick(job.at, started, job.team, holder, job.defaults, job.interval)
    troubles: list[str] = []
    world = _noting(world, troubles)
    is_done = False
    try:
        known = _read(world, job)
        readings = read_all(world, job, known.listed.entries, known.states)
        plans, is_whole = _plans(world, tick, known, readings)
        is_heard = _is_heard(world, plans)
        stored = _keep(world, job, known, plans, is_heard=is_heard)
        told = tell(world, job, plans, stored.names if is_heard else ())
        is_told = not is_heard or all(each.is_sure for each in told)
        if not known.is_gone:
            tell_report(world, job, known.report, plans)
        if known.is_gone and not plans and is_whole:
            world.retire(job.team)
        is_done = is_whole and stored.is_all and is_told
    except (OutsideError, UnreadableAccountsError) as error:
        raise RunError(str(error)) from None
    finally:
        is_done = _release(world, job, holder, is_done=is_done)
    report = _report(world, tick, known, plans, told, is_heard=is_heard, is_done=is_done)
    if not is_done:
        why = "; ".join(dict.fromkeys(troubles[:3])) or "no time was left"
        raise RunError(f"not all could be kept and told ({why}), so this time is not done", report)
    return report


def _noting(world: World, troubles: list[str]) -> World:
    """The same world, whose log also remembers what went wrong: a failed run must say why."""

    def log(event: str, fields: Mapping[str, Json]) -> None:
        if "error" in fields:
            troubles.append(f"{event}: {fields['error']}")
        world.log(event, fields)

    return replace(world, log=log)


def _read(world: World, job: Job) -> _Known:
    secret = world.secret(job.team)
    listed = parse_accounts(_NO_ACCOUNTS if secret is None else secret, job.team, job.stack)
    states: dict[str, State] = {}
    aside: dict[str, Record] = {}
    problems = list(listed.problems)
    records = world.states(job.team)
    for name, record in records.items():
        if name.startswith("#") and name != NAMELESS:
            continue  # not an account's: names cannot begin so
        match state_of(name, record):
            case State() as state:
                states[name] = state
            case Unreadable(why, afresh):
                states[name], aside[name] = afresh, record
                problems.append(set_aside(name, why))
    for name in (NAMELESS, *(entry.name for entry in listed.entries)):
        states.setdefault(name, State(name))
    report = report_of_record(records.get(ITEM, {}))
    return _Known(listed, states, aside, problems, report, is_gone=secret is None)


def _plans(
    world: World, tick: Tick, known: _Known, readings: Mapping[str, Reading]
) -> tuple[Sequence[Plan], bool]:
    """What to keep and to tell, and whether that is so for everyone."""
    plans = [
        _planned(world, tick, entry, known.states[entry.name], readings[entry.name])
        for entry in known.listed.entries
    ]
    wrong = tuple((problem.field or "", problem.problem) for problem in known.listed.nameless)
    nameless = Misconfigured(NAMELESS, tick.team, None, wrong, known.listed.rules)
    state = known.states[NAMELESS]
    if wrong or not state.is_at_rest:
        plans.append(guarded(world, NAMELESS, plan_entries, nameless, state, tick))
    if not wrong:
        gone = known.states.keys() - {NAMELESS} - {entry.name for entry in known.listed.entries}
        plans += [guarded(world, name, plan_removed, known.states[name], tick) for name in sorted(gone)]
    made = [plan for plan in plans if isinstance(plan, Plan)]
    return made, len(made) == len(plans)


def _planned(world: World, tick: Tick, entry: Entry, state: State, reading: Reading) -> Plan | Failure:
    """The plan; where it cannot be made, the plan for that failure, at worst on a state begun afresh."""
    plan = guarded(world, entry.name, plan_account, entry, state, reading, tick)
    if isinstance(plan, Plan):
        return plan
    again = guarded(world, entry.name, plan_account, entry, state, plan, tick)
    if isinstance(again, Plan):
        return again
    bare = State(
        entry.name,
        causes=state.causes,
        reach=state.reach,
        told_level=state.told_level,
        told_reach=state.told_reach,
    )
    return guarded(world, entry.name, plan_account, entry, bare, plan, tick)


def _is_heard(world: World, plans: Sequence[Plan]) -> bool:
    """Whether anyone listens; asked only where there is something to tell, and without an answer: yes."""
    if not any(plan.drafts for plan in plans):
        return True
    try:
        return world.is_heard()
    except OutsideError as error:
        world.log("subscriptions unknown", {"error": str(error)})
        return True


def _keep(world: World, job: Job, known: _Known, plans: Sequence[Plan], *, is_heard: bool) -> _Stored:
    """States first, then datapoints, beginning at another account each run; half the time is for telling."""
    now = world.now()
    alive = alive_until(world, now + (job.stops - now) / 2)
    turn = zlib.crc32(job.at.isoformat().encode()) % max(len(plans), 1)
    turned = [*plans[turn:], *plans[:turn]]
    lost = _put_aside(world, job, known, alive)
    states = [
        (plan.name, record)
        for plan in turned
        if plan.name not in lost and (record := plan.told if is_heard else plan.untold) is not None
    ]
    datapoints = [(plan.name, plan.datapoint) for plan in turned if plan.datapoint is not None]
    stored = world.keep_states(job.team, states, alive)
    history = world.keep_datapoints(job.team, job.at, datapoints, alive)
    for what, kept, wanted in (("states", stored, states), ("datapoints", history, datapoints)):
        if missing := len(wanted) - len(kept.names):
            world.log("not stored", {what: missing, "error": kept.error})
    is_all = not lost and len(stored.names) == len(states) and len(history.names) == len(datapoints)
    return _Stored(stored.names, is_all)


def _put_aside(world: World, job: Job, known: _Known, alive: Alive) -> Collection[str]:
    """The names whose unreadable state could not be put away, and so must not be written over."""
    lost = set()
    for name, record in known.aside.items():
        try:
            if alive():
                world.set_aside(job.team, name, record, job.at)
                continue
        except OutsideError as error:
            world.log("state not set aside", {"account": name, "error": str(error)})
        lost.add(name)
    return lost


def _release(world: World, job: Job, holder: str, *, is_done: bool) -> bool:
    """Whether the run is done: the lease must say so."""
    try:
        if world.now() < job.stops:
            world.release(job.team, holder, job.at if is_done else None)
            return is_done
    except OutsideError as error:
        world.log("lease not released", {"team": job.team, "error": str(error)})
    return False


def _report(
    world: World,
    tick: Tick,
    known: _Known,
    plans: Sequence[Plan],
    told: Sequence[Told],
    *,
    is_heard: bool,
    is_done: bool,
) -> Mapping[str, Json]:
    outcomes = [plan.outcome for plan in plans if plan.outcome is not None]
    tellings = [each.telling for each in told]
    problems = [
        *known.problems,
        *(found for outcome in outcomes for found in outcome_problems(outcome, tick)),
    ]
    if not outcomes:
        problems.append(NO_SECRET if known.is_gone else NO_ACCOUNTS)
    if not is_heard:
        problems.append(NOBODY_LISTENS)
    duration_ms = int((world.now() - tick.now).total_seconds() * 1000)
    report = summary(tick.team, tick.at, duration_ms, outcomes, tellings, problems)
    world.measure(measures(tick.team, outcomes, tellings, is_done=is_done, is_heard=is_heard))
    for outcome in outcomes:
        if not outcome.is_well:
            world.log("account", outcome.line)
    return report
