"""The overview as JSON: amounts are texts, what is not known is null."""

from datetime import datetime

from balancewatch.core.amount import plain
from balancewatch.core.notification import Json, ranked, runway_hours, text_or_none
from balancewatch.core.overview import Overview, Standing
from balancewatch.core.state_record import moment


def document(overview: Overview) -> dict[str, Json]:
    """All that the page shows."""
    return {
        "stack": overview.stack,
        "at": moment(overview.at),
        "checked_at": moment_or_none(overview.checked_at),
        **sums(overview),
        "accounts": [{**facts(each), "curve": _curve(each)} for each in overview.standings],
    }


def sums(overview: Overview) -> dict[str, Json]:
    """What is left and was spent in all, by unit."""
    return {
        "left": {unit: plain(total) for unit, total in overview.sums.items()},
        "spent_7_days": {unit: plain(total) for unit, total in overview.spent.items()},
    }


def facts(standing: Standing) -> dict[str, Json]:
    """How an account stands; named as in notifications."""
    top_up = standing.top_up
    return {
        "name": standing.name,
        "title": standing.title,
        "provider": standing.provider,
        "level": None if standing.level is None else standing.level.word,
        "causes": ranked(standing.causes),
        "reachable": standing.unreachable is None,
        "reason": None if standing.failing is None else standing.failing.value,
        "failing_since": moment_or_none(standing.failing_since),
        "remaining": text_or_none(standing.remaining),
        "unit": standing.unit,
        "unlimited": standing.unlimited,
        "balance_at": moment_or_none(standing.seen_at),
        "estimated_remaining": text_or_none(standing.estimate),
        "threshold": text_or_none(standing.limit),
        "runway_hours": runway_hours(standing.runway),
        "spend_per_day": text_or_none(standing.daily),
        "spent_7_days": text_or_none(standing.spent),
        "last_top_up": None if top_up is None else {"at": moment(top_up.at), "amount": plain(top_up.amount)},
    }


def moment_or_none(at: datetime | None) -> Json:
    return None if at is None else moment(at)


def _curve(standing: Standing) -> Json:
    return [[moment(at), text_or_none(amount)] for at, amount in standing.curve]
