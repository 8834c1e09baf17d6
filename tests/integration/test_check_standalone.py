"""`balancewatch check --notify`: people are told without AWS, each channel once, and scripts know of it."""

import fcntl
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from prometheus_client.parser import text_string_to_metric_families

from balancewatch_cli.check import channels, standalone
from balancewatch_cli.main import main
from tests.hooks import Hooks, hooks
from tests.integration.test_canaries import CANARY, betrayed, secret
from tests.provider import Provider, listed, provider

FIRING, RESOLVED = ("a", "low_balance", "firing"), ("a", "low_balance", "resolved")


@dataclass
class Home:
    """A machine without AWS: a file of accounts, a state folder, a provider, webhooks and a clock."""

    folder: Path
    provider: Provider
    hooks: Hooks
    now: datetime = datetime(2026, 11, 22, 4, tzinfo=UTC)
    options: list[str] = field(default_factory=list)

    def check(self, *options: str) -> int:
        """A quarter of an hour later."""
        self.now += timedelta(minutes=15)
        files = ["--accounts", str(self.folder / "accounts.json"), "--state", str(self.folder / "state")]
        return main(["check", *files, *self.options, *options])

    def tells(self, *names: str) -> None:
        self.options = [part for name in names for part in ("--notify", self.hooks.url(name))]

    def has(self, quota: int) -> None:
        """Account `a` warns at 10 dollars, which are 5,000,000."""
        self.provider.has("token-of-a", quota)

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, "utf-8")
        return str(self.folder / name)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with hooks() as hearing, provider() as playing:
        here = Home(tmp_path, playing, hearing)
        here.write("accounts.json", listed(playing, {"name": "a", "token": "token-of-a"}))
        here.has(40_000_000)
        clocks = [patch.object(module, "_now", lambda: here.now) for module in (standalone, channels)]
        with clocks[0], clocks[1]:
            yield here


def test_a_change_is_told_once_and_so_is_its_end(home: Home) -> None:
    home.tells("chat")
    statuses = []
    for quota in (40_000_000, 4_900_000, 4_800_000, 40_000_000, 40_000_000):
        home.has(quota)
        statuses.append(home.check())
    assert statuses == [0, 1, 1, 0, 0]
    assert home.hooks.told("chat") == [FIRING, RESOLVED]


def test_a_channel_that_fails_gets_it_later_and_the_others_get_it_once(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.tells("one", "two", "three")
    home.has(4_900_000)
    home.hooks.statuses["two"] = 503
    for _ in range(3):
        assert home.check() == 4
        assert "not all could be kept and told" in (said := capsys.readouterr().err)
        assert "channel #2: it answers HTTP 503" in said
    assert home.hooks.tried.count("two") == 3
    home.hooks.statuses.clear()
    assert home.check() == 1
    assert home.check() == 1
    for name in ("one", "two", "three"):
        assert home.hooks.told(name) == [FIRING]
    assert len({ident for name in ("one", "two", "three") for ident in home.hooks.ids(name)}) == 1


def test_a_channel_that_comes_back_hears_what_is_true_then(home: Home) -> None:
    home.tells("one", "two")
    home.hooks.statuses["two"] = 503
    for quota in (4_900_000, 1_000_000, 40_000_000):
        home.has(quota)
        assert home.check() == 4
    home.hooks.statuses.clear()
    assert home.check() == 0
    assert home.hooks.told("one") == [FIRING, FIRING, RESOLVED]
    assert home.hooks.told("two") == [RESOLVED]


def test_many_at_once_are_one_message_which_a_failing_channel_gets_later(home: Home) -> None:
    names = [f"account {number}" for number in range(7)]
    accounts = [{"name": name, "token": f"token-of-{name}"} for name in names]
    for name in names:
        home.provider.has(f"token-of-{name}", 4_000_000)
    home.write("accounts.json", listed(home.provider, *accounts))
    home.tells("one", "two")
    home.hooks.statuses["two"] = 503
    home.check()
    home.hooks.statuses.clear()
    home.check()
    assert home.hooks.tried.count("one") == 1
    for name in ("one", "two"):
        assert sorted(account for account, *_ in home.hooks.told(name)) == names


def test_an_account_that_leaves_the_file_is_told_and_forgotten(home: Home) -> None:
    home.tells("chat")
    home.check()
    home.write("accounts.json", json.dumps({"accounts": []}))
    assert [home.check(), home.check()] == [0, 0]
    assert home.hooks.told("chat") == [("a", "removed", "resolved")]


def test_urls_come_from_a_file_or_the_environment_as_well(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.has(4_900_000)
    lines = home.write("channels.txt", f"# ops\n\n  {home.hooks.url('one')}\n{home.hooks.url('two')}\n")
    monkeypatch.setenv("CHANNELS", f"{home.hooks.url('three')} {home.hooks.url('four')}\n")
    url = home.hooks.url("five")
    assert home.check("--notify-file", lines, "--notify-env", "CHANNELS", "--notify", url) == 1
    assert set(home.hooks.taken) == {"one", "two", "three", "four", "five"}


def test_a_file_of_channels_with_filters_has_the_form_of_the_relays_secret(home: Home) -> None:
    home.has(4_900_000)
    loud = {"url": home.hooks.url("pager"), "severity": "critical"}
    file = home.write("channels.json", json.dumps({"channels": [loud, home.hooks.url("chat")]}))
    assert home.check("--notify-file", file) == 1
    assert set(home.hooks.taken) == {"chat"}
    home.has(1_000_000)
    assert home.check("--notify-file", file) == 2
    assert home.hooks.told("pager") == [FIRING]


def test_a_wrong_channel_is_named_without_its_url_and_keeps_nobody_from_hearing(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.has(4_900_000)
    home.tells("chat")
    assert home.check("--notify", f"no-such-service://{CANARY.replace(' ', '')}") == 4
    said = capsys.readouterr()
    assert "channel #2, field `url`: is none that Apprise knows" in said.err
    assert "production" not in said.err
    assert betrayed(said.err + said.out) == []
    assert home.hooks.told("chat") == [FIRING]


USAGE: dict[str, tuple[list[str], str]] = {
    "no accounts": (["--notify", "json://localhost"], "give --accounts FILE too"),
    "no file": (["--accounts", "a", "--notify-file", "none.txt"], "none.txt cannot be read: No such file"),
    "no variable": (["--accounts", "a", "--notify-env", "NOT_SET"], "the environment has no NOT_SET"),
    "blank": (["--accounts", "a", "--notify-file", "blank.txt"], "no channel is given"),
    "not JSON": (["--accounts", "a", "--notify-file", "broken.json"], "broken.json is not"),
    "all off": (["--accounts", "a", "--notify-file", "off.json"], "all are switched off"),
    "a word": (["--accounts", "a", "--notify", "chat"], "channel #1, field `url`: must be one URL"),
}


@pytest.mark.parametrize("case", USAGE)
def test_what_cannot_be_used_ends_with_4_and_words(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blank.txt").write_text("# nothing yet\n")
    Path("broken.json").write_text('{"channels": [')
    Path("off.json").write_text('{"channels": [{"url": "json://localhost", "enabled": false}]}')
    options, words = USAGE[case]
    assert main(["check", *options]) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    ("variable", "value"), [("BALANCEWATCH_TIME_ZONE", "Mars"), ("BALANCEWATCH_DEFAULT_THRESHOLDS", "ten")]
)
def test_a_wrong_setting_is_named(
    variable: str, value: str, home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    home.tells("chat")
    assert home.check() == 4
    assert variable in capsys.readouterr().err


def test_settings_of_the_environment_hold(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALANCEWATCH_DEFAULT_THRESHOLDS", "USD=100")
    monkeypatch.setenv("BALANCEWATCH_LANGUAGE", "zh")
    account = {"name": "a", "token": "token-of-a", "provider": "laozhang", "base_url": home.provider.base_url}
    home.write("accounts.json", json.dumps({"accounts": [account]}))
    home.tells("chat")
    assert home.check() == 1
    assert home.hooks.taken["chat"][0]["words"]["language"] == "zh"


@pytest.mark.parametrize(
    ("answer", "status"), [("ok", 0), ("low", 1), ("empty", 2), ("refused", 3), ("gone", 4), ("not JSON", 4)]
)
def test_the_exit_status_says_how_it_went(answer: str, status: int, home: Home) -> None:
    home.tells("chat")
    match answer:
        case "low":
            home.has(4_900_000)
        case "empty":
            home.has(0)
        case "refused":
            home.provider.fails("token-of-a", 401)
        case "gone":
            (home.folder / "accounts.json").unlink()
        case "not JSON":
            home.write("accounts.json", "{")
        case _:
            home.has(40_000_000)
    assert home.check() == status


def test_accounts_that_are_gone_are_named(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("chat")
    (home.folder / "accounts.json").unlink()
    home.check()
    said = capsys.readouterr().err
    assert "accounts.json: it cannot be read: No such file or directory" in said
    assert said.count("accounts.json") == 1


def test_what_is_not_installed_is_named_with_its_extra(home: Home) -> None:
    script = (
        "import sys\nsys.modules['apprise'] = None\n"
        "from balancewatch_cli.main import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "check", "--accounts", "a", "--notify", "json://localhost"],
        capture_output=True,
        text=True,
        check=False,
        cwd=home.folder,
    )
    assert done.returncode == 4
    assert "apprise is not installed; it comes with the extra `notify`" in done.stderr


def test_a_second_command_on_the_same_folder_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("chat")
    (home.folder / "state").mkdir()
    with (home.folder / "state/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert home.check("--prometheus", str(home.folder / "x.prom")) == 4
    assert "another command is running on" in capsys.readouterr().err
    assert not (home.folder / "x.prom").exists()


def test_newer_state_is_refused_with_words(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("chat")
    home.check()
    with closing(sqlite3.connect(home.folder / "state" / standalone.FILE)) as database:
        database.execute("PRAGMA user_version = 99")
    assert home.check() == 4
    assert "was written by a newer balancewatch" in capsys.readouterr().err


def samples(path: Path) -> dict[str, dict[tuple[str, ...], float]]:
    families = text_string_to_metric_families(path.read_text("utf-8"))
    return {
        family.name: {tuple(each.labels.values()): each.value for each in family.samples}
        for family in families
    }


@pytest.mark.parametrize("tells", [True, False], ids=["told", "embedded"])
def test_the_metrics_of_a_run_are_written_for_prometheus(home: Home, tells: bool) -> None:  # noqa: FBT001
    if tells:
        home.tells("chat")
    home.has(4_900_000)
    path = home.folder / "balancewatch.prom"
    home.check("--prometheus", str(path))
    found = samples(path)
    assert found["balancewatch_account_balance"] == {("a", "laozhang", "USD"): 9.8}
    assert found["balancewatch_account_threshold"] == {("a", "laozhang", "USD"): 10}
    assert found["balancewatch_account_level"] == {("a", "laozhang"): 1}
    assert found["balancewatch_account_reachable"] == {("a", "laozhang"): 1}
    assert found["balancewatch_last_run_success"] == {(): 1}
    (success,) = found["balancewatch_last_success_timestamp_seconds"].values()
    assert success == home.now.timestamp() or not tells
    assert [each.name for each in home.folder.glob("*.prom*")] == ["balancewatch.prom"]


def test_a_failed_run_leaves_no_old_balance_and_tells_when_all_was_well(home: Home) -> None:
    home.tells("chat")
    path = home.folder / "balancewatch.prom"
    home.check("--prometheus", str(path))
    well = home.now
    home.write("accounts.json", "{")
    assert home.check("--prometheus", str(path)) == 4
    found = samples(path)
    assert found["balancewatch_account_balance"] == {}
    assert found["balancewatch_last_run_success"] == {(): 0}
    assert found["balancewatch_last_success_timestamp_seconds"] == {(): well.timestamp()}


def test_metrics_that_cannot_be_written_end_with_4(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("chat")
    assert home.check("--prometheus", str(home.folder / "no/x.prom")) == 4
    assert "x.prom cannot be written: No such file or directory" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_no_token_and_no_chat_url_is_shown_or_kept(
    arguments: list[str], home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.write("accounts.json", secret(home.provider))
    quoted = CANARY.replace(" ", "").replace("&", "").replace("=", "")
    home.tells("chat")
    failing = ["--notify", f"webhook://127.0.0.1:1/{quoted}?secret=whsec_{'A' * 40}"]
    slack = ["--notify", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"]
    unknown = ["--notify", f"nothing://{quoted}"]
    with patch.dict("os.environ", {"HTTPS_PROXY": "http://127.0.0.1:1"}):
        for _ in range(3):
            home.check(*failing, *slack, *unknown, "--prometheus", str(home.folder / "x.prom"), *arguments)
    printed = capsys.readouterr()
    kept = b"".join(path.read_bytes() for path in (home.folder / "state").iterdir())
    seen = f"{printed.out}{printed.err}{kept!r}{samples(home.folder / 'x.prom')}"
    assert betrayed(seen) == []
    assert "TIiajkdnl" not in seen
    assert "whsec_" not in seen
    assert "A1BRTD4JD" not in seen
    assert len(home.hooks.taken["chat"]) > 3


def test_the_json_is_the_summary_and_nothing_else(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("chat")
    home.has(4_900_000)
    home.check("--json")
    found: Any = json.loads(capsys.readouterr().out)
    assert [(each["account"], each["sent"]) for each in found["notifications"]] == [("a", True)]
    assert found["accounts"][0]["raw"]["quota"] == "4900000"


def test_what_was_sent_is_shown(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.tells("one", "two")
    home.has(4_900_000)
    home.hooks.statuses["two"] = 500
    home.check()
    assert "not by all  [warning] a: 9.80 USD left" in capsys.readouterr().out
    home.hooks.statuses.clear()
    home.check()
    assert "yes   [warning] a: 9.80 USD left" in capsys.readouterr().out


def test_it_needs_nothing_of_aws(home: Home) -> None:
    """Nor is anything of it imported: the container has none."""
    home.has(4_900_000)
    script = (
        "import sys\n"
        "from balancewatch_cli.main import main\n"
        "status = main(sys.argv[1:])\n"
        "print(sorted(sys.modules.keys() & {'boto3', 'botocore', 'moto', 'aws_lambda_powertools'}))\n"
        "sys.exit(status)\n"
    )
    files = ["--accounts", str(home.folder / "accounts.json"), "--state", str(home.folder / "state")]
    done = subprocess.run(
        [sys.executable, "-c", script, "check", *files, "--notify", home.hooks.url("chat"), "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith("}\n[]\n")
    assert home.hooks.told("chat") == [FIRING]
