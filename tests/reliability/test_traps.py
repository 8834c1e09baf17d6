"""Histories that broke earlier forms of the design, as far as no other test tells them."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.reliability.facts import Answer, Rules
from tests.reliability.faults import PUBLISH, Fault, Mode
from tests.reliability.player import Player
from tests.reliability.tick import Tick, figures
from tests.reliability.wire import Entry

HOUR = timedelta(hours=1)
WELL, LOW, CRITICAL = figures("80"), figures("9"), figures("2")
FAILS = Answer(reason="timeout")
A, B = Entry("a", rules=Rules(failures=1)), Entry("b", rules=Rules(failures=1))


class Town:
    """A player with a clock that goes on by an hour for each run."""

    def __init__(self, *entries: Entry) -> None:
        self.player = Player(random.Random(1))
        self.at = datetime(2026, 11, 22, 4, tzinfo=UTC)
        self.entries = entries

    def run(
        self, said: Mapping[str, Answer], *faults: Fault, again: bool = False, down: tuple[str, ...] = ()
    ) -> list[tuple[str, str, str]]:
        """One run: what is heard in it, as account, kind and status. The observer must agree."""
        told = len(self.player.cloud.accepted)
        self.at += timedelta(0) if again else HOUR
        answers = {entry.name: (said.get(entry.name, WELL),) for entry in self.entries}
        tick = Tick(
            self.at,
            self.at + timedelta(seconds=2),
            self.entries,
            answers,
            faults=faults,
            down=frozenset(down),
        )
        self.ended = self.player.play(tick)
        assert self.player.observer.broken == []
        heard = [each for message in self.player.cloud.accepted[told:] for each in message["notifications"]]
        return [(each["account"], each["kind"], each["status"]) for each in heard]

    def ids(self) -> list[str]:
        """Of all that was heard."""
        return [each["id"] for message in self.player.cloud.accepted for each in message["notifications"]]


@pytest.mark.parametrize(
    ("said", "kind", "runs"), [(LOW, "low_balance", 1), (FAILS, "unreachable", 2)], ids=["low", "unreachable"]
)
def test_the_end_of_a_beginning_that_got_no_answer_is_told(said: Answer, kind: str, runs: int) -> None:
    """`warning` accepted, no answer; topped up; the next run finds all well: people must hear it."""
    town = Town(A)
    town.run({})
    assert town.run({"a": said}, Fault(7, Mode.LOST)) == [("a", kind, "firing")]
    assert "not delivered" in town.ended
    heard = [each for _ in range(runs) for each in town.run({})]
    assert heard[-1] == ("a", kind, "resolved")
    assert town.run({}) == []


def test_an_account_whose_state_is_refused_is_told_by_nobody_and_starves_nobody() -> None:
    """Else each run publishes it again, and everything behind it is never kept or told."""
    town = Town(A, B)
    town.run({})
    town.player.cloud.refuses = frozenset({"a"})
    for attempt in range(4):
        heard = town.run({"a": LOW, "b": LOW if attempt else WELL})
        assert heard == ([("b", "low_balance", "firing")] if attempt == 1 else [])
        assert "not all could be kept" in town.ended
    town.player.cloud.refuses = frozenset()
    assert town.run({"a": LOW, "b": LOW}) == [("a", "low_balance", "firing")]


def test_a_time_of_which_not_all_was_told_is_told_when_it_is_asked_again() -> None:
    """With a daily schedule people would hear a day later."""
    town = Town(A)
    town.run({})
    assert town.run({"a": LOW}, Fault(7, Mode.REFUSED)) == []
    assert town.ended.startswith("failed")
    assert town.run({"a": LOW}, again=True) == [("a", "low_balance", "firing")]
    town.run({"a": LOW}, again=True)
    assert town.ended == "left"


def test_states_are_read_as_they_were_last_written() -> None:
    """One write old, and a run would publish what was told already."""
    town = Town(A)
    for _ in range(3):
        town.run({"a": LOW})
    assert len(town.ids()) == 1
    town.player.cloud.earlier.clear()
    assert town.run({"a": LOW}) == []


def test_a_name_that_stands_twice_is_one_item_and_stops_no_other() -> None:
    """The same key twice in one batch would make the table refuse all of it."""
    town = Town(A, replace(A, rules=Rules(failures=2)), B)
    assert set(town.run({"b": LOW})) == {("a", "unreachable", "firing"), ("b", "low_balance", "firing")}
    assert town.ended == "well"


@pytest.mark.parametrize("refused", [0, 1])
def test_of_two_changes_in_one_run_the_one_that_is_refused_is_told_later(refused: int) -> None:
    town = Town(A)
    town.run({"a": FAILS})
    town.run({})
    first = town.run({"a": LOW}, Fault(7 + 2 * refused, Mode.REFUSED))
    both = {("a", "low_balance", "firing"), ("a", "unreachable", "resolved")}
    assert len(first) == 1
    assert {*first, *town.run({"a": LOW})} == both
    assert town.run({"a": LOW}) == []


def test_after_days_without_sns_people_hear_todays_facts_once() -> None:
    town = Town(A, B)
    town.run({})
    for hour in range(72):
        said = {"a": LOW if hour % 2 else CRITICAL, "b": FAILS if hour < 40 else WELL}
        assert town.run(said, down=(PUBLISH,)) == []
    assert town.run({"a": CRITICAL}) == [("a", "low_balance", "firing"), ("b", "unreachable", "resolved")]
    assert town.run({"a": CRITICAL}) == []


def test_a_removed_account_that_comes_back_low_is_told_though_its_state_never_went() -> None:
    town = Town(A)
    town.run({"a": CRITICAL})
    town.entries = ()
    assert town.run({}, Fault(8, Mode.KILLED_BEFORE)) == [("a", "removed", "resolved")]
    town.entries = (A,)
    assert town.run({"a": CRITICAL}) == [("a", "low_balance", "firing")]
    assert len(set(town.ids())) == 3


def test_an_hour_that_comes_twice_and_one_that_is_missing_shift_no_repeat() -> None:
    """Repeats compare scheduled times, which know no daylight saving."""
    for start in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        town = Town(replace(A, rules=Rules(failures=1, zone="Europe/Berlin")))
        town.at = start
        town.run({"a": CRITICAL})
        heard = [town.run({"a": CRITICAL}) for _ in range(24)]
        assert [bool(each) for each in heard] == [False] * 23 + [True]


@pytest.mark.parametrize("seconds", [2, 600])
def test_a_process_that_sleeps_over_its_lease_and_wakes_changes_nothing(seconds: int) -> None:
    town = Town(A)
    town.run({"a": WELL})
    at = town.at + HOUR
    later = Tick(at + timedelta(seconds=5), at, (A,), {"a": (LOW,)})
    sleeps = Tick(
        at,
        at + timedelta(seconds=seconds),
        (A,),
        {"a": (WELL,)},
        faults=(Fault(3, Mode.ASLEEP_OVERTAKEN),),
        meanwhile=later,
    )
    town.player.play(sleeps)
    told = [each["status"] for message in town.player.cloud.accepted for each in message["notifications"]]
    assert told == ["firing"]
    assert town.player.cloud.items["team#main", "a"]["causes"] == {"M": {"amount": {"S": "warning"}}}


def test_a_threshold_of_a_share_is_not_moved_by_refunds() -> None:
    """100, 18 (told), 18.01, and then silence down to 3.60, was the trap."""
    town = Town(replace(A, rules=Rules(threshold="20%")))
    town.run({"a": figures("100")})
    assert town.run({"a": figures("18")}) == [("a", "low_balance", "firing")]
    assert town.run({"a": figures("18.01")}) == []
    assert town.run({"a": Answer(Decimal("3.60"))}) == [("a", "low_balance", "firing")]


def test_quiet_hours_follow_the_wall_through_a_night_that_has_an_hour_twice() -> None:
    """In Berlin 2:30 comes twice that night: at 00:30 and at 01:30 UTC."""
    rules = Rules(failures=1, zone="Europe/Berlin", quiet=("22:00", "03:00"))
    town = Town(replace(A, rules=rules))
    town.at = datetime(2026, 10, 24, 19, 30, tzinfo=UTC)
    town.run({})
    heard = [town.run({"a": LOW}) for _ in range(6)]
    assert heard == [[], [], [], [], [], [("a", "low_balance", "firing")]]


def test_what_is_muted_while_it_is_not_sure_is_told_with_its_id_when_the_mute_ends() -> None:
    town = Town(A)
    town.run({})
    town.run({"a": LOW}, Fault(7, Mode.LOST))
    until = town.at + timedelta(hours=3)
    town.entries = (replace(A, rules=replace(A.rules, mute_until=until)),)
    assert [town.run({"a": LOW}) for _ in range(2)] == [[], []]
    assert town.run({"a": LOW}) == [("a", "low_balance", "firing")]
    assert len(set(town.ids())) == 1


def test_an_outage_whose_digest_got_no_answer_is_told_once_more_with_the_same_ids() -> None:
    """Sent one by one at once, it would be heard twice with nobody dead."""
    town = Town(*(Entry(name, rules=Rules(failures=1)) for name in "abcdef"))
    town.run({})
    fails = dict.fromkeys("abcdef", FAILS)
    assert len(town.run(fails, Fault(7, Mode.LOST))) == 6
    assert len(town.run(fails)) == 6
    assert len(set(town.ids())) == 6
    assert town.run(fails) == []


def test_a_kill_between_the_notes_of_a_digest_tells_the_others_again() -> None:
    town = Town(*(Entry(name, rules=Rules(failures=1)) for name in "abcdef"))
    town.run({})
    fails = dict.fromkeys("abcdef", FAILS)
    assert len(town.run(fails, Fault(10, Mode.KILLED_BEFORE))) == 6
    assert len(town.run(fails)) == 4
    assert len(set(town.ids())) == 6


def test_a_forecast_that_vanishes_ends_nothing() -> None:
    """The cause would vanish with it, and a false end would go out."""
    town = Town(replace(A, rules=Rules(threshold=Decimal(0), runway=Decimal(48), failures=1)))
    left = Decimal(66)
    heard = []
    for _ in range(52):
        left -= 1
        heard += town.run({"a": Answer(left)})
    assert heard == [("a", "low_balance", "firing")] * 2  # by its runway: warning, critical
    key = ("team#main", "a")
    town.player.cloud.put(
        key, {part: value for part, value in town.player.cloud.items[key].items() if part != "spending"}
    )
    town.player.observer.unlearned("a")
    for _ in range(10):
        left -= 1
        assert town.run({"a": Answer(left)}) == []
