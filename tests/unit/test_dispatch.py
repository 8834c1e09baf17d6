"""Where teams run: few at once in one function, many by the queue, none in another's way."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from balancewatch.core.event import Due, Record
from balancewatch.core.notification import Json
from balancewatch.core.outside import OutsideError
from balancewatch.core.teams import Letter
from balancewatch.dispatch import Fleet, dispatch, run_all, run_records
from balancewatch.world import Left, RunError

AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
INTERVAL = timedelta(minutes=15)
PATIENT_S = 30.0


@dataclass
class Outside:
    """What is there, what was sent and remembered, and how each team's run ends."""

    secrets: list[str] | None = field(default_factory=list)
    """The teams that have a secret; None where there is no listing them."""
    known: set[str] | None = field(default_factory=set)
    refuses: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, Callable[[], Mapping[str, Json] | Left]] = field(default_factory=dict)
    sent: list[Letter] = field(default_factory=list)
    remembered: list[set[str]] = field(default_factory=list)
    ran: list[tuple[Due, int]] = field(default_factory=list)

    def fleet(self, *, is_many: bool = True) -> Fleet:
        return Fleet(
            secrets="s/accounts/" if is_many else None,
            interval=INTERVAL,
            listed=self._listed,
            known=self._known,
            remember=lambda teams: self.remembered.append(set(teams)),
            send=self._send,
            run=self._run,
        )

    def _listed(self) -> Collection[str]:
        if self.secrets is None:
            raise OutsideError("the teams' secrets cannot be listed: planted")
        return [f"s/accounts/{team}" for team in self.secrets]

    def _known(self) -> Collection[str]:
        if self.known is None:
            raise OutsideError("the known teams cannot be read: planted")
        return self.known

    def _send(self, letters: Sequence[Letter], alive: Callable[[], bool]) -> Mapping[str, str]:
        assert alive()
        self.sent += [letter for letter in letters if letter.team not in self.refuses]
        return self.refuses

    def _run(self, due: Due, among: int) -> Mapping[str, Json] | Left:
        self.ran.append((due, among))
        return self.ends[due.team]() if due.team in self.ends else {"team": due.team}


def names(count: int) -> list[str]:
    """So many teams, `main` not among them."""
    return [f"t{number:03}" for number in range(count)]


@pytest.mark.parametrize("others", [0, 1, 3, 4, 99])
def test_up_to_four_teams_run_here_and_of_more_each_gets_a_message(others: int) -> None:
    outside = Outside(names(others))
    done = dispatch(outside.fleet(), AT, PATIENT_S)
    teams = ["main", *names(others)]
    here, queued = (teams, []) if others < 4 else ([], teams)
    assert sorted(due.team for due, _ in outside.ran) == here
    assert [each.due.team for each in done.ended] == here
    assert list(done.queued) == [letter.team for letter in outside.sent] == queued
    assert {among for _, among in outside.ran} <= {len(teams)}
    assert not done.troubles


def test_one_team_asks_nobody_which_there_are() -> None:
    outside = Outside(None, None)
    done = dispatch(outside.fleet(is_many=False), AT, PATIENT_S)
    assert ([due for due, _ in outside.ran], list(done.troubles)) == ([Due("main", AT)], [])


def test_a_team_that_is_new_is_remembered_before_it_runs() -> None:
    """Else nobody would know of it when its secret goes."""
    outside = Outside(["new", "old"], {"old"})
    outside.ends = {"new": lambda: {"team": str(outside.remembered)}}
    done = dispatch(outside.fleet(), AT, PATIENT_S)
    assert [each.summary for each in done.ended if each.due.team == "new"] == [{"team": "[{'new'}]"}]
    assert outside.remembered == [{"new"}]


def test_nothing_new_is_nothing_written() -> None:
    outside = Outside(["old"], {"old"})
    dispatch(outside.fleet(), AT, PATIENT_S)
    assert outside.remembered == []


def test_a_team_that_is_known_runs_although_it_is_listed_no_more() -> None:
    outside = Outside([], {"gone"})
    dispatch(outside.fleet(), AT, PATIENT_S)
    assert sorted(due.team for due, _ in outside.ran) == ["gone", "main"]


FINDING: dict[str, tuple[list[str] | None, set[str] | None, list[str], list[str]]] = {
    "no list: those that are known": (None, {"a"}, ["a", "main"], ["the teams' secrets cannot be listed"]),
    "none known: those that are listed": (["a"], None, ["a", "main"], ["the known teams cannot be read"]),
    "neither": (None, None, ["main"], ["the teams' secrets cannot", "the known teams cannot"]),
    "a name that no team can have": (
        ["a", "b/c"],
        set(),
        ["a", "main"],
        ["the secret s/accounts/b/c has a name"],
    ),
}


@pytest.mark.parametrize(("secrets", "known", "ran", "troubles"), FINDING.values(), ids=FINDING)
def test_what_cannot_be_found_out_stops_no_team_and_is_a_failure(
    secrets: list[str] | None, known: set[str] | None, ran: list[str], troubles: list[str]
) -> None:
    outside = Outside(secrets, known)
    done = dispatch(outside.fleet(), AT, PATIENT_S)
    assert sorted(due.team for due, _ in outside.ran) == ran
    assert [words for words, told in zip(troubles, done.troubles, strict=True) if words not in told] == []


def test_what_the_queue_refused_is_a_failure_and_not_queued() -> None:
    outside = Outside(
        names(9), refuses={"t003": "InternalError", "t007": "InternalError", "main": "Throttled"}
    )
    done = dispatch(outside.fleet(), AT, PATIENT_S)
    assert set(done.queued) == {"main", *names(9)} - {"t003", "t007", "main"}
    assert list(done.troubles) == [
        "2 teams could not be handed to the queue, t003 among them: InternalError",
        "1 teams could not be handed to the queue, main among them: Throttled",
    ]


def raises(error: Exception) -> Callable[[], Mapping[str, Json] | Left]:
    def end() -> Mapping[str, Json] | Left:
        raise error

    return end


def test_no_end_of_one_team_changes_that_of_another() -> None:
    """Failed, failed with a summary, left, our own bug, and well."""
    outside = Outside(
        ends={
            "failed": raises(RunError("no secret")),
            "in part": raises(RunError("not all told", {"team": "in part"})),
            "left": lambda: Left("done already"),
            "bug": raises(ZeroDivisionError("token-of-a")),
        }
    )
    ended = run_all(outside.fleet(), [Due(team, AT) for team in (*outside.ends, "well")], PATIENT_S)
    failed, in_part, left, bug, well = ended
    assert (failed.why, failed.summary) == ("no secret", None)
    assert (in_part.why, in_part.summary) == ("not all told", {"team": "in part"})
    assert (left.why, left.left, left.summary) == (None, "done already", None)
    assert bug.why is not None
    assert bug.why.startswith("ZeroDivisionError in end:")
    assert "token" not in bug.why, "what an exception says may hold anything"
    assert (well.why, well.summary) == (None, {"team": "well"})


def test_a_team_that_hangs_costs_itself_only() -> None:
    """The others have all of their time while it hangs; the function ends in time and says who did not."""
    release = threading.Event()
    others = threading.Barrier(3)

    def hang() -> Mapping[str, Json]:
        release.wait(PATIENT_S)
        return {}

    def meet() -> Mapping[str, Json]:
        others.wait(PATIENT_S)  # only passed if all three are at work at once
        return {"team": "well"}

    outside = Outside(ends={"hangs": hang, "a": meet, "b": meet, "c": meet})
    try:
        ended = run_all(outside.fleet(), [Due(team, AT) for team in ("hangs", "a", "b", "c")], 1.0)
    finally:
        release.set()
    assert ended[0].why == "it was still at work when the function had to end"
    assert [each.summary for each in ended[1:]] == [{"team": "well"}] * 3


def test_each_record_runs_its_team_until_the_next_interval_makes_up_for_it() -> None:
    outside = Outside()
    records = [
        Record("1", Due("a", AT)),
        Record("2", Due("b", AT)),
        Record("3", Due("a", AT + INTERVAL)),
        Record("4", None),
    ]
    ended = run_records(outside.fleet(), records, PATIENT_S)
    latest = AT + INTERVAL
    assert [each.due for each in ended] == [Due("a", latest, latest + INTERVAL), Due("b", AT, AT + INTERVAL)]
    assert len(outside.ran) == 2
