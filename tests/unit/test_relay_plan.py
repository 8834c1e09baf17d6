"""From what the topic sent to what a channel gets."""

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from balancewatch.core import account
from balancewatch.core.notification import facts
from balancewatch.core.report import Report
from balancewatch.core.report_message import compose_report
from balancewatch_relay.core.channel import Filter
from balancewatch_relay.core.event import EventError, deliveries
from balancewatch_relay.core.message import Message, Stack, Tone, cut, in_bytes, shortened
from balancewatch_relay.core.news import Alarm, Delivery, Kind, Language, Severity, Text
from balancewatch_relay.core.phrases import PHRASES
from balancewatch_relay.core.plan import ids, messages
from tests import gallery
from tests.deliveries import alarm, digested, event, told
from tests.examples import examples, many

EN = Stack("balancewatch", Language.EN)
ZH = Stack("balancewatch", Language.ZH)
ALL = Filter()


def of(came: dict[str, Any]) -> Delivery:
    (delivery,) = deliveries(came)
    return delivery


def sent(
    came: dict[str, Any], accepts: Filter = ALL, *, one_each: bool = False, stack: Stack = EN
) -> tuple[Message, ...]:
    return messages(of(came), accepts, (), stack, one_each=one_each)


@pytest.mark.parametrize("language", account.Language)
def test_every_notification_of_the_stack_is_understood_and_says_what_its_mail_says(
    language: account.Language,
) -> None:
    for name, example in examples(language):
        (message,) = sent(told(name, language))
        assert message.language.value == language.value
        assert message.ids == (example.id,)
        assert message.title.startswith("[")
        assert message.lines[0]
        assert json.loads(json.dumps(message.data))["notifications"][0].items() >= facts(example).items()


def test_a_low_balance_comes_with_the_link_that_mends_it() -> None:
    (message,) = sent(told("critical, within hours"))
    assert message.title.startswith("[critical] production: 7.60 USD left")
    assert message.lines[1].startswith("Top up now: it may be empty by")
    assert message.link is not None
    assert (message.link.label, message.link.url) == ("Top up", "https://api.laozhang.ai")
    assert message.tone is Tone.CRITICAL


def test_chinese_stays_chinese() -> None:
    (message,) = sent(told("low, in two days", account.Language.ZH))
    assert message.title.startswith("[警告] production：")  # noqa: RUF001  # Chinese has its own
    assert message.link is not None
    assert message.link.label == "充值"


def test_what_is_over_looks_well_and_has_no_link() -> None:
    (message,) = sent(told("topped up"))
    assert (message.tone, message.link) == (Tone.GOOD, None)


def test_a_digest_is_one_message_with_a_line_each() -> None:
    (message,) = sent(digested())
    assert message.title.startswith("[critical]")
    assert len(message.lines) == len(message.ids) == len(list(many(account.Language.EN)))


def test_of_a_digest_a_channel_gets_what_it_takes_under_a_title_of_its_own() -> None:
    listed = list(many(account.Language.EN))
    critical = [each for each in listed if each.severity.word == "critical"]
    (message,) = sent(digested(), Filter(Severity.CRITICAL))
    assert set(message.ids) == {each.id for each in critical}
    if len(critical) > 1:
        assert message.title.endswith(f"(and {len(critical) - 1} more)")


def test_what_was_sent_before_is_left_out() -> None:
    delivery = of(digested())
    first, *rest = ids(delivery)
    (message,) = messages(delivery, ALL, {first}, EN, one_each=False)
    assert set(message.ids) == set(rest)
    assert messages(delivery, ALL, set(ids(delivery)), EN, one_each=False) == ()


def test_the_same_news_has_the_same_id_in_every_attempt() -> None:
    (first,), (again,) = sent(told("empty", ident="sns-1")), sent(told("empty", ident="sns-2"))
    assert first.id == again.id
    (one,), (other,) = sent(alarm(ident="sns-1")), sent(alarm(ident="sns-2"))
    assert one.id != other.id


# --- filters ---

FILTERS = {
    "all": ("empty", ALL, True),
    "worse than asked": ("empty", Filter(Severity.WARNING), True),
    "as bad as asked": ("empty", Filter(Severity.CRITICAL), True),
    "better than asked": ("low, in two days", Filter(Severity.CRITICAL), False),
    "the end is as loud as the worst": ("topped up", Filter(Severity.CRITICAL), True),
    "its kind": ("empty", Filter(kinds=frozenset({Kind.LOW_BALANCE})), True),
    "another kind": ("cannot be read", Filter(kinds=frozenset({Kind.LOW_BALANCE})), False),
    "its account": ("empty", Filter(accounts=("prod*",)), True),
    "another account": ("empty", Filter(accounts=("shop/*", "staging")), False),
    "no label": ("empty", Filter(labels=("payments",)), False),
}


@pytest.mark.parametrize(("name", "accepts", "is_sent"), FILTERS.values(), ids=FILTERS)
def test_a_channel_gets_what_it_takes(name: str, accepts: Filter, *, is_sent: bool) -> None:
    assert bool(sent(told(name), accepts)) is is_sent


def test_an_account_of_a_team_has_its_full_name_and_one_label_is_enough() -> None:
    body = json.loads(told("empty")["Records"][0]["Sns"]["Message"])
    body["notifications"][0] |= {"team": "shop", "labels": ["payments", "eu"]}
    came = event(json.dumps(body))
    assert sent(came, Filter(accounts=("shop/*",), labels=("eu", "us")))
    assert not sent(came, Filter(accounts=("production",)))


ALARM_FILTERS = {
    "all": (ALL, True),
    "critical": (Filter(Severity.CRITICAL), True),
    "of some accounts": (Filter(accounts=("*",)), False),
    "of some labels": (Filter(labels=("eu",)), False),
    "of some accounts, and alarms": (Filter(kinds=frozenset({Kind.ALARM}), accounts=("prod",)), True),
    "of another kind": (Filter(kinds=frozenset({Kind.LOW_BALANCE})), False),
}


@pytest.mark.parametrize(("accepts", "is_sent"), ALARM_FILTERS.values(), ids=ALARM_FILTERS)
def test_alarms_go_where_nobody_asked_for_some_accounts_only(accepts: Filter, *, is_sent: bool) -> None:
    assert bool(sent(alarm(), accepts)) is is_sent


# --- services that keep incidents ---


def test_an_incident_has_one_key_from_its_beginning_to_its_end() -> None:
    stories = (told("low, in two days"), told("critical, a day later"), told("topped up"))
    keys = {key for came in stories for message in sent(came, one_each=True) for key in message.incidents}
    assert keys == {"balancewatch/production/low_balance"}


def test_an_account_that_is_no_longer_watched_ends_both_of_its_incidents() -> None:
    """Whatever the channel filters by: nothing else could end them."""
    accepts = Filter(Severity.CRITICAL, frozenset({Kind.LOW_BALANCE}), labels=("payments",))
    (message,) = sent(told("removed"), accepts, one_each=True)
    assert message.incidents == ("balancewatch/production/low_balance", "balancewatch/production/unreachable")
    assert message.tone in {Tone.GOOD, Tone.INFO}


def test_of_a_digest_every_incident_is_a_message() -> None:
    assert len(sent(digested(), one_each=True)) == len(list(many(account.Language.EN)))


def test_an_alarm_is_an_incident_that_ends() -> None:
    (begins,), (ends,) = sent(alarm(), one_each=True), sent(alarm(state="OK"), one_each=True)
    assert begins.incidents == ends.incidents
    assert (begins.tone, ends.tone) == (Tone.CRITICAL, Tone.GOOD)


def test_a_text_that_never_ends_is_no_incident() -> None:
    assert sent(event("hello"), one_each=True) == ()
    assert sent(event("hello"), Filter(kinds=frozenset({Kind.TEXT})), one_each=True)


# --- alarms and other texts ---

ALARMS = {
    "it begins": (
        EN,
        alarm(),
        "[critical] balancewatch: no check is completed",
        "No run was completed. What",
    ),
    "it ends": (
        EN,
        alarm(state="OK"),
        "[resolved] balancewatch: checks are completed again",
        "The alarm is over.",
    ),
    "in Chinese": (
        ZH,
        alarm(),
        "[紧急] balancewatch：连续四个周期没有完成检查",  # noqa: RUF001  # Chinese has its own
        "余额偏低时将不会有任何通知",
    ),
    "it ends in Chinese": (
        ZH,
        alarm(state="OK"),
        "[已恢复] balancewatch：检查已恢复",  # noqa: RUF001  # Chinese has its own
        "告警已解除。",
    ),
    "of somebody else": (
        EN,
        alarm("prod-below-50"),
        "[critical] Alarm: prod-below-50",
        "No run was completed.",
    ),
    "of another stack": (
        EN,
        alarm("other-NoCompletedRun-1A"),
        "[critical] Alarm: other-NoCompletedRun-1A",
        "No run",
    ),
    "without data": (
        EN,
        alarm(state="INSUFFICIENT_DATA"),
        "[warning] Alarm without data: balance",
        "No run was",
    ),
}


@pytest.mark.parametrize(("stack", "came", "title", "text"), ALARMS.values(), ids=ALARMS)
def test_an_alarm_is_told_in_words(stack: Stack, came: dict[str, Any], title: str, text: str) -> None:
    (message,) = sent(came, stack=stack)
    assert message.title.startswith(title)
    assert message.lines[0].startswith(text)
    assert message.link is not None
    assert message.link.url.startswith(
        "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-c"
    )


def test_an_alarm_without_a_description_says_why() -> None:
    body = json.loads(alarm()["Records"][0]["Sns"]["Message"]) | {"AlarmDescription": None}
    (message,) = sent(event(json.dumps(body)))
    assert message.lines == ("Threshold Crossed: 4 datapoints were less than the threshold (1.0).",)


OTHERS = {
    "plain": "hello",
    "a list": "[1]",
    "no notifications": '{"notifications": []}',
    "none that we know": '{"notifications": [{"id": "a"}]}',
    "of a wrong form": '{"notifications": [7]}',
    "half an alarm": '{"AlarmName": "a"}',
    "nested": "[" * 60_000,
}


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_whatever_else_was_published_is_passed_on_as_it_is(text: str) -> None:
    delivery = of(event(text, "a subject"))
    assert delivery.news == Text(text)
    (message,) = messages(delivery, ALL, (), EN, one_each=False)
    assert (message.title, "\n".join(message.lines)) == ("a subject", text)


def test_the_weekly_report_goes_to_whoever_takes_texts_in_its_words() -> None:
    report = Report("0" * 24, "main", gallery.told(), account.Language.EN, ZoneInfo("Asia/Shanghai"))
    composed = compose_report(report)
    delivery = of(event(composed.payload, composed.subject))
    (message,) = messages(delivery, ALL, (), EN, one_each=False)
    assert message.title.startswith("[info] weekly report: 9 accounts, 1 empty")
    assert "Left in all: 14.58 CNY, 205.364332 USD." in message.lines[-1]
    assert messages(delivery, ALL, (), EN, one_each=True) == ()


@pytest.mark.parametrize(
    "came", [{}, {"Records": []}, {"Records": [{}]}, {"Records": [{"Sns": {"Message": 1}}]}]
)
def test_an_event_of_nobody_is_refused(came: dict[str, Any]) -> None:
    with pytest.raises(EventError, match="SNS"):
        deliveries(came)


def test_an_alarm_is_known_by_its_fields() -> None:
    assert isinstance(of(alarm()).news, Alarm)


# --- length ---


def test_what_is_too_long_ends_after_a_whole_line_and_says_how_many_are_missing() -> None:
    (message,) = sent(digested())
    text = shortened(message, 200)
    assert len(text) <= 200
    *lines, last = text.split("\n")
    assert tuple(lines) == message.lines[: len(lines)]
    assert last == f"... and {len(message.lines) - len(lines)} more"


@pytest.mark.parametrize("size", [len, in_bytes])
@pytest.mark.parametrize("longest", [0, 1, 3, 10, 100, 1000])
def test_nothing_is_longer_than_it_may_be(size: Any, longest: int) -> None:
    for came in (digested(), told("low, in two days", account.Language.ZH), event("长" * 500)):
        (message,) = sent(came)
        assert size(shortened(message, longest, size)) <= longest
        assert size(cut(message.title, longest, size)) <= longest


def test_the_languages_have_the_same_phrases() -> None:
    assert PHRASES[Language.EN].keys() == PHRASES[Language.ZH].keys()
