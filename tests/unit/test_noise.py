"""The noise table in small: the order of things, and that the worlds are the same for every rule."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from balancewatch.core.reading import Reason
from tests.benchmarks.bars import bars
from tests.benchmarks.demand import STEP, STEPS_A_DAY, made
from tests.benchmarks.noise import played, scored, table
from tests.benchmarks.post import About, KilledError, Post
from tests.benchmarks.rules_people_use import ChangeOfState, Cooldown, FixedThreshold, Prediction, Rule
from tests.benchmarks.world import Answer, Kill, Run, World, worlds

START = datetime(2026, 11, 2, tzinfo=UTC)


def small_worlds() -> list[World]:
    return list(worlds([each for each in made(3, days=12) if each.name == "steady"], seed=3))


def test_ours_misses_nothing_and_a_fixed_threshold_says_far_more() -> None:
    total = scored(small_worlds()[0])
    ours, fixed, cooldown = (
        total[name] for name in ("balancewatch", "fixed threshold", "60 minutes' cooldown")
    )
    assert ours.episodes > 0
    assert ours.missed == 0
    assert ours.notices_per_episode < cooldown.notices_per_episode < fixed.notices_per_episode
    assert ours.usual_warning > fixed.usual_warning
    assert ours.notices_per_dead < cooldown.notices_per_dead < fixed.notices_per_dead
    text = table(total)
    assert len({len(line) for line in text.splitlines()}) == 1
    assert ET.fromstring(bars(total)).tag.endswith("svg")


def test_worlds_are_the_same_each_time() -> None:
    first, second = small_worlds(), small_worlds()
    assert first == second
    assert sum(world.faults["single failures"] for world in first) > 0


def test_a_world_goes_down_and_is_topped_up_whatever_anybody_says() -> None:
    for world in small_worlds():
        for descent in world.descents:
            assert world.runs[descent.end].truth > world.runs[descent.end - 1].truth
            if descent.empty is not None:
                assert world.runs[descent.empty].truth <= 0


def runs(*answers: object, killed: Kill | None = None, refused: tuple[int, ...] = ()) -> list[Run]:
    made_runs = []
    for turn, answer in enumerate(answers):
        at = START + STEP * turn
        right = Answer(Decimal(50), None)
        given = answer if isinstance(answer, Answer | Reason) else Answer(Decimal(str(answer)), None)
        made_runs.append(Run(at, at, 50.0, right, given, killed=killed, refuses=turn in refused))
    return made_runs


def heard(rule: Rule, given: list[Run]) -> list[About]:
    return [each.about for each in played(World("w", given, [0.0] * len(given), [], []), rule).arrived]


MISSING = Answer(Decimal(0), None, missing=True)


def test_a_fixed_threshold_tells_on_each_run() -> None:
    assert heard(FixedThreshold(), runs(11, 10, 9, 0, Reason.TIMEOUT, MISSING, 50)) == [
        About.LOW, About.LOW, About.EMPTY, About.DEAD, About.DEAD,
    ]  # fmt: skip


def test_a_cooldown_claimed_before_sending_loses_what_is_refused() -> None:
    assert heard(Cooldown(), runs(*[9] * 6)) == [About.LOW, About.LOW]
    assert heard(Cooldown(), runs(*[9] * 4, refused=(0,))) == []


def test_a_change_of_state_takes_a_missing_field_for_0() -> None:
    assert heard(ChangeOfState(), runs(50, MISSING, 50)) == [About.EMPTY, About.WELL]
    failures = [Reason.TIMEOUT] * 3
    assert heard(ChangeOfState(), runs(9, *failures, 9, 50)) == [
        About.LOW, About.DEAD, About.LOW, About.WELL,
    ]  # fmt: skip
    assert heard(ChangeOfState(), runs(9, 9, refused=(0,))) == [About.LOW]


def test_a_prediction_waits_until_it_has_held_for_an_hour() -> None:
    falling = [100 - turn / 2 for turn in range(STEPS_A_DAY)]
    assert heard(Prediction(), runs(*falling[:5])) == []
    assert heard(Prediction(), runs(*falling)) == [About.LOW]
    assert heard(Prediction(), runs(*[50] * 20)) == []


def test_a_run_that_dies_before_sending_sends_nothing() -> None:
    (run,) = runs(9, killed=Kill.BEFORE_SENDING)
    post = Post(set())
    post.begin(0, run)
    with pytest.raises(KilledError):
        FixedThreshold().run(run, post)
    assert post.arrived == []


def test_made_demand_spends_ten_a_day_on_average() -> None:
    for demand in made(1, days=14):
        assert sum(demand.spent) / 14 == pytest.approx(10)
        assert len(demand.spent) == 14 * timedelta(days=1) // STEP
