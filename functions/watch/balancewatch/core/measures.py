"""What a run measures of itself and of its accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from balancewatch.core.account import full_name
from balancewatch.core.reading import Balance
from balancewatch.core.summary import Outcome, Telling
from balancewatch.core.verdict import Level


@dataclass(frozen=True, slots=True)
class Measures:
    """The counts of one run, and each balance that it read, by full name.

    What a run that failed early does not know is None, and not 0: an alarm on it stays as it is.
    """

    completed: int = 0
    failed: int = 0
    accounts: int | None = None
    low: int | None = None
    unreachable: int | None = None
    sent: int | None = None
    undelivered: int | None = None
    unheard: int | None = None
    """1 where there was something to tell and nobody listens."""
    balances: tuple[tuple[str, Decimal], ...] = ()


def measures(
    team: str, outcomes: Sequence[Outcome], tellings: Sequence[Telling], *, is_done: bool, is_heard: bool
) -> Measures:
    """The measures of a run that got as far as its end."""
    verdicts = [outcome.decision.verdict for outcome in outcomes]
    sent = sum(telling.sent for telling in tellings)
    return Measures(
        accounts=len(outcomes),
        low=sum((verdict.level or Level.OK) > Level.OK for verdict in verdicts),
        unreachable=sum(verdict.unreachable is not None for verdict in verdicts),
        sent=sent,
        undelivered=len(tellings) - sent if is_heard else 0,
        completed=int(is_done),
        failed=int(not is_done),
        unheard=int(not is_heard),
        balances=tuple(
            (full_name(team, outcome.entry.name), outcome.reading.remaining)
            for outcome in outcomes
            if isinstance(outcome.reading, Balance) and outcome.reading.remaining is not None
        ),
    )
