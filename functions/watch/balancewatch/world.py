"""The world of a run as plain callables, and what a run is asked to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from balancewatch.core.account_list import Stack
from balancewatch.core.datapoint import Datapoint
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.lease import Busy, Leave, Taken
from balancewatch.core.measures import Measures
from balancewatch.core.message import Message
from balancewatch.core.notification import Json
from balancewatch.core.outside import Kept
from balancewatch.core.plan import Part
from balancewatch.core.state import Thresholds
from balancewatch.core.state_record import Record

Alive = Callable[[], bool]

_MARGIN = timedelta(seconds=2)
"""How long before the function ends a run begins nothing more."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside a run. Each callable raises `OutsideError` where it can fail."""

    now: Callable[[], datetime]
    wait: Callable[[float], None]
    holder: Callable[[], str]
    take_lease: Callable[[str, str, datetime, datetime, datetime], Taken | Leave | Busy]
    """Team, holder, scheduled time, now, until."""
    release: Callable[[str, str, datetime | None], None]
    """Team, holder, the scheduled time if it is done."""
    secret: Callable[[str], str | None]
    """A team's secret; None where there is none any more, as happens to a team that is given up."""
    states: Callable[[str], Mapping[str, Record]]
    set_aside: Callable[[str, str, Record, datetime], None]
    keep_states: Callable[[str, Sequence[tuple[str, Record]], Alive], Kept]
    """Keeps what it can while alive; never raises. So does the next."""
    keep_datapoints: Callable[[str, datetime, Sequence[tuple[str, Datapoint]], Alive], Kept]
    make_sure: Callable[[str, str, Part, str], None]
    forget: Callable[[str, str, str], None]
    retire: Callable[[str], None]
    """Take a team off those that are known: its secret is gone, and that is told."""
    ask: Callable[[Sequence[Request], float], Sequence[Answer]]
    """Requests, and for how many seconds at most."""
    is_heard: Callable[[], bool]
    publish: Callable[[Message], None]
    measure: Callable[[Measures], None]
    log: Callable[[str, Mapping[str, Json]], None]


@dataclass(frozen=True, slots=True)
class Job:
    """What to run: a team, for a scheduled time, until the function ends."""

    team: str
    at: datetime
    ends: datetime
    stack: Stack
    defaults: Thresholds
    interval: timedelta
    """How far scheduled times lie apart."""
    digest_above: int
    """More notifications than this go as one message."""
    until: datetime | None = None
    """When it comes too late, since a later run makes up for it; None: never."""
    report_day: int | None = None
    """The day of the weekly report, from Monday, 0; None: there is none."""

    @property
    def stops(self) -> datetime:
        """When the run begins nothing more."""
        return self.ends - _MARGIN


def alive_until(world: World, until: datetime) -> Alive:
    """Whether the run may still write and publish: after its own end, another may be at work."""
    return lambda: world.now() < until


@dataclass(frozen=True, slots=True)
class Left:
    """A run that had nothing to do."""

    why: str


class RunError(Exception):
    """A run that failed; its summary, where it got that far."""

    def __init__(self, why: str, told: Mapping[str, Json] | None = None) -> None:
        super().__init__(why)
        self.summary = told
