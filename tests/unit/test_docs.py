"""The README and the docs say what the program does."""

import json
import re
from typing import Any

import jsonschema
import pytest

from balancewatch.core.account import Language
from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch.core.message import compose
from balancewatch.core.reading import Reason
from balancewatch.core.state import Status, Why
from balancewatch.core.verdict import Cause
from tests.examples import examples
from tests.pages import PAGES, ROOT

SCHEMA: Any = json.loads((ROOT / "docs/notification.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("name", PAGES)
def test_what_is_generated_is_up_to_date(name: str) -> None:
    """`make docs` writes it."""
    text = (ROOT / name).read_text("utf-8")
    assert PAGES[name](text) == text


@pytest.mark.parametrize("language", Language)
def test_what_subscribers_get_keeps_to_the_published_schema(language: Language) -> None:
    for _, notification in examples(language):
        jsonschema.validate(json.loads(compose(notification).payload), SCHEMA)


def test_the_bill_of_materials_is_that_of_the_layer() -> None:
    bill = json.loads((ROOT / "docs/bom.json").read_text("utf-8"))
    lock = (ROOT / "layers/dependencies/requirements.txt").read_text("utf-8")
    listed = {f"{each['name']}=={each['version']}" for each in bill["components"]}
    assert listed == set(re.findall(r"^[^\s#]+==\S+", lock, flags=re.MULTILINE))
    assert all(each["purl"].startswith("pkg:pypi/") for each in bill["components"])


def test_the_schema_knows_every_word_that_can_come() -> None:
    properties = SCHEMA["$defs"]["notification"]["properties"]
    assert properties["reason"]["enum"] == [*Reason, None]
    assert properties["why"]["enum"] == [*Why, None]
    assert properties["status"]["enum"] == list(Status)
    assert properties["causes"]["items"]["enum"] == list(Cause)
    (_, notification), *_ = examples(Language.EN)
    (told,) = json.loads(compose(notification).payload)["notifications"]
    assert set(properties) == {*told, "test"}
    words = SCHEMA["$defs"]["words"]["properties"]
    assert words["language"]["enum"] == list(Language)
    assert set(words) == set(told["words"])


def test_the_readmes_accounts_are_accepted(stack: Stack) -> None:
    (block,) = re.findall(
        r"```json\n(\{\n  \"accounts\".*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    found = parse_accounts(block, "main", stack)
    assert (len(found.entries), found.problems) == (3, ())


def test_every_field_of_an_account_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    known = re.findall(r"`([a-z_]+)`", text)
    assert {"quiet", "mute_until", "runway_hours", "critical_runway_hours", "allow_http"} <= set(known)


def test_every_make_target_that_the_readme_names_exists() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9-]+)", text)) <= targets


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / "README.md").read_text("utf-8"))
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []
