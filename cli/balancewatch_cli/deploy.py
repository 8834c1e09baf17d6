"""`make deploy`: asks only who is told, and where to deploy; every other setting keeps the value that it has.

Runs in the environment of the SAM CLI, which brings boto3 and the reader of templates.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
from samtranslator.yaml_helper import yaml_parse

ASKED = {"Email": "E-mail address", "Phone": "Mobile number for text messages"}
_NONE = "none"
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_NEW = {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}
_STUCK = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"}

Ask = Callable[[str], str]


class DeployError(Exception):
    """Why nothing was deployed, and what to do."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is deployed already: the values of its parameters, and its state (None: nothing is)."""

    values: Mapping[str, str]
    status: str | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, deploy, and say what comes next; the exit status is SAM's."""
    given = _options().parse_args(arguments)
    try:
        deployment, is_new = planned(given, Path(given.template), ask=input)
    except DeployError as error:
        print(f"make deploy: {error}", file=sys.stderr)
        return 2
    except EOFError:
        print(
            "\nmake deploy: nobody answers; say it all: "
            "make deploy REGION=eu-central-1 STACK=balancewatch EMAIL=you@example.com PHONE=none",
            file=sys.stderr,
        )
        return 2
    done = subprocess.run([given.sam, "deploy", *deployment], check=False)  # noqa: S603  # the SAM CLI, no shell
    if done.returncode:
        print(
            "make deploy: nothing has changed. The reason stands above, at the first resource that failed. "
            "Mend it, then: make deploy",
            file=sys.stderr,
        )
    elif is_new:
        print(
            "Next: 1. put your accounts into the secret (open SecretConsoleUrl, above); "
            "2. click the link in the e-mail that AWS has sent. The README says more under: Deploy it"
        )
    return done.returncode


def planned(given: argparse.Namespace, template: Path, ask: Ask) -> tuple[list[str], bool]:
    """The arguments of `sam deploy`, and whether the stack is a new one. Raises `DeployError`."""
    session = boto3.session.Session()
    region = _region(session, given.region, ask)
    stack = _answer(ask, "Stack name", given.stack, "balancewatch")
    if not _STACK.fullmatch(stack):
        raise DeployError("a stack name has letters, digits and hyphens, and begins with a letter")
    before = _before(session, region, stack)
    _check(before, stack, region)
    rules = yaml_parse(template.read_text(encoding="utf-8"))["Parameters"]
    values: dict[str, str] = {}
    if before.values.get("TopicArn"):
        print("This stack tells through a topic that it did not make: who hears is set there.")
    else:
        for name, words in ASKED.items():
            wanted = _person(
                ask, words, getattr(given, name.lower()), before.values.get(name, ""), rules[name]
            )
            if wanted != before.values.get(name, ""):
                values[name] = wanted
    overrides = [f'{name}="{value}"' for name, value in values.items()]
    where = ["--stack-name", stack, "--region", region]
    arguments = [*where, "--parameter-overrides", *overrides] if overrides else where
    return arguments, before.status is None


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make deploy", description=__doc__, allow_abbrev=False)
    parser.add_argument("--sam", default="sam")
    parser.add_argument("--template", default="template.yaml")
    for name in ("email", "phone", "region", "stack"):
        parser.add_argument(f"--{name}")
    return parser


def _region(session: boto3.session.Session, given: str | None, ask: Ask) -> str:
    region = _answer(ask, "AWS region", given, session.region_name or "")
    known = [name for part in session.get_available_partitions() for name in _regions(session, part)]
    if region not in known:
        near = get_close_matches(region, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "such as us-east-1, eu-central-1 or ap-southeast-1"
        raise DeployError(f"AWS has no region {region!r}; {hint}" if region else f"say a region, {hint}")
    return region


def _regions(session: boto3.session.Session, partition: str) -> Sequence[str]:
    return session.get_available_regions("scheduler", partition_name=partition)


def _answer(ask: Ask, words: str, given: str | None, default: str) -> str:
    if given is not None:
        return given
    return ask(f"{words} [{default}]: ").strip() or default


def _person(ask: Ask, words: str, given: str | None, before: str, rule: Mapping[str, str]) -> str:
    """What was answered, of the form that the template wants; empty for nobody."""
    while True:
        answer = _answer(ask, f"{words}, or {_NONE}", given, before or _NONE)
        wanted = "" if answer == _NONE else answer
        if re.fullmatch(rule["AllowedPattern"], wanted) and '"' not in wanted:
            return wanted
        problem = f"{words}: it {rule['ConstraintDescription'].removesuffix(', or empty')}, or {_NONE}"
        if given is not None:
            raise DeployError(problem)
        print(problem)


def _before(session: boto3.session.Session, region: str, stack: str) -> Before:
    client: Any = session.client("cloudformation", region_name=region)
    try:
        (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    except botocore.exceptions.ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return Before({}, None)
        raise DeployError(_refused(error.response["Error"]["Code"])) from None
    except botocore.exceptions.BotoCoreError as error:
        raise DeployError(
            f"AWS cannot be asked ({type(error).__name__}). Log in first: aws configure, aws sso login or "
            "AWS_PROFILE=name; then: make deploy"
        ) from None
    values = {each["ParameterKey"]: each["ParameterValue"] for each in found.get("Parameters", [])}
    return Before(values, found["StackStatus"])


def _refused(code: str) -> str:
    if "Token" in code or "Expired" in code or code in {"InvalidClientTokenId", "SignatureDoesNotMatch"}:
        return f"AWS does not take your credentials ({code}). Log in again: aws configure or aws sso login"
    return f"AWS refused ({code}). Your user must be allowed to deploy with CloudFormation"


def _check(before: Before, stack: str, region: str) -> None:
    status = before.status
    if status in _STUCK:
        raise DeployError(
            f"the stack {stack} is {status} after a first deployment that failed. Remove it and try again: "
            f".sam/bin/sam delete --stack-name {stack} --region {region}"
        )
    if status is not None and status.endswith("_IN_PROGRESS") and status not in _NEW:
        raise DeployError(f"the stack {stack} is {status}; wait until that has ended, then: make deploy")


if __name__ == "__main__":
    sys.exit(main())
