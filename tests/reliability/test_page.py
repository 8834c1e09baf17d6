"""The page about reliability says what is there."""

import re

from tests.reliability.mutants import MUTANTS
from tests.reliability.page import PAGE


def test_the_figures_on_the_page_are_good_and_every_mutant_stands_there() -> None:
    """`make histories N=20000 WRITE=1` and `make mutants WRITE=1` write them."""
    text = PAGE.read_text("utf-8")
    found = re.search(
        r"histories [\d,]+, account-hours [\d,]+, faults [\d,]+ of (\d+) kinds, (.*), seed", text
    )
    assert found is not None
    assert int(found[1]) >= 40
    assert re.sub(r"allowed [\d,]+, ", "", found[2]) == (
        "lost 0, doubled 0, false recoveries 0, failures as numbers 0"
    )
    assert [mutant.name for mutant in MUTANTS if f"| {mutant.name} |" not in text] == []
