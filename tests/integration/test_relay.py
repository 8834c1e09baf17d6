"""The relay as Lambda runs it: every channel once, whatever happens to the others."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from balancewatch_relay import app
from balancewatch_relay.adapters.memory import Memory
from balancewatch_relay.core.event import EventError
from balancewatch_relay.core.message import Message, Stack
from balancewatch_relay.core.news import Language
from balancewatch_relay.outside import OutsideError
from balancewatch_relay.relay import RelayError, World, relay
from balancewatch_relay.settings import SettingsError, from_environment
from tests import chats
from tests.chats import Answer, Chats, PagerDuty, Sent, always
from tests.deliveries import alarm, digested, event, told
from tests.stage import environment

EVENTS = Path(__file__).parents[2] / "events" / "relay"
WECOM, FEISHU, NTFY = "wecombot://aKey", "feishu://aSecret@aToken", "ntfys://ntfy.sh/topic"
SECRET_NAME = "balancewatch/channels"
PAGER_KEY = "0123456789abcdef0123456789abcdef"
PAGER = f"pagerduty://{PAGER_KEY}@events"
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


class Context:
    """As much of a Lambda context as the handler needs."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chats]:
    with chats.chats(tmp_path_factory.mktemp("chats")) as here:
        yield here


@pytest.fixture(scope="module")
def cloud(server: Chats) -> Iterator[None]:
    """The relay's AWS and its environment; clients are made once, for that is what takes time."""
    variables = {"BALANCEWATCH_STACK": "balancewatch", "BALANCEWATCH_CHANNELS": SECRET_NAME}
    with environment(**variables, **server.environment), mock_aws():
        app.parts.cache_clear()
        yield
        app.parts.cache_clear()


@pytest.fixture
def here(cloud: None, server: Chats) -> Iterator[Chats]:  # noqa: ARG001  # used by being there
    client: Any = boto3.client("dynamodb")
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    client.create_table(
        TableName="balancewatch",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
    )
    server.sent, server.always = [], None
    server.plays = {
        "qyapi.weixin.qq.com": chats.wecom("aKey"),
        "open.feishu.cn": chats.feishu("aToken", "aSecret"),
        "ntfy.sh": chats.ntfy,
        "events.pagerduty.com": PagerDuty(PAGER_KEY),
    }
    yield server
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_table(TableName="balancewatch")
    boto3.client("secretsmanager").delete_secret(SecretId=SECRET_NAME, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def log(here: Chats, capfd: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:  # noqa: ARG001
    """What this test prints: a logger keeps the standard output with which it was made."""
    app.parts.cache_clear()
    return capfd


def put(*channels: object) -> None:
    boto3.client("secretsmanager").create_secret(
        Name=SECRET_NAME, SecretString=json.dumps({"channels": channels})
    )


def items() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName="balancewatch")["Items"]
    return found


def hosts(here: Chats) -> list[str]:
    return sorted(sent.host for sent in here.sent)


def test_every_channel_gets_a_notification_once_however_often_it_is_handed_over(here: Chats) -> None:
    put(WECOM, FEISHU, NTFY)
    assert app.handler(told("empty", ident="sns-1"), Context()) == {"channels": 3, "messages": 3}
    assert app.handler(told("empty", ident="sns-1"), Context()) == {"channels": 0, "messages": 0}
    assert app.handler(told("empty", ident="sns-2"), Context()) == {"channels": 0, "messages": 0}
    assert hosts(here) == ["ntfy.sh", "open.feishu.cn", "qyapi.weixin.qq.com"]
    assert app.handler(told("topped up"), Context()) == {"channels": 3, "messages": 3}


def test_a_channel_that_fails_is_tried_again_and_the_others_are_not(here: Chats) -> None:
    put(WECOM, {"url": FEISHU, "name": "ops"}, NTFY)
    here.plays["open.feishu.cn"] = always(200, {"code": 11232, "msg": "frequency limited"})
    for _ in range(2):
        with pytest.raises(RelayError) as failed:
            app.handler(told("empty"), Context())
    assert str(failed.value) == (
        "channel #2 (ops): it refuses with code 11232: too many messages at once: "
        "100 a minute and 5 a second are allowed"
    )
    here.plays["open.feishu.cn"] = chats.feishu("aToken", "aSecret")
    app.handler(told("empty"), Context())
    assert hosts(here) == ["ntfy.sh", *["open.feishu.cn"] * 3, "qyapi.weixin.qq.com"]


def test_a_channel_with_a_mistake_is_told_and_the_others_get_theirs(here: Chats) -> None:
    put(NTFY, {"url": WECOM, "severity": "bad"}, "nonsense://token")
    with pytest.raises(RelayError) as failed:
        app.handler(told("empty"), Context())
    assert str(failed.value) == (
        "channel #2, field `severity`: must be one of info, warning, critical: that one and worse are sent; "
        "channel #3, field `url`: is none that Apprise or the relay can use"
    )
    assert hosts(here) == ["ntfy.sh"]


def test_a_digest_is_one_message_and_of_it_only_what_is_new(here: Chats) -> None:
    put(NTFY, {"url": WECOM, "severity": "critical"}, PAGER)
    app.handler(told("topped up"), Context())
    here.sent.clear()
    app.handler(digested(), Context())
    (ntfy,), (wecom,) = here.at("ntfy.sh"), here.at("qyapi.weixin.qq.com")
    assert ntfy.json["message"].count("\n") == 4, "five of six, for one was sent before"
    assert "production: 7.60 USD left" in wecom.json["markdown"]["content"]
    assert len(here.at("events.pagerduty.com")) == 5, "an incident each"


def test_alarms_of_the_stack_are_told_in_words(here: Chats) -> None:
    put(NTFY, PAGER)
    app.handler(alarm(ident="sns-1"), Context())
    pager = here.plays["events.pagerduty.com"]
    assert isinstance(pager, PagerDuty)
    assert len(pager.open) == 1
    app.handler(alarm(state="OK", ident="sns-2"), Context())
    assert pager.open == {}
    titles = [sent.json["title"] for sent in here.at("ntfy.sh")]
    assert titles == [
        "[critical] balancewatch: no check is completed",
        "[resolved] balancewatch: checks are completed again",
    ]


@pytest.mark.parametrize("sample", sorted(EVENTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_event_is_relayed(here: Chats, sample: Path) -> None:
    put(NTFY)
    assert app.handler(json.loads(sample.read_text("utf-8")), Context())["messages"] == 1
    assert here.at("ntfy.sh")[0].json["title"].startswith("[")


@pytest.mark.usefixtures("here")
def test_what_was_sent_is_forgotten_after_seven_days() -> None:
    put(NTFY)
    app.handler(told("empty"), Context())
    (item,) = items()
    assert item["pk"]["S"].startswith("relay#")
    left = datetime.fromtimestamp(int(item["expires"]["N"]), UTC) - datetime.now(UTC)  # noqa: TID251
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


# --- what goes wrong outside ---


def test_without_channels_people_are_told_what_to_do(here: Chats) -> None:
    with pytest.raises(
        RelayError, match=r"not configured yet .*: put your channels into the secret balancewatch/"
    ):
        app.handler(told("empty"), Context())
    assert here.sent == []


def test_without_memory_everything_is_sent_rather_twice_than_never(
    here: Chats, log: pytest.CaptureFixture[str]
) -> None:
    put(NTFY)
    boto3.client("dynamodb").delete_table(TableName="balancewatch")
    for _ in range(2):
        assert app.handler(told("empty"), Context())["messages"] == 1
    assert len(here.at("ntfy.sh")) == 2
    printed = log.readouterr().out
    assert "cannot tell what was sent before" in printed
    assert "cannot remember" in printed


@pytest.mark.usefixtures("here")
def test_an_event_of_nobody_fails() -> None:
    put(NTFY)
    with pytest.raises(EventError, match="SNS"):
        app.handler({"at": "2026-11-22T04:00:00Z"}, Context())


def test_an_environment_without_settings_names_what_is_missing() -> None:
    with pytest.raises(SettingsError, match="lacks BALANCEWATCH_CHANNELS; the template sets them"):
        from_environment(
            {"BALANCEWATCH_STACK": "a", "BALANCEWATCH_TABLE": "b", "BALANCEWATCH_LANGUAGE": "en"}
        )
    with pytest.raises(SettingsError, match="BALANCEWATCH_LANGUAGE must be one of en, zh"):
        from_environment(
            {
                "BALANCEWATCH_STACK": "a",
                "BALANCEWATCH_TABLE": "b",
                "BALANCEWATCH_CHANNELS": "c",
                "BALANCEWATCH_LANGUAGE": "CANARY",
            }
        )


# --- deadline and order, with senders of one's own ---


class Sender:
    """Does as the function says."""

    def __init__(self, send: Callable[[Message], str | None]) -> None:
        self.keeps_incidents = False
        self.send = send


class Outside:
    """A world with two channels; remembers in a set."""

    def __init__(self, **senders: Callable[[Message], str | None]) -> None:
        self.senders = {f"x://{name}": Sender(send) for name, send in senders.items()}
        self.remembered: set[tuple[str, str]] = set()
        self.has_remembered = threading.Event()

    def run(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> dict[str, int]:
        world = World(
            secret=lambda: json.dumps({"channels": list(self.senders)}),
            sender=self.senders.get,
            sent=self.remembered.intersection,
            remember=self._remember,
            log=lambda *_: None,
            warn=lambda *_: None,
            clock=clock,
        )
        return relay(told("empty"), world, Stack("balancewatch", Language.EN), seconds)

    def _remember(self, keys: Any) -> None:
        self.remembered |= keys
        self.has_remembered.set()


def test_a_channel_that_hangs_fails_at_its_deadline_and_holds_up_nobody() -> None:
    release, went = threading.Event(), threading.Event()

    def hang(_: Message) -> None:
        release.wait()

    def go(_: Message) -> None:
        went.set()

    outside = Outside(hangs=hang, goes=go)
    with pytest.raises(RelayError, match=r"^channel #1: it did not answer within 0\.2 s$"):
        outside.run(0.2)
    assert went.is_set()
    assert len(outside.remembered) == 1
    outside.has_remembered.clear()
    release.set()
    assert outside.has_remembered.wait(5), "what was taken late is remembered all the same"
    assert outside.run(0.2) == {"channels": 0, "messages": 0}


def test_channels_that_hang_do_so_at_the_same_time() -> None:
    """One deadline for all: with one after the other the function would end before it could say so."""
    release = threading.Event()

    def hang(_: Message) -> None:
        release.wait()

    clock = iter([0.0, 3600.0, 3600.0, 3600.0])
    with pytest.raises(RelayError) as failed:
        Outside(a=hang, b=hang, c=hang).run(3600, lambda: next(clock))
    release.set()
    assert str(failed.value).count("it did not answer within 3600 s") == 3


def test_a_plug_in_with_a_bug_is_that_channels_failure_only() -> None:
    def breaks(_: Message) -> None:
        raise KeyError("CANARY")

    with pytest.raises(RelayError) as failed:
        Outside(breaks=breaks, goes=lambda _: None).run(5)
    assert str(failed.value) == "channel #1: its plug-in failed: KeyError"


# --- memory ---


class NoCapacity:
    """A table that hands back what it was asked, for a while."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self._times = times

    def batch_get_item(self, **asked: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            return {"Responses": {}, "UnprocessedKeys": asked["RequestItems"]}
        return self._client.batch_get_item(**asked)

    def batch_write_item(self, **asked: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            return {"UnprocessedItems": asked["RequestItems"]}
        return self._client.batch_write_item(**asked)


@pytest.mark.usefixtures("here")
def test_memory_is_asked_again_while_there_is_no_capacity() -> None:
    client: Any = boto3.client("dynamodb")
    keys = {("channel", f"id-{number}") for number in range(130)}
    pauses: list[float] = []
    Memory(NoCapacity(client, 3), "balancewatch", pauses.append).remember(keys, NOW)  # type: ignore[arg-type]
    assert Memory(NoCapacity(client, 3), "balancewatch", pauses.append).sent({*keys, ("b", "c")}) == keys  # type: ignore[arg-type]
    assert pauses == [0.05, 0.1, 0.2] * 2
    for call in ("sent", "remember"):
        memory = Memory(NoCapacity(client, 99), "balancewatch", pauses.append)  # type: ignore[arg-type]
        with pytest.raises(OutsideError, match="no capacity"):
            memory.sent(keys) if call == "sent" else memory.remember(keys, NOW)


# --- secrets ---

CANARY = "canary7f3a9cd2"
SECRET = f"whsec_{'Y2FuYXJ5' * 6}"
SPOKEN = (CANARY, SECRET, "Y2FuYXJ5")
CANARIES = [
    {"url": f"feishu://{CANARY}@{CANARY}"},
    {"url": f"dingtalk://{CANARY}@{CANARY}"},
    {"url": f"wecombot://{CANARY}"},
    {"url": f"tgram://123456789:{CANARY}{CANARY}abcdef/-100", "name": "chat"},
    {"url": f"slack://T1JJ3T3L2/A1BRTD4JD/{CANARY}cdOXrIdevi"},
    {"url": f"discord://12345678901234567/{CANARY * 5}"},
    {"url": f"workflows://flow.example.com/{CANARY}/{CANARY}"},
    {"url": f"pagerduty://{CANARY}{CANARY}abcd@{CANARY}"},
    {"url": f"ntfys://{CANARY}:{CANARY}@ntfy.example.com/{CANARY}"},
    {"url": f"barks://bark.example.com/{CANARY}"},
    {"url": f"webhooks://hook.example.com/{CANARY}?secret={SECRET}"},
    {"url": f"nonsense://{CANARY}"},
    {"url": f"feishu://{CANARY} {CANARY}"},
    {"url": f"webhooks://hook.example.com/{CANARY}?secret={CANARY}"},
    {"url": f"ntfy://[{CANARY}/{CANARY}"},
    {"url": f"ntfys://ntfy.example.com/x?{CANARY}", "severity": CANARY, CANARY: CANARY, "kinds": [CANARY]},
]


def _echo(status: int) -> Callable[[Sent], Answer]:
    def play(sent: Sent) -> Answer:
        said = {"code": 1, "errcode": 1, "msg": CANARY, "errmsg": f"{sent.path}?{sent.query}", "ok": False}
        return chats.answers(status, said, Location=f"https://elsewhere.example.com/{CANARY}")

    return play


def _hang_up(_: Sent) -> Answer:
    raise ConnectionError


@pytest.mark.parametrize("play", [_echo(200), _echo(302), _echo(404), _echo(500), _hang_up])
def test_no_log_error_result_or_item_holds_a_url(
    here: Chats, play: Callable[[Sent], Answer], log: pytest.CaptureFixture[str]
) -> None:
    put(*CANARIES)
    here.always = play
    with pytest.raises(RelayError) as failed:
        app.handler(told("empty"), Context())
    here.always = None
    printed = log.readouterr()
    seen = f"{failed.value!r}{failed.value.__cause__}{printed.out}{printed.err}{items()}"
    assert "channel #1: it " in printed.out
    assert [word for word in SPOKEN if word in seen] == []
    assert len({sent.host for sent in here.sent}) == 11, "and every one was tried"


def test_no_secret_that_is_not_json_is_quoted(log: pytest.CaptureFixture[str]) -> None:
    boto3.client("secretsmanager").create_secret(
        Name=SECRET_NAME, SecretString=f'{{"channels": ["ntfy://{CANARY}" "{CANARY}"]}}'
    )
    with pytest.raises(RelayError, match="not JSON: line 1 column 39") as failed:
        app.handler(event("hello"), Context())
    printed = log.readouterr()
    assert CANARY not in f"{failed.value!r}{printed.out}{printed.err}"
