"""Where measurements happen: certificates, hosts in a process of their own, the artefact as built."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import certifi
import trustme

from balancewatch_cli.check.environment import DEFAULTS
from tests.benchmarks.speed import hosts

ROOT = Path(__file__).parents[3]
# The runtime's own packages, of those that its boto3 needs and the layer does not bring.
_RUNTIME = ("boto3", "botocore", "dateutil", "s3transfer", "six")
SETTINGS = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    **{name: value for name, value in DEFAULTS.items() if name != "BALANCEWATCH_LOCAL"},
    "BALANCEWATCH_STACK": "benchmark",
    "BALANCEWATCH_TABLE": "balancewatch",
    "BALANCEWATCH_TOPIC": "arn:aws:sns:us-east-1:123456789012:balancewatch",
    "BALANCEWATCH_SECRET": "accounts",
    "PYTHONTZPATH": "/opt/python/tzdata/zoneinfo",
}
"""The environment that the template sets, and an AWS that nobody has."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the hosts and the AWS listen."""

    hosts: int
    aws: int


def certified(folder: Path) -> str:
    """Puts a certificate for the hosts there; the bundle by which it is trusted is as large as usual."""
    authority = trustme.CA()
    authority.issue_cert("*.bench.test", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        folder / hosts.CERTIFICATE
    )
    bundle = folder / hosts.CA
    bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + authority.cert_pem.bytes())
    return str(bundle)


@contextmanager
def listening(folder: Path, latency_s: float) -> Iterator[Ports]:
    """The hosts and the AWS, while they run."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.speed.hosts", folder, str(latency_s)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError
        try:
            yield Ports(*map(int, process.stdout.readline().split()))
        finally:
            process.stdin.close()


def handshakes(ports: Ports) -> int:
    """How many there were since they were last asked for."""
    connection = http.client.HTTPSConnection(
        "127.0.0.1", ports.hosts, context=ssl._create_unverified_context()
    )
    connection.request("GET", hosts.HANDSHAKES)
    found = int(connection.getresponse().read())
    connection.close()
    return found


def answering(folder: Path, answers: Mapping[str, Any]) -> None:
    """What the AWS of this folder answers, by operation."""
    (folder / hosts.ANSWERS).write_text(json.dumps(answers), "utf-8")


def built(folder: Path) -> Mapping[str, Path]:
    """The function and its layer as the SAM CLI builds them, and what the runtime brings."""
    layer = folder / "layer"
    environment = {**os.environ, "ARTIFACTS_DIR": str(layer), "PYTHON": sys.executable, "PIP_QUIET": "2"}
    subprocess.run(
        ["make", "-s", "-C", ROOT / "layers/dependencies", "build-DependenciesLayer"],
        env=environment,
        check=True,
    )
    function = folder / "function"
    shutil.copytree(ROOT / "functions/watch", function, ignore=shutil.ignore_patterns("__pycache__"))
    runtime = folder / "runtime"
    runtime.mkdir()
    for name in _RUNTIME:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise LookupError(name)
        origin = Path(spec.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        (runtime / place.name).symlink_to(place)
    return {"function": function, "layer": layer, "runtime": runtime}
