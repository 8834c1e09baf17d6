"""The published schema of profiles takes every one that ships, and knows every key that the parser knows."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import balancewatch

ROOT = Path(__file__).parents[2]
SCHEMA: Any = json.loads((ROOT / "docs/profile.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
FILES = sorted((Path(balancewatch.__file__).parent / "catalogue").glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_shipped_profile_keeps_to_the_schema(path: Path) -> None:
    errors = VALIDATOR.iter_errors(tomllib.loads(path.read_text("utf-8")))
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


WRONG: dict[str, dict[str, Any]] = {
    "nothing": {},
    "an unknown key": {"extends": "one-api", "titel": "x"},
    "an unknown key of a request": {"extends": "one-api", "request": {"paht": "/"}},
    "an unknown key of a further request": {"extends": "one-api", "requests": {"usage": {"base_url": "/"}}},
    "two ways to prove who asks": {"extends": "one-api", "request": {"auth": {"header": "a", "query": "b"}}},
    "a term of two kinds": {"extends": "one-api", "answer": {"remaining": {"at": "a", "value": 1}}},
    "an error for everything": {"extends": "one-api", "errors": [{"reason": "empty"}]},
    "a scale of 0": {"extends": "one-api", "answer": {"scale": 0}},
    "a parameter named like the token": {"extends": "one-api", "parameters": {"token": {"help": "x"}}},
}


@pytest.mark.parametrize("table", WRONG.values(), ids=WRONG)
def test_what_the_parser_refuses_the_schema_refuses(table: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(table)


def test_the_page_on_profiles_explains_every_key_of_the_schema() -> None:
    page = (ROOT / "docs/profiles.md").read_text("utf-8")
    known = {word for span in re.findall(r"`([^`\n]+)`", page) for word in re.findall(r"[a-z_]+", span)}

    def keys(schema: Any) -> set[str]:
        if isinstance(schema, list):
            return {key for each in schema for key in keys(each)}
        if not isinstance(schema, dict):
            return set()
        inner = {key for name, each in schema.items() if name != "properties" for key in keys(each)}
        properties = schema.get("properties", {})
        return inner | set(properties) | {key for each in properties.values() for key in keys(each)}

    assert keys(SCHEMA) - known == set()
