"""The pages of the repository lead to the same places on the site."""

import re

import pytest

from tests.pages import ROOT
from tests.site_links import REFERENCE, listing, place, reference, targets, turned


@pytest.mark.parametrize(
    ("path", "text", "on_the_site"),
    [
        ("README.md", "[a](docs/cost.md)", "[a](cost.md)"),
        ("README.md", "[a](docs/security.md#many-accounts)", "[a](security.md#many-accounts)"),
        ("README.md", "![a](docs/page.png)", "![a](page.png)"),
        ("README.md", "[a](CHANGELOG.md) [b](#settings)", "[a](reference/changes.md) [b](#settings)"),
        ("README.md", "[a](README.zh.md)", "[a](zh.md)"),
        ("README.md", "[a](tests/unit/test_site.py)", "[a](source/tests/unit/test_site.py.md)"),
        ("CHANGELOG.md", "[a](README.md)", "[a](../index.md)"),
        ("docs/scale.md", "[a](../README.md#teams)", "[a](index.md#teams)"),
        ("docs/without-aws/cron.md", "[a](../../Makefile)", "[a](../source/Makefile.md)"),
        ("docs/without-aws/cron.md", "[a](README.md)", "[a](README.md)"),
        ("docs/cost.md", "[a](https://example.com/a.md)", "[a](https://example.com/a.md)"),
        ("docs/cost.md", "```\n[a](../README.md)\n```", "```\n[a](../README.md)\n```"),
    ],
)
def test_a_link_leads_to_the_same_file(path: str, text: str, on_the_site: str) -> None:
    assert turned(text, path) == on_the_site


def test_a_file_of_the_repository_is_shown_as_it_is() -> None:
    path = "tests/unit/test_site.py"
    assert list(targets(f"[a](../{path}#L3)", "docs/cost.md")) == [path]
    text = (ROOT / path).read_text("utf-8")
    page = listing(text, path)
    fence = re.findall(r"^(`{3,})py$", page, re.MULTILINE)[0]
    assert page == f"# {path}\n\n{fence}py\n{text.rstrip()}\n{fence}\n"
    assert fence not in text
    assert place(path) == f"source/{path}.md"


@pytest.mark.parametrize("uri", REFERENCE)
def test_the_reference_is_what_the_program_wrote_into_the_readme(uri: str) -> None:
    title, blocks = REFERENCE[uri]
    readme = (ROOT / "README.md").read_text("utf-8")
    page = reference(readme, title, blocks)
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) > 5
    assert set(rows) <= set(readme.splitlines())
    assert "details" not in page
    with pytest.raises(LookupError):
        reference("", title, blocks)
