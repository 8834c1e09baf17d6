"""Which teams there are, and when and by what message each of many runs."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from balancewatch.core.event import Due, records_of
from balancewatch.core.teams import LONGEST_DELAY, LONGEST_RUN, delay_s, letter_of, secrets_of, teams_of

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
HERE = secrets_of("prod-watch")
MANY = [f"team-{number}" for number in range(3334)]

SECRETS: dict[str, tuple[list[str], set[str], list[str]]] = {
    "none": ([], set(), []),
    "two": ([f"{HERE}red", f"{HERE}blue"], {"red", "blue"}, []),
    "every letter that a name may have": ([f"{HERE}A.b_c-9"], {"A.b_c-9"}, []),
    "the longest": ([HERE + "x" * 64], {"x" * 64}, []),
    "too long": ([HERE + "x" * 65], set(), [HERE + "x" * 65]),
    "none after the slash": ([HERE], set(), [HERE]),
    "a folder": ([f"{HERE}red/blue"], set(), [f"{HERE}red/blue"]),
    "what Secrets Manager allows and we do not": (
        [f"{HERE}a+b", f"{HERE}a=b", f"{HERE}a@b"],
        set(),
        [f"{HERE}a+b", f"{HERE}a=b", f"{HERE}a@b"],
    ),
    "a second main": ([f"{HERE}main", f"{HERE}red"], {"red"}, [f"{HERE}main"]),
    "other stacks'": (
        ["prod-watch2/accounts/red", "prod/accounts/red", "my/prod-watch/accounts/x"],
        set(),
        [],
    ),
    "the same twice": ([f"{HERE}red", f"{HERE}red"], {"red"}, []),
}


@pytest.mark.parametrize(("secrets", "teams", "strangers"), SECRETS.values(), ids=SECRETS)
def test_a_secret_in_the_teams_place_is_a_team_or_is_named(
    secrets: list[str], teams: set[str], strangers: list[str]
) -> None:
    """None is passed over in silence: its accounts would not be watched."""
    assert teams_of(secrets, HERE) == (teams, strangers)


@pytest.mark.parametrize("minutes", [5, 10, 15, 30, 60, 120, 180])
def test_starts_are_spread_and_each_run_still_ends_before_the_next_is_due(minutes: int) -> None:
    interval = timedelta(minutes=minutes)
    delays = [delay_s(team, interval) for team in MANY]
    spread = min(interval - LONGEST_RUN, LONGEST_DELAY).total_seconds()
    assert min(delays) >= 0
    assert max(delays) < spread
    tenths = Counter(int(delay * 10 / spread) for delay in delays)
    assert len(tenths) == 10
    assert max(tenths.values()) < 1.3 * len(MANY) / 10


def test_a_million_accounts_do_not_start_together() -> None:
    """3,334 full teams, at the usual interval: docs/scale.md says at most 11 in a second."""
    starts = Counter(delay_s(team, timedelta(minutes=15)) for team in MANY)
    assert max(starts.values()) <= 20


def test_a_team_starts_at_the_same_offset_each_time() -> None:
    """So its runs lie an interval apart, in every process and on every day."""
    assert [delay_s(team, timedelta(minutes=15)) for team in ("red", "blue", "main")] == [645, 407, 492]


def test_no_time_to_spread_is_no_delay() -> None:
    assert delay_s("red", timedelta(minutes=1)) == 0


def test_a_message_holds_name_and_time_and_nothing_else() -> None:
    letter = letter_of(Due("red", AT), timedelta(minutes=15))
    assert json.loads(letter.body) == {"team": "red", "at": "2026-11-22T04:00:00Z"}
    event = {"Records": [{"messageId": "1", "body": letter.body}]}
    (record,) = records_of(event, AT + timedelta(hours=1)) or ()
    assert record.due == Due("red", AT)
