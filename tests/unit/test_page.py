"""The page: no script, everything escaped, and nothing said by colour alone."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.core.account import Language
from balancewatch.core.markup import text
from balancewatch.core.overview import overview
from balancewatch.core.page import Manner, fragment, page
from balancewatch.core.page_words import WORDS, Word
from balancewatch.core.palette import DARK, LIGHT, LINES, TEXT, Palette, Theme
from tests.gallery import NOW, ordinary, three_hundred

SHANGHAI = ZoneInfo("Asia/Shanghai")
ENGLISH = Manner(Language.EN, SHANGHAI)
VOID = {"meta"}


def luminance(colour: str) -> float:
    """Relative, after WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    dark, light = sorted([luminance(first), luminance(second)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_meets_wcag_aa(palette: Palette) -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for front, back in TEXT:
        assert contrast(palette[front], palette[back]) >= 4.5, (front, back)
    for line, back in LINES:
        assert contrast(palette[line], palette[back]) >= 3, (line, back)
    assert palette.keys() == LIGHT.keys()


class Elements(HTMLParser):
    """Every element with its attributes, and the text; fails where elements do not close as they opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.words.append(data)


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("language", Language)
def test_there_is_no_script_and_nothing_is_loaded(language: Language, theme: Theme) -> None:
    html = page(ordinary(), Manner(language, SHANGHAI, theme))
    for tag, attributes in Elements(html).elements:
        assert tag not in {
            "script",
            "iframe",
            "use",
            "link",
            "img",
            "a",
            "form",
            "object",
            "embed",
            "foreignobject",
        }
        assert not any(name.startswith("on") or name in {"href", "src", "style"} for name in attributes)
    assert not re.search(r"url\(|@import|javascript:|https?:", html)


HOSTILE = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"


def test_names_and_titles_of_others_stay_text() -> None:
    """The stack's name, titles, providers and units come from outside."""
    found = ordinary()
    standing = replace(
        found.standings[0],
        title=HOSTILE,
        name=HOSTILE,
        provider_title=HOSTILE,
        unit=HOSTILE,
    )
    html = page(overview(HOSTILE, NOW, [standing]), ENGLISH)
    parsed = Elements(html)
    assert not {"script", "img"} & {tag for tag, _ in parsed.elements}
    assert parsed.words.count(HOSTILE) >= 2


@given(st.text())
def test_any_text_is_markup_of_itself_without_what_cannot_be_printed(words: str) -> None:
    shown = "".join(Elements(f"<p>{text(words)}</p>").words)
    assert shown == "".join(char if char.isprintable() else " " for char in words)


def test_a_card_says_it_all_in_words() -> None:
    words = " ".join(Elements(page(ordinary(), ENGLISH)).words)
    for said in (
        "58.142514 USD",
        "Lasts between 12 and 15 days",
        "Threshold",
        "4.30 USD a day",
        "+300.00 USD",
        "2026-11-19 02:00",
        "Cannot be read: no answer came in time",
        "since 2026-11-23 06:00",
        "About 49.99 USD by now",
        "The provider says that it cannot be spent.",
        "研发团队钱包",
        "GCC AI · wallet",
        "unlimited",
        "never read",
    ):
        assert said in words


def test_every_level_has_its_own_word_and_its_own_shape() -> None:
    badges = re.findall(
        r'bw-badge bw-badge-\w+"><span aria-hidden="true">(.) </span>([^0-9<]+)</span>',
        page(ordinary(), ENGLISH),
    )
    assert len(set(badges)) == 6
    assert len({sign for sign, _ in badges}) == len({word for _, word in badges}) == 6


def test_every_line_differs_by_more_than_its_colour() -> None:
    """Past solid, likely dashed, threshold dotted; the range is an area."""
    html = page(ordinary(), ENGLISH)
    dashes = re.findall(r"\.bw-(past|likely|limit)\{[^}]*?(stroke-dasharray:[^;}]*)?\}", html)
    assert len({dash for _, dash in dashes}) == 3


def test_a_picture_has_a_description() -> None:
    html = page(ordinary(), ENGLISH)
    titles = [a for tag, a in Elements(html).elements if tag == "svg" and a.get("class") == "bw-curve"]
    assert len(titles) == 6
    assert all(each["role"] == "img" and "days" in (each["aria-label"] or "") for each in titles)


def test_light_and_dark_follow_the_device_unless_told() -> None:
    device, dark = page(ordinary(), ENGLISH), page(ordinary(), replace(ENGLISH, theme=Theme.DARK))
    assert "prefers-color-scheme:dark" in device
    assert "prefers-color-scheme" not in dark
    assert f"--bw-card:{DARK['card']}" in dark
    assert f"--bw-card:{LIGHT['card']}" not in dark


def test_a_dashboard_gets_a_fragment_whose_style_does_not_come_first() -> None:
    """What cleans foreign HTML drops a leading style; and nothing of the console's own look gets in."""
    html = fragment(ordinary(), ENGLISH)
    assert html.startswith('<div class="cwdb-no-default-styles bw bw-auto"><style>')
    rules = re.sub(r"@media[^{]*\{|\}\}", "", re.findall(r"<style>(.*?)</style>", html)[0])
    assert all(rule.strip().startswith(".bw") for rule in re.findall(r"([^{}]+)\{[^}]*\}", rules))


def test_three_hundred_accounts_fit_the_answer_of_a_function() -> None:
    assert len(page(three_hundred(), ENGLISH).encode()) < 2_000_000


def test_a_past_that_is_not_drawn_for_all_is_said_so() -> None:
    html = page(ordinary(), replace(ENGLISH, curves=4))
    assert "The past is drawn for the 4 worst" in html
    assert "The past is drawn" not in page(ordinary(), replace(ENGLISH, curves=9))


def test_the_languages_have_the_same_words_with_the_same_fields() -> None:
    def fields(words: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(words) if name}

    for words in WORDS.values():
        assert words.keys() == set(Word)
        assert all(fields(words[word]) == fields(WORDS[Language.EN][word]) for word in Word)
