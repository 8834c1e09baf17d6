"""What docs/without-aws shows can be used as it stands: scripts run, files parse, commands exist."""

import configparser
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from balancewatch.core.datapoint import Datapoint
from balancewatch_cli.check.environment import CHOICES, DEFAULTS
from balancewatch_cli.check.prometheus import families
from balancewatch_cli.check.ran import Ran
from balancewatch_cli.check.store import opened
from balancewatch_cli.main import _parser
from balancewatch_cli.replay.history import parse_history
from balancewatch_relay.core.channel import parse_channels

ROOT = Path(__file__).parents[2]
PAGES = {path.name: path.read_text("utf-8") for path in sorted((ROOT / "docs/without-aws").glob("*.md"))}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[page], re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    """Every call of `balancewatch check` in a text."""
    joined = text.replace("\\\n", " ")
    return [shlex.split(each) for each in re.findall(r"balancewatch (check [^`|;>\n]*--[^`|;>\n]*)", joined)]


def test_every_command_that_is_shown_is_one() -> None:
    found = [
        command
        for text in (*PAGES.values(), (ROOT / "README.md").read_text("utf-8"))
        for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for command in commands(block)
        if not command[-1].endswith("]")
    ]
    for command in found:
        _parser().parse_args(command)
    assert len(found) >= 8


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_somewhere(page: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGES[page]) if "://" not in link]
    assert [link for link in links if not (ROOT / "docs/without-aws" / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_script_is_one(page: str) -> None:
    for script in blocks(page, "sh"):
        subprocess.run(["/bin/sh", "-n"], input=script, text=True, check=True)


PINGS = {
    "healthchecks.md": ("https://hc.example/uuid/0", "https://hc.example/uuid/4"),
    "gatus.md": (
        "https://gatus.example/api/v1/endpoints/money_balances/external?success=true",
        "https://gatus.example/api/v1/endpoints/money_balances/external?success=false&error=see+its+log",
    ),
}


@pytest.mark.parametrize("status", range(5))
@pytest.mark.parametrize("page", PINGS)
def test_a_ping_says_whether_the_watch_works(page: str, status: int, tmp_path: Path) -> None:
    (script,) = (each for each in blocks(page, "sh") if each.startswith("#!"))
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for name, body in (
        (".venv/bin/balancewatch", f"echo a table; exit {status}"),
        ("curl", 'cat > stdin.txt; for last; do :; done; echo "$last" > url.txt'),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PING_URL": "https://hc.example/uuid",
        "GATUS_URL": "https://gatus.example",
        "GATUS_TOKEN": "CANARY",
    }
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=tmp_path,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "url.txt").read_text().strip() == PINGS[page][status == 4]
    if page == "gatus.md":
        assert (tmp_path / "stdin.txt").read_text() == 'header = "Authorization: Bearer CANARY"'
    assert done.stdout == ""


def test_gatus_is_pinged_under_the_name_that_it_is_told() -> None:
    (configuration,) = blocks("gatus.md", "yaml")
    (endpoint,) = yaml.safe_load(configuration)["external-endpoints"]
    assert f"/endpoints/{endpoint['group']}_{endpoint['name']}/external" in PAGES["gatus.md"]


def test_the_crontab_has_five_fields_and_a_command_without_percent_signs() -> None:
    (line,) = blocks("cron.md", "crontab")
    fields = line.split(maxsplit=5)
    assert fields[:5] == ["*/15", "*", "*", "*", "*"]
    assert "%" not in line
    subprocess.run(["/bin/sh", "-n"], input=fields[5], text=True, check=True)


def test_the_units_of_systemd_are_understood(tmp_path: Path) -> None:
    service, timer = blocks("systemd.md", "ini")
    parser: Any = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string(service)
    assert parser["Service"]["SuccessExitStatus"] == "1 2 3"
    assert {"accounts", "channels"} == set(re.findall(r"LoadCredential=(\w+):", service))
    parser.read_string(timer)
    assert parser["Timer"]["OnCalendar"] == "*:0/15"
    if shutil.which("systemd-analyze"):
        for name, text in (("balancewatch.service", service), ("balancewatch.timer", timer)):
            (tmp_path / name).write_text(
                text.replace("/opt/balancewatch/.venv/bin/balancewatch", "/bin/true")
            )
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / "balancewatch.timer")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert not [line for line in verified.stderr.splitlines() if "balancewatch" in line]


def test_the_rules_for_prometheus_name_metrics_that_are_written() -> None:
    (text,) = blocks("prometheus.md", "yaml")
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    known = {family.name for family in families(Ran(None, None, (), None))}
    named = {name for rule in rules for name in re.findall(r"balancewatch_\w+", rule["expr"])}
    assert named <= known
    assert set(re.findall(r"^\| `(balancewatch_\w+)`", PAGES["prometheus.md"], re.MULTILINE)) == known


def test_compose_gives_the_container_what_its_command_reads() -> None:
    (text,) = blocks("container.md", "yaml")
    composed = yaml.safe_load(text)
    service = composed["services"]["balancewatch"]
    assert service["read_only"] is True
    assert set(service["secrets"]) == set(composed["secrets"]) == {"accounts", "channels"}
    assert set(service["environment"]) <= set(CHOICES)


def test_every_setting_is_explained_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(BALANCEWATCH_\w+)` \| `([^`]+)` \|", PAGES["README.md"], re.MULTILINE))
    assert rows == {name: DEFAULTS[name] for name in CHOICES}


def test_the_channels_that_are_shown_are_accepted() -> None:
    (text,) = blocks("README.md", "json")
    channels, problems = parse_channels(text)
    assert (len(channels), problems) == (2, ())


def test_the_history_comes_out_as_replay_reads_it(tmp_path: Path) -> None:
    (script,) = (each for each in blocks("README.md", "sh") if each.startswith("sqlite3"))
    query = script.split('"')[1]
    at = datetime(2026, 11, 22, 4, tzinfo=UTC)
    readings: list[Datapoint] = [
        {"remaining": "9.5", "used": "1", "unit": "USD"},
        {"unlimited": True, "unit": "USD"},
        {"reason": "timeout"},
    ]
    with opened(tmp_path / "x.db", 400) as store:
        for hours, record in enumerate(readings):
            then = at + timedelta(hours=hours)
            store.take_lease("main", "one", then, then, then + timedelta(minutes=4))
            store.keep_datapoints("main", then, [("production", record)], lambda: True)
            store.release("main", "one", then)
    with closing(sqlite3.connect(tmp_path / "x.db")) as database:
        found = database.execute(query)
        head = ",".join(each[0] for each in found.description)
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in found]
    history = parse_history("\n".join([head, *lines, ""]).encode(), "USD")
    assert len(lines) == 3
    assert lines[0] == "2026-11-22T04:00:00Z,9.5,1,USD,"
    assert history is not None
