"""The built function under Lambda's own runtime client and runtime interface emulator, as processes of ours.

The emulator, a program for Linux, is part of the SAM CLI. It takes one request at a time, answers a run that
timed out with a plain text, and starts a process anew after one that ended.
"""

import json
import os
import platform
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from balancewatch_cloud.place import HOST, ROOT, tools
from tests.end_to_end.ports import listens

# What Lambda's runtime brings, of the environment that has more.
PACKAGES = (
    *("awslambdaric", "runtime_client*.so", "simplejson", "snapshot_restore_py.py"),
    *("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3"),
)
_BINARIES = {"x86_64": "x86_64", "aarch64": "arm64"}
_PATH = "/2015-03-31/functions/function/invocations"
_READY_S = 30


@dataclass(frozen=True, slots=True)
class Runtime:
    """A function that can be invoked, one event at a time."""

    folder: Path
    port: int

    def invoke(self, event: Mapping[str, object]) -> tuple[int, str]:
        """The HTTP status and the body of the answer."""
        request = urllib.request.Request(f"http://{HOST}:{self.port}{_PATH}", json.dumps(event).encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @property
    def process(self) -> int:
        """The id of the process that serves, or served last."""
        return int((self.folder / "pid").read_text("utf-8"))

    @property
    def log(self) -> str:
        """All that the function and the emulator have written."""
        return (self.folder / "log").read_text("utf-8")


@contextmanager
def runtime(
    folder: Path, build: Path, ports: tuple[int, int], variables: Mapping[str, str], *, timeout_s: int
) -> Iterator[Runtime]:
    """The built function, while it can be invoked, with these environment variables."""
    folder.mkdir()
    task, layer = build / "WatchFunction", build / "DependenciesLayer" / "python"
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(task),
        "PYTHONPATH": os.pathsep.join(map(str, (task, layer, packages(folder)))),
        "AWS_LAMBDA_FUNCTION_NAME": "watch",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        **variables,
    }
    start = 'echo $$ > "$0/pid"; exec "$1" -S -B -m awslambdaric "$2"'
    handler = "balancewatch.app.handler"
    python = tools()["emulator"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, Path(__file__).with_name("tether.py"), emulator()),
                *("--runtime-interface-emulator-address", f"{HOST}:{ports[0]}"),
                *("--runtime-api-address", f"{HOST}:{ports[1]}"),
                *("--log-level", "error"),
                *("/bin/sh", "-c", start, folder, python, handler),
            ],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=task,
            env=environment,
        )
    with process:
        try:
            await_port(ports[0], process)
            yield Runtime(folder, ports[0])
        finally:
            assert process.stdin
            process.stdin.close()


def packages(folder: Path) -> Path:
    """A folder with what Lambda brings and nothing else: what the layer forgot is missed."""
    target = folder / "runtime"
    target.mkdir()
    (site,) = (ROOT / ".cloud/lib").glob("python3*/site-packages")
    for pattern in PACKAGES:
        (found,) = site.glob(pattern)
        (target / found.name).symlink_to(found)
    return target


def emulator() -> Path:
    """The runtime interface emulator for this processor."""
    name = f"aws-lambda-rie-{_BINARIES[platform.machine()]}"
    (found,) = (ROOT / ".sam/lib").glob(f"python3*/site-packages/samcli/local/rapid/{name}")
    return found


def await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Return as soon as somebody listens."""
    ends = time.monotonic() + _READY_S
    while time.monotonic() < ends:
        assert process.poll() is None, "the runtime interface emulator ended"
        if listens(port):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens at port {port}")
