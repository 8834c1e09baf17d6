"""What MkDocs calls while it builds the site: it brings the pages that are not in docs/."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tests.site_links import MOVED, REFERENCE, listing, place, reference, targets, turned

ROOT = Path(__file__).parent.parent
_PATHS = {uri: path for path, uri in MOVED.items()}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the README and its like, the reference, and each file of the repository that a page leads to."""
    readme = _text("README.md")
    pages = {uri: _text(path) for path, uri in MOVED.items()}
    pages |= {uri: reference(readme, *page) for uri, page in REFERENCE.items()}
    texts = {path: _text(path) for path in MOVED}
    texts |= {f"docs/{file.src_uri}": file.content_string for file in files.documentation_pages()}
    for path in sorted({target for page, text in texts.items() for target in targets(text, page)}):
        if place(path).startswith("source/") and (ROOT / path).is_file():
            pages[place(path)] = listing(_text(path), path)
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Turn the links of what was written for the repository."""
    uri = page.file.src_uri
    if uri.startswith("source/") or uri in REFERENCE:
        return markdown
    return turned(markdown, _PATHS.get(uri, f"docs/{uri}"))


def _text(path: str) -> str:
    return (ROOT / path).read_text("utf-8")
