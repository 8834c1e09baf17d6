"""A notification in every form in which it would arrive, as it is or marked as a test."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from balancewatch.core.account import Language
from balancewatch.core.message import Message, compose, one_line
from balancewatch.core.notification import Json, Notification
from balancewatch.core.sms import cut, measured
from balancewatch_cli.channels.trial_words import WORDS
from balancewatch_cli.preview.chat_forms import Form, forms
from balancewatch_relay.core.message import Stack
from balancewatch_relay.core.news import Language as RelayLanguage


@dataclass(frozen=True, slots=True)
class Shown:
    """All forms in one language; the text message takes so many units of the most that one has."""

    language: Language
    message: Message
    sms_size: tuple[int, int]
    chats: Sequence[Form]


def shown(notification: Notification, stack: str, now: datetime, *, is_test: bool) -> Sequence[Shown]:
    """In both languages, the account's own first."""
    others = [each for each in Language if each is not notification.language]
    return [
        _shown(replace(notification, language=each), stack, now, is_test=is_test)
        for each in (notification.language, *others)
    ]


def _shown(notification: Notification, stack: str, now: datetime, *, is_test: bool) -> Shown:
    message = marked(notification) if is_test else compose(notification)
    speaker = Stack(stack, RelayLanguage(notification.language.value))
    chats = forms(message.subject, message.payload, speaker, now)
    return Shown(notification.language, message, measured(message.sms), chats)


def marked(notification: Notification) -> Message:
    """The message of a notification that is only tried: people and programs can tell."""
    said, words = compose(notification), WORDS[notification.language]
    subject = one_line(f"{words.mark}{said.subject}")
    document = json.loads(said.payload)
    (told,) = document["notifications"]
    told["test"] = True
    told["words"] |= {"subject": subject, "text": f"{words.is_test}\n{told['words']['text']}"}
    return replace(
        said,
        subject=subject,
        email=f"{words.is_test}\n\n{said.email}",
        sms=cut(f"{words.mark}{said.sms}"),
        payload=json.dumps(document, ensure_ascii=False),
    )


def document(each: Shown) -> dict[str, Json]:
    """The forms for programs."""
    taken, most = each.sms_size
    payload: Json = json.loads(each.message.payload)
    return {
        "language": each.language.value,
        "email": {"subject": each.message.subject, "body": each.message.email},
        "sms": {"text": each.message.sms, "segments": 1, "units": taken, "units_of_a_segment": most},
        "json": payload,
        "chats": {form.services: form.text for form in each.chats},
    }
