"""The weekly report: when it is due, what it says in each language, and that it fits."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest

from balancewatch.core.account import Language
from balancewatch.core.message import LARGEST
from balancewatch.core.overview import Overview
from balancewatch.core.report import (
    Report,
    ReportTold,
    latest_due,
    record_of_report,
    report_id,
    report_of_record,
    to_tell,
)
from balancewatch.core.report_message import compose_report
from balancewatch.core.report_words import WORDS, Word
from balancewatch.core.sms import fits
from tests.gallery import nobody, three_hundred, told

ROOT = Path(__file__).parents[2]
SCHEMA: Any = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def report(overview: Overview, language: Language = Language.EN, team: str = "main") -> Report:
    return Report("0" * 24, team, overview, language, SHANGHAI)


@pytest.mark.parametrize(
    ("at", "weekday", "zone", "due"),
    [
        ("2026-11-23T09:00", 0, "UTC", "2026-11-23T09:00"),
        ("2026-11-23T08:59", 0, "UTC", "2026-11-16T09:00"),
        ("2026-11-29T23:59", 0, "UTC", "2026-11-23T09:00"),
        ("2026-11-23T01:00", 0, "Asia/Shanghai", "2026-11-23T01:00"),
        ("2026-11-23T00:59", 0, "Asia/Shanghai", "2026-11-16T01:00"),
        ("2026-11-22T09:00", 6, "UTC", "2026-11-22T09:00"),
        ("2026-11-22T09:00", 0, "UTC", "2026-11-16T09:00"),
        ("2026-03-30T07:00", 0, "Europe/Berlin", "2026-03-30T07:00"),
        ("2026-03-29T07:00", 0, "Europe/Berlin", "2026-03-23T08:00"),
    ],
    ids=[
        "now",
        "in a minute",
        "at the end of the week",
        "in another zone",
        "in another zone, in a minute",
        "on a Sunday",
        "yesterday in another week",
        "after the clock changed",
        "before the clock changed",
    ],
)
def test_a_report_is_due_at_nine_on_the_wall(at: str, weekday: int, zone: str, due: str) -> None:
    found = latest_due(datetime.fromisoformat(at).replace(tzinfo=UTC), weekday, ZoneInfo(zone))
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)
LAST_WEEK = DUE - timedelta(days=7)


@pytest.mark.parametrize(
    ("before", "tells"),
    [
        (None, False),
        (ReportTold(LAST_WEEK, "a", sure=True), True),
        (ReportTold(LAST_WEEK, "a", sure=False), True),
        (ReportTold(DUE, "a", sure=False), True),
        (ReportTold(DUE, "a", sure=True), False),
        (ReportTold(DUE + timedelta(days=1), "a", sure=False), False),
    ],
    ids=["never", "a new week", "a new week, the last unsure", "unsure", "sure", "the day was changed"],
)
def test_each_week_is_told_once_and_until_it_is_sure(before: ReportTold | None, *, tells: bool) -> None:
    found = to_tell(before, DUE, "main")
    assert found == (ReportTold(DUE, report_id("main", DUE), sure=False) if tells else None)


def test_a_week_and_a_team_have_one_id() -> None:
    ids = {report_id(team, due) for team in ("main", "ops") for due in (DUE, LAST_WEEK)}
    assert len(ids) == 4


@pytest.mark.parametrize("sure", [True, False])
def test_what_is_stored_reads_back(*, sure: bool) -> None:
    stored = ReportTold(DUE, "0" * 24, sure=sure)
    assert report_of_record(record_of_report(stored)) == stored


@pytest.mark.parametrize(
    "record",
    [{}, {"told_report": "monday"}, {"told_report": {"due": "monday", "id": "a", "sure": True}}],
    ids=["nothing", "another form", "no time"],
)
def test_what_cannot_be_read_begins_anew(record: Any) -> None:
    assert report_of_record(record) is None


ENGLISH = """\
9 accounts, 1 empty, 3 low, 2 cannot be read, 1 never read, 2 ok, on 2026-11-24 12:10 Asia/Shanghai.
Left in all: 14.58 CNY, 205.364332 USD. Spent in 7 days: 49.70 CNY, 477.03 USD.

Accounts, the worst first
  agents (empty): 31.20 USD left, 21.00 USD spent in 7 days, lasts between 9 and 12 days
  batch jobs (critical): 1.40 USD left, 6.30 USD spent in 7 days, lasts between 30 and 37 hours
  staging (cannot be read): about 49.99 USD left by now, 14.55 USD spent in 7 days, lasts between 21 and 27 days
  old laptop (cannot be read): -
  night build (warning): 62.40 USD left, 405.08 USD spent in 7 days, lasts between 19 and 29 hours
  研发团队钱包 (warning): 14.58 CNY left, 49.70 CNY spent in 7 days, lasts between 35 hours and 3 days
  production (ok): 58.142514 USD left, 30.10 USD spent in 7 days, lasts between 12 and 15 days
  brand new (never read): -
  research key (ok): unlimited

Last told of each account, in 7 days
  2026-11-24 09:10  batch jobs: low (critical)
  2026-11-23 06:10  staging: cannot be read
  2026-11-22 00:10  research key: can be read again
  2026-11-20 08:10  production: well again

This report comes once a week. Between two of them, no message means that nothing changed.
"""  # noqa: E501  # as it is sent


def test_it_says_in_english_how_everything_is() -> None:
    message = compose_report(report(told()))
    counts = "9 accounts, 1 empty, 3 low, 2 cannot be read, 1 never read, 2 ok"
    assert message.subject == f"[info] weekly report: {counts}"
    assert message.email == ENGLISH


def test_it_says_the_same_in_chinese() -> None:
    message = compose_report(report(told(), Language.ZH))
    assert "9 个账户、1 个用尽、3 个余额偏低、2 个无法查询、1 个从未查询成功、2 个正常" in message.subject
    for words in (
        "14.58 CNY、205.364332 USD",
        "余额 1.40 USD、近 7 天用了 6.30 USD、可用 30 至 37 小时",
        "现在约剩 49.99 USD",
        "2026-11-24 09:10  batch jobs",
        "本报告每周一次",
    ):
        assert words in message.email
    assert len(message.email.splitlines()) == len(ENGLISH.splitlines())


def test_a_quiet_week_says_so() -> None:
    found = told()
    calm = replace(found, standings=[replace(each, told=()) for each in found.standings])
    assert "\nLast told of each account, in 7 days\n  Nothing.\n" in compose_report(report(calm)).email


def test_a_team_is_named_where_there_are_several() -> None:
    assert "of team ops, 1 empty" in compose_report(report(told(), team="ops")).subject


def test_a_stack_without_accounts_reports_that() -> None:
    assert compose_report(report(nobody())).email.startswith("0 accounts, on ")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("make", [told, nobody, three_hundred])
def test_programs_get_it_by_the_published_schema_and_no_notification(make: Any, language: Language) -> None:
    message = compose_report(report(make(), language))
    document = json.loads(message.payload)
    jsonschema.validate(document, SCHEMA)
    assert document["notifications"] == []
    assert document["report"]["words"]["text"] == "\n".join(message.email.splitlines()[:2])
    assert len(message.subject) <= 99
    assert fits(message.sms)


def test_only_those_who_ask_for_reports_or_for_all_get_it() -> None:
    """A filter on status, account, provider or labels does not match what has none."""
    message = compose_report(report(told()))
    assert message.attributes == {"severity": "info", "kind": ("report",), "team": ("main",)}


def test_a_report_of_very_many_with_long_names_fits_and_counts_the_rest() -> None:
    found = three_hundred()
    heard = told().standings[1].told
    long = replace(
        found,
        standings=[
            replace(each, title="长" * 40, name=f"{'n' * 60}{number:04}", told=heard)
            for number, each in enumerate(found.standings)
        ],
    )
    message = compose_report(report(long, Language.ZH))
    assert message.size <= LARGEST
    assert json.loads(message.payload)["report"]["count"] == 300


def test_the_languages_have_the_same_words_with_the_same_fields() -> None:
    def fields(words: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(words) if name}

    for words in WORDS.values():
        assert words.keys() == set(Word)
        assert all(fields(words[word]) == fields(WORDS[Language.EN][word]) for word in Word)
