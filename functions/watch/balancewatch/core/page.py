"""The page to look at: all accounts, worst first, a card each. HTML and inline SVG, no script.

It is used twice: as a page of its own, and as the answer to a CloudWatch dashboard. What a colour says, a
word or a shape says too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from balancewatch.core.account import UTC, Language
from balancewatch.core.account_list import NAMELESS
from balancewatch.core.amount import worded
from balancewatch.core.curve import picture, sample
from balancewatch.core.markup import NOTHING, Markup, classed, element, text
from balancewatch.core.overview import Overview, Standing
from balancewatch.core.page_words import WORDS, Word
from balancewatch.core.palette import Theme
from balancewatch.core.phrases import REASONS, Phrase
from balancewatch.core.style import style
from balancewatch.core.verdict import Cause
from balancewatch.core.wording import say, span

_SIGNS = {
    Word.EMPTY: "■",
    Word.CRITICAL: "◆",
    Word.UNREACHABLE: "✕",
    Word.WARNING: "▲",
    Word.UNKNOWN: "○",
    Word.OK: "✓",
}
"""Worst first; each has a shape of its own."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How the page is to be shown."""

    language: Language = Language.EN
    timezone: ZoneInfo = UTC
    theme: Theme = Theme.AUTO
    curves: int | None = None
    """The past is there for the worst so many only."""


def page(overview: Overview, manner: Manner) -> str:
    """The whole page, for a file."""
    head = element(
        "head",
        {},
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'),
        element("title", {}, text(f"balancewatch: {overview.stack}")),
        element("style", {}, Markup("body{margin:0}")),
    )
    body = element("body", {}, fragment(overview, manner))
    language = "zh-CN" if manner.language is Language.ZH else manner.language.value
    return f"<!doctype html>\n{element('html', {'lang': language}, head, body)}\n"


def fragment(overview: Overview, manner: Manner) -> Markup:
    """What stands in a page or a dashboard; the style comes inside, since a leading one may be dropped."""
    page = _Page(overview, manner)
    return element(
        "div",
        {"class": f"cwdb-no-default-styles bw bw-{manner.theme.value}"},
        element("style", {}, style(manner.theme)),
        page.head(),
        classed("div", "bw-cards", *(page.card(each) for each in overview.standings)),
        page.foot(),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    overview: Overview
    manner: Manner

    def head(self) -> Markup:
        if not self.overview.standings:
            return classed(
                "header",
                "bw-head",
                classed("h1", "bw-title", text(self.overview.stack)),
                classed("p", "bw-empty-page", self.words(Word.NONE_YET)),
                classed("p", "bw-faint", self.words(Word.HOW_TO_BEGIN)),
            )
        checked = self.overview.checked_at
        when = self.words(Word.NEVER_CHECKED)
        if checked is not None:
            zone = self.manner.timezone.key
            when = self.words(Word.CHECKED, when=f"{self.local(checked)} {zone}")
        count = self.words(Word.ACCOUNTS, count=str(len(self.overview.standings)))
        return classed(
            "header",
            "bw-head",
            classed("h1", "bw-title", text(self.overview.stack)),
            classed("p", "bw-faint", count, text(" · "), when),
            classed("p", "bw-badges", *self.badges()),
            classed(
                "dl",
                "bw-sums",
                *self.sum(Word.IN_ALL, self.overview.sums),
                *self.sum(Word.SPENT, self.overview.spent),
            ),
        )

    def badges(self) -> Iterable[Markup]:
        counts = Counter(word_of(each) for each in self.overview.standings)
        for word in _SIGNS:
            if counts[word]:
                yield self.badge(word, f"{counts[word]} ")

    def sum(self, word: Word, sums: Mapping[str, Decimal]) -> Iterable[Markup]:
        if sums:
            amounts = say(self.manner.language, Phrase.COMMA).join(
                worded(total, unit) for unit, total in sums.items()
            )
            yield self.fact(self.words(word), text(amounts))

    def card(self, standing: Standing) -> Markup:
        word = word_of(standing)
        return classed(
            "article",
            f"bw-card bw-is-{word.value}",
            classed("div", "bw-card-head", classed("h2", "bw-name", text(standing.title)), self.badge(word)),
            classed("p", "bw-faint", text(_who(standing))),
            classed("p", "bw-balance", *self.balance(standing)),
            *self.sentences(standing),
            self.curve(standing),
            classed("dl", "bw-facts", *self.facts(standing)),
        )

    def badge(self, word: Word, count: str = "") -> Markup:
        sign = element("span", {"aria-hidden": "true"}, text(f"{_SIGNS[word]} "))
        return classed("span", f"bw-badge bw-badge-{word.value}", sign, text(count), self.words(word))

    def balance(self, standing: Standing) -> Iterable[Markup]:
        if standing.unlimited:
            yield classed("strong", "bw-amount", self.words(Word.UNLIMITED))
        elif standing.remaining is None or standing.unit is None:
            yield classed("strong", "bw-amount", text("–"))  # noqa: RUF001  # a dash: nobody knows
        else:
            yield classed("strong", "bw-amount", text(worded(standing.remaining, standing.unit)))
            is_old = standing.unreachable is not None
            yield classed("span", "bw-faint", text(" "), self.words(Word.LAST_KNOWN if is_old else Word.LEFT))

    def sentences(self, standing: Standing) -> Iterable[Markup]:
        if standing.failing is not None:
            reason = REASONS[self.manner.language][standing.failing]
            since = standing.failing_since
            when = "" if since is None else f" · {self.say(Word.SINCE, when=self.local(since))}"
            yield classed("p", "bw-trouble", self.words(Word.TROUBLE, reason=reason), text(when))
        if standing.estimate is not None and standing.unit is not None:
            amount = worded(standing.estimate, standing.unit)
            yield classed("p", "bw-lasts", self.words(Word.BY_NOW, amount=amount))
        if Cause.NOT_SPENDABLE in standing.causes:
            yield classed("p", "bw-lasts", self.words(Word.BLOCKED))
        if standing.runway is not None and (standing.remaining or 0) > 0:
            lasting = span(self.manner.language, standing.runway)
            yield classed("p", "bw-lasts", self.words(Word.LASTS, span=lasting))
        elif standing.remaining is not None and standing.runway is None:
            yield classed("p", "bw-lasts bw-faint", self.words(Word.LASTS_UNKNOWN))

    def curve(self, standing: Standing) -> Markup:
        amounts = [amount for _, amount in standing.curve if amount is not None]
        if not amounts and not standing.fan:
            return NOTHING
        title = self.say(Word.NO_CURVE)
        if amounts:
            unit = standing.unit or ""
            title = self.say(Word.CURVE, first=worded(amounts[0], unit), last=worded(amounts[-1], unit))
        words = self.say(Word.DAYS_AGO), self.say(Word.NOW), self.say(Word.DAYS_AHEAD)
        return picture(standing, self.overview.at, title, words)

    def facts(self, standing: Standing) -> Iterable[Markup]:
        unit = standing.unit or ""
        language = self.manner.language
        if standing.limit is not None and not standing.unlimited:
            yield self.fact(_phrase(language, Phrase.D_THRESHOLD), text(worded(standing.limit, unit)))
        if standing.daily is not None:
            daily = say(language, Phrase.A_DAY, amount=worded(standing.daily, unit))
            yield self.fact(_phrase(language, Phrase.D_DAILY), text(daily))
        if standing.remaining is not None:
            last = standing.top_up
            rise = self.words(Word.NO_TOP_UP)
            if last is not None:
                at = classed("span", "bw-time", text(self.local(last.at)))
                rise = Markup(f"{text(f'+{worded(last.amount, unit)} · ')}{at}")
            yield self.fact(self.words(Word.TOP_UP), rise)
        if standing.seen_at is not None:
            yield self.fact(self.words(Word.READ), text(self.local(standing.seen_at)))

    def fact(self, name: Markup, value: Markup) -> Markup:
        return classed("div", "bw-fact", element("dt", {}, name), element("dd", {}, value))

    def foot(self) -> Markup:
        if not self.overview.standings:
            return NOTHING
        shown = (
            ("past", Word.LEGEND_PAST),
            ("fan", Word.LEGEND_FAN),
            ("likely", Word.LEGEND_LIKELY),
            ("limit", Word.LEGEND_LIMIT),
            ("top-up", Word.LEGEND_TOP_UP),
        )
        legend = [classed("span", "bw-key", sample(kind), self.words(word)) for kind, word in shown]
        gap = classed("span", "bw-key", self.words(Word.LEGEND_GAP))
        note = NOTHING
        curves = self.manner.curves
        if curves is not None and len(self.overview.standings) > curves:
            note = classed("p", "bw-faint", self.words(Word.NOT_ALL_DRAWN, count=str(curves)))
        return classed("footer", "bw-foot", classed("p", "bw-faint bw-legend", *legend, gap), note)

    def local(self, at: datetime) -> str:
        return f"{at.astimezone(self.manner.timezone):%Y-%m-%d %H:%M}"

    def say(self, word: Word, **fields: str) -> str:
        return WORDS[self.manner.language][word].format(**fields)

    def words(self, word: Word, **fields: str) -> Markup:
        return text(self.say(word, **fields))


def word_of(standing: Standing) -> Word:
    """What its badge says: that it cannot be read, where that is no smaller trouble than its level."""
    if standing.level is None:
        return Word.UNKNOWN if standing.unreachable is None else Word.UNREACHABLE
    level = Word(standing.level.word)
    is_loud = level in (Word.CRITICAL, Word.EMPTY)
    return Word.UNREACHABLE if standing.unreachable is not None and not is_loud else level


def _who(standing: Standing) -> str:
    """Provider and name, where they say more than the title."""
    name = "" if standing.name in (standing.title, NAMELESS) else standing.name
    return " · ".join(each for each in (standing.provider_title, name) if each) or "–"  # noqa: RUF001  # a dash


def _phrase(language: Language, phrase: Phrase) -> Markup:
    return text(say(language, phrase))
