"""The Chinese README says what the English one says: the same headings, tables, code and links."""

import re
from dataclasses import dataclass

from tests.pages import ROOT

_GENERATED = re.compile(r"(<!-- begin: (\S+) -->\n).*?(<!-- end: \2 -->)", re.DOTALL)
_FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Section:
    """What one section has that no translation changes."""

    level: int
    code: tuple[str, ...]
    tables: tuple[tuple[frozenset[str], ...], ...]
    """Of each row, all that stands in backticks."""
    generated: tuple[str, ...]
    links: frozenset[str]
    """Without anchors of the page itself, which are in its language."""
    items: int


def _section(text: str) -> Section:
    heading, _, body = text.partition("\n")
    plain = _FENCED.sub("", body)
    tables = re.findall(r"(?:^\|.*\n)+", plain, re.MULTILINE)
    return Section(
        len(heading) - len(heading.lstrip("#")),
        tuple(_FENCED.findall(body)),
        tuple(tuple(frozenset(_CODE.findall(row)) for row in table.splitlines()) for table in tables),
        tuple(re.findall(r"<!-- begin: (\S+) -->", plain)),
        frozenset(link for link in _links(plain) if not link.startswith(("#", "README"))),
        len(re.findall(r"^(?:-|\d\.) ", plain, re.MULTILINE)),
    )


def _text(name: str) -> str:
    """A README without what is generated: that is compared with the program."""
    return _GENERATED.sub(r"\1\3", (ROOT / name).read_text("utf-8"))


def _parts(text: str) -> list[str]:
    """From each heading to the next; a # inside of code is none."""
    fenced = [match.span() for match in _FENCED.finditer(text)]
    starts = [
        match.start()
        for match in re.finditer(r"^#+ ", text, re.MULTILINE)
        if not any(begin < match.start() < end for begin, end in fenced)
    ]
    return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]


def _links(text: str) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", text)


def _anchor(heading: str) -> str:
    """As GitHub makes it: lower case, without punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip("# \n").lower()).replace(" ", "-")


def test_both_have_the_same_headings_tables_code_and_links() -> None:
    english, chinese = (_parts(_text(name)) for name in ("README.md", "README.zh.md"))
    # Each shows a message in the language of the other.
    swapped = [part.replace("begin: english", "begin: chinese") for part in chinese]
    assert [_section(part) for part in swapped] == [_section(part) for part in english]


def test_each_leads_to_the_other() -> None:
    assert "](README.zh.md)" in _text("README.md").partition("\n## ")[0]
    assert "](README.md)" in _text("README.zh.md").partition("\n## ")[0]


def test_every_anchor_of_the_chinese_page_is_one_of_its_headings() -> None:
    text = _text("README.zh.md")
    known = {_anchor(part.partition("\n")[0]) for part in _parts(text)}
    wanted = {link.removeprefix("#") for link in _links(text) if link.startswith("#")}
    assert wanted
    assert wanted - known == set()
