"""The kinds of channels: what is asked for each, where a person finds it, and the URL that it makes."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

Parts = Mapping[str, str]
"""The named groups of all answers' patterns; empty where nothing was given."""

MADE_KEY_BYTES = 32
"""Of a signed webhook's secret."""


class WrongAnswerError(ValueError):
    """An answer that cannot be right: says what is wanted, and never quotes it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `wanted` ends a sentence that begins with "must be"."""

    name: str
    words: str
    pattern: re.Pattern[str]
    wanted: str
    is_secret: bool = True
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A service, or a way to say one."""

    name: str
    title: str
    where: str
    questions: tuple[Question, ...]
    url: Callable[[Parts], str]

    def checked(self, question: Question, answer: str) -> Parts:
        """What the answer holds. Raises `WrongAnswerError`."""
        if not answer and question.is_optional:
            return dict.fromkeys(question.pattern.groupindex, "")
        if found := question.pattern.fullmatch(answer):
            return found.groupdict("")
        hint = (
            f"; this is one of {other.title}: `channels add {other.name}`"
            if (other := _kind_of(answer))
            else ""
        )
        raise WrongAnswerError(f"{question.words}: must be {question.wanted}{hint}")


def made_secret(key: bytes) -> str:
    """A secret of a signed webhook, of random bytes."""
    return f"whsec_{base64.b64encode(key).decode()}"


def _kind_of(answer: str) -> Kind | None:
    """The service whose address it is."""
    return next((each for name, each in KINDS.items() if name in _TOLD_APART and _is_its(each, answer)), None)


def _is_its(kind: Kind, answer: str) -> bool:
    return kind.questions[0].pattern.fullmatch(answer) is not None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII)


def _before_at(user: str) -> str:
    return f"{user}@" if user else ""


_TOLD_APART = frozenset({"feishu", "lark", "dingtalk", "wecom", "slack", "discord", "teams"})
"""Those whose addresses no other service has."""

_HOST = r"(?P<host>[A-Za-z0-9.-]+(?::[0-9]{1,5})?)"
_SIGNED = r"(?P<secret>[\w-]{1,100})"


def _feishu_like(name: str, title: str, host: str, where: str) -> Kind:
    address = f"https://{host}/open-apis/bot/v2/hook/"
    return Kind(
        name,
        title,
        where,
        (
            Question(
                "webhook",
                "Webhook address",
                _pattern(rf"{re.escape(address)}(?P<token>[\w-]{{1,100}})/?"),
                f"the whole address, {address}...",
            ),
            Question(
                "secret",
                "Secret of the signature, or nothing where the bot checks none",
                _pattern(_SIGNED),
                "what the bot shows under Signature verification",
                is_optional=True,
            ),
        ),
        lambda parts: f"{name}://{_before_at(parts['secret'])}{parts['token']}",
    )


def _discord(parts: Parts) -> str:
    thread = f"?thread={parts['thread']}" if parts["thread"] else ""
    return f"discord://{parts['id']}/{parts['token']}{thread}"


def _teams(parts: Parts) -> str:
    options = [f"route={parts['route']}"] if parts["route"] else []
    options += ["pa=yes"] if parts["automate"] else []
    query = f"?{'&'.join(options)}" if options else ""
    return f"workflows://{parts['host']}/{parts['workflow']}/{parts['signature']}{query}"


def _pagerduty(parts: Parts) -> str:
    return f"pagerduty://{parts['key']}@events" + ("?region=eu" if parts["region"] == "eu" else "")


def _ntfy(parts: Parts) -> str:
    scheme = "ntfy" if parts["scheme"] == "http" else "ntfys"
    return f"{scheme}://{_before_at(parts['token'])}{parts['host'] or 'ntfy.sh'}/{parts['topic']}"


def _bark(parts: Parts) -> str:
    return f"{'bark' if parts['scheme'] == 'http' else 'barks'}://{parts['host']}/{parts['key']}"


def _webhook(parts: Parts) -> str:
    scheme = "webhook" if parts["scheme"] == "http" else "webhooks"
    return f"{scheme}://{parts['host']}{parts['path']}?secret={quote(parts['secret'], safe='')}"


_ALL = (
    _feishu_like(
        "feishu",
        "Feishu",
        "open.feishu.cn",
        "Group, Settings, Bots, Add Bot, Custom Bot; check Signature verification.",
    ),
    _feishu_like(
        "lark",
        "Lark",
        "open.larksuite.com",
        "Group, Settings, Bots, Add Bot, Custom Bot; check Signature verification.",
    ),
    Kind(
        "dingtalk",
        "DingTalk",
        "Group, Settings, Robots, Custom; choose Sign.",
        (
            Question(
                "webhook",
                "Webhook address",
                _pattern(r"https://oapi\.dingtalk\.com/robot/send/?\?access_token=(?P<token>\w{1,200})"),
                "the whole address, https://oapi.dingtalk.com/robot/send?access_token=...",
            ),
            Question(
                "secret",
                "Secret of the signature, or nothing where the robot checks none",
                _pattern(r"(?P<secret>SEC\w{1,197})"),
                "what the robot shows under Sign; it begins with SEC",
                is_optional=True,
            ),
        ),
        lambda parts: f"dingtalk://{_before_at(parts['secret'])}{parts['token']}",
    ),
    Kind(
        "wecom",
        "WeCom",
        "Group, Add Group Bot; its page shows the address.",
        (
            Question(
                "webhook",
                "Webhook address",
                _pattern(r"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send/?\?key=(?P<key>[\w-]{1,100})"),
                "the whole address, https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=...",
            ),
        ),
        lambda parts: f"wecombot://{parts['key']}",
    ),
    Kind(
        "telegram",
        "Telegram",
        "@BotFather makes the bot and tells its token; add the bot to the chat. The chat's number is in "
        "https://web.telegram.org: the end of the address, for a group with its minus sign.",
        (
            Question(
                "token",
                "Token of the bot",
                _pattern(r"(?P<token>[0-9]{6,12}:[\w-]{30,60})"),
                "what @BotFather told, such as 123456789:AAE...",
            ),
            Question(
                "chat",
                "Chat",
                _pattern(r"(?P<chat>-?[0-9]{1,32}(?::[0-9]+)?|@[A-Za-z]\w{3,31})"),
                "its number, such as -1001234567890, or a public one's @name",
                is_secret=False,
            ),
        ),
        lambda parts: f"tgram://{parts['token']}/{parts['chat']}",
    ),
    Kind(
        "slack",
        "Slack",
        "https://api.slack.com/apps, your app, Incoming Webhooks, Add New Webhook.",
        (
            Question(
                "webhook",
                "Webhook address",
                _pattern(
                    r"https://hooks\.slack\.com/services/(?P<a>[A-Z0-9]+)/(?P<b>[A-Z0-9]+)/(?P<c>[A-Za-z0-9]+)/?"
                ),
                "the whole address, https://hooks.slack.com/services/T.../B.../...",
            ),
        ),
        lambda parts: f"slack://{parts['a']}/{parts['b']}/{parts['c']}",
    ),
    Kind(
        "discord",
        "Discord",
        "Channel, Edit Channel, Integrations, Webhooks, New Webhook, Copy Webhook URL.",
        (
            Question(
                "webhook",
                "Webhook address",
                _pattern(
                    r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/(?:v[0-9]+/)?webhooks/"
                    r"(?P<id>[0-9]+)/(?P<token>[\w-]+)/?(?:\?thread_id=(?P<thread>[0-9]+))?"
                ),
                "the whole address, https://discord.com/api/webhooks/...",
            ),
        ),
        _discord,
    ),
    Kind(
        "teams",
        "Teams",
        "Channel, Workflows, Post to a channel when a webhook request is received; it shows the address at "
        "the end.",
        (
            Question(
                "webhook",
                "Address of the workflow",
                _pattern(
                    r"https://(?P<host>[A-Za-z0-9.-]+)(?::443)?"
                    r"(?P<automate>/powerautomate/automations/direct(?:/cu/(?P<route>[0-9]+))?)?"
                    r"/workflows/(?P<workflow>[\w-]+)/triggers/manual/paths/invoke/?"
                    r"\?(?:[^\s#]*&)?sig=(?P<signature>[\w-]+)(?:&[^\s#]*)?"
                ),
                "the whole address, https://.../workflows/.../triggers/manual/paths/invoke?...&sig=...",
            ),
        ),
        _teams,
    ),
    Kind(
        "pagerduty",
        "PagerDuty",
        "Service, Integrations, Add an integration, Events API V2; its page shows the integration key.",
        (
            Question(
                "key",
                "Integration key",
                _pattern(r"(?P<key>[A-Za-z0-9]{32})"),
                "the 32 letters and digits of an integration of Events API V2",
            ),
            Question(
                "region",
                "Region, us or eu; us where nothing is given",
                _pattern(r"(?P<region>us|eu)"),
                "us or eu; eu where your address ends with eu.pagerduty.com",
                is_secret=False,
                is_optional=True,
            ),
        ),
        _pagerduty,
    ),
    Kind(
        "ntfy",
        "ntfy",
        "Subscribe in the app to a topic that nobody guesses; on a server of your own it is a whole address.",
        (
            Question(
                "topic",
                "Topic, or its whole address",
                _pattern(rf"(?:(?P<scheme>https?)://{_HOST}/)?(?P<topic>[\w-]{{1,64}})/?"),
                "a topic of ntfy.sh, or an address such as https://ntfy.example.com/topic",
            ),
            Question(
                "token",
                "Access token, or nothing where the server demands none",
                _pattern(r"(?P<token>tk_[A-Za-z0-9]{1,100})"),
                "an access token: it begins with tk_",
                is_optional=True,
            ),
        ),
        _ntfy,
    ),
    Kind(
        "bark",
        "Bark",
        "The app's first page shows addresses; copy any of them.",
        (
            Question(
                "address",
                "Address",
                _pattern(rf"(?P<scheme>https?)://{_HOST}/(?P<key>[A-Za-z0-9]{{5,64}})(?:/.*)?"),
                "one that the app shows, https://api.day.app/KEY/...",
            ),
        ),
        _bark,
    ),
    Kind(
        "webhook",
        "Signed webhook",
        "A program of yours that takes JSON; docs/channels.md shows how it checks the signature.",
        (
            Question(
                "address",
                "Address",
                _pattern(rf"(?P<scheme>https?)://{_HOST}(?P<path>/[^\s?#@]*)?"),
                "an address such as https://hooks.example.com/in, without ? and user name",
            ),
            Question(
                "secret",
                "Secret that signs, or nothing to have one made",
                _pattern(r"(?P<secret>whsec_[A-Za-z0-9+/]{32,86}={0,2})"),
                "whsec_ and the base64 of 24 to 64 bytes",
                is_optional=True,
            ),
        ),
        _webhook,
    ),
    Kind(
        "url",
        "Any service of Apprise",
        "https://appriseit.com/services/ says how the URL of each service is made.",
        (
            Question(
                "url",
                "URL",
                _pattern(r"(?P<url>[A-Za-z][A-Za-z0-9+.-]{0,31}://\S{1,1990})"),
                "one URL such as mailtos://user:password@example.com, without spaces",
            ),
        ),
        lambda parts: parts["url"],
    ),
)

KINDS: Mapping[str, Kind] = {each.name: each for each in _ALL}

TITLES: Mapping[str, str] = {"lark": "Lark", "pagerduty": "PagerDuty", "workflows": "Teams"}
"""By the scheme of the URL, where Apprise says another name than the service."""
