"""What the owner should mend though the run went on: listed in the summary, never told as a notification."""

from collections.abc import Iterable

from balancewatch.core.account import Account
from balancewatch.core.fields import Problem
from balancewatch.core.notice import Tick
from balancewatch.core.quiet import covers_every_run
from balancewatch.core.reading import Balance
from balancewatch.core.summary import Outcome

NOBODY_LISTENS = Problem(
    None,
    None,
    "nobody has confirmed a subscription to the topic, so nothing is told; open the confirmation e-mail, "
    "or subscribe someone",
)

NO_ACCOUNTS = Problem(None, "accounts", "is empty, or all are disabled: nothing is watched")

NO_SECRET = Problem(
    None, None, "the team's secret is gone: its accounts are no longer watched, and people are told"
)


def set_aside(name: str, why: str) -> Problem:
    """A state that was put away, so that the account starts afresh."""
    return Problem(name, None, f"its state was set aside, and it starts afresh: {why}")


def outcome_problems(outcome: Outcome, tick: Tick) -> Iterable[Problem]:
    """What a run shows about an account's rules."""
    entry, reading, limits = outcome.entry, outcome.reading, outcome.decision.outlook.limits
    if not isinstance(entry, Account):
        return
    is_limited = limits is not None and (limits.warning, limits.critical) != (None, None)
    if isinstance(reading, Balance) and reading.remaining is not None and not is_limited:
        watched = "only the runway is watched" if entry.rules.runway_hours else "no amount above 0 is low"
        yield Problem(entry.name, "threshold", f"is not set, and none is known for {reading.unit}: {watched}")
    if covers_every_run(entry.rules, tick.now, tick.interval):
        yield Problem(entry.name, "quiet", "covers every run of a day, and so is not applied")
