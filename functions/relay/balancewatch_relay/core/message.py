"""What one channel is sent: from news to words, with all that any service asks for."""

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import quote

from balancewatch_relay.core.news import Alarm, Json, Kind, Language, Notification, Severity, Text
from balancewatch_relay.core.phrases import ALARMS, Phrase, say

_CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
_STATE_OK = "OK"
_STATE_BLIND = "INSUFFICIENT_DATA"


class Tone(Enum):
    """How it looks and sounds, where a service has colours or priorities."""

    GOOD = auto()
    INFO = auto()
    WARNING = auto()
    CRITICAL = auto()


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """Words, a link and a tone. `ids` are what counts as sent once a channel took it."""

    ids: tuple[str, ...]
    language: Language
    title: str
    lines: tuple[str, ...]
    link: Link | None
    tone: Tone
    is_over: bool
    incidents: tuple[str, ...]
    """Keys of what it is about: the same when it begins, is repeated and ends. A digest has none."""
    data: dict[str, Json]
    """The same for programs."""
    is_test: bool = False
    """Whether it tells nothing but that it arrives: an incident that it opens it also ends."""

    @property
    def id(self) -> str:
        """The same for the same news, in each attempt."""
        return hashlib.sha256("|".join(self.ids).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Stack:
    """Who speaks, and in which language where the news has none of its own."""

    name: str
    language: Language


def of_notifications(told: Sequence[Notification], subject: str, stack: Stack) -> Message:
    """One notification in full, or a digest: a line each. `subject` heads a digest of all that came."""
    if len(told) == 1:
        return _of_one(told[0], stack)
    language = Counter(each.language for each in told).most_common(1)[0][0]
    is_over = all(each.is_over for each in told)
    others = say(language, Phrase.OTHERS, subject=told[0].subject, count=str(len(told) - 1))
    return Message(
        ids=tuple(each.id for each in told),
        language=language,
        title=subject or others,
        lines=tuple(f"- {each.subject}" for each in told),
        link=None,
        tone=_tone(max(each.severity for each in told), is_over=is_over),
        is_over=is_over,
        incidents=(),
        data={"notifications": [dict(each.facts) for each in told]},
    )


def _of_one(told: Notification, stack: Stack) -> Message:
    label = say(told.language, Phrase.TOP_UP)
    return Message(
        ids=(told.id,),
        language=told.language,
        title=told.subject,
        lines=tuple(told.text.split("\n")),
        link=Link(label, told.link) if told.link else None,
        tone=_tone(told.severity, is_over=told.is_over),
        is_over=told.is_over,
        incidents=_incidents(told, stack),
        data={"notifications": [dict(told.facts)]},
        is_test=told.is_test,
    )


def _incidents(told: Notification, stack: Stack) -> tuple[str, ...]:
    """Level and reach of an account are told apart; both end when it is no longer watched.

    A test has one of its own: it must not end what is true.
    """
    if told.is_test:
        return (f"{stack.name}/test/{told.id}",)
    kinds = (Kind.LOW_BALANCE, Kind.UNREACHABLE) if told.kind is Kind.REMOVED else (told.kind,)
    return tuple(f"{stack.name}/{told.full_name}/{kind}" for kind in kinds)


def of_alarm(alarm: Alarm, ident: str, stack: Stack) -> Message:
    """An alarm in words: of the stack's own the words are ours, of any other it has only its own."""
    title, text = _alarm_words(alarm, stack)
    url = _console(alarm)
    return Message(
        ids=(ident,),
        language=stack.language,
        title=title,
        lines=tuple(filter(None, text.split("\n"))),
        link=Link(say(stack.language, Phrase.LOOK), url) if url else None,
        tone=_tone(severity_of(alarm), is_over=alarm.state == _STATE_OK),
        is_over=alarm.state == _STATE_OK,
        incidents=(f"{stack.name}/{Kind.ALARM}/{alarm.name}",),
        data={"alarm": {"name": alarm.name, "state": alarm.state, "arn": alarm.arn, "text": text}},
    )


def severity_of(alarm: Alarm) -> Severity:
    """An end is as loud as its beginning."""
    return Severity.WARNING if alarm.state == _STATE_BLIND else Severity.CRITICAL


def of_text(text: Text, ident: str, subject: str, stack: Stack) -> Message:
    """What somebody else published, as it stands."""
    return Message(
        ids=(ident,),
        language=stack.language,
        title=subject or f"{stack.name}: {say(stack.language, Phrase.MESSAGE)}",
        lines=tuple(text.text.strip().split("\n")),
        link=None,
        tone=Tone.INFO,
        is_over=False,
        incidents=(f"{stack.name}/{Kind.TEXT}/{ident}",),
        data={"text": text.text, "subject": subject},
    )


def _tone(severity: Severity, *, is_over: bool) -> Tone:
    if is_over:
        return Tone.INFO if severity is Severity.INFO else Tone.GOOD
    return Tone[severity.name]


def _alarm_words(alarm: Alarm, stack: Stack) -> tuple[str, str]:
    language = stack.language
    is_over, told = alarm.state == _STATE_OK, alarm.description or alarm.reason
    own = re.fullmatch(rf"{re.escape(stack.name)}-([A-Za-z]+)-[A-Za-z0-9]+", alarm.name)
    words = ALARMS[own[1]][language] if own and own[1] in ALARMS else None
    if words is None or alarm.state == _STATE_BLIND:
        phrase = {_STATE_OK: Phrase.ALARM_OVER, _STATE_BLIND: Phrase.ALARM_BLIND}.get(
            alarm.state, Phrase.ALARM
        )
        return say(language, phrase, name=alarm.name), say(language, Phrase.OVER) if is_over else told
    if is_over:
        return say(language, Phrase.STACK_ALARM_OVER, stack=stack.name, what=words.well), say(
            language, Phrase.OVER
        )
    return say(language, Phrase.STACK_ALARM, stack=stack.name, what=words.wrong), words.act or told


def _console(alarm: Alarm) -> str | None:
    """Where the alarm is to be seen."""
    match alarm.arn.split(":"):
        case ["arn", partition, "cloudwatch", region, _, "alarm", *_] if region:
            host = _CONSOLES.get(partition, "console.aws.amazon.com")
            return (
                f"https://{region}.{host}/cloudwatch/home?region={region}#alarmsV2:alarm/{quote(alarm.name)}"
            )
    return None


def in_bytes(text: str) -> int:
    """How long services find it that count bytes."""
    return len(text.encode())


def shortened(message: Message, longest: int, size: Callable[[str], int] = len) -> str:
    """The lines as one text, as many whole ones as fit, and how many are missing."""
    lines = message.lines

    def of(count: int) -> str:
        rest = len(lines) - count
        more = [say(message.language, Phrase.MORE, count=str(rest))] if rest else []
        return "\n".join([*lines[:count], *more])

    if size(of(len(lines))) <= longest:
        return of(len(lines))
    count = _most(len(lines) - 1, lambda count: size(of(count)) <= longest)
    return of(count) if count else cut(lines[0], longest, size)


def cut(text: str, longest: int, size: Callable[[str], int] = len) -> str:
    """The text, or as much of its beginning as fits with three dots."""
    if size(text) <= longest:
        return text
    count = _most(len(text), lambda count: size(text[:count]) + 3 <= longest)
    return f"{text[:count]}..."[: max(longest, 0)]


def _most(upper: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to a limit that fits, where all smaller ones do; 0 if none."""
    return bisect_left(range(1, upper + 1), 1, key=lambda count: not fits(count))
