"""Where a local cloud is: its folder, its ports, and an environment in which tools reach it and no other."""

import json
import os
import socket
import ssl
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

HOST = "127.0.0.1"
ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
KEY = "local"
"""Access key and secret key of the emulator's root user; it refuses others."""
_PERSONAL = ("AWS_", "SAM_CLI_")
_SLOW_S = 60


class CloudError(Exception):
    """The local cloud cannot do this: says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of this machine and two ports of its loopback address."""

    folder: Path
    port: int
    gateway_port: int

    @property
    def url(self) -> str:
        """Where AWS is. Encrypted: the stack's policies refuse what is not."""
        return f"https://{HOST}:{self.port}"

    @property
    def authority(self) -> Path:
        """The certificate that signs the one of the address."""
        return self.folder / "tls" / "client.pem"

    def environment(self) -> dict[str, str]:
        """The environment of tools: no profile, key or endpoint of the caller's is in it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_PERSONAL)}
        return kept | {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.authority),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **{name: ",".join(filter(None, (kept.get(name), HOST))) for name in ("NO_PROXY", "no_proxy")},
            "SAM_CLI_TELEMETRY": "0",
            "__SAM_CLI_APP_DIR": str(self.folder / "sam"),
        }

    def client(self, service: str) -> Any:  # one of many generated types
        """A client of one of its services."""
        session = boto3.session.Session(KEY, KEY, region_name=REGION, botocore_session=_sealed())
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=_SLOW_S, proxies={}
        )
        make: Any = session.client
        return make(service, endpoint_url=self.url, verify=str(self.authority), config=config)

    def page(self, path: str) -> Any:
        """What a page of the emulator's own says. Raises `OSError`."""
        trust = ssl.create_default_context(cafile=str(self.authority))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )
        with opener.open(f"{self.url}/_ministack/{path}", timeout=_SLOW_S) as answer:
            return json.load(answer)

    def make(self) -> None:
        """Make the folder, for its owner only: it holds what is put into the secret. Raises `CloudError`."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("tls", "tmp", "sam"):
                (self.folder / name).mkdir(mode=0o700, exist_ok=True)
            # The SAM CLI asks a package index for newer versions of itself, unless it did so of late.
            checked = {"lastVersionCheck": time.time()}  # noqa: TID251  # the shell reads the clock
            (self.folder / "sam" / "metadata.json").write_text(json.dumps(checked), "utf-8")
        except OSError as error:
            raise CloudError(f"the folder {self.folder} cannot be used: {error.strerror}") from None


def _sealed() -> botocore.session.Session:
    """A session that knows of no profile and reads no file of the caller's."""
    nowhere = (None, None, os.devnull, None)
    files = {"config_file": nowhere, "credentials_file": nowhere}
    return botocore.session.Session({"profile": (None, None, None, None), **files})


def tools() -> Mapping[str, Path]:
    """The programs that a local cloud is made of. Raises `CloudError` naming what is missing."""
    found = {"sam": ROOT / ".sam/bin/sam", "emulator": ROOT / ".cloud/bin/python"}
    makes = {
        "sam": "the SAM CLI is not in .sam/: make sam",
        "emulator": "the emulator is not in .cloud/: make .cloud/cloud.stamp",
    }
    for name, path in found.items():
        if not path.exists():
            raise CloudError(makes[name])
    return found


def refuse_taken(*ports: int) -> None:
    """Raise `CloudError` where another program listens at one of these ports."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                raise CloudError(
                    f"port {port} is taken by another program; choose another: make cloud PORT={port + 100}"
                ) from None
