"""The summary of a run: what was read, what is true, what was told, what is wrong. Printed and returned."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from balancewatch.core.account import Entry
from balancewatch.core.decide import Decision
from balancewatch.core.fields import Problem
from balancewatch.core.message import Message
from balancewatch.core.notification import Json, Notification, ranked, runway_hours, text_or_none
from balancewatch.core.reading import Balance, Failure, Reading
from balancewatch.core.state_record import moment
from balancewatch.core.verdict import Level


@dataclass(frozen=True, slots=True)
class Outcome:
    """One account in one run."""

    entry: Entry
    reading: Reading
    decision: Decision

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to log of it: read, and not low."""
        verdict = self.decision.verdict
        return isinstance(self.reading, Balance) and verdict.level is Level.OK and verdict.unreachable is None

    @property
    def line(self) -> dict[str, Json]:
        """What the log says of an account that is not well."""
        verdict, reading = self.decision.verdict, self.reading
        line: dict[str, Json] = {
            "account": self.entry.name,
            "account_level": None if verdict.level is None else verdict.level.word,
            "unreachable": verdict.unreachable and verdict.unreachable.value,
        }
        match reading:
            case Balance():
                return line | {"remaining": text_or_none(reading.remaining), "unit": reading.unit}
            case Failure():
                return line | {"reason": reading.reason.value, "detail": reading.detail[:80]}


@dataclass(frozen=True, slots=True)
class Telling:
    """One notification, its words, and whether SNS accepted it in this run."""

    notification: Notification
    message: Message
    sent: bool


def summary(
    team: str,
    at: datetime,
    duration_ms: int,
    outcomes: Sequence[Outcome],
    tellings: Iterable[Telling],
    problems: Iterable[Problem],
) -> dict[str, Json]:
    """The summary as JSON: amounts are texts, what is not known is null."""
    return {
        "at": moment(at),
        "team": team,
        "duration_ms": duration_ms,
        "counts": _counts(outcomes),
        "accounts": [_account(outcome) for outcome in outcomes],
        "notifications": [_notification(telling) for telling in tellings],
        "problems": [
            {"account": each.account, "field": each.field, "problem": each.problem} for each in problems
        ],
    }


def _counts(outcomes: Sequence[Outcome]) -> dict[str, Json]:
    levels = Counter(outcome.decision.verdict.level for outcome in outcomes)
    unreachable = sum(outcome.decision.verdict.unreachable is not None for outcome in outcomes)
    by_level: dict[str, Json] = {level.word: levels[level] for level in Level}
    return {"accounts": len(outcomes), **by_level, "unreachable": unreachable}


def _account(outcome: Outcome) -> dict[str, Json]:
    verdict, outlook, reading = outcome.decision.verdict, outcome.decision.outlook, outcome.reading
    exchange, lasting = reading.exchange, outlook.lasting
    failure = reading if isinstance(reading, Failure) else None
    return {
        "name": outcome.entry.name,
        "provider": outcome.entry.provider,
        "level": None if verdict.level is None else verdict.level.word,
        "causes": ranked(verdict.causes),
        "reachable": verdict.unreachable is None,
        **_amounts(reading),
        "threshold": text_or_none(outlook.limits.warning if outlook.limits else None),
        "runway_hours": runway_hours(lasting.runway if lasting and not failure else None),
        "reason": failure.reason.value if failure else None,
        "detail": failure.detail if failure else None,
        "http_status": exchange.http_status if exchange else None,
        "duration_ms": exchange.duration_ms if exchange else None,
    }


def _amounts(reading: Reading) -> dict[str, Json]:
    match reading:
        case Balance():
            return {
                "remaining": text_or_none(reading.remaining),
                "used": text_or_none(reading.used),
                "unit": reading.unit,
                "unlimited": reading.unlimited,
                "spendable": reading.spendable,
                "raw": dict(reading.raw),
            }
        case Failure():
            return dict.fromkeys(("remaining", "used", "unit", "unlimited", "spendable", "raw"))


def _notification(telling: Telling) -> dict[str, Json]:
    notification, message = telling.notification, telling.message
    return {
        "id": notification.id,
        "kind": notification.kind.value,
        "status": notification.status.value,
        "severity": notification.severity.word,
        "sent": telling.sent,
        "account": notification.account,
        "subject": message.subject,
        "email": message.email,
        "sms": message.sms,
    }
