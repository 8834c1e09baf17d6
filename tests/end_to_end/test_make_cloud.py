"""What `make cloud` and `make cloud-stop` call, from start to end, and what a kill leaves behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from balancewatch_cloud.place import ROOT, Place
from tests.end_to_end.ports import free_pair, listens

pytestmark = pytest.mark.cloud

PATIENCE_S = 180
ENVIRONMENT = os.environ | {
    "PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("functions/watch", "cli")),
    "PYTHONUNBUFFERED": "1",
    # What a person may have in the shell; nothing here may meet it.
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://aws.invalid",
    "AWS_ACCESS_KEY_ID": "real",
}
HOLDER = """
import sys, time
from pathlib import Path
from balancewatch_cloud.emulator import emulator
from balancewatch_cloud.place import Place

place = Place(Path(sys.argv[1]), int(sys.argv[2]), 0)
place.make()
with emulator(place):
    place.client("sqs").create_queue(QueueName="kept")
    print("up", flush=True)
    time.sleep(60)
"""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A folder and two ports for the command."""

    folder: Path
    port: int

    def run(self, *arguments: str) -> tuple[int, str]:
        """A call that ends by itself: its exit status and all that it printed."""
        done = subprocess.run(
            self._call(*arguments), env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    @contextmanager
    def up(self) -> Iterator["subprocess.Popen[str]"]:
        with subprocess.Popen(
            self._call("up"), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            patience = threading.Timer(PATIENCE_S, process.kill)
            patience.start()
            try:
                yield process
            finally:
                patience.cancel()
                process.kill()

    def _call(self, *arguments: str) -> list[str]:
        options = ["--folder", str(self.folder), "--port", str(self.port)]
        return [sys.executable, "-m", "balancewatch_cloud", *arguments, *options]

    def is_gone(self) -> bool:
        """Whether nobody listens any more, and no process works in the folder."""
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
        return not listens(self.port) and f"{self.folder}/" not in listed.stdout


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path / "cloud", free_pair())


def test_it_shows_runs_balances_metrics_alarms_and_messages_until_it_is_stopped(cloud: Cloud) -> None:
    wanted = {"run", "balance", "metrics", "alarm", "message", "[critical] team wallet: 14.58 CNY left"}
    shown = []
    with cloud.up() as process:
        assert process.stdout
        for line in process.stdout:
            shown.append(line.rstrip())
            _, kind, text = (*line.strip().split(maxsplit=2), "", "", "")[:3]
            wanted -= {kind, text.strip()}
            if not wanted:
                break
        assert not wanted, "\n".join(shown)
        status, said = cloud.run()
        assert (status, f"already running (process {process.pid})" in said) == (4, True)
        assert cloud.run("stop") == (0, f"cloud: process {process.pid} has ended; its state is kept\n")
        process.communicate()
        assert process.returncode == 0
    assert "\x1b" not in "".join(shown)
    assert cloud.is_gone()
    assert cloud.run("stop") == (0, "cloud: it was not running\n")


def test_a_taken_port_is_named(cloud: Cloud) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(cloud.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as other:
        try:
            await_that(lambda: listens(cloud.port))
            status, said = cloud.run()
        finally:
            other.kill()
    assert status == 4
    assert said == (
        f"cloud: error: port {cloud.port} is taken by another program; choose another:"
        f" make cloud PORT={cloud.port + 100}\n"
    )


def test_after_a_kill_nothing_runs_on_and_the_state_is_kept(cloud: Cloud) -> None:
    call = [sys.executable, "-c", HOLDER, str(cloud.folder), str(cloud.port)]
    for _ in range(2):
        with subprocess.Popen(call, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as holder:
            assert holder.stdout
            assert holder.stdout.readline() == "up\n"
            os.kill(holder.pid, signal.SIGKILL)
        await_that(cloud.is_gone)
    assert "kept" in (cloud.folder / "state" / "sqs.json").read_text("utf-8")
    assert Place(cloud.folder, cloud.port, 0).authority.exists()


def await_that(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if holds():
            return
        time.sleep(0.1)
    pytest.fail(f"it did not come true in {PATIENCE_S} s")
