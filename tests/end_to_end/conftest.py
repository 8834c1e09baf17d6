"""One local cloud and one deployed stack for all tests that act as a user does."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from balancewatch_cloud import sam
from balancewatch_cloud.emulator import emulator
from balancewatch_cloud.place import Place
from balancewatch_cloud.stack import Stack, deployed
from tests.end_to_end.ports import free_ports
from tests.end_to_end.receiver import Receiver, receiver
from tests.provider import Provider, listed, provider

CANARY = "canary-7f3a9c2d1b5e"
"""Every token begins so: nothing that leaves the function may hold it."""
PARAMETERS = {"Email": "you@example.com", "ReportDay": "off"}
"""Without the weekly report, which would come or not by the day of the week."""
NAMES = ("well", "low", "refused")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack with three accounts, what they answer, and who listens: a queue and an HTTP endpoint."""

    stack: Stack
    template: Path
    gateway: Provider
    inbox: str
    endpoint: Receiver


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """AWS on free ports of this machine, its state gone afterwards."""
    here = Place(tmp_path_factory.mktemp("cloud"), *free_ports(2))
    here.make()
    with emulator(here):
        yield here


@pytest.fixture(scope="session")
def template(place: Place) -> Path:
    """The built template: the artefacts lie beside it."""
    return sam.build(place)


@pytest.fixture(scope="session")
def live(place: Place, template: Path) -> Iterator[Deployed]:
    """What a user has after deploying, subscribing, and putting accounts into the secret."""
    with ExitStack() as running:
        gateway = running.enter_context(provider())
        endpoint = running.enter_context(receiver())
        sam.deploy(place, template, "first", PARAMETERS)
        stack = deployed(place, "first")
        inbox = stack.listen()
        topics = place.client("sns")
        topics.subscribe(TopicArn=stack.topic, Protocol="http", Endpoint=endpoint.url)
        token = endpoint.next("SubscriptionConfirmation")["Token"]
        topics.confirm_subscription(TopicArn=stack.topic, Token=token)
        gateway.has(token_of("well"), 50_000_000)
        gateway.has(token_of("low"), 2_000_000)
        gateway.fails(token_of("refused"), 401)
        stack.put_accounts(listed(gateway, *accounts()))
        yield Deployed(stack, template, gateway, inbox, endpoint)


def accounts() -> list[dict[str, object]]:
    """Three accounts: 100 USD, 4 USD of at least 10, and one that is refused."""
    return [{"name": name, "token": token_of(name), "failures": 1, "labels": ["e2e"]} for name in NAMES]


def token_of(name: str) -> str:
    """The token of an account."""
    return f"{CANARY}-{name}"
