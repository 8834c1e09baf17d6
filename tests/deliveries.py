"""What Amazon SNS hands to a Lambda function: of what the stack publishes, and of what CloudWatch does."""

import json
from typing import Any

from balancewatch.core.account import Language
from balancewatch.core.digest import digest, worst_first
from balancewatch.core.message import Message, compose
from tests.examples import examples, many

ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"


def event(message: str, subject: str | None = "a subject", ident: str = "sns-1") -> dict[str, Any]:
    """An event with one record, as https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html shows it."""
    sns: dict[str, object] = {
        "Type": "Notification",
        "MessageId": ident,
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:topic",
        "Subject": subject,
        "Message": message,
        "Timestamp": "2026-11-22T04:00:01.000Z",
        "MessageAttributes": {},
    }
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}


def published(message: Message, ident: str = "sns-1") -> dict[str, Any]:
    """Of a message of the stack: for a protocol without a text of its own SNS takes the default one."""
    return event(message.payload, message.subject, ident)


def told(name: str, language: Language = Language.EN, ident: str = "sns-1") -> dict[str, Any]:
    """Of one of the example notifications."""
    return published(compose(dict(examples(language))[name]), ident)


def digested(ident: str = "sns-1") -> dict[str, Any]:
    return published(digest(worst_first(many(Language.EN))), ident)


def alarm(
    name: str = "balancewatch-NoCompletedRun-1A2B3C", state: str = "ALARM", ident: str = "sns-1"
) -> dict[str, Any]:
    """Of a CloudWatch alarm."""
    body = {
        "AlarmName": name,
        "AlarmDescription": "No run was completed. What to do: read the newest error in the log.",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 4 datapoints were less than the threshold (1.0).",
        "StateChangeTime": "2026-11-22T04:00:00.000+0000",
        "Region": "EU (Frankfurt)",
        "AlarmArn": f"{ARN}{name}",
        "OldStateValue": "OK",
        "Trigger": {"MetricName": "CompletedRuns"},
    }
    return event(json.dumps(body), f'{state}: "{name}" in EU (Frankfurt)', ident)
