"""What the histories found in the program, each as short as it can be told."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from tests.reliability.facts import Answer, Rules
from tests.reliability.faults import Fault, Mode
from tests.reliability.player import Player
from tests.reliability.tick import Tick, figures
from tests.reliability.wire import Entry

START = datetime(2026, 11, 22, 4, tzinfo=UTC)


def run(player: Player, number: int, **more: object) -> None:
    at = START + number * timedelta(hours=1)
    tick = Tick(at, at + timedelta(seconds=2), entries=(), answers={})
    player.play(replace_all(tick, more))


def replace_all(tick: Tick, more: dict[str, object]) -> Tick:
    values = {name: getattr(tick, name) for name in tick.__slots__} | more
    return Tick(**values)


def test_entries_that_got_a_name_while_nobody_listened_are_told_as_mended_later() -> None:
    player = Player(Random(1))
    run(player, 0, nameless=1)
    run(player, 1, is_listening=False)
    run(player, 2)
    told = [each["status"] for message in player.cloud.accepted for each in message["notifications"]]
    assert told == ["firing", "resolved"]
    assert player.observer.broken == []


def test_an_account_that_was_unlimited_since_has_no_last_balance() -> None:
    player = Player(Random(1))
    entries = (Entry("a", "gcc-ai", Rules(failures=1)),)
    for number, answer in enumerate([figures("60"), Answer(unlimited=True), Answer(reason="timeout")]):
        run(player, number, entries=entries, answers={"a": (answer,)})
    (message,) = player.cloud.accepted
    (told,) = message["notifications"]
    assert told["remaining"] is None
    assert player.observer.broken == []


def test_who_topped_up_while_all_was_muted_hears_that_it_is_low_again() -> None:
    """The end was held, and so the level that was told before hid that it fell again."""
    player = Player(Random(1))
    muted = Rules(mute_until=START + timedelta(hours=2, minutes=30))
    for number, (amount, rules) in enumerate([("0", Rules()), ("50", muted), ("9", muted), ("2", Rules())]):
        run(player, number, entries=(Entry("a", rules=rules),), answers={"a": (figures(amount),)})
    told = [(each["status"], each["level"]) for each in _heard(player)]
    assert told == [("firing", "empty"), ("firing", "critical")]
    run(player, 4, entries=(Entry("a"),), answers={"a": (figures("60"),)})
    assert [each["severity"] for each in _heard(player)][2:] == ["critical"]
    assert player.observer.broken == []


def test_an_end_that_came_by_itself_and_was_held_makes_no_second_alarm() -> None:
    player = Player(Random(1))
    muted = Rules(mute_until=START + timedelta(hours=2, minutes=30))
    amounts = [("9.9", Rules()), ("10.6", muted), ("10.4", muted), ("9.9", Rules())]
    for number, (amount, rules) in enumerate(amounts):
        run(player, number, entries=(Entry("a", rules=rules),), answers={"a": (figures(amount),)})
    assert len(_heard(player)) == 1
    assert player.observer.broken == []


def test_a_digest_that_sns_took_and_answered_with_an_error_comes_again_under_the_same_ids() -> None:
    player = Player(Random(1), digest_above=1)
    entries = tuple(Entry(name) for name in "ab")
    for number, amount in enumerate(["50", "9", "9"]):
        answers = {name: (figures(amount),) for name in "ab"}
        planned = (Fault(7, Mode.FAILED_AFTER),) if number == 1 else ()
        run(player, number, entries=entries, answers=answers, faults=planned)
    ids = [each["id"] for each in _heard(player)]
    assert (len(ids), len(set(ids))) == (4, 2)
    assert player.observer.broken == []


def test_an_account_that_comes_back_may_say_why_it_was_well_before_it_left() -> None:
    """SNS took that it was removed and answered with an error: so what was true before is still told."""
    player = Player(Random(1))
    entries = (Entry("a"),)
    for number, amount in enumerate(["50", "9"]):
        run(player, number, entries=entries, answers={"a": (figures(amount),)})
    run(player, 2, entries=entries, answers={"a": (figures("60"),)}, is_listening=False)
    run(player, 3, faults=(Fault(6, Mode.FAILED_AFTER),))
    run(player, 4, entries=entries, answers={"a": (Answer(reason="timeout"),)})
    told = [(each["kind"], each["status"]) for each in _heard(player)]
    assert told == [("low_balance", "firing"), ("removed", "resolved"), ("low_balance", "resolved")]
    assert player.observer.broken == []


def test_an_end_that_came_by_itself_does_not_hide_one_that_people_know_of() -> None:
    """All was held meanwhile: who paid to be let in again must hear that it is low, whatever lay between."""
    player = Player(Random(1))
    muted = Rules(mute_until=START + timedelta(hours=3, minutes=30))
    answers = [Answer(spendable=False), *map(figures, ["50", "9.9", "10.6", "9.9"])]
    for number, answer in enumerate(answers):
        entry = Entry("a", rules=muted if 0 < number < 4 else Rules())
        run(player, number, entries=(entry,), answers={"a": (answer,)})
    assert [each["level"] for each in _heard(player)] == ["empty", "warning"]
    assert player.observer.broken == []


def _heard(player: Player) -> list[Mapping[str, str]]:
    return [each for message in player.cloud.accepted for each in message["notifications"]]
