"""What came of one run, whatever it ran on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from balancewatch.core.notification import Json


@dataclass(frozen=True, slots=True)
class Ran:
    """One run. `summary` is None where it did not get that far; `failed` says why it failed."""

    summary: Mapping[str, Json] | None
    failed: str | None
    datapoints: Sequence[Mapping[str, Json]]
    done: str | None
    """The latest scheduled time that is done, of this run or an earlier one."""
