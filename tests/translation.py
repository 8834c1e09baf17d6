"""The template as CloudFormation gets it: the SAM transform, offline and without credentials.

`python tests/translation.py TEMPLATE OUT` writes it as JSON: for cfn-lint, which checks a SAM
template only as it is written, and for stack sets, which take no transform.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]


def parse(path: Path) -> Template:
    """Return the template as written, its `!` tags as `Fn::` mappings."""
    template: Template = yaml_parse(path.read_text(encoding="utf-8"))
    return template


def translate(path: Path, values: Mapping[str, str] | None = None) -> Template:
    """Return the template as CloudFormation gets it, for these values of parameters or the defaults."""
    template = parse(path)
    for resource in template["Resources"].values():
        for location in {"CodeUri", "ContentUri"} & resource["Properties"].keys():
            if not resource["Properties"][location].startswith("s3://"):
                resource["Properties"][location] = (
                    "s3://bucket/key"  # as after an upload; folders are refused
                )
    defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
    session = boto3.Session(region_name="us-east-1")
    translated: Template = Translator({}, Parser(), boto_session=session).translate(
        template, defaults | dict(values or {})
    )
    return translated


if __name__ == "__main__":
    source, target = sys.argv[1:]
    Path(target).write_text(json.dumps(translate(Path(source)), indent=1), encoding="utf-8")
