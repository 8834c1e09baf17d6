"""The weekly report of a team, once: stored, published, noted as sure. What fails is for the next run."""

from collections.abc import Iterable, Sequence

from balancewatch.core.account import Account
from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError
from balancewatch.core.overview import Standing, is_watched, overview, standing_of
from balancewatch.core.plan import Plan
from balancewatch.core.reading import Failure
from balancewatch.core.report import (
    ITEM,
    Report,
    ReportTold,
    latest_due,
    record_of_report,
    report_id,
    to_tell,
)
from balancewatch.core.report_message import compose_report
from balancewatch.readings import guarded
from balancewatch.world import Job, World, alive_until


def tell_report(world: World, job: Job, before: ReportTold | None, plans: Sequence[Plan]) -> None:
    """Tell it where it is due. Nothing here fails the run: alerts have gone before, and do not wait for it.

    A team that never had one begins with the next, so that a new stack does not report on nothing.
    """
    if job.report_day is None:
        return
    due = latest_due(job.at, job.report_day, job.stack.timezone)
    if before is None:
        _stored(world, job, ReportTold(due, report_id(job.team, due), sure=True))
        return
    told = to_tell(before, due, job.team)
    if told is None or not _is_heard(world):
        return
    message = guarded(world, ITEM, _message, job, told, plans)
    if isinstance(message, Failure) or not _stored(world, job, told):
        return
    try:
        if alive_until(world, job.stops)():
            world.publish(message)
            world.make_sure(job.team, ITEM, "told_report", told.id)
    except OutsideError as error:
        world.log("report not delivered", {"team": job.team, "error": str(error)})


def _message(job: Job, told: ReportTold, plans: Sequence[Plan]) -> Message:
    found = overview(job.team, job.at, _standings(job, plans))
    return compose_report(Report(told.id, job.team, found, job.stack.language, job.stack.timezone))


def _standings(job: Job, plans: Iterable[Plan]) -> Iterable[Standing]:
    for plan in plans:
        state = plan.decision.told
        if is_watched(state):
            entry = plan.outcome.entry if plan.outcome else None
            title = entry.profile.title if isinstance(entry, Account) else None
            yield standing_of(job.team, state, title, job.at)


def _is_heard(world: World) -> bool:
    """Whether anyone listens; without an answer: yes."""
    try:
        return world.is_heard()
    except OutsideError:
        return True


def _stored(world: World, job: Job, told: ReportTold) -> bool:
    kept = world.keep_states(job.team, [(ITEM, record_of_report(told))], alive_until(world, job.stops))
    if ITEM not in kept.names:
        world.log("report not stored", {"team": job.team, "error": kept.error})
    return ITEM in kept.names
