"""Publishing to a deployed stack's topic, with the caller's own AWS credentials."""

import boto3

from balancewatch.adapters.topic import Topic
from balancewatch.core.message import Message
from balancewatch.core.outside import OutsideError
from balancewatch_cli.deployed.deployment import config, explained, unpublished
from balancewatch_cli.deployed.stack import DeployedStack, StackError


def publish(found: DeployedStack, caller: boto3.session.Session, message: Message) -> bool:
    """Publish once; whether anyone hears, for else nothing is published. Raises `StackError`."""
    with explained("opening the topic"):
        client = caller.client("sns", config=config(attempts=1))
    topic = Topic(lambda: client, found.topic)
    try:
        if not topic.is_heard():
            return False
        topic.publish(message)
    except OutsideError as error:
        raise StackError(unpublished(found, error)) from None
    return True
