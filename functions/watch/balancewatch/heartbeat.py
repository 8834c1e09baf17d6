"""The heartbeat: an address of the owner's is called after every complete run, so that silence is noticed."""

from http import HTTPStatus

from balancewatch.core.exchange import NoResponse, Request, Response
from balancewatch.world import Job, World

_SECONDS = 5.0


def beat(world: World, job: Job, url: str) -> None:
    """Call the address, if there is one. What goes wrong is logged without it, and fails nothing."""
    if not url:
        return
    left = (job.stops - world.now()).total_seconds()
    (answer,) = world.ask([Request("GET", url, {})], min(_SECONDS, left))
    match answer:
        case Response(status=status) if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        case Response(status=status):
            why = f"HTTP status {status}"
        case NoResponse(reason=reason):
            why = reason.value
    world.log("heartbeat not sent", {"why": why})
