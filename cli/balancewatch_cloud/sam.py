"""The real SAM CLI on the real template, against a local cloud."""

import json
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from balancewatch_cloud.place import REGION, ROOT, CloudError, Place, tools

_MINUTES = 60
_TIMEOUT_S = 10 * _MINUTES
# What `sam deploy --guided` may have saved beside the project's own defaults.
_PERSONAL = {"profile", "region", "parameter_overrides", "stack_name", "s3_bucket", "s3_prefix", "tags"}


def sam(place: Place, *arguments: str | Path, cwd: Path = ROOT) -> str:
    """What a command printed. Raises `CloudError` with what it said if it failed."""
    program = tools()["sam"]
    environment = place.environment() | {"PYTHON": str(program.with_name("python"))}
    try:
        done = subprocess.run(
            [program, *arguments],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise CloudError(f"sam {arguments[0]} did not end in {_TIMEOUT_S // _MINUTES} minutes") from None
    if done.returncode:
        raise CloudError(f"sam {arguments[0]} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def build(place: Place) -> Path:
    """Build as `make build` does, into the place's folder; the built template."""
    target = place.folder / "build"
    sam(
        place,
        "build",
        *("--config-file", _defaults(place)),
        *("--build-dir", target),
        *("--cache-dir", place.folder / "cache"),
    )
    return target / "template.yaml"


def deploy(place: Place, template: Path, stack: str, parameters: Mapping[str, str]) -> None:
    """Deploy a built template as the project's defaults say."""
    overrides = [f"ParameterKey={name},ParameterValue={value}" for name, value in parameters.items()]
    sam(
        place,
        "deploy",
        *("--config-file", _defaults(place)),
        *("--template-file", template),
        *("--stack-name", stack),
        *("--region", REGION),
        "--no-progressbar",
        *(["--parameter-overrides", *overrides] if overrides else []),
    )


def invoke(place: Place, stack: str, event_file: Path) -> object:
    """What the function returned. Raises `CloudError` with what it said if it failed."""
    return json.loads(
        sam(
            place,
            *("remote", "invoke", "WatchFunction"),
            *("--stack-name", stack),
            *("--event-file", event_file),
            *("--region", REGION),
        )
    )


def delete(place: Place, stack: str) -> None:
    """Take a stack away."""
    sam(place, "delete", "--stack-name", stack, "--no-prompts", "--region", REGION, cwd=place.folder)


def _defaults(place: Place) -> Path:
    """The project's samconfig.toml without what a person's own deployment may have saved in it."""
    with (ROOT / "samconfig.toml").open("rb") as file:
        config: dict[str, Any] = tomllib.load(file)
    kept = {
        command: {
            "parameters": {key: each for key, each in section["parameters"].items() if key not in _PERSONAL}
        }
        for command, section in config.get("default", {}).items()
    }
    path = place.folder / "samconfig.yaml"  # JSON is YAML
    path.write_text(json.dumps({"version": 0.1, "default": kept}), "utf-8")
    return path
