"""The secret with the channels: every mistake is found, and no URL is shown."""

import json

import pytest

from balancewatch_relay.core.channel import Channel, ChannelsError, Filter, parse_channels
from balancewatch_relay.core.news import Kind, Severity

URL = "tgram://123456789:CANARY-token/-100"


def listed(*entries: object) -> str:
    return json.dumps({"channels": entries})


def test_a_channel_is_a_url_or_an_object_with_a_filter() -> None:
    entry = {
        "url": URL,
        "name": "ops",
        "severity": "critical",
        "kinds": ["low_balance", "alarm"],
        "accounts": ["prod*", "shop/*"],
        "labels": ["payments"],
    }
    channels, problems = parse_channels(listed("ntfys://ntfy.sh/topic", entry))
    accepts = Filter(
        Severity.CRITICAL, frozenset({Kind.LOW_BALANCE, Kind.ALARM}), ("prod*", "shop/*"), ("payments",)
    )
    assert channels == (Channel(1, "ntfys://ntfy.sh/topic"), Channel(2, URL, "ops", accepts))
    assert problems == ()


def test_a_channel_can_be_switched_off() -> None:
    assert parse_channels(listed({"url": URL, "enabled": False})) == ((), ())


MISTAKES = {
    "no object": (7, "channel #1: must be a URL, or an object"),
    "no URL": ({"name": "ops"}, "channel #1 (ops), field `url`: is required"),
    "two URLs": (f"{URL} {URL}", "channel #1, field `url`: must be one URL"),
    "no scheme": ("CANARY", "channel #1, field `url`: must be one URL"),
    "a number as URL": ({"url": 1}, "channel #1, field `url`: must be one URL"),
    "a URL as name": ({"url": URL, "name": URL}, "channel #1, field `name`: must be 1 to 40"),
    "a near miss": (
        {"url": URL, "kind": ["alarm"]},
        "channel #1, field `kind`: is not a field; did you mean",
    ),
    "a secret as field": ({"url": URL, URL: 1}, "channel #1: has a field that does not exist"),
    "an unknown severity": (
        {"url": URL, "severity": "CANARY"},
        "field `severity`: must be one of info, warning",
    ),
    "severities": ({"url": URL, "severity": ["critical"]}, "field `severity`: must be one of info, warning"),
    "an unknown kind": (
        {"url": URL, "kinds": ["CANARY"]},
        "field `kinds`: must be a list of some of low_balance",
    ),
    "no kinds": ({"url": URL, "kinds": []}, "field `kinds`: must be a list of some of low_balance"),
    "an account as text": ({"url": URL, "accounts": "CANARY"}, "field `accounts`: must be a list of texts"),
    "labels of numbers": ({"url": URL, "labels": [1]}, "field `labels`: must be a list of texts"),
    "enabled as text": ({"url": URL, "enabled": "no"}, "field `enabled`: must be true or false"),
}


@pytest.mark.parametrize(("entry", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_channel_and_field_and_no_value(entry: object, problem: str) -> None:
    channels, problems = parse_channels(listed(entry, "ntfys://ntfy.sh/topic"))
    assert [each.url for each in channels] == ["ntfys://ntfy.sh/topic"], "the good ones go on"
    assert problem in str(problems[0])
    assert "CANARY" not in f"{problems}{[str(each) for each in problems]}"


def test_the_same_url_twice_is_a_mistake() -> None:
    channels, (problem,) = parse_channels(listed(URL, {"url": URL, "name": "again"}))
    assert len(channels) == 1
    assert str(problem) == "channel #2 (again), field `url`: is the same as that of channel #1"


UNUSABLE = {
    "not JSON": ('{"channels": ["CANARY" "b"]}', "the secret is not JSON: line 1 column 24"),
    "cut": ('{"channels": ["CANARY', "the secret is not JSON: line 1 column 15"),
    "nested": ("[" * 60_000, "the secret is not JSON"),
    "a list": ('["CANARY"]', "the secret must be an object with the list `channels`"),
    "other fields": (
        '{"channels": [], "CANARY": 1}',
        "the secret must be an object with the list `channels`",
    ),
    "a key twice": ('{"channels": [], "channels": ["CANARY"]}', "a key occurs twice"),
    "too many": (json.dumps({"channels": ["CANARY"] * 51}), "more than 50 channels"),
    "too large": (json.dumps({"channels": ["CANARY" * 12_000]}), "larger than 64 KiB"),
}


@pytest.mark.parametrize(("text", "what"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_secret_that_cannot_be_used_says_where_and_shows_nothing(text: str, what: str) -> None:
    with pytest.raises(ChannelsError, match="secret") as failed:
        parse_channels(text)
    assert what in str(failed.value)
    assert "CANARY" not in f"{failed.value!r}{failed.value.__cause__}"


def test_a_channel_shows_its_url_to_nobody() -> None:
    channel = Channel(1, URL, "ops")
    assert "CANARY" not in f"{channel!r}{channel.label}{channel.digest}"
    assert channel.digest == Channel(9, URL).digest != Channel(1, f"{URL}1", "ops").digest
