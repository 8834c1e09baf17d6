"""The exit status of a run: the worst wins in the order 4, 2, 3, 1, 0."""

import pytest

from balancewatch.core.notification import Json
from balancewatch_cli.status import exit_status


def account(level: str | None = "ok", reason: str | None = None, *, reachable: bool = True) -> Json:
    return {"level": level, "reason": reason, "reachable": reachable}


OK, WARNING, CRITICAL, EMPTY = account(), account("warning"), account("critical"), account("empty")
FAILED, LOST = account(reason="timeout"), account(reachable=False)
WRONG = account(None, "misconfigured", reachable=False)

CASES: dict[str, tuple[list[Json], int]] = {
    "no accounts": ([], 0),
    "all well": ([OK, OK], 0),
    "a warning": ([OK, WARNING], 1),
    "critical": ([WARNING, CRITICAL], 2),
    "empty": ([EMPTY], 2),
    "a failure in this run": ([OK, FAILED], 3),
    "unreachable, though read once again": ([LOST], 3),
    "critical before unreachable": ([CRITICAL, LOST], 2),
    "unreachable before warning": ([WARNING, FAILED], 3),
    "misconfigured before all": ([CRITICAL, LOST, WRONG], 4),
}


@pytest.mark.parametrize(("accounts", "status"), CASES.values(), ids=CASES)
def test_the_worst_account_gives_the_status(accounts: list[Json], status: int) -> None:
    assert exit_status({"accounts": accounts, "problems": []}, failed=False) == status


def test_a_failed_run_is_an_error_whatever_it_read() -> None:
    assert exit_status({"accounts": [OK], "problems": []}, failed=True) == 4


def test_a_run_that_left_is_ok() -> None:
    assert exit_status(None, failed=False) == 0


def test_other_problems_do_not_count_and_entries_without_a_name_do() -> None:
    problem: Json = {"account": "a", "field": "threshold", "problem": "none is set"}
    nameless: Json = {"account": None, "field": "accounts[0].name", "problem": "is required"}
    assert exit_status({"accounts": [OK], "problems": [problem]}, failed=False) == 0
    assert exit_status({"accounts": [OK], "problems": [nameless]}, failed=False) == 4
