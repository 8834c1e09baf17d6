"""Our own rule: the program's decisions, kept and told in the order of a run."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from balancewatch.adapters import catalogue
from balancewatch.core.account import Account, Rules
from balancewatch.core.decide import decide
from balancewatch.core.notice import Kind, Notice, Tick
from balancewatch.core.plan import measured
from balancewatch.core.plausibility import WAIT_S, is_implausible, settled
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.state import State, Status
from balancewatch.core.state_record import state_of
from balancewatch.core.token import Token
from balancewatch.core.verdict import Level
from tests.benchmarks.demand import STEP
from tests.benchmarks.post import About, Post
from tests.benchmarks.world import THRESHOLD, Answer, Run

_PARTS: dict[Kind, Literal["told_level", "told_reach"]] = {
    Kind.LOW_BALANCE: "told_level",
    Kind.UNREACHABLE: "told_reach",
}


class Ours:
    """An account with a threshold and nothing else said: all other rules are as they ship."""

    def __init__(self) -> None:
        profile = catalogue.profile("laozhang")
        if profile is None:
            raise LookupError
        rules = Rules(threshold=Decimal(THRESHOLD))
        self._account = Account("a", "main", profile, Token("token"), "https://a.example", rules)
        self._state = State("a")

    def run(self, run: Run, post: Post) -> None:
        tick = Tick(run.at, run.now, "main", f"the run of {run.at}", {}, STEP)
        decision = decide(self._account, self._state, self._read(run), tick)
        self._state = _as_kept(decision.told)
        for notice in decision.notices:
            if post.send(_about(notice, decision.verdict.level)):
                self._note(notice)

    def _read(self, run: Run) -> Reading:
        """As a run does: what is hard to believe is asked for again."""
        first = _reading(run.answer, run)
        if not isinstance(first, Balance) or not is_implausible(self._state, first):
            return first
        again = run.right if isinstance(run.answer, Answer) and run.answer.brief else run.answer
        return settled(self._state, first, _reading(again, run, later=WAIT_S))

    def _note(self, notice: Notice) -> None:
        part = getattr(self._state, _PARTS[notice.kind])
        if part is not None and part.id == notice.id:
            self._state = replace(self._state, **{_PARTS[notice.kind]: replace(part, sure=True)})


def _reading(answer: Answer | Reason, run: Run, *, later: int = 0) -> Reading:
    exchange = Exchange(run.now + timedelta(seconds=later), 200, 200)
    match answer:
        case Answer(missing=False):
            return Balance(answer.remaining, "USD", exchange, answer.used, spendable=True)
        case Answer():
            return Failure(Reason.BAD_ANSWER, "the answer has no `remaining`", exchange)
        case _:
            return Failure(answer, "planted", exchange)


def _as_kept(state: State) -> State:
    """As the table gives it back, once an hour: that is when what it rounds has changed."""
    if state.at is None or state.at.minute:
        return state
    kept = state_of(state.name, measured(state))
    return kept if isinstance(kept, State) else state


def _about(notice: Notice, level: Level | None) -> About:
    is_over = notice.status is Status.RESOLVED
    if notice.kind is Kind.UNREACHABLE:
        return About.ALIVE if is_over else About.DEAD
    if is_over:
        return About.WELL
    return About.EMPTY if level is Level.EMPTY else About.LOW
