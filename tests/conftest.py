"""What all tests share."""

import logging
from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.account import Language
from balancewatch.core.account_list import Stack


@pytest.fixture(autouse=True)
def _fresh_log() -> None:
    """The log of one test is not bound to the standard output of another: Powertools makes it once."""
    logging.Logger.manager.loggerDict.pop("balancewatch", None)


@pytest.fixture
def stack() -> Stack:
    """What accounts take from the stack: UTC, English, the shipped profiles."""
    return Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)
