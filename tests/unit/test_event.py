"""An event asks for runs at its scheduled time, or by hand for now; or it brings records of the queue."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from balancewatch.core.event import Due, EventError, Record, answer_of, dues_of, records_of, scheduled_time

SAMPLES = Path(__file__).parents[2] / "events"
EVENTS = sorted(path for path in SAMPLES.glob("*.json") if path.stem != "queue")
NOW = datetime(2026, 11, 22, 4, 7, 31, 250_000, UTC)
NOW_EXACTLY = datetime(2026, 11, 22, 4, 7, 31, tzinfo=UTC)
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
SHIPPED = {"manual": NOW_EXACTLY, "scheduled": AT, "scheduled-unreplaced": NOW_EXACTLY}


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_every_event_that_ships_is_accepted(path: Path) -> None:
    """Each file says by its name what it stands for."""
    event = json.loads(path.read_text("utf-8"))
    assert scheduled_time(event, NOW) == SHIPPED[path.stem]
    assert records_of(event, NOW) is None


TIMES: dict[str, tuple[dict[str, object], datetime]] = {
    "nothing is now": ({}, NOW_EXACTLY),
    "null is now": ({"at": None}, NOW_EXACTLY),
    "the unreplaced placeholder is now": ({"at": "<aws.scheduler.scheduled-time>"}, NOW_EXACTLY),
    "other fields change nothing": ({"id": "x", "at": "2026-11-22T04:00:00Z"}, AT),
    "the schedule's time": ({"at": "2026-11-22T04:00:00Z"}, AT),
    "another zone": ({"at": "2026-11-22T12:00:00+08:00"}, AT),
    "no zone is UTC": ({"at": "2026-11-22T04:00:00"}, AT),
    "fractions are dropped": ({"at": "2026-11-22T04:00:00.999999Z"}, AT),
}


@pytest.mark.parametrize(("event", "at"), TIMES.values(), ids=TIMES)
def test_an_event_has_one_time_to_the_second(event: dict[str, object], at: datetime) -> None:
    """It keys datapoints: the same time must always be the same."""
    found = scheduled_time(event, NOW)
    assert found == at
    assert found.tzinfo is UTC
    assert found.microsecond == 0


@pytest.mark.parametrize(
    "at",
    [
        "",
        " ",
        "now",
        "<aws.scheduler.execution-id>",
        "<aws.scheduler.scheduled-time> ",
        "2026-11-22T25:00:00Z",
        "2026-13-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "1795320000",
        1795320000,
        0,
        False,
        ["2026-11-22T04:00:00Z"],
        {},
    ],
    ids=str,
)
def test_anything_else_is_no_time(at: object) -> None:
    """A run for a time that nobody meant would key its datapoints wrong."""
    with pytest.raises(EventError, match=r"the event's `at` must be a time such as 2026-11-22T04:00:00Z"):
        scheduled_time({"at": at}, NOW)


# --- records of the queue ---


def test_the_queues_event_that_ships_is_accepted() -> None:
    (record,) = records_of(json.loads((SAMPLES / "queue.json").read_text("utf-8")), NOW) or ()
    assert record.due == Due("main", NOW_EXACTLY)


def record(ident: str, **body: object) -> dict[str, object]:
    return {"messageId": ident, "body": json.dumps(body)}


BODIES: dict[str, tuple[Any, Due | None]] = {
    "a team and its time": ('{"team": "red", "at": "2026-11-22T04:00:00Z"}', Due("red", AT)),
    "main": ('{"team": "main", "at": "2026-11-22T04:00:00Z"}', Due("main", AT)),
    "no time is now": ('{"team": "red"}', Due("red", NOW_EXACTLY)),
    "no team": ('{"at": "2026-11-22T04:00:00Z"}', None),
    "a name that no team can have": ('{"team": "a/b", "at": "2026-11-22T04:00:00Z"}', None),
    "a name with a line's end": ('{"team": "red\\n", "at": "2026-11-22T04:00:00Z"}', None),
    "a team that is no text": ('{"team": 1, "at": "2026-11-22T04:00:00Z"}', None),
    "no time that can be read": ('{"team": "red", "at": "soon"}', None),
    "not an object": ('["red"]', None),
    "not JSON": ("red", None),
    "nothing": ("", None),
    "nested without end": ("[" * 100_000, None),
    "no text": (None, None),
}


@pytest.mark.parametrize(("body", "due"), BODIES.values(), ids=BODIES)
def test_a_record_asks_for_one_run_or_cannot_be_read(body: object, due: Due | None) -> None:
    """It fails alone then, and the others run."""
    good = record("2", team="blue", at="2026-11-22T04:00:00Z")
    found = records_of({"Records": [{"messageId": "1", "body": body}, good]}, NOW)
    assert found == [Record("1", due), Record("2", Due("blue", AT))]


@pytest.mark.parametrize(
    "records",
    ["x", {}, 1, [1], [{}], [{"body": "{}"}], [{"messageId": ""}], [{"messageId": 1, "body": "{}"}]],
    ids=str,
)
def test_records_that_cannot_be_told_apart_fail_all(records: object) -> None:
    """Lambda takes an answer with a wrong identifier for that as well."""
    with pytest.raises(EventError, match="must be records of the queue"):
        records_of({"Records": records}, NOW)


LATER = AT.replace(minute=15)
RECORDS = [
    Record("1", Due("red", AT)),
    Record("2", Due("blue", AT)),
    Record("3", Due("red", LATER)),
    Record("4", None),
    Record("5", Due("red", AT)),
]


def test_of_several_times_of_a_team_the_latest_runs() -> None:
    """Two at once would be in each other's way, and the latest makes up for the others."""
    assert dues_of(RECORDS) == [Due("red", LATER), Due("blue", AT)]


@pytest.mark.parametrize(
    ("failed", "kept"),
    [([], ["4"]), (["blue"], ["2", "4"]), (["red"], ["1", "3", "4", "5"]), (["green"], ["4"])],
    ids=str,
)
def test_lambda_is_told_exactly_which_records_failed(failed: list[str], kept: list[str]) -> None:
    assert answer_of(RECORDS, failed) == {"batchItemFailures": [{"itemIdentifier": ident} for ident in kept]}


def test_no_records_are_no_failures() -> None:
    assert answer_of(records_of({"Records": []}, NOW) or (), []) == {"batchItemFailures": []}
