"""What services answer, and how requests are signed."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from balancewatch_relay.core.message import Link, Message, Tone
from balancewatch_relay.core.news import Language
from balancewatch_relay.core.services import dingtalk, feishu, webhook, wecom

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
MESSAGE = Message(
    ids=("an-id",),
    language=Language.EN,
    title="[critical] <@all> production: 7.60 USD left",
    lines=("It has 7.60 USD left.", "Top up now."),
    link=Link("Top up", "https://example.com/top-up?a=1&b=2"),
    tone=Tone.CRITICAL,
    is_over=False,
    incidents=(),
    data={"notifications": []},
)

ANSWERS = {
    "taken": (200, b'{"code": 0, "msg": "success"}', None),
    "taken, as older bots say": (200, b'{"StatusCode": 0, "StatusMessage": "success"}', None),
    "the new word counts": (
        200,
        b'{"StatusCode": 0, "code": 19001}',
        "it refuses with code 19001: the webhook's",
    ),
    "a code that is not listed": (200, b'{"code": 77, "msg": "CANARY"}', "it refuses with code 77"),
    "no code": (200, b'{"msg": "success"}', "its answer has no code"),
    "a code as text": (200, b'{"code": "0"}', "its answer has no code"),
    "a code that is false": (200, b'{"code": false}', "its answer has no code"),
    "no object": (200, b"0", "its answer has no code"),
    "a page": (200, b"<html>CANARY", "its answer is not JSON"),
    "nothing": (200, b"", "its answer is not JSON"),
    "another status": (502, b'{"code": 0}', "it answers HTTP 502"),
    "a redirect": (302, b"", "it answers HTTP 302"),
}


@pytest.mark.parametrize(("status", "body", "why"), ANSWERS.values(), ids=ANSWERS)
def test_only_code_0_means_that_it_was_taken(status: int, body: bytes, why: str | None) -> None:
    said = feishu.refusal(status, body)
    assert said == why if why is None else said is not None and said.startswith(why)
    assert "CANARY" not in (said or "")


def test_dingtalk_and_wecom_say_errcode() -> None:
    for refusal in (dingtalk.refusal, wecom.refusal):
        assert refusal(200, b'{"errcode": 0, "errmsg": "ok"}') is None
        assert refusal(200, b'{"code": 0}') is not None
    said = dingtalk.refusal(200, b'{"errcode": 310000, "errmsg": "sign not match"}')
    assert said is not None
    assert "is the secret that of this robot?" in said
    assert wecom.refusal(200, b'{"errcode": 45009}') == (
        "it refuses with code 45009: too many messages at once: 20 a minute are allowed"
    )


def test_feishu_signs_nothing_with_time_and_secret_as_the_key() -> None:
    digest = hmac.new(b"1795320000\na-secret", b"", hashlib.sha256).digest()
    assert feishu.signed("a-secret", NOW) == {
        "timestamp": "1795320000",
        "sign": base64.b64encode(digest).decode(),
    }
    assert feishu.signed(None, NOW) == {}


def test_dingtalk_signs_milliseconds_and_secret_with_the_secret_as_the_key() -> None:
    digest = hmac.new(b"SEC1", b"1795320000000\nSEC1", hashlib.sha256).digest()
    assert dingtalk.signed("SEC1", NOW) == {
        "timestamp": "1795320000000",
        "sign": base64.b64encode(digest).decode(),
    }


def test_the_webhook_signs_as_the_standard_shows() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks."""
    key = webhook.key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert key is not None
    signed = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    at = datetime.fromtimestamp(1614265330, UTC)
    assert expected == webhook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', key)
    assert (
        expected.removeprefix("v1,")
        == base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    )


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!", base64.b64encode(b"k" * 32).decode()]
)
def test_a_webhook_without_a_proper_secret_is_refused(secret: str) -> None:
    assert webhook.key_of(secret) is None


def test_a_feishu_card_holds_plain_text_only_and_its_colour() -> None:
    card = json.loads(feishu.body(MESSAGE, None, NOW))["card"]
    assert (card["header"]["template"], card["header"]["title"]["tag"]) == ("red", "plain_text")
    text, button = card["elements"]
    assert text["text"] == {"tag": "plain_text", "content": "It has 7.60 USD left.\nTop up now."}
    assert button["actions"][0]["url"] == "https://example.com/top-up?a=1&b=2"


def test_dingtalk_gets_markdown_and_mentions_whom_it_shall() -> None:
    body = json.loads(dingtalk.body(MESSAGE, ["13800000000"]))
    assert body["markdown"]["title"] == MESSAGE.title
    assert body["markdown"]["text"] == (
        f"#### {MESSAGE.title}\n\nIt has 7.60 USD left.  \nTop up now.\n\n"
        "[Top up](https://example.com/top-up?a=1&b=2)\n\n@13800000000"
    )
    assert body["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}


def test_wecom_gets_markdown_that_mentions_nobody() -> None:
    content = json.loads(wecom.body(MESSAGE))["markdown"]["content"]
    head, *rest = content.split("\n")
    assert head == '<font color="warning">**[critical] ＜@all＞ production: 7.60 USD left**</font>'  # noqa: RUF001  # on purpose: no markup
    assert rest == ["It has 7.60 USD left.", "Top up now.", "[Top up](https://example.com/top-up?a=1&b=2)"]
