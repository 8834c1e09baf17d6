"""MiniStack as a process of ours: started for a place, ready when the block begins, gone when it ends."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from balancewatch_cloud.place import HOST, KEY, REGION, CloudError, Place, tools

_LAUNCH = Path(__file__).with_name("launch.py")
_READY_S = 60
_STOP_S = 15
_LAST_LINES = 5


@contextmanager
def emulator(place: Place) -> Iterator[None]:
    """AWS at the place, with the state of the last time. Raises `CloudError`."""
    python = tools()["emulator"]
    _certify(place, python)
    log = place.folder / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-B", _LAUNCH],
            stdin=subprocess.PIPE,  # held open: see launch.py
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=place.folder,
            env=_environment(place),
            start_new_session=True,  # Ctrl-C is for the parent, which stops it in order
        )
    try:
        _await(place, process, log)
        yield
    finally:
        _stop(process)


def _environment(place: Place) -> dict[str, str]:
    """Nothing of the caller's but the path: the functions inherit it."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(place.folder),
        "TMPDIR": str(place.folder / "tmp"),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(place.port),
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(place.folder / "tls" / "server.pem"),
        "MINISTACK_SSL_KEY": str(place.folder / "tls" / "server.key"),
        "IOT_MTLS_ENABLED": "0",  # else it listens on all addresses, port 8883
        "DOCKER_HOST": f"unix://{place.folder}/no-docker",  # containers are not its business
        "AUTH": "true",  # every call is checked against the roles of the stack
        "PERSIST_STATE": "1",
        "STATE_DIR": str(place.folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(place.folder / "s3"),
        "LOG_LEVEL": "WARNING",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_DEFAULT_REGION": REGION,
        # For the functions: where their AWS is, whom they trust there, and that the demo gateway is allowed.
        "AWS_ENDPOINT_URL": place.url,
        "AWS_CA_BUNDLE": str(place.authority),
        "AWS_EC2_METADATA_DISABLED": "true",
        "BALANCEWATCH_LOCAL": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _certify(place: Place, python: Path) -> None:
    """A certificate for the address, new at each start."""
    made = subprocess.run(
        [
            python,
            "-m",
            "trustme",
            "--quiet",
            "--identities",
            HOST,
            "localhost",
            "--dir",
            place.folder / "tls",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise CloudError(f"no certificate could be made: {made.stderr.strip()}")
    (place.folder / "tls" / "server.key").chmod(0o600)


def _await(place: Place, process: "subprocess.Popen[bytes]", log: Path) -> None:
    ends = time.monotonic() + _READY_S
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        try:
            place.page("ready")
        except OSError:
            time.sleep(0.1)
        else:
            return
    said = log.read_text("utf-8", errors="replace").splitlines()[-_LAST_LINES:]
    raise CloudError("\n  ".join([f"the emulator did not start; the end of {log}:", *said]))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, so that it keeps its state; then end what is left of it and of the functions."""
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdin:
            process.stdin.close()
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group that has ended
        os.killpg(process.pid, signal.SIGKILL)
