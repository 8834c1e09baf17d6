"""A reading as it is stored in the history, and as it is read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from balancewatch.core.amount import plain
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.state_record import Record, instant, moment

Datapoint = Record


@dataclass(frozen=True, slots=True)
class Point:
    """What was read for a scheduled time; `reason` says why there are no figures."""

    at: datetime
    remaining: Decimal | None = None
    used: Decimal | None = None
    unit: str | None = None
    unlimited: bool = False
    spendable: bool | None = None
    reason: Reason | None = None
    detail: str | None = None
    http_status: int | None = None
    duration_ms: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict)


def datapoint_of(reading: Reading) -> Datapoint:
    """The figures, converted and as the provider wrote them; or the reason why there are none."""
    exchange = reading.exchange
    values: dict[str, str | bool | Record | None] = {
        "requested_at": moment(exchange.asked_at) if exchange else None,
        "duration_ms": str(exchange.duration_ms) if exchange else None,
        "http_status": str(exchange.http_status) if exchange and exchange.http_status else None,
    }
    match reading:
        case Balance():
            values |= {
                "remaining": None if reading.remaining is None else plain(reading.remaining),
                "used": None if reading.used is None else plain(reading.used),
                "unit": reading.unit,
                "unlimited": reading.unlimited or None,
                "spendable": reading.spendable,
                "raw": dict(reading.raw) or None,
                "requests": None if reading.requests is None else str(reading.requests),
                "expires_at": moment(reading.expires_at) if reading.expires_at else None,
                "refills_at": moment(reading.refills_at) if reading.refills_at else None,
            }
        case Failure():
            values |= {"reason": reading.reason.value, "detail": reading.detail}
    return {key: value for key, value in values.items() if value is not None}


def point_of(at: str, record: Record) -> Point | None:
    """The point of a scheduled time; None where it cannot be read, as one of a newer version may be."""
    text = {key: value for key, value in record.items() if isinstance(value, str)}
    raw, spendable = record.get("raw"), record.get("spendable")
    try:
        return Point(
            at=instant(at),
            remaining=Decimal(text["remaining"]) if "remaining" in text else None,
            used=Decimal(text["used"]) if "used" in text else None,
            unit=text.get("unit"),
            unlimited=record.get("unlimited") is True,
            spendable=spendable if isinstance(spendable, bool) else None,
            reason=Reason(text["reason"]) if "reason" in text else None,
            detail=text.get("detail"),
            http_status=int(text["http_status"]) if "http_status" in text else None,
            duration_ms=int(text["duration_ms"]) if "duration_ms" in text else None,
            raw={key: str(value) for key, value in raw.items()} if isinstance(raw, Mapping) else {},
        )
    except (ValueError, InvalidOperation):
        return None


def expiry(at: datetime, days: int) -> int:
    """When a datapoint may be deleted, in seconds of the epoch, as DynamoDB's time to live wants it."""
    return int((at + timedelta(days=days)).timestamp())
