"""What all adapters of AWS stand on: clients and the names of errors.

Clients are made by botocore itself: boto3 on top of it doubles what making them takes.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from balancewatch import VERSION

SERVICES = ("dynamodb", "secretsmanager", "sns", "sqs")
"""What clients can be made for."""


class _Models(Loader):
    """Where botocore finds AWS's models. The original first lists the folders of all its 400 services."""

    def list_available_services(self, _: str) -> list[str]:
        return list(SERVICES)


class _Files(JSONFileLoader):
    """Reads a model, plain or packed. The original makes ordered dictionaries, which takes twice as long."""

    def load_file(self, file_path: str) -> Any:
        plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
        if plain.is_file():
            return json.loads(plain.read_bytes())
        return json.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


class Clients:
    """Makes clients. Credentials and region are found when the first is made, as by boto3."""

    def __init__(self) -> None:
        self._session = Session()
        self._session.register_component("data_loader", _models())

    def make(self, service: str, *, attempts: int, connections: int = 10) -> Any:
        """A client, whose class botocore writes at run time; each call is tried so often.

        `connections` are kept open at the most, for as many threads.
        """
        config = Config(
            # botocore waits 60 s and its retries differ by version; both are said here.
            retries={"mode": "standard", "total_max_attempts": attempts},
            user_agent_extra=f"balancewatch/{VERSION}",
            max_pool_connections=connections,
            connect_timeout=2,
            read_timeout=5,
        )
        return self._session.create_client(service, config=config)


@cache
def _models() -> Loader:
    """Read once in a process."""
    return _Models(file_loader=_Files())


def code_of(error: ClientError | BotoCoreError) -> str:
    """What AWS calls the error; where it did not answer, what botocore does. Never its text."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
