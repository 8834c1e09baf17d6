"""Whole lives of one account, decided run by run: what people hear, and what they do not."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Entry, Misconfigured, Percentage, QuietHours, Rules
from balancewatch.core.decide import Decision, decide, decide_removed
from balancewatch.core.forecast import Runway
from balancewatch.core.notice import Tick
from balancewatch.core.plausibility import is_implausible
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.state import State, Why
from balancewatch.core.state_record import record_of, state_of
from balancewatch.core.token import Token
from balancewatch.core.verdict import Cause, Level, Severity

START = datetime(2026, 11, 22, tzinfo=UTC)
DEFAULTS = {"USD": Decimal(10), "CNY": Decimal(70)}
HOUR = timedelta(hours=1)


def exchange(at: datetime) -> Exchange:
    return Exchange(at, 5, 200)


def account(**rules: object) -> Account:
    profile = catalogue.profile("laozhang")
    assert profile is not None
    return Account("a", "main", profile, Token("token"), "https://a.example", Rules(**rules))  # type: ignore[arg-type]  # the rules of a test


class Life:
    """An account run by run; `sure` says whether what is told arrives for certain."""

    def __init__(self, **rules: object) -> None:
        self.entry: Entry = account(**{"threshold": Decimal(10), **rules})
        self.state = State("a")
        self.at = START
        self.sure = True
        self.last: Decision

    def edit(self, **rules: object) -> None:
        self.entry = account(**{"threshold": Decimal(10), **rules})

    def run(self, reading: Reading, *, after: timedelta = HOUR) -> list[str]:
        """What is told, as words: `kind status level-or-reason severity`."""
        self.at += after
        tick = Tick(self.at, self.at, "main", f"holder-{self.at}", DEFAULTS, HOUR)
        self.last = decide(self.entry, self.state, reading, tick)
        self._arrive(self.last.told)
        return [f"{notice.kind} {notice.status} {notice.severity.word}" for notice in self.last.notices]

    def _arrive(self, told: State) -> None:
        if self.sure:
            level, reach = told.told_level, told.told_reach
            told = replace(
                told,
                told_level=level and replace(level, sure=True),
                told_reach=reach and replace(reach, sure=True),
            )
        self.state = told

    def has(self, remaining: object, **more: object) -> list[str]:
        number = None if remaining is None else Decimal(str(remaining))
        unit = str(more.pop("unit", "USD"))
        more.setdefault("scale", self.entry.rules.scale or Decimal(1))
        return self.run(Balance(number, unit, exchange(self.at), **more))  # type: ignore[arg-type]  # the figures of a test

    def fails(self, reason: Reason) -> list[str]:
        return self.run(Failure(reason, "planted"))

    def heard(self, *remaining: object) -> int:
        """How many notices a series of balances makes."""
        return sum(len(self.has(each)) for each in remaining)

    def heard_nothing_from(self, reason: Reason) -> bool:
        return not any(self.fails(reason) for _ in range(5))

    @property
    def level(self) -> Level | None:
        return self.last.verdict.level

    @property
    def runway(self) -> Runway | None:
        lasting = self.last.outlook.lasting
        return None if lasting is None else lasting.runway

    @property
    def why(self) -> Why | None:
        relief = self.last.notices[0].relief
        return None if relief is None else relief.why


FIRING = ["low_balance firing warning"]
CRITICAL = ["low_balance firing critical"]
RESOLVED = ["low_balance resolved warning"]


def test_at_its_threshold_a_balance_is_low_and_a_cent_above_it_is_not() -> None:
    life = Life()
    assert life.has("10.01") == []
    assert life.has(10) == FIRING


@pytest.mark.parametrize(
    ("remaining", "level"),
    [
        ("10.01", "ok"),
        ("10", "warning"),
        ("2.51", "warning"),
        ("2.5", "critical"),
        ("0.01", "critical"),
        ("0", "empty"),
        ("-4", "empty"),
    ],
)
def test_the_critical_threshold_is_a_quarter_of_the_threshold(remaining: str, level: str) -> None:
    life = Life()
    life.has(remaining)
    assert life.level is Level[level.upper()]


def test_hovering_at_the_threshold_is_told_once() -> None:
    life = Life()
    assert life.heard(200, "9.99", "10.01", "9.99", "10.40", "9.80") == 1
    assert life.has("10.51") == RESOLVED
    assert life.why is Why.RISEN


def test_hovering_at_zero_is_told_once() -> None:
    life = Life()
    life.has(200)
    assert life.has(0) == CRITICAL
    assert life.heard("0.01", 0, "0.02", "-0.01", "0.01") == 0


def test_hovering_at_zero_without_any_threshold_is_told_once() -> None:
    life = Life(threshold=None)
    life.has(200, unit="points")
    assert life.has(0, unit="points") == CRITICAL
    for remaining in ("0.5", 0, "0.9", 0):
        assert life.has(remaining, unit="points") == []
    assert life.has(50, unit="points") == ["low_balance resolved critical"]
    assert life.why is Why.TOPPED_UP


def test_two_steps_down_do_not_skip_the_margin() -> None:
    life = Life()
    life.has(200)
    assert life.has("0.12") == CRITICAL
    assert life.has("10.49") == []
    assert life.level is Level.WARNING


def test_pre_payments_that_come_back_are_no_top_ups() -> None:
    life = Life()
    assert life.heard(100, "9.9", "10.2", "9.9", "10.3", "9.7", "10.4") == 1


def test_a_refund_does_not_move_the_base_of_a_percentage() -> None:
    life = Life(threshold=Percentage(Decimal(20)))
    assert life.has(100) == []
    assert life.has(18) == FIRING
    assert life.has("18.01") == []
    assert life.has("3.60") == CRITICAL


def test_refunds_do_not_ratchet_the_base() -> None:
    life = Life(threshold=Percentage(Decimal(20)))
    told = life.has(100)
    remaining = Decimal(100)
    for _ in range(200):
        told += life.has(remaining - 5)
        remaining -= Decimal("0.10")
        told += life.has(remaining)
    assert life.state.seen is not None
    assert (told, life.state.seen.base) == ([], Decimal(100))


@pytest.mark.parametrize("base", ["0", "-0.01"])
def test_a_base_of_nothing_does_not_make_every_rise_a_top_up(base: str) -> None:
    life = Life(threshold=None)
    assert len(life.has(base, unit="points")) == 1
    for _ in range(5):
        assert life.has("0.001", unit="points") == []
        assert life.has(base, unit="points") == []


def test_the_base_is_never_below_the_balance() -> None:
    life = Life()
    life.has(100)
    life.has(104)
    assert life.state.seen is not None
    assert life.state.seen.base == 104


def test_a_top_up_that_leaves_it_low_makes_the_next_fall_news() -> None:
    life = Life(threshold=Decimal(100))
    life.has(200)
    assert life.has(20) == CRITICAL
    assert life.has(60) == []
    assert life.has(20) == CRITICAL


def test_a_better_level_without_a_reason_is_followed_by_no_second_alarm() -> None:
    life = Life(threshold=Decimal(100))
    life.has(1000)
    assert life.has(20) == CRITICAL
    assert life.heard(30, 20, 30, 20) == 0


def test_the_end_is_as_loud_as_the_worst_of_it() -> None:
    """SMS subscribers hear critical only: who heard that it began hears that it ended."""
    life = Life(threshold=Decimal(100), repeat_hours=Decimal(0))
    life.has(1000)
    assert life.has(20) == CRITICAL
    life.has(60)
    assert life.has(500) == ["low_balance resolved critical"]
    assert life.has(90) == FIRING
    assert life.has(500) == RESOLVED


def test_an_edited_rule_ends_it_at_once() -> None:
    life = Life()
    assert life.has(9) == FIRING
    life.edit(threshold=Decimal(5))
    assert life.has(9) == RESOLVED
    assert life.why is Why.EDITED


def test_an_edit_counts_once_and_margins_hold_again_after_it() -> None:
    life = Life()
    life.has(9)
    life.edit(threshold=Decimal(12))
    assert life.heard("9.5", "10.5", "11.5", "12.1", "11.9", "12.2") == 0


def test_critical_is_repeated_by_scheduled_time_and_warning_is_not() -> None:
    life = Life()
    life.has(2)
    assert [life.has(2) for _ in range(23)] == [[]] * 23
    assert life.has(2) == ["low_balance repeated critical"]
    calm = Life()
    calm.has(9)
    assert calm.heard(*[9] * 60) == 0


def test_repeat_hours_of_nothing_never_repeat() -> None:
    life = Life(repeat_hours=Decimal(0))
    life.has(2)
    assert life.heard(*[2] * 60) == 0


def test_following_a_better_level_does_not_starve_repeats() -> None:
    life = Life(threshold=Decimal(100))
    life.has(1000)
    life.has(20)
    told = [life.has(24 if run % 2 else 20) for run in range(24)]
    assert told[-1] == ["low_balance repeated critical"]


def test_a_providers_threshold_that_vanishes_from_answers_ends_nothing() -> None:
    """12 runs, every other without it: one notice."""
    life = Life(threshold=None)
    own = {"threshold": Decimal(20)}
    assert life.has(15, **own) == FIRING
    for run in range(12):
        assert life.has(15, **(own if run % 2 else {})) == []
    assert life.has(16) == []
    assert life.has(100) == RESOLVED


def test_a_provider_that_says_it_has_no_threshold_leaves_it_to_the_stacks() -> None:
    life = Life(threshold=None)
    life.has(15, threshold=Decimal(20))
    assert life.has(15, threshold_off=True) == RESOLVED


def test_a_new_unit_is_no_top_up_and_ends_nothing_until_it_can_be_judged() -> None:
    life = Life(threshold=None)
    assert life.has(9) == FIRING
    assert life.has(320, unit="points") == []
    assert life.has(320, unit="CNY") == RESOLVED
    assert life.why is Why.NEW_UNIT


def test_unlimited_is_never_compared_and_ends_it() -> None:
    life = Life()
    life.has(9)
    assert life.has(None, unlimited=True) == RESOLVED
    assert life.why is Why.UNLIMITED
    assert life.level is Level.OK


def test_an_answer_that_does_not_say_whether_it_can_be_spent_does_not_end_that_it_cannot() -> None:
    life = Life()
    assert life.has(100, spendable=False) == CRITICAL
    assert life.has(100, spendable=None) == []
    assert life.last.verdict.causes == {Cause.NOT_SPENDABLE: Level.EMPTY}
    assert life.has(100, spendable=True) == ["low_balance resolved critical"]
    assert life.why is Why.SPENDABLE


def test_a_level_that_rested_on_not_spendable_is_followed_down() -> None:
    life = Life()
    assert life.has(9, spendable=False) == CRITICAL
    assert life.has(9, spendable=True) == []
    assert life.has(2, spendable=True) == CRITICAL


@pytest.mark.parametrize(
    ("reason", "runs"),
    [(reason, 2 if reason in (Reason.UNAUTHORIZED, Reason.FORBIDDEN) else 3) for reason in Reason][1:],
)
def test_an_account_counts_as_unreachable_after_so_many_failures(reason: Reason, runs: int) -> None:
    life = Life()
    life.has(50)
    for _ in range(runs - 1):
        assert life.fails(reason) == []
    assert life.fails(reason) == ["unreachable firing warning"]
    assert life.heard_nothing_from(reason)


def test_the_accounts_own_patience_wins() -> None:
    life = Life(failures=1)
    assert life.fails(Reason.TIMEOUT) == ["unreachable firing warning"]


def test_a_misconfigured_account_is_told_in_its_first_run_and_so_is_what_it_hid() -> None:
    life = Life()
    mended = life.entry
    life.entry = Misconfigured("a", "main", "laozhang", (("token", "must be text"),))
    assert life.fails(Reason.MISCONFIGURED) == ["unreachable firing warning"]
    life.entry = mended
    assert life.fails(Reason.UNAUTHORIZED) == []
    assert life.fails(Reason.UNAUTHORIZED) == ["unreachable firing warning"]


def test_two_owners_reasons_by_turns_are_told_once() -> None:
    life = Life()
    told = [life.fails(Reason.UNAUTHORIZED if run % 2 else Reason.NOT_FOUND) for run in range(24)]
    assert sum(map(len, told)) == 1


def test_another_reason_that_the_owner_cannot_mend_is_no_news() -> None:
    life = Life(failures=1)
    life.fails(Reason.TIMEOUT)
    assert [life.fails(Reason.DNS) for _ in range(5)] == [[]] * 5


def test_flapping_reach_is_told_once() -> None:
    life = Life()
    told: list[str] = []
    for _ in range(6):
        for _ in range(3):
            told += life.fails(Reason.TIMEOUT)
        told += life.has(50)
    assert told == ["unreachable firing warning"]


def test_two_good_readings_end_it() -> None:
    life = Life(failures=1)
    life.fails(Reason.TIMEOUT)
    assert life.has(50) == []
    assert life.has(50) == ["unreachable resolved warning"]


def test_a_failed_read_changes_no_level() -> None:
    life = Life()
    life.has(9)
    life.fails(Reason.TIMEOUT)
    assert life.level is Level.WARNING
    assert life.has(9) == []


def test_an_account_that_was_never_read_has_no_level() -> None:
    life = Life()
    life.fails(Reason.TIMEOUT)
    assert life.level is None


def test_unreachable_while_critical_is_critical_and_repeated() -> None:
    life = Life(failures=1)
    life.has(2)
    assert life.fails(Reason.TIMEOUT) == ["unreachable firing critical"]
    told = [life.fails(Reason.TIMEOUT) for _ in range(24)]
    assert told[-1] == ["unreachable repeated critical"]
    assert not any(told[:-1])


def test_two_changes_in_one_run_are_two_notices_each_with_its_own_part() -> None:
    life = Life(failures=1)
    life.fails(Reason.TIMEOUT)
    life.has(50)
    assert life.has(9) == ["low_balance firing warning", "unreachable resolved warning"]


@given(st.lists(st.sampled_from(["9", "2", "0", "50", "fail"]), min_size=1, max_size=12), st.data())
def test_while_nothing_is_sure_the_last_words_are_always_what_is_true(
    history: list[str], data: st.DataObject
) -> None:
    life = Life(failures=1)
    believed: tuple[Level, bool] | None = None
    for step in history:
        life.sure = data.draw(st.booleans())
        told = life.fails(Reason.TIMEOUT) if step == "fail" else life.has(step)
        low = life.state.told_level
        believed = (low.level if low else Level.OK, bool(told))
        truth = life.level or Level.OK
        assert (believed[0] > Level.OK) == (truth > Level.OK)
        assert believed[0] >= truth


@given(st.lists(st.decimals(0, 200, places=2), min_size=2, max_size=30))
def test_a_level_is_never_told_twice_in_a_row_within_a_day(balances: list[Decimal]) -> None:
    life = Life()
    heard: list[str] = []
    for balance in balances[:20]:
        heard += life.has(balance)
    ends = [told for told in heard if "resolved" in told]
    assert len(ends) <= len(heard) - len(ends)
    assert not any("resolved" in first and "resolved" in second for first, second in pairwise(heard))


def test_the_same_words_keep_their_id_and_other_words_have_another() -> None:
    life = Life()
    life.sure = False
    life.has(9)
    first = life.last.notices[0].id
    life.has(9)
    assert life.last.notices[0].id == first
    life.has(2)
    second = life.last.notices[0].id
    life.has(90)
    third = life.last.notices[0].id
    assert len({first, second, third}) == 3


def test_an_end_that_may_have_arrived_is_followed_by_what_is_true() -> None:
    life = Life()
    life.has(9)
    life.sure = False
    assert life.has(90) == RESOLVED
    assert life.has(9) == FIRING


def test_a_removal_keeps_its_id_until_it_is_sure() -> None:
    life = Life()
    life.has(50)
    first = decide_removed(
        life.state, Tick(START + 5 * HOUR, START + 5 * HOUR, "main", "one", DEFAULTS, HOUR)
    )
    again = decide_removed(
        first.told, Tick(START + 6 * HOUR, START + 6 * HOUR, "main", "two", DEFAULTS, HOUR)
    )
    assert first.notices[0].id == again.notices[0].id
    assert (again.notices[0].is_again, again.notices[0].severity) == (True, Severity.INFO)


def test_removed_added_and_critical_never_share_an_id() -> None:
    life = Life()
    life.has(9)
    ids = {life.last.notices[0].id}
    life.state = State("a")
    life.has(2)
    ids.add(life.last.notices[0].id)
    assert len(ids) == 2


def test_a_run_for_a_time_that_was_counted_counts_nothing_and_keeps_its_time() -> None:
    life = Life(failures=2)
    life.fails(Reason.TIMEOUT)
    counted = life.state
    life.run(Failure(Reason.TIMEOUT, "planted"), after=timedelta(0))
    assert life.state == counted
    life.run(Failure(Reason.TIMEOUT, "planted"), after=-HOUR)
    assert life.state.at == counted.at


def test_an_account_that_comes_back_while_nobody_listens_is_still_known_next_time() -> None:
    life = Life()
    life.has(9)
    gone = decide_removed(
        life.state, Tick(life.at + HOUR, life.at + HOUR, "main", "one", DEFAULTS, HOUR)
    ).told
    tick = Tick(life.at + 2 * HOUR, life.at + 2 * HOUR, "main", "two", DEFAULTS, HOUR)
    untold = decide(life.entry, gone, Balance(Decimal(9), "USD", exchange(life.at)), tick).untold
    assert state_of("a", record_of(untold)) == untold


def test_the_words_of_a_removed_account_are_remembered() -> None:
    life = Life(title="Großes Konto", timezone=ZoneInfo("Asia/Shanghai"))
    life.has(50)
    assert (life.state.title, life.state.timezone, life.state.provider) == (
        "Großes Konto",
        "Asia/Shanghai",
        "laozhang",
    )


def test_a_top_up_while_it_is_not_sure_makes_other_words_with_another_id() -> None:
    """`critical` may have arrived: `warning` under its id would be dropped by a receiver."""
    life = Life(threshold=Decimal(100))
    life.has(200)
    life.sure = False
    assert life.has(20) == CRITICAL
    first = life.last.notices[0].id
    assert life.has(60) == FIRING
    assert life.last.notices[0].id != first


def test_a_repeat_that_is_not_sure_and_a_top_up_is_news_and_no_repeat() -> None:
    life = Life(threshold=Decimal(100), repeat_hours=Decimal(1))
    life.has(200)
    life.has(20)
    life.sure = False
    assert life.has(20) == ["low_balance repeated critical"]
    assert life.has(60) == FIRING


def test_an_account_whose_provider_never_says_spendable_can_be_spent_when_it_has_a_balance() -> None:
    """Only an error said that it was used up; an answer with a number ends that."""
    life = Life()
    profile = catalogue.profile("gcc-ai")
    assert profile is not None
    assert isinstance(life.entry, Account)
    life.entry = replace(life.entry, profile=profile, rules=replace(life.entry.rules, unit="USD"))
    life.has(500)
    assert life.has(None, spendable=False) == CRITICAL
    assert life.has(500) == ["low_balance resolved critical"]
    assert life.why is Why.SPENDABLE


def test_the_reason_of_an_end_is_true() -> None:
    life = Life()
    life.has(100)
    life.has(100, spendable=False)
    life.has(9, spendable=False)
    life.has(18, spendable=True)
    relief = life.last.notices[0].relief
    assert relief is not None
    assert (relief.why, relief.amount) == (Why.RISEN, Decimal(9))


def test_amounts_of_two_units_are_never_subtracted() -> None:
    life = Life(threshold=None)
    life.has(50)
    life.has(9)
    assert life.has(72, unit="CNY") == []
    assert life.has(74, unit="CNY") == RESOLVED
    assert life.why is Why.NEW_UNIT


def test_being_spendable_again_is_not_called_a_top_up() -> None:
    life = Life()
    life.has(100, spendable=False)
    life.has(150, spendable=False)
    assert life.has(150, spendable=True) == ["low_balance resolved critical"]
    assert life.why is Why.SPENDABLE


@pytest.mark.parametrize("rules", [{"threshold": Decimal(0)}, {"threshold": None}])
def test_hovering_at_zero_with_a_threshold_of_zero_is_told_once(rules: dict[str, object]) -> None:
    life = Life(**rules)
    more = {"threshold": Decimal(0)} if rules["threshold"] is None else {}
    assert [len(life.has(each, **more)) for each in (0, "0.01", 0, "0.01", 0)] == [1, 0, 0, 0, 0]


def test_something_left_is_not_empty_though_the_threshold_is_gone() -> None:
    life = Life(threshold=None)
    life.has(100, threshold=Decimal(20))
    assert life.has(0, threshold=Decimal(20)) == CRITICAL
    life.has("0.5")
    assert life.level is Level.CRITICAL


def test_a_default_threshold_that_the_stack_takes_away_is_an_edit() -> None:
    life = Life(threshold=None)
    assert life.has(2) == CRITICAL
    tick = Tick(life.at + HOUR, life.at + HOUR, "main", "holder", {}, HOUR)
    decision = decide(life.entry, life.state, Balance(Decimal(3), "USD", exchange(life.at)), tick)
    assert [notice.status for notice in decision.notices] == ["resolved"]


def test_another_address_is_no_edit_of_a_rule() -> None:
    life = Life()
    life.has("9.9")
    assert isinstance(life.entry, Account)
    life.entry = replace(life.entry, base_url="https://b.example")
    assert life.has("10.1") == []


def test_critical_while_unreachable_is_repeated_though_it_was_told_as_a_warning() -> None:
    life = Life(failures=1)
    life.has(50)
    assert life.fails(Reason.TIMEOUT) == ["unreachable firing warning"]
    assert life.has(2) == CRITICAL
    told = [life.fails(Reason.TIMEOUT) for _ in range(50)]
    assert sum(map(len, told)) >= 2


def test_a_top_up_that_could_not_be_judged_ends_it_when_it_can() -> None:
    life = Life(threshold=None)
    assert life.has(5, threshold=Decimal(10)) == FIRING
    assert life.has("5.5", threshold=Decimal(10)) == []
    life.has("10.2")
    assert life.level is Level.OK


def test_an_asked_again_run_tells_the_reason_that_it_notes() -> None:
    life = Life(failures=1)
    life.sure = False
    life.fails(Reason.RATE_LIMITED)
    first = life.last.notices[0].id
    life.sure = True
    life.run(Failure(Reason.UNAUTHORIZED, "planted"), after=timedelta(0))
    assert life.last.notices[0].id != first
    assert life.state.told_reach is not None
    assert life.state.told_reach.reason is Reason.UNAUTHORIZED
    assert life.fails(Reason.UNAUTHORIZED) == []


def test_a_doubted_zero_is_confirmed_though_another_failure_came_between() -> None:
    life = Life()
    life.has(50)
    life.run(Failure(Reason.IMPLAUSIBLE, "planted", suspect=Decimal(0)))
    life.fails(Reason.FORBIDDEN)
    assert isinstance(life.entry, Account)
    assert not is_implausible(life.state, Balance(Decimal(0), "USD", exchange(life.at)))


def test_an_account_that_comes_back_after_its_removal_gets_a_new_id() -> None:
    life = Life()
    life.has(9)
    first = life.last.notices[0].id
    life.state = decide_removed(
        life.state, Tick(life.at + HOUR, life.at + HOUR, "main", "one", DEFAULTS, HOUR)
    ).told
    assert life.has(9) == FIRING
    assert life.last.notices[0].id != first


def spent(life: Life, left: object, per_hour: object, hours: int) -> list[str]:
    """What is told while an account spends evenly down to what is left."""
    told = []
    for turn in reversed(range(hours)):
        told += life.has(Decimal(str(left)) + Decimal(str(per_hour)) * turn)
    return told


def test_a_runway_at_its_hours_is_told_though_the_balance_is_far_above_its_threshold() -> None:
    life = Life()
    assert spent(life, 1400, 10, 72) == []
    assert spent(life, 310, 10, 109) == FIRING
    assert life.last.verdict.causes == {Cause.RUNWAY: Level.WARNING}
    assert spent(life, 60, 10, 25) == CRITICAL
    assert life.last.verdict.causes[Cause.RUNWAY] is Level.CRITICAL


def test_the_runway_rule_can_be_turned_off() -> None:
    life = Life(runway_hours=Decimal(0), critical_runway_hours=Decimal(0))
    assert spent(life, 20, 10, 72) == []


def test_a_runway_that_flutters_is_told_once() -> None:
    life = Life()
    assert spent(life, 250, 10, 72) == FIRING
    assert spent(life, 90, 10, 16) == CRITICAL
    told = [line for left in (80, 120, 85, 125, 90, 130) for line in life.has(left)]
    assert told == []


def test_a_top_up_says_what_it_bought() -> None:
    life = Life()
    spent(life, 400, 10, 72)
    assert life.has(1400) == RESOLVED
    assert life.why is Why.TOPPED_UP
    assert life.runway is not None
    assert 100 < life.runway.likely < 170


def test_an_account_that_goes_idle_is_well_again_because_it_spends_less() -> None:
    life = Life()
    spent(life, 400, 10, 72)
    told: list[str] = []
    while not told:
        told = life.has(400)
    assert (told, life.why) == (RESOLVED, Why.SPENDS_LESS)
    assert life.heard(*[400] * 72) <= 2
    assert life.heard(*[400] * 72) == 0
    assert life.level is Level.OK


def test_an_idle_account_lasts_for_ever_and_a_new_one_is_not_guessed_at() -> None:
    life = Life()
    life.has(400)
    assert life.runway is None
    spent(life, 400, 0, 26)
    assert life.runway is not None
    assert life.runway.early == float("inf")


def test_a_forecast_that_vanishes_ends_nothing() -> None:
    life = Life()
    spent(life, 400, 10, 72)
    life.state = replace(life.state, spending=None)
    assert life.heard(390, 380, 370, 360) == 0
    assert life.level is Level.WARNING


def test_an_edited_runway_rule_ends_it_at_once() -> None:
    life = Life()
    spent(life, 400, 10, 72)
    life.edit(runway_hours=Decimal(6), critical_runway_hours=Decimal(2))
    assert life.has(390) == RESOLVED
    assert life.why is Why.EDITED


def test_an_account_that_cannot_be_read_is_told_as_low_when_it_must_be_by_its_usual_spend() -> None:
    life = Life(runway_hours=Decimal(0), critical_runway_hours=Decimal(0))
    spent(life, 40, 2, 72)
    told = [life.fails(Reason.SERVER_ERROR) for _ in range(22)]
    assert told[2] == ["unreachable firing warning"]
    assert [line for each in told[3:] for line in each] == [*FIRING, *CRITICAL, *CRITICAL]
    assert life.last.verdict.causes == {Cause.ESTIMATED: Level.EMPTY}
    estimate = life.last.outlook.estimate
    assert estimate is not None
    assert estimate.remaining <= 0


def test_an_estimate_never_improves_and_ends_at_the_first_reading_with_the_true_reason() -> None:
    life = Life(runway_hours=Decimal(0), critical_runway_hours=Decimal(0))
    spent(life, 100, 10, 72)
    for _ in range(12):
        life.fails(Reason.SERVER_ERROR)
    assert life.has(99) == ["low_balance resolved critical"]
    assert life.why is Why.ESTIMATE


def test_an_estimate_that_was_too_low_is_followed_down_without_a_word() -> None:
    life = Life(runway_hours=Decimal(0), critical_runway_hours=Decimal(0))
    spent(life, 100, 10, 72)
    for _ in range(12):
        life.fails(Reason.SERVER_ERROR)
    assert life.has(9) == []
    assert life.level is Level.WARNING
    assert life.has(2)[0] == CRITICAL[0]


def test_an_idle_account_that_cannot_be_read_is_not_estimated_away() -> None:
    life = Life()
    spent(life, 100, 0, 72)
    for _ in range(48):
        life.fails(Reason.SERVER_ERROR)
    assert life.level is Level.OK


def test_an_account_without_history_is_not_estimated() -> None:
    life = Life()
    life.has(11)
    for _ in range(12):
        life.fails(Reason.SERVER_ERROR)
    assert (life.level, life.last.outlook.estimate) == (Level.OK, None)


def test_mute_holds_everything_and_what_is_still_true_is_told_then() -> None:
    life = Life()
    life.has(200)
    life.edit(mute_until=life.at + 4 * HOUR)
    assert life.heard(5, 2, 0) == 0
    assert life.has(0) == CRITICAL
    assert life.heard(0, 0) == 0


def test_what_is_over_when_the_quiet_hours_end_was_never_told() -> None:
    life = Life(quiet=QuietHours(time(1), time(6)))
    assert life.heard(200, 5, 200, 5, 200, 200, 200) == 0


def test_a_top_up_in_quiet_hours_is_told_in_the_morning_with_its_reason() -> None:
    life = Life(quiet=QuietHours(time(4), time(8)))
    life.has(200)
    assert life.has(9) == FIRING
    assert life.heard(8, 50, 49, 48, 47) == 0
    assert life.has(46) == RESOLVED
    assert life.why is Why.TOPPED_UP


def test_critical_is_told_in_quiet_hours_and_its_end_in_the_morning() -> None:
    life = Life(quiet=QuietHours(time(0), time(6)))
    life.has(200)
    assert life.has(2) == CRITICAL
    assert life.heard(200, 200, 200) == 0
    assert life.has(200) == ["low_balance resolved critical"]


def test_a_refusal_that_says_nothing_of_amounts_forgets_none() -> None:
    """Not its unit, which an error cannot know, nor the balance before it."""
    life = Life()
    life.has(200, unit="USD")
    assert life.has(None, unit="units", spendable=False) == CRITICAL
    assert life.state.seen is not None
    assert (life.state.seen.unit, life.state.seen.remaining) == ("USD", Decimal(200))
    assert life.has(199, spendable=True) == ["low_balance resolved critical"]
    assert life.why is Why.SPENDABLE


def test_a_zero_that_a_gateway_answered_by_mistake_teaches_the_forecast_nothing() -> None:
    life = Life()
    spent(life, 303, 1, 96)
    assert life.runway is not None
    before = life.runway.early
    assert life.has(0) == CRITICAL
    life.has(302)
    told = [line for left in range(301, 280, -1) for line in life.has(left)]
    assert life.runway is not None
    assert life.runway.early > before * 0.7
    assert told == []


def test_the_state_says_where_it_is_low_and_when_it_was_topped_up() -> None:
    """Whoever looks at an account reads its state and needs no secret."""
    life = Life()
    life.has(50)
    assert (life.state.limit, life.state.top_up) == (Decimal(10), None)
    life.has(48)
    life.has(148)
    topped_up = life.state.top_up
    assert topped_up is not None
    assert (topped_up.at, topped_up.amount) == (START + 2 * HOUR, Decimal(100))
    life.edit(threshold=Percentage(Decimal(20)))
    life.fails(Reason.TIMEOUT)
    assert life.state.limit == Decimal("29.6")
    life.has(147)
    assert life.state.top_up == topped_up
    life.has(1000, unit="CNY")
    assert life.state.top_up is None
