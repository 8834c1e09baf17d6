"""Pages in headless Chromium: measured as they are laid out, and drawn."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_TIMEOUT_S = 120
_MEASURE = (Path(__file__).parent / "measure.js").read_text("utf-8")


def found() -> str | None:
    """The browser: $CHROMIUM, or one on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)


def measured(pages: Sequence[tuple[str, int, str]]) -> Mapping[str, Any]:
    """What `measure.js` sees of each page (name, width, HTML), in one start of the browser."""
    frames = "".join(
        f'<iframe data-name="{escape(name)}" width="{width}" height="800" srcdoc="{escape(html)}"></iframe>'
        for name, width, html in pages
    )
    document = f"<!doctype html><body>{frames}<pre></pre><script>{_MEASURE}</script></body>"
    dumped = _run(document, "--virtual-time-budget=20000", "--dump-dom")
    result = re.search(r'<pre id="measured">(.*?)</pre>', dumped, re.DOTALL)
    if result is None:
        raise LookupError("the browser did not measure to the end")
    measures: Mapping[str, Any] = json.loads(unescape(result[1]))
    return measures


def drawn(html: str, width: int, height: int, file: Path, *, dark: bool = False) -> None:
    """A picture of the page, for a device of that theme."""
    theme = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
    _run(html, theme, f"--window-size={width},{height}", f"--screenshot={file}")


def _run(document: str, *options: str) -> str:
    browser = found()
    if browser is None:
        raise LookupError("no Chromium")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder) / "page.html"
        page.write_text(document, "utf-8")
        command = [
            *(browser, "--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox"),
            *(f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1"),
            *options,
            page.as_uri(),
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True).stdout
