"""What all tests share."""

from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.account import Language
from balancewatch.core.account_list import Stack


@pytest.fixture
def stack() -> Stack:
    """What accounts take from the stack: UTC, English, the shipped profiles."""
    return Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile)
