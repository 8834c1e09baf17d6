"""`balancewatch channels` on a deployed stack: moto's AWS, and the real services' demands on loopback."""

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from balancewatch_cli.channels import trial as channel_trial
from balancewatch_cli.main import main
from tests import chats
from tests.chats import Chats, PagerDuty
from tests.deployed import OUTPUTS, PARAMETERS, CloudFormation, deployed
from tests.terminal import Terminal, typing

SECRET = "balancewatch/channels"
KEY = "CANARYKEY0123456789abcdef0123456"
TELEGRAM = "123456789:AACANARYdefghijklmnopqrstuvwxyz123456"
DISCORD = ("12345678901234567", "CANARYgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgHiJkLmNoP")
SLACK = "T1JJ3T3L2/A1BRTD4JD/CANARYnlazkcOXrIdevi7FQ1"
FLOW = "prod-00.westeurope.logic.azure.com"
WHSEC = "whsec_CANARY+/CANARY+/CANARY+/CANARY+/CANARY+/CANA="

KINDS: dict[str, tuple[dict[str, str], str, chats.Play]] = {
    "feishu": (
        {"webhook": "https://open.feishu.cn/open-apis/bot/v2/hook/CANARY-1", "secret": "CANARY_s"},
        "open.feishu.cn",
        chats.feishu("CANARY-1", "CANARY_s"),
    ),
    "lark": (
        {"webhook": "https://open.larksuite.com/open-apis/bot/v2/hook/CANARY-1"},
        "open.larksuite.com",
        chats.feishu("CANARY-1"),
    ),
    "dingtalk": (
        {"webhook": "https://oapi.dingtalk.com/robot/send?access_token=CANARY1", "secret": "SECCANARY"},
        "oapi.dingtalk.com",
        chats.dingtalk("CANARY1", "SECCANARY"),
    ),
    "wecom": (
        {"webhook": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=CANARY-1"},
        "qyapi.weixin.qq.com",
        chats.wecom("CANARY-1"),
    ),
    "telegram": (
        {"token": TELEGRAM, "chat": "-1001234567890"},
        "api.telegram.org",
        chats.telegram(TELEGRAM),
    ),
    "slack": (
        {"webhook": f"https://hooks.slack.com/services/{SLACK}"},
        "hooks.slack.com",
        chats.slack(SLACK),
    ),
    "discord": (
        {"webhook": f"https://discord.com/api/webhooks/{DISCORD[0]}/{DISCORD[1]}"},
        "discord.com",
        chats.discord(*DISCORD),
    ),
    "teams": (
        {
            "webhook": f"https://{FLOW}:443/workflows/643e69f83c8944/triggers/manual/paths/invoke"
            "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=CANARY_1"
        },
        FLOW,
        chats.teams("CANARY_1"),
    ),
    "pagerduty": ({"key": KEY, "region": "eu"}, "events.eu.pagerduty.com", PagerDuty(KEY)),
    "ntfy": ({"topic": "CANARY-topic"}, "ntfy.sh", chats.ntfy),
    "bark": ({"address": "https://api.day.app/CANARY1/"}, "api.day.app", chats.bark("CANARY1")),
    "webhook": (
        {"address": "https://hooks.example.com/CANARY/a%20b", "secret": WHSEC},
        "hooks.example.com",
        chats.webhook(WHSEC),
    ),
    "url": ({"url": "ntfys://ntfy.sh/CANARY-2"}, "ntfy.sh", chats.ntfy),
}
"""What is answered, the host behind it, and what that demands."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chats]:
    with chats.chats(tmp_path_factory.mktemp("chats")) as here:
        yield here


@pytest.fixture(scope="module")
def stack() -> Iterator[CloudFormation]:
    with deployed() as (_, cloud):
        cloud.outputs["balancewatch"] = {**OUTPUTS, "ChannelsSecret": SECRET}
        cloud.outputs["bare"] = OUTPUTS
        yield cloud


@pytest.fixture
def cloud(stack: CloudFormation, server: Chats, monkeypatch: pytest.MonkeyPatch) -> CloudFormation:
    """A stack with a relay and no channels' secret yet, and every service of the docs."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server.plays = {host: play for _, host, play in KINDS.values()}
    server.sent = []
    with suppress(ClientError):
        boto3.client("secretsmanager").delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    return stack


def kept() -> list[Any]:
    found = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET, VersionStage="AWSCURRENT")
    listed: list[Any] = json.loads(found["SecretString"])["channels"]
    return listed


def keep(*entries: object) -> None:
    text = json.dumps({"channels": entries})
    boto3.client("secretsmanager").create_secret(Name=SECRET, SecretString=text)


def is_there() -> bool:
    return bool(
        boto3.client("secretsmanager").list_secrets(Filters=[{"Key": "name", "Values": [SECRET]}])[
            "SecretList"
        ]
    )


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["channels", *arguments])
    told = capsys.readouterr()
    assert "CANARY" not in told.out + told.err
    return status, told.out, told.err


def answers(monkeypatch: pytest.MonkeyPatch, kind: str) -> list[str]:
    """The answers from the environment, as scripts give them."""
    given = []
    for name, value in KINDS[kind][0].items():
        monkeypatch.setenv(f"HERE_{name}", value)
        given += ["--answer-env", f"{name}=HERE_{name}"]
    return given


@pytest.mark.usefixtures("cloud")
def test_every_kind_is_tried_as_its_service_demands_and_then_saved(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, (_, host, _) in KINDS.items():
        server.sent = []
        status, shown, _ = ran(capsys, "add", kind, *answers(monkeypatch, kind), "--yes", "--json")
        document = json.loads(shown)
        assert (kind, status, document["saved"], document["tests"][0]["ok"]) == (kind, 0, True, True)
        assert "[test] balancewatch: this channel works" in json.dumps(server.at(host)[0].json)
    status, shown, _ = ran(capsys, "list", "--json")
    listed = json.loads(shown)
    assert (status, len(listed), [each["problems"] for each in listed]) == (0, 13, [[]] * 13)
    assert [each["service"] for each in listed[:4]] == ["Feishu", "Lark", "DingTalk", "WeCom"]
    server.sent = []
    status, shown, _ = ran(capsys, "test")
    assert (status, shown.count("it took the test")) == (0, 13)
    assert len(server.sent) == 14, "PagerDuty gets two: a beginning and its end"


@pytest.mark.usefixtures("cloud")
def test_a_test_leaves_no_incident_open(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pager = PagerDuty(KEY)
    server.plays["events.eu.pagerduty.com"] = pager
    assert ran(capsys, "add", "pagerduty", *answers(monkeypatch, "pagerduty"), "--yes")[0] == 0
    assert pager.open == {}
    assert len(pager.closed) == 1
    assert pager.closed[0].startswith("balancewatch/test/")


@pytest.mark.usefixtures("cloud")
def test_somebody_who_types_is_told_where_to_look_and_may_try_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = KINDS["feishu"][0]["webhook"]
    prompts = typing(monkeypatch, "y\n", ["CANARY", webhook, "CANARY_s"])
    status, shown, said = ran(capsys, "add", "feishu", "--name", "everyone", "--severity", "warning")
    assert status == 0
    assert prompts[0] == prompts[1] == "Webhook address (not shown): "
    for words in ("Custom Bot", "must be the whole address", "Save this? [y/N]", "saved"):
        assert words in said
    for words in ("new", "#1 everyone", "Feishu", "warning and worse", "it took the test"):
        assert words in shown
    assert kept() == [{"url": "feishu://CANARY_s@CANARY-1", "name": "everyone", "severity": "warning"}]
    found = boto3.client("secretsmanager").describe_secret(SecretId=SECRET)
    assert found["Description"].startswith("The chats and pagers")


@pytest.mark.usefixtures("cloud")
def test_a_company_that_has_a_key_has_its_channels_encrypted_with_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    monkeypatch.setitem(PARAMETERS, "KmsKeyArn", key)
    assert ran(capsys, "add", "ntfy", *answers(monkeypatch, "ntfy"), "--yes")[0] == 0
    assert boto3.client("secretsmanager").describe_secret(SecretId=SECRET)["KmsKeyId"] == key


@pytest.mark.usefixtures("cloud")
def test_an_address_that_is_given_as_an_argument_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["channels", "add", "feishu", "https://open.feishu.cn/CANARY"])
    assert (ended.value.code, "CANARY" in capsys.readouterr().err) == (4, False)


@pytest.mark.usefixtures("cloud")
def test_without_a_yes_nothing_is_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "\n", [KINDS["wecom"][0]["webhook"]])
    status, _, said = ran(capsys, "add", "wecom")
    assert (status, "nothing was saved" in said, is_there()) == (4, True, False)


@pytest.mark.usefixtures("cloud")
def test_a_channel_that_takes_no_test_is_saved_only_on_demand(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server.plays["qyapi.weixin.qq.com"] = chats.wecom("another")
    arguments = ("add", "wecom", *answers(monkeypatch, "wecom"), "--yes")
    status, shown, said = ran(capsys, *arguments)
    assert (status, is_there()) == (3, False)
    assert "code 93000" in shown
    assert "take a new address" in shown
    assert "--no-test saves all the same" in said
    server.sent = []
    assert ran(capsys, *arguments, "--no-test")[0] == 0
    assert (len(kept()), server.sent) == (1, [])


@pytest.mark.usefixtures("cloud")
def test_a_secret_for_a_program_is_made_and_shown_once_before_the_test(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = Terminal()

    class Giving(Terminal):
        """Somebody who puts the secret that is shown into the receiver, and then presses Enter."""

        def readline(self, _: int | None = -1, /) -> str:  # type: ignore[override]  # as of StringIO
            if "Enter" in seen.getvalue() and "Save" not in seen.getvalue():
                (made,) = (word for word in seen.getvalue().split() if word.startswith("whsec_"))
                server.plays["hooks.example.com"] = chats.webhook(made)
                return "\n"
            return "y\n"

    typing(monkeypatch, "", ["https://hooks.example.com/in", ""])
    monkeypatch.setattr("sys.stdin", Giving())
    monkeypatch.setattr("sys.stderr", seen)
    status, shown, _ = ran(capsys, "add", "webhook", "--name", "my program")
    assert (status, "it took the test" in shown, "whsec_" in shown) == (0, True, False)
    assert seen.getvalue().count("whsec_") == 1
    typing(monkeypatch, "", ["https://hooks.example.com/other", ""])
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert ran(capsys, "add", "webhook", "--yes")[0] == 4
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("test",), "the stack has no channels yet: `balancewatch channels add KIND`"),
        (
            ("add", "wecom"),
            "Webhook address: nobody can be asked here; put it into an environment variable, ",
        ),
        (("add", "wecom", "--answer-env", "key=HERE"), "--answer-env: WeCom is asked for webhook"),
        (("add", "wecom", "--answer-env", "CANARY"), "--answer-env must be NAME=VAR"),
        (("add", "wecom", "--answer-env", "webhook=CANARY"), "is not set, or is empty"),
        (("add", "wecom", "--answer-env", "webhook=HERE"), "must be the whole address"),
        (("add", "url", "--answer-env", "url=URL"), "makes no address that can be used"),
        (("add", "wecom", "--severity", "loud"), "`severity` must be one of info, warning, critical"),
        (("add", "wecom", "--kinds", "low_balance,x"), "`kinds` must be a list of some of low_balance"),
        (("add", "feshu"), "did you mean `feishu`?"),
        (("add", "https://hooks.slack.com/services/T/B/CANARY"), "KIND must be one of feishu, lark,"),
        (("add", "wecom", "--name", "https://CANARY"), "`name` must be 1 to 40 letters"),
        (("test", "CANARY"), "there is no such channel"),
        (("remove", "ops"), "there is no such channel"),
        (("list", "--stack", "bare"), "has no relay, so it tells no channels: deploy it again"),
        (("add", "ntfy", "--stack", "bare"), "answer `on` for Relay"),
    ],
)
@pytest.mark.usefixtures("cloud")
def test_a_mistake_says_what_to_do_and_makes_nothing(
    arguments: tuple[str, ...],
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HERE", "https://evil.example/CANARY")
    monkeypatch.setenv("URL", "nonsense://CANARY")
    status, _, said = ran(capsys, *arguments, *(("--yes",) if arguments[0] == "add" else ()))
    assert (status, is_there()) == (4, False)
    assert why in said


@pytest.mark.usefixtures("cloud")
def test_what_another_made_or_saved_meanwhile_is_never_overwritten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody makes the secret, and then saves it, while the question stands."""
    client = boto3.client("secretsmanager")
    theirs = iter(
        (
            lambda: keep("ntfys://ntfy.sh/theirs"),
            lambda: client.put_secret_value(
                SecretId=SECRET, SecretString='{"channels": ["ntfys://ntfy.sh/2"]}'
            ),
        )
    )

    class Slow(Terminal):
        def readline(self, _: int | None = -1, /) -> str:  # type: ignore[override]  # as of StringIO
            next(theirs)()
            return "y\n"

    for expected in (["ntfys://ntfy.sh/theirs"], ["ntfys://ntfy.sh/2"]):
        monkeypatch.setattr("sys.stdin", Slow())
        status, _, said = ran(capsys, "add", "wecom", *answers(monkeypatch, "wecom"))
        assert (status, kept()) == (4, expected)
        assert "somebody else changed the secret meanwhile, so nothing was saved" in said


@pytest.mark.usefixtures("cloud")
def test_a_secret_that_is_marked_for_deletion_says_how_it_comes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    keep("ntfys://ntfy.sh/theirs")
    boto3.client("secretsmanager").delete_secret(SecretId=SECRET)
    status, _, said = ran(capsys, "list")
    assert (status, "restore-secret --secret-id balancewatch/channels" in said) == (4, True)


@pytest.mark.usefixtures("cloud")
def test_list_shows_filters_and_problems_and_no_address(capsys: pytest.CaptureFixture[str]) -> None:
    keep(
        "wecombot://CANARY-1",
        {"url": "slack://T1/B2/CANARY", "name": "ops", "severity": "critical", "kinds": ["alarm"]},
        {"url": "ntfys://ntfy.sh/CANARY", "accounts": ["shop/*"], "labels": ["pay"], "enabled": False},
        {"url": "nonsense://CANARY"},
        {"url": "CANARY", "name": "wrong"},
    )
    status, shown, _ = ran(capsys, "list")
    assert status == 4
    flat = " ".join(shown.split())
    for words in (
        "#1 WeCom everything ok",
        "#2 ops Slack critical; alarm ok",
        "accounts shop/*; labels pay disabled",
        "`url` is none that Apprise",
        "#5 wrong",
        "must be one URL",
    ):
        assert words in flat
    listed = json.loads(ran(capsys, "list", "--json")[1])
    assert listed[1]["kinds"] == ["alarm"]
    assert [bool(each["problems"]) for each in listed] == [False, False, False, True, True]


@pytest.mark.usefixtures("cloud")
def test_remove_takes_one_away_and_leaves_the_others_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    others = ["ntfys://ntfy.sh/CANARY", {"url": "nonsense://CANARY", "name": "odd", "x": 1}]
    keep(others[0], {"url": "wecombot://CANARY-1", "name": "ops"}, others[1])
    status, shown, _ = ran(capsys, "remove", "ops", "--yes")
    assert (status, "goes" in shown, kept()) == (0, True, others)
    assert ran(capsys, "remove", "2", "--yes", "--json")[0] == 0
    assert kept() == others[:1]


@pytest.mark.usefixtures("cloud")
def test_one_channel_that_hangs_or_cannot_be_used_keeps_no_other_from_its_test(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(
        "wecombot://CANARY-1",
        {"url": "ntfys://ntfy.sh/CANARY", "name": "hangs"},
        {"url": "CANARY"},
        "nonsense://CANARY",
        {"url": "slack://T1/B2/CANARY", "enabled": False},
    )
    is_over = threading.Event()

    def hangs(_: chats.Sent) -> chats.Answer:
        is_over.wait(10)
        return chats.answers(200)

    server.plays["ntfy.sh"] = hangs
    monkeypatch.setattr(channel_trial, "DEADLINE_S", 0.3)
    began = time.monotonic()
    status, shown, _ = ran(capsys, "test", "--json")
    is_over.set()
    tests = json.loads(shown)
    assert (status, [each["ok"] for each in tests]) == (3, [True, False, False, False])
    assert tests[1]["why"].startswith("it did not answer in")
    assert all(each["todo"] for each in tests[1:])
    assert time.monotonic() - began < 9
    assert ran(capsys, "test", "ops")[0] == 4
    status, shown, _ = ran(capsys, "test", "1")
    assert (status, shown.count("it took the test"), "hangs" in shown) == (0, 1, False)


@pytest.mark.usefixtures("cloud")
def test_a_stack_that_speaks_chinese_tests_in_chinese(
    server: Chats, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PARAMETERS, "Language", "zh")
    assert ran(capsys, "add", "ntfy", *answers(monkeypatch, "ntfy"), "--yes")[0] == 0
    assert server.sent[0].json["title"] == "【测试】balancewatch：此渠道可用"  # noqa: RUF001  # Chinese has its own
