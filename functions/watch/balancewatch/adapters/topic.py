"""Telling people, through Amazon SNS."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError, RefusedError

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import (
        ListSubscriptionsByTopicResponseTypeDef,
        MessageAttributeValueTypeDef,
    )

_MOST_PAGES = 20


class Topic:
    """Publishes to one topic. The client must not retry: a retry could tell twice."""

    def __init__(self, client: "Callable[[], SNSClient]", arn: str) -> None:
        self._client = client
        self._arn = arn

    def is_heard(self) -> bool:
        """Whether anyone has confirmed a subscription: only then it has an ARN. Raises `OutsideError`."""
        page: ListSubscriptionsByTopicResponseTypeDef | None = None
        for _ in range(_MOST_PAGES):
            try:
                if page is None:
                    page = self._client().list_subscriptions_by_topic(TopicArn=self._arn)
                else:
                    page = self._client().list_subscriptions_by_topic(
                        TopicArn=self._arn, NextToken=page["NextToken"]
                    )
            except (ClientError, BotoCoreError) as error:
                raise OutsideError(f"the subscriptions cannot be listed: {code_of(error)}") from None
            if any(each["SubscriptionArn"].startswith("arn:") for each in page.get("Subscriptions", [])):
                return True
            if not page.get("NextToken"):
                return False
        return True

    def publish(self, message: Message) -> None:
        """Publish once, in each channel's words. Raises `RefusedError`, and `OutsideError` for no answer."""
        bodies = {"default": message.payload, "email": message.email, "sms": message.sms}
        try:
            self._client().publish(
                TopicArn=self._arn,
                Subject=message.subject,
                Message=json.dumps(bodies, ensure_ascii=False),
                MessageStructure="json",
                MessageAttributes={name: _attribute(value) for name, value in message.attributes.items()},
            )
        except ClientError as error:
            raise RefusedError(f"SNS did not accept the notification: {code_of(error)}") from None
        except BotoCoreError as error:
            raise OutsideError(f"SNS did not answer: {code_of(error)}") from None


def _attribute(value: str | tuple[str, ...]) -> "MessageAttributeValueTypeDef":
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value, ensure_ascii=False)}
