"""Telling: publish, one attempt each, and note at once that it arrived."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from balancewatch.core.digest import digests, worst_first
from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError, RefusedError
from balancewatch.core.plan import Draft, Plan
from balancewatch.core.reading import Failure
from balancewatch.core.summary import Telling
from balancewatch.readings import guarded
from balancewatch.world import Job, World, alive_until


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that was tried; sure where the state now says that it arrived."""

    telling: Telling
    is_sure: bool


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One message, and what it tells of whom."""

    message: Message
    drafts: Sequence[tuple[Plan, Draft]]


def tell(world: World, job: Job, plans: Sequence[Plan], stored: Collection[str]) -> Sequence[Told]:
    """Tell what there is to tell of those that are `stored`; an error in one never stops the next."""
    drafts = [(plan, draft) for plan in plans for draft in plan.drafts]
    arrived: dict[str, bool] = {}
    for parcel in _parcels(world, job, [pair for pair in drafts if pair[0].name in stored]):
        arrived |= _sent(world, job, parcel)
    return [
        Told(
            Telling(draft.notification, draft.message, sent=draft.notification.id in arrived),
            arrived.get(draft.notification.id, False),
        )
        for _, draft in drafts
    ]


def _parcels(world: World, job: Job, drafts: Sequence[tuple[Plan, Draft]]) -> Iterator[_Parcel]:
    """One message each, or few for many; those that failed last time go last."""
    by_id = {draft.notification.id: (plan, draft) for plan, draft in drafts}
    listed = worst_first(draft.notification for _, draft in drafts)
    ordered = [by_id[notification.id] for notification in listed]
    if len(drafts) > job.digest_above:
        made = guarded(world, "#digest", lambda: list(digests(listed)))
        for message, count in [] if isinstance(made, Failure) else made:
            yield _Parcel(message, ordered[:count])
            ordered = ordered[count:]
    for pair in ordered:
        yield _Parcel(pair[1].message, [pair])


def _sent(world: World, job: Job, parcel: _Parcel) -> dict[str, bool]:
    """The ids that SNS accepted, and whether their states say so.

    What it refuses is sent one by one, for one bad part must not silence all; what it does not answer may
    have arrived, and is left to the next run.
    """
    is_alive = alive_until(world, job.stops)
    if not is_alive():
        return {}
    try:
        world.publish(parcel.message)
    except OutsideError as error:
        ids = [draft.notification.id for _, draft in parcel.drafts]
        world.log("not delivered", {"notification": ids[0], "of": len(ids), "error": str(error)})
        if len(ids) == 1 or not isinstance(error, RefusedError):
            return {}
        apart = [_sent(world, job, _Parcel(pair[1].message, [pair])) for pair in parcel.drafts]
        return {ident: is_sure for each in apart for ident, is_sure in each.items()}
    return {
        draft.notification.id: is_alive() and _made_sure(world, job, plan, draft)
        for plan, draft in parcel.drafts
    }


def _made_sure(world: World, job: Job, plan: Plan, draft: Draft) -> bool:
    try:
        if draft.part == "removal":
            world.forget(job.team, plan.name, draft.notification.id)
        else:
            world.make_sure(job.team, plan.name, draft.part, draft.notification.id)
    except OutsideError as error:
        world.log("not noted as told", {"notification": draft.notification.id, "error": str(error)})
        return False
    return True
