"""The container as it is written: pinned, small, nobody's, and with a command that exists."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

from balancewatch_cli.main import _parser

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Containerfile").read_text("utf-8").replace("\\\n", " ")
STEPS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line and not line.startswith("#")]
LAST = STEPS[max(place for place, (name, _) in enumerate(STEPS) if name == "FROM") :]


def of(name: str, steps: list[list[str]]) -> list[str]:
    return [rest for each, rest in steps if each == name]


def test_it_is_built_in_two_stages_on_one_base_pinned_by_digest() -> None:
    (base,) = of("ARG", STEPS)
    assert re.fullmatch(r"PYTHON=docker\.io/library/python:3\.13[\w.-]*@sha256:[0-9a-f]{64}", base)
    assert of("FROM", STEPS) == ["${PYTHON} AS build", "${PYTHON}"]


def test_packages_are_locked_with_hashes_and_hold_nothing_of_aws() -> None:
    (install,) = (step for step in of("RUN", STEPS) if "pip install" in step)
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(install.split())
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements/notify.txt").read_text(), re.MULTILINE))
    assert {"apprise", "prometheus-client", "rich", "requests", "jmespath", "tzdata"} <= locked
    assert not {each for each in locked if "boto" in each or "aws" in each or each == "moto"}


def test_what_it_copies_is_there_and_let_through_and_nothing_else_is() -> None:
    sources = [step.split()[0] for step in of("COPY", STEPS) if not step.startswith("--from")]
    assert all((ROOT / source).exists() for source in sources)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert sorted(line[1:] for line in ignored if line.startswith("!")) == sorted(sources)
    assert ignored[1] == "*"
    assert not any(fnmatch("accounts.json", line[1:]) for line in ignored if line.startswith("!"))


def test_it_runs_as_nobody_and_writes_to_its_volume_only() -> None:
    assert of("USER", LAST) == ["65532:65532"]
    assert of("VOLUME", LAST) == ["/state"]
    assert not of("ADD", STEPS)
    assert "PYTHONDONTWRITEBYTECODE=1" in of("ENV", LAST)[0]


def test_its_command_is_one() -> None:
    (entry,), (command,) = of("ENTRYPOINT", LAST), of("CMD", LAST)
    assert json.loads(entry) == ["python", "-m", "balancewatch_cli"]
    options = _parser().parse_args(json.loads(command))
    assert (str(options.state), options.every) == ("/state", 15)
