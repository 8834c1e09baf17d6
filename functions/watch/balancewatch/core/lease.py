"""Who may run a team: one live run at a time, each scheduled time once. Pure; the table does the write."""

from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(minutes=16)
"""Lambda ends after 15 minutes; a lease that claims more is void."""
GRACE = timedelta(seconds=30)
"""How long after its own end a run's lease lasts."""
AHEAD = timedelta(minutes=5)
"""How far a scheduled time may lie ahead of the clock."""


@dataclass(frozen=True, slots=True)
class Lease:
    """What the table holds of a team's runs."""

    holder: str | None
    until: datetime | None
    at: datetime | None
    """The scheduled time of the run that holds it, or held it last."""
    done: datetime | None
    """The latest scheduled time whose run was done."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The lease is ours."""


@dataclass(frozen=True, slots=True)
class Leave:
    """There is nothing to do: `why` says so in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Busy:
    """A run for the same time holds it, perhaps a dead one: fail, so that we are asked again."""


def refusal(found: Lease, at: datetime) -> Leave | Busy:
    """What to do when the lease could not be taken, given what the table held then."""
    if found.done is not None and found.done >= at:
        return Leave("this time, or a later one, is already done")
    if found.at == at:
        return Busy()
    return Leave("another run is under way")
