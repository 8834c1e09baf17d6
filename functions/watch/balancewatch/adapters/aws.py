"""Clients of AWS, made by botocore itself: boto3 on top of it doubles what making them takes."""

from functools import cache
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

from balancewatch import VERSION

SERVICES = ("dynamodb", "secretsmanager", "sns", "sqs")
"""What clients can be made for."""


class _Models(Loader):
    """Where botocore finds AWS's models. The original first lists the folders of all its 400 services."""

    def list_available_services(self, _: str) -> list[str]:
        return list(SERVICES)


class Clients:
    """Makes clients. Credentials and region are found when the first is made, as by boto3."""

    def __init__(self) -> None:
        self._session = Session()
        self._session.register_component("data_loader", _models())

    def make(self, service: str, *, attempts: int) -> Any:
        """A client, whose class botocore writes at run time; each call is tried so often."""
        config = Config(
            # botocore waits 60 s and its retries differ by version; both are said here.
            retries={"mode": "standard", "total_max_attempts": attempts},
            user_agent_extra=f"balancewatch/{VERSION}",
            connect_timeout=2,
            read_timeout=5,
        )
        return self._session.create_client(service, config=config)


@cache
def _models() -> Loader:
    """Read once in a process."""
    return _Models()
