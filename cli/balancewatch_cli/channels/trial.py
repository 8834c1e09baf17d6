"""One marked test message to each of several channels, all at once, from here."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from balancewatch.core.message import Message as TopicMessage
from balancewatch.core.message import one_line
from balancewatch.core.notification import Json
from balancewatch.core.sms import cut
from balancewatch.core.state_record import moment
from balancewatch_cli.channels.kinds import TITLES
from balancewatch_cli.channels.todos import NO_SERVICE, Tried
from balancewatch_cli.channels.trial_words import CHANNEL, TOPIC, WORDS, text_of
from balancewatch_relay.adapters.services import Service, service_of
from balancewatch_relay.core.channel import Channel
from balancewatch_relay.core.message import Message, Stack, of_text
from balancewatch_relay.core.news import Text

DEADLINE_S: Final = 20.0
"""How long all of them have; the relay gives each as much."""


def test_message(stack: Stack) -> Message:
    """A message that says it is a test, with an id of its own."""
    ident = uuid4().hex[:24]
    subject, text = text_of(CHANNEL, stack.language, stack.name)
    said = of_text(Text(text), ident, subject, stack)
    return replace(
        said, is_test=True, incidents=(f"{stack.name}/test/{ident}",), data={**said.data, "test": True}
    )


def topic_message(stack: str, language: str, at: datetime) -> TopicMessage:
    """A text for all who subscribed, also where they take only what is critical.

    A subscription that filters by anything else gets none, nor does a channel that takes no `text` or only
    what is worse than `info`; pagers take it only where their `kinds` say so.
    """
    ident = uuid4().hex[:24]
    subject, text = text_of(TOPIC, language, stack)
    words: Json = {"language": language, "subject": subject, "text": text, "link": None}
    payload: Json = {"notifications": [], "test": {"id": ident, "at": moment(at), "words": words}}
    return TopicMessage(
        subject=one_line(subject),
        email=f"{text}\n",
        sms=cut(f"{subject}. {WORDS[language].is_test}"),
        payload=json.dumps(payload, ensure_ascii=False),
        attributes={"severity": "critical", "kind": ("test",)},
    )


def service_titles(channels: Sequence[Channel]) -> Mapping[int, str]:
    """What sends to each, by its place; those that nobody can use are missing."""
    services = {each.place: service_of(each.url, _now) for each in channels}
    schemes = {each.place: each.url.partition("://")[0] for each in channels}
    return {
        place: TITLES.get(schemes[place], service.title)
        for place, service in services.items()
        if service is not None
    }


@dataclass(slots=True)
class _Round:
    channel: Channel
    service: Service | None
    why: str | None = None
    is_over: threading.Event = field(default_factory=threading.Event)


def tried(channels: Sequence[Channel], message: Message, seconds: float) -> Sequence[Tried]:
    """Send to each, at once; what became of it."""
    rounds = [_Round(each, service_of(each.url, _now)) for each in channels]
    until = time.monotonic() + seconds
    for each in rounds:
        threading.Thread(target=_send, args=(each, message), daemon=True).start()
    found = []
    for each in rounds:
        is_over = each.is_over.wait(max(until - time.monotonic(), 0.0))
        found.append(
            Tried(each.channel.label, each.why if is_over else f"it did not answer in {seconds:g} s")
        )
    return found


def _send(part: _Round, message: Message) -> None:
    try:
        part.why = NO_SERVICE if part.service is None else part.service.send(message)
    except Exception as error:  # noqa: BLE001  # a plug-in's own bug is that channel's failure, and no other's
        part.why = f"its plug-in failed: {type(error).__name__}"
    finally:
        part.is_over.set()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
