"""Where the files of the repository are on the site, and the links of a page turned to there.

On GitHub a page leads to any file of the repository. The site has the pages of docs/, the few of `MOVED`, and
for each other file that a page leads to a page with its text.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

MOVED = {"README.md": "index.md", "README.zh.md": "zh.md", "CHANGELOG.md": "reference/changes.md"}
"""Pages outside of docs/, and what they are called on the site."""
REFERENCE: Mapping[str, tuple[str, Sequence[str]]] = {
    "reference/providers.md": ("Providers", ["providers"]),
    "reference/settings.md": ("Settings", ["settings"]),
    "reference/told.md": ("What is told", ["transitions", "reasons"]),
    "reference/statuses.md": ("Exit statuses", ["statuses"]),
}
"""Pages made of what the program wrote into the README: their title, and its blocks."""

_FENCED = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)#\s]+)")


def place(path: str) -> str:
    """Where on the site a file of the repository is; both by their path, with slashes."""
    if path in MOVED:
        return MOVED[path]
    return path.removeprefix("docs/") if path.startswith("docs/") else f"source/{path}.md"


def targets(text: str, path: str) -> Iterator[str]:
    """The files that a page of the repository leads to, by their path."""
    for part in _FENCED.split(text)[::2]:
        yield from (_target(path, link) for link in _LINK.findall(part))


def turned(text: str, path: str) -> str:
    """A page of the repository with its links as they must be on the site."""
    here = posixpath.dirname(place(path))
    parts = _FENCED.split(text)
    parts[::2] = [
        _LINK.sub(lambda found: posixpath.relpath(place(_target(path, found[1])), here or "."), part)
        for part in parts[::2]
    ]
    # Markdown inside of HTML, which GitHub reads unasked.
    return "".join(parts).replace("<details>", '<details markdown="1">')


def reference(readme: str, title: str, blocks: Sequence[str]) -> str:
    """A page of blocks of the README. Raises `LookupError` if one is not there."""
    found = []
    for name in blocks:
        block = re.search(rf"<!-- begin: {name} -->\n(.*?)<!-- end: {name} -->", readme, re.DOTALL)
        if block is None:
            raise LookupError(name)
        found.append(re.sub(r"</?(?:details|summary)>.*?(?:</summary>)?$", "", block[1], flags=re.MULTILINE))
    return "\n\n".join([f"# {title}", *(each.strip() for each in found)]) + "\n"


def listing(text: str, path: str) -> str:
    """A page with the text of a file; the fence is longer than any in it."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 0)
    kind = path.rpartition(".")[2]
    return f"# {path}\n\n{fence}{kind}\n{text.rstrip()}\n{fence}\n"


def _target(path: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
