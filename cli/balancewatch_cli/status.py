"""The exit status of a run, for scripts: the worst wins in the order 4, 2, 3, 1, 0."""

from collections.abc import Mapping
from enum import IntEnum

from balancewatch.core.notification import Json


class ExitStatus(IntEnum):
    """What the exit statuses mean; the README prints them."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNREACHABLE = 3
    ERROR = 4


_ORDER = (
    ExitStatus.ERROR,
    ExitStatus.CRITICAL,
    ExitStatus.UNREACHABLE,
    ExitStatus.WARNING,
    ExitStatus.OK,
)


def exit_status(summary: Mapping[str, Json] | None, *, failed: bool) -> ExitStatus:
    """The status that a run's summary stands for."""
    found = {ExitStatus.ERROR if failed else ExitStatus.OK}
    accounts = summary["accounts"] if summary else []
    for account in accounts if isinstance(accounts, list) else []:
        if isinstance(account, dict):
            found.update(_of(account))
    if _has_nameless(summary):
        found.add(ExitStatus.ERROR)
    return next(status for status in _ORDER if status in found)


def _of(account: Mapping[str, Json]) -> set[ExitStatus]:
    found = set()
    if account["level"] in ("critical", "empty"):
        found.add(ExitStatus.CRITICAL)
    if account["level"] == "warning":
        found.add(ExitStatus.WARNING)
    if account["reason"] is not None or not account["reachable"]:
        found.add(ExitStatus.UNREACHABLE)
    if account["reason"] == "misconfigured":
        found.add(ExitStatus.ERROR)
    return found


def _has_nameless(summary: Mapping[str, Json] | None) -> bool:
    """Entries without a usable name are misconfigured accounts too."""
    problems = summary["problems"] if summary else []
    return isinstance(problems, list) and any(
        isinstance(each, dict) and str(each["field"]).startswith("accounts[") for each in problems
    )
