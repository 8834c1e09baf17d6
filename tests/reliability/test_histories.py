"""No history breaks a promise: some random ones, all small ones, and whatever hypothesis makes up."""

import ast
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.reliability.exhaustive import search
from tests.reliability.facts import Answer, Rules
from tests.reliability.faults import Fault, Mode
from tests.reliability.histories import last_line, main, play
from tests.reliability.player import Player
from tests.reliability.tick import SPOILED_SECRETS, Tick
from tests.reliability.wire import BAD_BODIES, SPOILED, UNANSWERED, Entry

HERE = Path(__file__).parent
ALONE = ("facts.py", "ahead.py", "hold.py", "truth.py", "belief.py", "hearing.py", "model.py")
"""The observer: it must share no code with the program."""


@pytest.mark.parametrize(
    "start", [0, 15, *(pytest.param(start, marks=pytest.mark.thorough) for start in (30, 45))]
)
def test_random_histories_break_no_promise(start: int) -> None:
    """`make histories N=20000` plays many more."""
    for index in range(start, start + 15):
        count = play(20261122, index)
        assert count.found == []


@pytest.mark.parametrize("first", ["low", "fails"])
def test_no_small_history_breaks_a_promise(first: str) -> None:
    """`python -m tests.reliability.exhaustive` searches all of them, with two faults."""
    found = search(first, 1, words=("well", "low", "removed"))
    assert found.broken == []
    assert found.histories > 500


def test_a_history_can_be_played_again_and_is_shown_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert play(7, 3).faults == play(7, 3).faults
    assert main(["--seed", "7", "--only", "3"]) == 0
    shown = capsys.readouterr().out
    assert "run for" in shown
    assert last_line(play(7, 3), 7) in shown


@pytest.mark.parametrize("name", ALONE)
def test_the_observer_imports_nothing_of_the_program(name: str) -> None:
    tree = ast.parse((HERE / name).read_text("utf-8"))
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names}
    assert not any(module.startswith("balancewatch") for module in imported)
    own = {module for module in imported if module.startswith("tests")}
    assert own <= {f"tests.reliability.{each.removesuffix('.py')}" for each in ALONE}


amounts = st.sampled_from(["200", "12", "10.51", "10.5", "10.01", "10", "9", "2.5", "1", "0", "-3"])
balances = st.builds(
    Answer,
    amount=amounts.map(Decimal),
    used=st.none() | st.integers(0, 400).map(Decimal),
    spendable=st.sampled_from([True, True, True, False, None]),
)
failures = st.one_of(
    st.sampled_from([*UNANSWERED, "unauthorized", "not_found", "server_error"]).map(
        lambda reason: Answer(reason=reason)
    ),
    st.sampled_from(list(BAD_BODIES)).map(lambda form: Answer(reason="bad_answer", form=form)),
)
readings = st.one_of(balances, balances, failures)
answers = st.one_of(st.tuples(readings), st.tuples(readings), st.tuples(readings, readings))
faults = st.lists(st.builds(Fault, st.integers(1, 14), st.sampled_from(Mode)), max_size=2).map(tuple)
limits = st.sampled_from([None, Decimal(10), Decimal(100), "20%", Decimal(0)])
rules = st.builds(
    Rules,
    threshold=limits,
    failures=st.sampled_from([None, 1, 2]),
    repeat_hours=st.sampled_from([Decimal(24), Decimal(2)]),
)


class Histories(RuleBasedStateMachine):
    """Two accounts, run after run, with whatever can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.player = Player(random.Random(1))
        self.at = datetime(2026, 10, 24, 22, tzinfo=UTC)
        self.entries = {name: Entry(name) for name in "ab"}
        self.answers: dict[str, tuple[Answer, ...]] = {name: (Answer(Decimal(50)),) for name in "ab"}
        self.nameless = 0
        self.is_listening = True

    def tick(self) -> Tick:
        return Tick(
            at=self.at,
            starts=self.at + timedelta(seconds=2),
            entries=tuple(self.entries.values()),
            answers=self.answers,
            nameless=self.nameless,
            is_listening=self.is_listening,
        )

    @initialize(first=rules, second=rules)
    def begins(self, first: Rules, second: Rules) -> None:
        self.entries = {"a": Entry("a", rules=first), "b": Entry("b", provider="aihubmix", rules=second)}

    @rule(first=answers, second=answers, hours=st.sampled_from([1, 1, 2, 25]), planned=faults)
    def runs(
        self, first: tuple[Answer, ...], second: tuple[Answer, ...], hours: int, planned: tuple[Fault, ...]
    ) -> None:
        self.at += timedelta(hours=hours)
        self.answers = {"a": first, "b": second}
        tick = self.tick()
        meanwhile = Tick(self.at + timedelta(seconds=5), tick.starts, tick.entries, tick.answers)
        self.player.play(
            Tick(
                at=tick.at,
                starts=tick.starts,
                entries=tick.entries,
                answers=tick.answers,
                nameless=tick.nameless,
                is_listening=tick.is_listening,
                faults=planned,
                meanwhile=meanwhile if self.is_listening and not self.nameless else None,
            )
        )

    @rule(after=st.sampled_from([1, 60, 400]))
    def runs_again(self, after: int) -> None:
        self.player.now += timedelta(seconds=after)
        self.player.play(self.tick())

    @rule(name=st.sampled_from("ab"), edited=rules, spoiled=st.none() | st.sampled_from(list(SPOILED)))
    def is_edited(self, name: str, edited: Rules, spoiled: str | None) -> None:
        provider = "laozhang" if name == "a" else "aihubmix"
        self.entries[name] = Entry(name, provider, edited, spoiled)

    @rule(name=st.sampled_from("ab"))
    def leaves(self, name: str) -> None:
        self.entries.pop(name, None)

    @rule(
        name=st.sampled_from("ab"),
        what=st.sampled_from(["of a newer format", "of a newer format", "garbage", "lost"]),
    )
    def state_is_spoiled(self, name: str, what: str) -> None:
        tick = self.tick()
        self.player.play(Tick(tick.at, tick.starts, tick.entries, tick.answers, before=((what, name),)))

    @rule(secret=st.sampled_from(list(SPOILED_SECRETS)))
    def secret_is_spoiled(self, secret: str) -> None:
        self.at += timedelta(hours=1)
        tick = self.tick()
        self.player.play(Tick(tick.at, tick.starts, tick.entries, tick.answers, spoiled_secret=secret))

    @rule(nameless=st.integers(0, 1), is_listening=st.booleans())
    def surroundings_change(self, nameless: int, *, is_listening: bool) -> None:
        self.nameless, self.is_listening = nameless, is_listening

    @invariant()
    def no_promise_is_broken(self) -> None:
        assert self.player.observer.broken == []

    def teardown(self) -> None:
        """After all trouble one healthy run puts everything right."""
        self.is_listening, self.nameless = True, 0
        self.at += timedelta(hours=8)
        assert self.player.play(self.tick()) == "well"
        assert self.player.observer.broken == []


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=60,
    stateful_step_count=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
