"""A reading as it is stored in the history."""

from datetime import datetime, timedelta

from balancewatch.core.amount import plain
from balancewatch.core.reading import Balance, Failure, Reading
from balancewatch.core.state_record import Record, moment

Datapoint = Record


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


def expiry(at: datetime, days: int) -> int:
    """When a datapoint may be deleted, in seconds of the epoch, as DynamoDB's time to live wants it."""
    return int((at + timedelta(days=days)).timestamp())
