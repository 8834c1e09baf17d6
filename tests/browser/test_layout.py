"""The page as a browser lays it out: on a phone and on a desk, light and dark, in both languages."""

from functools import cache
from typing import Any

import pytest

from balancewatch.core.account import Language
from balancewatch.core.page import Manner, page
from balancewatch.core.palette import Theme
from tests.browser.chromium import found, measured
from tests.gallery import GALLERY

pytestmark = [
    pytest.mark.skipif(found() is None, reason="no Chromium: install one, or name it in $CHROMIUM"),
    pytest.mark.xdist_group("browser"),
]

PHONE, DESK = 360, 1280
CASES = [
    (name, width, theme, language)
    for name in GALLERY
    for width in (PHONE, DESK)
    for theme, language in ((Theme.LIGHT, Language.EN), (Theme.DARK, Language.ZH))
]
IDS = [f"{name}, {width} px, {theme}, {language}" for name, width, theme, language in CASES]


@cache
def seen() -> Any:
    pages = [
        (ident, width, page(GALLERY[name](), Manner(language, theme=theme)))
        for ident, (name, width, theme, language) in zip(IDS, CASES, strict=True)
    ]
    return measured(pages)


@pytest.mark.parametrize("ident", IDS)
def test_nothing_overflows_is_clipped_or_covered(ident: str) -> None:
    found = seen()[ident]
    assert not found["scrolls"]
    assert found["outside"] == []
    assert found["clipped"] == []
    assert found["covered"] == []
    assert found["crowded"] == []


@pytest.mark.parametrize("ident", IDS)
def test_every_word_can_be_read(ident: str) -> None:
    """Contrast by WCAG AA, of the colours as they come out."""
    found = seen()[ident]
    assert found["pale"] == []
    assert found["small"] >= 12


@pytest.mark.parametrize(("ident", "case"), list(zip(IDS, CASES, strict=True)), ids=IDS)
def test_a_phone_has_one_column_and_a_desk_three(ident: str, case: tuple[str, int, Theme, Language]) -> None:
    name, width, *_ = case
    found = seen()[ident]
    accounts = {"ordinary": 9, "long names": 5, "nobody": 0, "three hundred": 300}[name]
    assert found["cards"] == accounts
    assert found["columns"] == min(accounts, 1 if width == PHONE else 3)
    if accounts:
        assert found["curve_width"] >= 280
