"""What an account spent, as its state remembers it after a series of readings."""

from collections.abc import Iterable

from balancewatch.core.spending import Sample, Spending, packed, recorded, unpacked


def remembered(samples: Iterable[Sample]) -> Spending:
    """Through its text after every reading, as it is kept."""
    spending: Spending | None = None
    before: Sample | None = None
    for now in samples:
        spending = unpacked(packed(recorded(spending, before, now)))
        before = now
    assert spending is not None
    return spending
