"""The pictures of the README, drawn by Chromium: `python -m tests.browser.pictures`."""

import sys
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from balancewatch.core.account import Language
from balancewatch.core.page import Manner, page
from tests.browser.chromium import drawn, found
from tests.gallery import ordinary

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    """Draw the page for a desk, light, and for a phone, dark."""
    if found() is None:
        sys.exit("no Chromium: install one, or name it in $CHROMIUM")
    manner = Manner(Language.EN, ZoneInfo("Asia/Shanghai"))
    overview = ordinary()
    drawn(page(overview, manner), 1100, 1010, DOCS / "page.png")
    few = replace(overview, standings=overview.standings[2:5])
    drawn(page(few, manner), 390, 1160, DOCS / "page-dark.png", dark=True)


if __name__ == "__main__":
    main()
