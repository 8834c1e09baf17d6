"""From a report to the words of each channel."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from balancewatch.core.account import MAIN
from balancewatch.core.amount import worded
from balancewatch.core.message import LARGEST, Message, TooLargeError, one_line
from balancewatch.core.notice import Kind
from balancewatch.core.notification import Json
from balancewatch.core.overview import LastTold, Standing
from balancewatch.core.overview_facts import facts, sums
from balancewatch.core.phrases import Phrase
from balancewatch.core.report import Report
from balancewatch.core.report_words import WORDS, Word
from balancewatch.core.sms import cut
from balancewatch.core.state import Status
from balancewatch.core.state_record import moment
from balancewatch.core.verdict import Level, Severity
from balancewatch.core.wording import say, span

_FEWER = (300, 150, 75, 30)
"""At most so many accounts are listed, the fewer the more there is to say of each."""

_LEVELS = {
    Level.OK: (Word.OK, Word.IS_OK),
    Level.WARNING: (Word.LOW, Word.IS_WARNING),
    Level.CRITICAL: (Word.LOW, Word.IS_CRITICAL),
    Level.EMPTY: (Word.EMPTY, Word.IS_EMPTY),
}


def compose_report(report: Report) -> Message:
    """All the words of a report. Raises `TooLargeError`."""
    for most in _FEWER:
        words = _Words(report, most)
        message = Message(
            subject=words.subject(),
            email=words.email(),
            sms=cut(words.first()),
            payload=json.dumps(words.document(), ensure_ascii=False),
            attributes={"severity": Severity.INFO.word, "kind": ("report",), "team": (report.team,)},
        )
        if message.size <= LARGEST:
            return message
    raise TooLargeError("a report is larger than SNS takes")


@dataclass(frozen=True, slots=True)
class _Words:
    report: Report
    most: int

    def subject(self) -> str:
        return one_line(self.say(Word.SUBJECT, counts=self.counts()))

    def counts(self) -> str:
        """How many accounts, and how they are, the worst first."""
        standings = self.report.overview.standings
        count = len(standings)
        accounts = self.say(Word.COUNT_ONE if count == 1 else Word.COUNT, count=str(count))
        if self.report.team != MAIN:
            accounts = self.say(Word.OF_TEAM, accounts=accounts, team=self.report.team)
        kinds = Counter(_kind(each)[0] for each in standings)
        order = (Word.EMPTY, Word.LOW, Word.UNREACHABLE, Word.UNKNOWN, Word.OK)
        parts = [self.say(word, count=str(kinds[word])) for word in order if kinds[word]]
        return say(self.report.language, Phrase.COMMA).join([accounts, *parts])

    def first(self) -> str:
        return self.say(Word.WHEN, counts=self.counts(), when=self.local(self.report.overview.at, zone=True))

    def second(self) -> str:
        overview = self.report.overview
        if not overview.sums:
            return self.say(Word.NO_SUMS)
        return self.say(Word.SUMS, left=self.amounts(overview.sums), spent=self.amounts(overview.spent))

    def email(self) -> str:
        """Two lines that say it all, then each account, then what was told."""
        standings = self.report.overview.standings
        lines = [self.first(), self.second(), "", self.say(Word.ACCOUNTS)]
        lines += [self.line(each) for each in standings[: self.most]]
        if (more := len(standings) - self.most) > 0:
            lines.append(self.say(Word.MORE, count=str(more)))
        lines += ["", self.say(Word.TOLD), *self.told(), "", self.say(Word.END)]
        return "\n".join(lines) + "\n"

    def line(self, standing: Standing) -> str:
        return self.say(
            Word.LINE,
            title=standing.title,
            level=self.say(_kind(standing)[1]),
            facts=say(self.report.language, Phrase.COMMA).join(self.facts(standing)) or "-",
        )

    def facts(self, standing: Standing) -> Iterable[str]:
        unit = standing.unit
        if standing.unlimited:
            yield self.say(Word.UNLIMITED)
        if unit is None or standing.remaining is None:
            return
        if standing.estimate is not None:
            yield self.say(Word.LEFT_ABOUT, amount=worded(standing.estimate, unit))
        else:
            yield self.say(Word.LEFT, amount=worded(standing.remaining, unit))
        if standing.spent is not None:
            yield self.say(Word.SPENT, amount=worded(standing.spent, unit))
        if standing.runway is not None and standing.remaining > 0:
            yield self.say(Word.LASTS, span=span(self.report.language, standing.runway))

    def told(self) -> Sequence[str]:
        told = self.report.told
        lines = [self.told_line(last, each) for last, each in told[: self.most]]
        if (more := len(told) - self.most) > 0:
            lines.append(self.say(Word.MORE, count=str(more)))
        return lines or [self.say(Word.TOLD_NOTHING)]

    def told_line(self, last: LastTold, standing: Standing) -> str:
        match last.kind, last.status:
            case Kind.UNREACHABLE, Status.RESOLVED:
                what = self.say(Word.TOLD_REACHABLE)
            case Kind.UNREACHABLE, _:
                what = self.say(Word.TOLD_UNREACHABLE)
            case _, Status.RESOLVED:
                what = self.say(Word.TOLD_WELL)
            case _:
                level = Level.WARNING if last.level is None else last.level
                what = self.say(Word.TOLD_LOW, level=self.say(_LEVELS[level][1]))
        return self.say(Word.TOLD_LINE, when=self.local(last.at), title=standing.title, what=what)

    def document(self) -> Mapping[str, Json]:
        """What programs get: no notifications, so that those who only want them find none, and the report."""
        report = self.report
        standings: list[Json] = [dict(facts(each)) for each in report.overview.standings[: self.most]]
        told: list[Json] = [
            {
                "account": each.name,
                "kind": last.kind.value,
                "status": last.status.value,
                "at": moment(last.at),
                "level": None if last.level is None else last.level.word,
                "reason": None if last.reason is None else last.reason.value,
            }
            for last, each in report.told[: self.most]
        ]
        return {
            "notifications": [],
            "report": {
                "id": report.id,
                "at": moment(report.overview.at),
                "team": report.team,
                **sums(report.overview),
                "count": len(report.overview.standings),
                "accounts": standings,
                "told": told,
                "words": {
                    "language": report.language.value,
                    "subject": self.subject(),
                    "text": f"{self.first()}\n{self.second()}",
                    "link": None,
                },
            },
        }

    def amounts(self, totals: Mapping[str, Decimal]) -> str:
        comma = say(self.report.language, Phrase.COMMA)
        return comma.join(worded(total, unit) for unit, total in totals.items()) or "-"

    def local(self, at: datetime, *, zone: bool = False) -> str:
        wall = self.report.timezone
        return f"{at.astimezone(wall):%Y-%m-%d %H:%M}{f' {wall.key}' if zone else ''}"

    def say(self, word: Word, **fields: str) -> str:
        return WORDS[self.report.language][word].format(**fields)


def _kind(standing: Standing) -> tuple[Word, Word]:
    """What it counts as, and what its line says."""
    if standing.unreachable is not None and (standing.level or Level.OK) < Level.CRITICAL:
        return Word.UNREACHABLE, Word.IS_UNREACHABLE
    return (Word.UNKNOWN, Word.IS_UNKNOWN) if standing.level is None else _LEVELS[standing.level]
