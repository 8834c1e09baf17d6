"""The words: short enough for each channel, the same in every language, without machinery."""

import json
import re
import string
from dataclasses import replace

import pytest

from balancewatch.core.account import Language
from balancewatch.core.message import compose, email, sms, subject
from balancewatch.core.notification import Notification
from balancewatch.core.phrases import PHRASES, REASONS, Phrase
from balancewatch.core.reading import Reason
from balancewatch.core.sms import fits
from tests.examples import examples

ALL = [
    pytest.param(notification, id=f"{language}: {name}")
    for language in Language
    for name, notification in examples(language)
]


@pytest.mark.parametrize("notification", ALL)
def test_a_subject_is_one_line_of_at_most_99_characters(notification: Notification) -> None:
    line = subject(replace(notification, title="长" * 40 + "\n\x07" * 40))
    assert len(line) <= 99
    assert line.isprintable()


@pytest.mark.parametrize("notification", ALL)
def test_a_text_message_is_one_segment_that_names_the_account(notification: Notification) -> None:
    text = sms(replace(notification, top_up_url="https://example.com/" + "long" * 30))
    assert fits(text)
    if not notification.account.startswith("#"):
        assert "production" in text


@pytest.mark.parametrize("notification", ALL)
def test_the_first_two_lines_say_it_all_and_the_link_comes_next(notification: Notification) -> None:
    first, second, blank, *_ = email(notification).split("\n")
    assert first
    assert blank == "" or second == ""
    if notification.is_current and notification.status != "resolved" and notification.remaining:
        assert "USD" in first


@pytest.mark.parametrize("language", Language)
def test_a_subscriber_gets_the_words_that_people_read(language: Language) -> None:
    """Who passes a notification on to people needs no language, time zone or rules of its own."""
    for _, notification in examples(language):
        message = compose(notification)
        (told,) = json.loads(message.payload)["notifications"]
        words = told["words"]
        assert (words["language"], words["subject"]) == (language, message.subject)
        assert message.email.startswith(words["text"])
        assert words["link"] is None or words["link"] in message.email


@pytest.mark.parametrize("notification", ALL)
def test_plain_words_hold_none_of_our_machinery(notification: Notification) -> None:
    lead = email(notification).split("\n\n")[0]
    assert not re.search(r"\b(lease|verdict|told|sure|tick|firing|EMF|datapoint|None)\b", lead)


def test_the_languages_have_the_same_phrases_with_the_same_fields() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    english = PHRASES[Language.EN]
    for phrases in PHRASES.values():
        assert phrases.keys() == set(Phrase)
        assert all(fields(phrases[phrase]) == fields(english[phrase]) for phrase in Phrase)
    for reasons in REASONS.values():
        assert reasons.keys() == set(Reason)


def test_chinese_messages_are_chinese() -> None:
    for _, notification in examples(Language.ZH):
        assert re.search(r"[\u4e00-\u9fff]", subject(notification))


def test_details_carry_what_the_provider_said() -> None:
    text = email(dict(examples(Language.EN))["low, on its first day"])
    for words in ("Quota          4100000", "Used quota     30925000", "Request count  339"):
        assert words in text
    for words in ("Remaining      8.20 USD", "2026-11-22 12:15 Asia/Shanghai, 301 ms", "HTTP status    200"):
        assert words in text


def test_a_refused_token_comes_with_the_providers_advice() -> None:
    text = email(dict(examples(Language.EN))["cannot be read"])
    assert "empty, incomplete or expired, or it is a regular API key" in text
    assert "Last known: 50.00 USD left on" in text


def test_subscribers_can_filter_by_seven_attributes() -> None:
    attributes = compose(dict(examples(Language.EN))["critical, within hours"]).attributes
    assert attributes == {
        "severity": "critical",
        "status": "firing",
        "kind": ("low_balance",),
        "account": ("production",),
        "provider": ("laozhang",),
        "team": ("main",),
        "labels": (),
    }
