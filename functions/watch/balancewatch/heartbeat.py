"""The heartbeat: an address of the owner's is called after every complete run, so that silence is noticed."""

from datetime import datetime
from http import HTTPStatus

from balancewatch.core.exchange import NoResponse, Request, Response
from balancewatch.world import World

_SECONDS = 5.0
_MARGIN_S = 1.0
"""How long before the function ends nothing is waited for any more."""


def beat(world: World, url: str, ends: datetime) -> None:
    """Call the address, before the function ends. What goes wrong is logged without the address."""
    left = (ends - world.now()).total_seconds() - _MARGIN_S
    (answer,) = world.ask([Request("GET", url, {})], min(_SECONDS, left))
    match answer:
        case Response(status=status) if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        case Response(status=status):
            why = f"HTTP status {status}"
        case NoResponse(reason=reason):
            why = reason.value
    world.log("heartbeat not sent", {"why": why})
