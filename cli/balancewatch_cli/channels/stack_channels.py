"""The channels in the secret of a deployed stack: opened, and tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from balancewatch_cli.channels.edit import ChannelList, Place, channel_list
from balancewatch_cli.channels.todos import Tried
from balancewatch_cli.deployed.stack import DeployedStack
from balancewatch_cli.terminal import progress
from balancewatch_relay.core.message import Stack
from balancewatch_relay.core.news import Language

if TYPE_CHECKING:
    import boto3

    from balancewatch_cli.deployed.secret import StackSecret, Version

_DESCRIPTION: Final = "The chats and pagers that balancewatch tells: `balancewatch channels` changes it"


@dataclass(frozen=True, slots=True)
class StackChannels:
    """A stack's channels as they were read."""

    secret: "StackSecret"
    version: "Version"
    channels: ChannelList
    stack: Stack


def stack_channels(name: str) -> StackChannels:
    """The channels of a stack, read. Raises `StackError` and `EditError`."""
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    with progress("Reading the secret ..."):
        caller = deployment.session()
        return of_stack(deployment.found(name, caller), caller)


def of_stack(found: DeployedStack, caller: "boto3.session.Session") -> StackChannels:
    """The same of a stack that was found. Raises `StackError` and `EditError`."""
    from balancewatch_cli.deployed.secret import New, opened  # noqa: PLC0415

    secret = opened(caller, found.channels, New(_DESCRIPTION, found.parameters.get("KmsKeyArn") or None))
    version = secret.read()
    return StackChannels(
        secret, version, channel_list(version.text), Stack(found.name, Language(found.language))
    )


def services(places: Sequence[Place]) -> Mapping[int, str]:
    """What sends to each, by its place; those that nobody can use are missing."""
    from balancewatch_cli.channels.trial import service_titles  # noqa: PLC0415  # Apprise is slow to import

    return service_titles([each.channel for each in places if each.channel is not None])


def sent(stack: Stack, places: Sequence[Place]) -> Sequence[Tried]:
    """A marked test to each; those that are not right get none, and say why."""
    from balancewatch_cli.channels import trial  # noqa: PLC0415

    if not places:
        return ()
    usable = [each.channel for each in places if each.channel is not None]
    with progress("Sending a test ..."):
        found = {
            each.label: each for each in trial.tried(usable, trial.test_message(stack), trial.DEADLINE_S)
        }
    return [
        found.get(each.label, Tried(each.label, f"cannot be used: {'; '.join(each.problems)}"))
        for each in places
    ]
