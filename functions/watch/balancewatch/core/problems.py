"""What the owner should mend though the run went on: listed in the summary, never told as a notification."""

from collections.abc import Iterable

from balancewatch.core.account import Account, Rules
from balancewatch.core.fields import Problem
from balancewatch.core.reading import Balance
from balancewatch.core.summary import Outcome

NOBODY_LISTENS = Problem(
    None,
    None,
    "nobody has confirmed a subscription to the topic, so nothing is told; open the confirmation e-mail, "
    "or subscribe someone",
)


NO_ACCOUNTS = Problem(None, "accounts", "is empty, or all are disabled: nothing is watched")

_NOT_YET = ("quiet", "mute_until", "runway_hours", "critical_runway_hours")
_DEFAULT = Rules()


def set_aside(name: str, why: str) -> Problem:
    """A state that was put away, so that the account starts afresh."""
    return Problem(name, None, f"its state was set aside, and it starts afresh: {why}")


def outcome_problems(outcome: Outcome) -> Iterable[Problem]:
    """What a reading shows about an account's rules."""
    entry, reading, limits = outcome.entry, outcome.reading, outcome.decision.limits
    if not isinstance(entry, Account):
        return
    has_amount = isinstance(reading, Balance) and reading.remaining is not None
    if has_amount and (limits is None or (limits.warning is None and limits.critical is None)):
        unit = reading.unit if isinstance(reading, Balance) else ""
        yield Problem(
            entry.name,
            "threshold",
            f"is not set, and none is known for {unit}: no amount above 0 is low",
        )
    for name in _NOT_YET:
        if getattr(entry.rules, name) != getattr(_DEFAULT, name):
            yield Problem(entry.name, name, "has no effect yet in this version")
