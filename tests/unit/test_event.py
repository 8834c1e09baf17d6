"""An event asks for a run at its scheduled time, or by hand for now."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from balancewatch.core.event import EventError, scheduled_time

EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))
NOW = datetime(2026, 11, 22, 4, 7, 31, 250_000, UTC)
NOW_EXACTLY = datetime(2026, 11, 22, 4, 7, 31, tzinfo=UTC)
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
SHIPPED = {"manual": NOW_EXACTLY, "scheduled": AT, "scheduled-unreplaced": NOW_EXACTLY}


@pytest.mark.parametrize("path", EVENTS, ids=[path.stem for path in EVENTS])
def test_every_event_that_ships_is_accepted(path: Path) -> None:
    """Each file says by its name what it stands for."""
    assert scheduled_time(json.loads(path.read_text("utf-8")), NOW) == SHIPPED[path.stem]


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
