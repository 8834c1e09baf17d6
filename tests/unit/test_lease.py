"""Who may run: what a run does that could not take the lease."""

from datetime import UTC, datetime, timedelta

import pytest

from balancewatch.core.lease import Busy, Lease, Leave, refusal

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(minutes=15), AT + timedelta(minutes=15)

CASES: dict[str, tuple[Lease, type[Leave] | type[Busy]]] = {
    "this time is done": (Lease("x", None, AT, AT), Leave),
    "a later time is done": (Lease("x", None, AFTER, AFTER), Leave),
    "another time is under way": (Lease("x", AFTER, BEFORE, BEFORE), Leave),
    "this time is under way, or its run is dead": (Lease("x", AFTER, AT, BEFORE), Busy),
    "this time is under way for the first time": (Lease("x", AFTER, AT, None), Busy),
}


@pytest.mark.parametrize(("found", "does"), CASES.values(), ids=CASES)
def test_a_run_without_the_lease_leaves_or_asks_to_be_asked_again(
    found: Lease, does: type[Leave] | type[Busy]
) -> None:
    assert isinstance(refusal(found, AT), does)
