"""The teams of a stack: which there are, when each runs, what the messages for them say. Pure."""

import json
import re
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from balancewatch.core.account import MAIN
from balancewatch.core.event import TEAM, Due
from balancewatch.core.state_record import moment

MOST_HERE = 4
"""So many teams share one function; of more, each gets one of its own, by a message."""
LONGEST_RUN = timedelta(seconds=240)
"""The function's timeout, as the template says."""
LONGEST_DELAY = timedelta(minutes=15)
"""Amazon SQS shows no message later than this after it was sent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """The message that has one team run, and how many seconds after sending it may be seen."""

    team: str
    body: str
    delay_s: int


def secrets_of(stack: str) -> str:
    """How the names of the teams' secrets begin; the rest of each is the team's name."""
    return f"{stack}/accounts/"


def teams_of(secrets: Iterable[str], beginning: str) -> tuple[Collection[str], Sequence[str]]:
    """The teams of the secrets that stand where teams' secrets do, and the names that are no team's."""
    names = [secret.removeprefix(beginning) for secret in secrets if secret.startswith(beginning)]
    teams = {name for name in names if re.fullmatch(TEAM, name) and name != MAIN}
    return teams, sorted(f"{beginning}{name}" for name in set(names) - teams)


def letter_of(due: Due, interval: timedelta) -> Letter:
    """The message for a team's run."""
    body = json.dumps({"team": due.team, "at": moment(due.at)})
    return Letter(due.team, body, delay_s(due.team, interval))


def delay_s(team: str, interval: timedelta) -> int:
    """How many seconds after the others' start a team's run starts, each time the same.

    Teams are spread over what is left of the interval when a run has had its time, at most what the queue
    can delay: thousands of teams that start together would be one burst at every gateway they share.
    """
    spread = min(max(interval - LONGEST_RUN, timedelta()), LONGEST_DELAY)
    return zlib.crc32(team.encode()) * int(spread.total_seconds()) >> 32
