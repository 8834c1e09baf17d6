"""What all tests share."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

# jsonschema would compile a grammar of international addresses as it is imported, which takes longer than to
# collect all tests; no schema of ours asks for it.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # so it is not found

import botocore.loaders
import botocore.session
import pytest
from moto.core.botocore_stubber import BotocoreStubber

from balancewatch.adapters import catalogue
from balancewatch.core.account import Language
from balancewatch.core.account_list import Stack
from tests import permissions
from tests.stack import WIDEST, deployed

permissions.note_calls()


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: what waits for the wire leaves one idle."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def _shared_models() -> Iterator[None]:
    """AWS's models are read once for all tests, whoever makes the sessions."""
    loader = botocore.loaders.create_loader()
    with patch.object(botocore.session, "create_loader", lambda _: loader):
        yield


@pytest.fixture(autouse=True, scope="session")
def _one_answer_at_a_time() -> Iterator[None]:
    """moto walks through what another thread may be changing; AWS does not mind threads."""
    answer, lock = BotocoreStubber.process_request, threading.RLock()

    def locked(stubber: BotocoreStubber, request: Any) -> Any:
        with lock:
            return answer(stubber, request)

    with patch.object(BotocoreStubber, "process_request", locked):
        yield


@pytest.fixture(autouse=True)
def _fresh_log() -> None:
    """The log of one test is not bound to the standard output of another: Powertools makes it once."""
    for name in ("balancewatch", "balancewatch-relay"):
        logging.Logger.manager.loggerDict.pop(name, None)


@pytest.fixture(autouse=True)
def _calls_are_permitted() -> Iterator[None]:
    """Whatever the program asks of AWS in any test, the role in the template allows."""
    permissions.noted.clear()
    yield
    if permissions.noted:
        statements = deployed(WIDEST).statements("WatchRole")
        refused = {call for call in permissions.called() if not permissions.is_allowed(call, statements)}
        assert not refused, "the role of the function does not allow what the program does"


@pytest.fixture
def stack() -> Stack:
    """What accounts take from the stack: UTC, English, the shipped profiles."""
    return Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
