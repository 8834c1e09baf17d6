"""A run every so many minutes: in step with the clock, and stopped as a container is."""

import os
import signal

import pytest

from balancewatch_cli.check import command as check_command
from balancewatch_cli.check.rounds import rounds
from balancewatch_cli.main import main


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_goes_on_until_it_is_told_to_stop_and_ends_well(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    ran: list[int] = []

    def run() -> int:
        ran.append(len(ran))
        if len(ran) == 3:
            os.kill(os.getpid(), number)
        return 4

    assert rounds(0.001, run) == 0
    assert ran == [0, 1, 2]
    assert signal.getsignal(number) is before


def test_a_run_that_takes_too_long_skips_the_times_that_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 2.0, 10.0, 35.0])
    waited: list[float] = []

    def wait(_: object, seconds: float) -> bool:
        waited.append(seconds)
        return len(waited) == 3

    monkeypatch.setattr("threading.Event.wait", wait)
    rounds(10, lambda: 0, clock=lambda: next(times))
    assert waited == [8, 10, 5]


@pytest.mark.parametrize("minutes", ["0", "-1", "1.5", "1441", "99999999999999999999", "x", "\u0661"])
def test_only_minutes_of_a_day_are_taken(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", f"--every={minutes}"])
    assert ended.value.code == 4
    assert "must be a whole number from 1 to 1440" in capsys.readouterr().err


def test_every_is_in_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def rounds_once(seconds: float, _run: object) -> int:
        asked.append(seconds)
        return 0

    monkeypatch.setattr(check_command, "rounds", rounds_once)
    assert main(["check", "--every", "15"]) == 0
    assert asked == [900]
