"""The real decisions over a recorded history: what people would have been told, and how early."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from balancewatch.core.account import Account, Rules
from balancewatch.core.decide import Decision, decide
from balancewatch.core.limits import Limits
from balancewatch.core.notice import Tick
from balancewatch.core.notification import Notification, notification_of
from balancewatch.core.plan import measured
from balancewatch.core.profile import Profile
from balancewatch.core.reading import Balance, Reading
from balancewatch.core.state import State, Thresholds
from balancewatch.core.state_record import state_of
from balancewatch.core.token import Token
from balancewatch.core.verdict import Level
from balancewatch_cli.replay.episodes import Episode, Moment, Outcome, episodes_of
from balancewatch_cli.replay.history import History

DEFAULT_THRESHOLDS: Thresholds = {"USD": Decimal(10), "CNY": Decimal(70)}
"""As a stack has them whose owner changed nothing."""

_NAME = "history"
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a history under a rule."""

    history: History
    rules: Rules
    notifications: tuple[Notification, ...]
    episodes: tuple[Episode, ...]
    limits: tuple[tuple[datetime, Limits], ...]
    """From when on which limits held."""

    def ending(self, outcome: Outcome) -> list[Episode]:
        return [episode for episode in self.episodes if episode.outcome is outcome]

    @property
    def missed(self) -> int:
        """How often the balance was empty before anybody heard that it is low."""
        return sum(episode.is_missed for episode in self.episodes)

    def episode_at(self, at: datetime) -> Episode | None:
        """The episode that was under way at that time."""
        return next((each for each in self.episodes if each.began <= at <= each.ended), None)


def replay(history: History, rules: Rules, profile: Profile) -> Replayed:
    """Decide run by run; every notification arrives."""
    account = Account(_NAME, "main", profile, Token(_NAME), "https://history.example", rules)
    state, notifications, moments = State(_NAME), [], []
    limits: list[tuple[datetime, Limits]] = []
    step = history.step
    for row in history.rows:
        tick = Tick(row.at, row.at, "main", f"the run of {row.at}", DEFAULT_THRESHOLDS, step)
        decision = decide(account, state, row.reading, tick)
        notifications += [
            notification_of(account, decision, notice, row.reading, tick) for notice in decision.notices
        ]
        moments.append(_moment(row.at, row.reading, decision))
        held = decision.outlook.limits
        if held is not None and (not limits or limits[-1][1] != held):
            limits.append((row.at, held))
        state = _kept(state, decision.told)
    return Replayed(history, rules, tuple(notifications), tuple(episodes_of(moments)), tuple(limits))


def _kept(before: State, told: State) -> State:
    """The state as the next run finds it: all that was told arrived, and finished hours are rounded."""
    level, reach = told.told_level, told.told_reach
    told = replace(
        told,
        told_level=level and replace(level, sure=True),
        told_reach=reach and replace(reach, sure=True),
    )
    is_new_hour = before.at is None or told.at is None or _hour(before.at) != _hour(told.at)
    kept = state_of(told.name, measured(told)) if is_new_hour else told
    return kept if isinstance(kept, State) else told


def _hour(at: datetime) -> int:
    return int(at.timestamp()) // _HOUR_S


def _moment(at: datetime, reading: Reading, decision: Decision) -> Moment:
    told, level = decision.told.told_level, decision.verdict.level
    return Moment(
        at=at,
        remaining=reading.remaining if isinstance(reading, Balance) else None,
        topped_up=decision.outlook.topped_up > 0,
        # What is well again and held back till the morning is not low any more.
        heard_low=min(Level.OK if told is None else told.level, level or Level.OK) > Level.OK,
    )


def middle(spans: Sequence[timedelta]) -> timedelta | None:
    """The median; None of none."""
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None
