"""From a Lambda event to what the topic sent.

A Lambda function gets the `default` part of a message and its subject, never the e-mail's text: what people
read is in the notification's `words`.
"""

import json
from collections.abc import Mapping

from balancewatch_relay.core.news import (
    Alarm,
    Delivery,
    Json,
    Kind,
    Language,
    News,
    Notification,
    Severity,
    Text,
)


class EventError(ValueError):
    """An event that no topic sends; says what is wrong with it, and quotes nothing."""


def deliveries(event: Mapping[str, object]) -> tuple[Delivery, ...]:
    """What the event's records hold. Raises `EventError`."""
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        raise EventError("the event has no records of Amazon SNS: subscribe this function to the topic")
    return tuple(_delivery(record) for record in records)


def _delivery(record: object) -> Delivery:
    match record:
        case {"Sns": {"MessageId": str(ident), "Message": str(message), **rest}}:
            subject = rest.get("Subject")
            return Delivery(ident, subject if isinstance(subject, str) else "", news(message))
        case _:
            raise EventError("a record of the event is none of Amazon SNS")


def news(message: str) -> News:
    """What a message says; the weekly report and a test are text, and so is what nobody here knows."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        return Text(message)
    match document:
        case {"notifications": [_, *_] as listed}:
            try:
                return tuple(_notification(each) for each in listed)
            except (KeyError, TypeError, ValueError):
                return Text(message)
        case {"report": {"words": {"text": str(text)}}} | {"test": {"words": {"text": str(text)}}}:
            return Text(text)
        case {"AlarmName": str(name), "NewStateValue": str(state), "AlarmArn": str(arn)}:
            description, reason = document.get("AlarmDescription"), document.get("NewStateReason")
            return Alarm(name, state, _text_or_empty(description), _text_or_empty(reason), arn)
        case _:
            return Text(message)


def _notification(facts: Mapping[str, Json]) -> Notification:
    """One notification. Raises `KeyError`, `TypeError` and `ValueError` where it is none."""
    words, labels, link = facts["words"], facts["labels"], None
    if not isinstance(words, dict) or not isinstance(labels, list):
        raise TypeError
    if words["link"] is not None:
        link = _text(words["link"])
    return Notification(
        id=_text(facts["id"]),
        kind=Kind(_text(facts["kind"])),
        severity=Severity[_text(facts["severity"]).upper()],
        is_over=_text(facts["status"]) == "resolved",
        team=_text(facts["team"]),
        account=_text(facts["account"]),
        labels=tuple(_text(label) for label in labels),
        language=Language(_text(words["language"])),
        subject=_text(words["subject"]),
        text=_text(words["text"]),
        link=link,
        facts=facts,
        is_test=facts.get("test") is True,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_empty(value: object) -> str:
    return value if isinstance(value, str) else ""
