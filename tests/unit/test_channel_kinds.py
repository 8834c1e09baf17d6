"""Every kind of channel: what services show is taken as it is, and what cannot be right is not quoted."""

import json
from collections.abc import Mapping
from types import ModuleType

import pytest

from balancewatch_cli.channels.edit import ChannelList, channel_list
from balancewatch_cli.channels.kinds import KINDS, WrongAnswerError, made_secret
from balancewatch_cli.channels.todos import NO_SERVICE, Tried, todo_of
from balancewatch_cli.deployed.document import EditError
from balancewatch_relay.core.services import dingtalk, feishu, wecom
from balancewatch_relay.core.services.webhook import key_of

FLOW = "https://prod-00.westeurope.logic.azure.com:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
AUTOMATE = (
    "https://default1a2b.3c.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/"
    "5d6e/triggers/manual/paths/invoke"
)
SIGNED = "api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=a-Sig_1"


def url(kind: str, answers: Mapping[str, str]) -> str:
    found = KINDS[kind]
    parts: dict[str, str] = {}
    for question in found.questions:
        parts.update(found.checked(question, answers.get(question.name, "")))
    return found.url(parts)


@pytest.mark.parametrize(
    ("kind", "answers", "expected"),
    [
        (
            "feishu",
            {"webhook": "https://open.feishu.cn/open-apis/bot/v2/hook/a-1", "secret": "s_2"},
            "feishu://s_2@a-1",
        ),
        ("feishu", {"webhook": "https://open.feishu.cn/open-apis/bot/v2/hook/a-1"}, "feishu://a-1"),
        ("lark", {"webhook": "https://open.larksuite.com/open-apis/bot/v2/hook/a-1/"}, "lark://a-1"),
        (
            "dingtalk",
            {"webhook": "https://oapi.dingtalk.com/robot/send?access_token=a1", "secret": "SECb2"},
            "dingtalk://SECb2@a1",
        ),
        ("wecom", {"webhook": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a-1"}, "wecombot://a-1"),
        (
            "telegram",
            {"token": "123456789:AAEabcdefghijklmnopqrstuvwxyz123456", "chat": "-1001234567890"},
            "tgram://123456789:AAEabcdefghijklmnopqrstuvwxyz123456/-1001234567890",
        ),
        (
            "telegram",
            {"token": "123456789:AAEabcdefghijklmnopqrstuvwxyz123456", "chat": "@channel"},
            "tgram://123456789:AAEabcdefghijklmnopqrstuvwxyz123456/@channel",
        ),
        ("slack", {"webhook": "https://hooks.slack.com/services/T1/B2/c3"}, "slack://T1/B2/c3"),
        ("discord", {"webhook": "https://discord.com/api/webhooks/12/a-b_c"}, "discord://12/a-b_c"),
        (
            "discord",
            {"webhook": "https://ptb.discord.com/api/webhooks/12/a-b_c?thread_id=34"},
            "discord://12/a-b_c?thread=34",
        ),
        (
            "teams",
            {"webhook": f"{FLOW}?{SIGNED}"},
            "workflows://prod-00.westeurope.logic.azure.com/643e69f83c8944/a-Sig_1",
        ),
        (
            "teams",
            {"webhook": f"{AUTOMATE}?{SIGNED}"},
            "workflows://default1a2b.3c.environment.api.powerplatform.com/5d6e/a-Sig_1?pa=yes",
        ),
        (
            "teams",
            {"webhook": f"{AUTOMATE.replace('direct', 'direct/cu/07')}?{SIGNED}&x=y"},
            "workflows://default1a2b.3c.environment.api.powerplatform.com/5d6e/a-Sig_1?route=07&pa=yes",
        ),
        ("pagerduty", {"key": "0123456789abcdef" * 2}, f"pagerduty://{'0123456789abcdef' * 2}@events"),
        (
            "pagerduty",
            {"key": "0123456789abcdef" * 2, "region": "eu"},
            f"pagerduty://{'0123456789abcdef' * 2}@events?region=eu",
        ),
        ("ntfy", {"topic": "a_topic-1"}, "ntfys://ntfy.sh/a_topic-1"),
        (
            "ntfy",
            {"topic": "https://ntfy.example.com:8443/a_topic-1", "token": "tk_x1"},
            "ntfys://tk_x1@ntfy.example.com:8443/a_topic-1",
        ),
        ("ntfy", {"topic": "http://10.0.0.2/t"}, "ntfy://10.0.0.2/t"),
        ("bark", {"address": "https://api.day.app/aDevice1/"}, "barks://api.day.app/aDevice1"),
        (
            "bark",
            {"address": "https://api.day.app/aDevice1/标题/推送内容?group=x"},
            "barks://api.day.app/aDevice1",
        ),
        ("bark", {"address": "http://bark.example/aDevice1"}, "bark://bark.example/aDevice1"),
        (
            "webhook",
            {"address": "https://hooks.example.com/in/2", "secret": f"whsec_{'+/' * 16}"},
            f"webhooks://hooks.example.com/in/2?secret=whsec_{'%2B%2F' * 16}",
        ),
        (
            "webhook",
            {"address": "http://127.0.0.1:8080", "secret": "whsec_" + "A" * 32},
            f"webhook://127.0.0.1:8080?secret=whsec_{'A' * 32}",
        ),
        ("url", {"url": "mailtos://u:p@example.com"}, "mailtos://u:p@example.com"),
    ],
)
def test_what_a_service_shows_becomes_its_url(kind: str, answers: dict[str, str], expected: str) -> None:
    assert url(kind, answers) == expected


@pytest.mark.parametrize(
    ("kind", "answers", "why"),
    [
        ("feishu", {"webhook": "https://evil.example/CANARY"}, "Webhook address: must be the whole address"),
        ("feishu", {"webhook": "CANARY"}, "Webhook address: must be the whole address"),
        (
            "feishu",
            {"webhook": "https://open.larksuite.com/open-apis/bot/v2/hook/CANARY"},
            "this is one of Lark: `channels add lark`",
        ),
        ("slack", {"webhook": "https://discord.com/api/webhooks/12/CANARY"}, "this is one of Discord"),
        ("ntfy", {"topic": f"{FLOW}?{SIGNED}"}, "this is one of Teams"),
        (
            "dingtalk",
            {"webhook": "https://oapi.dingtalk.com/robot/send?access_token=a", "secret": "CANARY"},
            "it begins with SEC",
        ),
        ("telegram", {"token": "CANARY"}, "what @BotFather told"),
        (
            "telegram",
            {"token": "123456789:AAEabcdefghijklmnopqrstuvwxyz123456", "chat": "CANARY NAME"},
            "its number",
        ),
        ("pagerduty", {"key": "CANARY"}, "32 letters and digits"),
        ("teams", {"webhook": f"{FLOW}?api-version=CANARY"}, "&sig=..."),
        ("webhook", {"address": "https://u:CANARY@hooks.example.com/in"}, "without ? and user name"),
        ("webhook", {"address": "https://hooks.example.com/in?CANARY"}, "without ? and user name"),
        ("webhook", {"address": "https://hooks.example.com", "secret": "CANARY"}, "whsec_ and the base64"),
        ("url", {"url": "CANARY"}, "one URL"),
        ("wecom", {}, "Webhook address: must be"),
    ],
)
def test_what_cannot_be_right_is_refused_without_being_quoted(
    kind: str, answers: dict[str, str], why: str
) -> None:
    with pytest.raises(WrongAnswerError) as error:
        url(kind, answers)
    assert why in str(error.value)
    assert "CANARY" not in str(error.value)


def test_a_made_secret_is_one_that_signs() -> None:
    assert key_of(made_secret(bytes(range(220, 252)))) == bytes(range(220, 252))


# --- the secret's list ---

SECRET = """{
  "channels": [
    "feishu://CANARY@a",
    {"url": "slack://T/B/c", "name": "ops", "enabled": false, "severity": "critical"},
    {"url": "CANARY", "name": "wrong", "x": 1.10},
    {"name": "https://CANARY", "url": "ntfys://ntfy.sh/t"}
  ]
}"""


def test_every_place_of_the_list_is_shown_without_its_url() -> None:
    places = channel_list(SECRET).places
    assert [(each.label, each.is_enabled, each.channel is not None) for each in places] == [
        ("#1", True, True),
        ("#2 (ops)", False, True),
        ("#3 (wrong)", True, False),
        ("#4", True, False),
    ]
    assert [bool(each.problems) for each in places] == [False, False, True, True]
    assert "CANARY" not in repr(channel_list(SECRET)) + repr(places)


def test_nothing_but_what_was_meant_changes() -> None:
    before = channel_list(SECRET)
    after, place = before.added({"url": "wecombot://k", "name": "new"})
    assert place.label == "#5 (new)"
    assert json.loads(after.text)["channels"][:4] == json.loads(SECRET)["channels"]
    assert '"x": 1.10' in after.text
    assert after.without(after.place("new")).text == before.text
    assert (
        channel_list('{"channels": []}').added({"url": "a://b"})[0].text == '{"channels": [{"url": "a://b"}]}'
    )


@pytest.mark.parametrize(("said", "number"), [("ops", 2), ("2", 2), ("#1", 1), ("wrong", 3)])
def test_a_channel_is_found_by_name_or_number(said: str, number: int) -> None:
    assert channel_list(SECRET).place(said).number == number


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"url": "ntfys://ntfy.sh/t", "name": "ops"}, "there is a channel 'ops' already"),
        ({"url": "feishu://CANARY@a"}, "is the same as that of channel #1"),
        ({"url": "x://y", "severity": "loud"}, "`severity` must be one of"),
        ({"url": "x://y", "kinds": ["low"]}, "`kinds` must be a list of some of"),
    ],
)
def test_an_entry_that_is_not_right_is_not_added(entry: dict[str, object], why: str) -> None:
    with pytest.raises(EditError) as error:
        channel_list(SECRET).added(entry)
    assert why in str(error.value)
    assert "CANARY" not in str(error.value)


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("CANARY", "is not JSON"),
        ('{"chanels": ["CANARY"]}', "must be an object with the list `channels`"),
    ],
)
def test_a_secret_that_cannot_be_used_is_left_alone(secret: str, why: str) -> None:
    with pytest.raises(EditError) as error:
        channel_list(secret)
    assert why in str(error.value)
    assert "CANARY" not in str(error.value)


def test_no_more_channels_than_the_relay_takes_are_added() -> None:
    full = ChannelList(tuple(f"ntfys://ntfy.sh/t{number}" for number in range(50)))
    with pytest.raises(EditError, match="more than 50 channels"):
        full.added({"url": "x://y"})


def test_a_channel_that_is_not_there_is_said() -> None:
    with pytest.raises(EditError, match="no such channel"):
        ChannelList().place("CANARY")


@pytest.mark.parametrize(
    ("why", "todo"),
    [
        ("it answers HTTP 404", "take a new address"),
        ("it answers HTTP 503", "try again in some minutes"),
        ("it refuses with code 93000: the webhook's key is wrong, or ...", "take a new address"),
        ("it refuses with code 19021: the signature is wrong: is the secret that of ...", "give the secret"),
        ("it refuses with code 310000: the message did not pass the robot's check", "check the signature"),
        ("it could not be reached", "network and proxy"),
        ("it did not answer in time", "network and proxy"),
        ("its certificate was refused", "network and proxy"),
        ("its answer is not JSON", "network and proxy"),
        ("its plug-in failed: KeyError", "mistake of balancewatch"),
        (NO_SERVICE, "add it anew by its kind"),
        ("cannot be used: `severity` must be one of ...", "add it anew by its kind"),
        ("it did not take the message", "look at the bot"),
    ],
)
def test_every_refusal_says_what_to_do(why: str, todo: str) -> None:
    assert todo in todo_of(why)
    assert Tried("#1", None).todo is None


ANEW, AGAIN, REPORTED = "take a new address", "try again in some minutes", "mistake of balancewatch"
ADVICE = {
    dingtalk: {
        -1: AGAIN,
        40035: REPORTED,
        43004: REPORTED,
        130101: AGAIN,
        300001: ANEW,
        310000: "check the signature only",
        400013: "a bot in another group",
        400101: ANEW,
        400102: "switch the robot on",
        400105: REPORTED,
        400106: ANEW,
        410100: AGAIN,
        430101: "allow links",
        430102: "names that the service lets pass",
        430104: "names that the service lets pass",
    },
    feishu: {
        9499: REPORTED,
        11232: AGAIN,
        19001: ANEW,
        19021: "give the secret that the bot shows now",
        19022: "check the signature only",
        19024: "check the signature only",
    },
    wecom: {
        -1: AGAIN,
        40008: REPORTED,
        40058: REPORTED,
        44004: REPORTED,
        45002: REPORTED,
        45009: AGAIN,
        93000: ANEW,
    },
}


@pytest.mark.parametrize("service", ADVICE, ids=lambda each: each.__name__.rpartition(".")[2])
def test_every_code_that_the_relay_knows_has_advice_that_fits(service: ModuleType) -> None:
    """The advice is found by the relay's own words, and so it is these that are asked for."""
    assert ADVICE[service].keys() == service.MEANINGS.keys()
    field = "code" if service is feishu else "errcode"
    for code, todo in ADVICE[service].items():
        why = service.refusal(200, json.dumps({field: code}).encode())
        assert todo in todo_of(why), why
