"""The metrics: valid for Prometheus whatever an account is called, and silent about what is not known."""

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from balancewatch_cli.check.prometheus import families, write
from balancewatch_cli.check.ran import Ran

ACCOUNT: dict[str, Any] = {
    "name": "a", "provider": "laozhang", "remaining": "49.995818", "threshold": "10", "unit": "USD",
    "level": "warning", "reachable": True, "runway_hours": {"early": 61.5, "likely": 70.0, "late": None},
}  # fmt: skip


def samples(**changes: Any) -> dict[str, dict[tuple[str, ...], float]]:
    ran = Ran({"accounts": [{**ACCOUNT, **changes}]}, None, (), "2026-11-22T04:00:00Z")
    return {
        family.name.removeprefix("balancewatch_"): {
            tuple(each.labels.values()): each.value for each in family.samples
        }
        for family in families(ran)
    }


def test_a_balance_has_its_unit_and_a_runway_is_in_seconds() -> None:
    assert samples() == {
        "account_balance": {("a", "laozhang", "USD"): 49.995818},
        "account_threshold": {("a", "laozhang", "USD"): 10},
        "account_level": {("a", "laozhang"): 1},
        "account_reachable": {("a", "laozhang"): 1},
        "account_runway_seconds": {("a", "laozhang", "early"): 221_400, ("a", "laozhang", "likely"): 252_000},
        "last_success_timestamp_seconds": {(): 1_795_320_000},
        "last_run_success": {(): 1},
    }


@pytest.mark.parametrize(
    ("changes", "absent"),
    [
        ({"remaining": None, "threshold": None, "unit": None}, ("account_balance", "account_threshold")),
        ({"runway_hours": None}, ("account_runway_seconds",)),
        ({"level": None}, ("account_level",)),
    ],
)
def test_what_is_not_known_has_no_sample(changes: dict[str, object], absent: tuple[str, ...]) -> None:
    found = samples(**changes)
    assert {name for name, values in found.items() if not values} == set(absent)


def test_an_account_that_cannot_be_read_or_has_no_provider_is_there() -> None:
    assert samples(reachable=False, provider=None)["account_reachable"] == {("a", ""): 0}


def test_any_name_is_escaped_and_read_back(tmp_path: Path) -> None:
    name = 'a "b" \\ c\nd é'
    write(Ran({"accounts": [{**ACCOUNT, "name": name}]}, "why", (), None), tmp_path / "x.prom")
    found = {each.name: each for each in text_string_to_metric_families((tmp_path / "x.prom").read_text())}
    assert found["balancewatch_account_level"].samples[0].labels["account"] == name
    assert found["balancewatch_last_run_success"].samples[0].value == 0
    assert found["balancewatch_last_success_timestamp_seconds"].samples == []


def test_every_metric_has_help_and_type_and_a_name_after_the_conventions(tmp_path: Path) -> None:
    write(Ran({"accounts": [ACCOUNT]}, None, (), None), tmp_path / "x.prom")
    text = (tmp_path / "x.prom").read_text()
    assert text.endswith("\n")
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        assert family.documentation
        assert family.name.startswith("balancewatch_")
        assert not family.name.endswith(("_total", "_count", "_hours", "_minutes"))
