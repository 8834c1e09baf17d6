"""The observer notices a broken program; `make mutants` tries them all."""

import pytest

from tests.reliability.mutants import MUTANTS, PROGRAM, caught


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_still_finds_what_it_edits(mutant: object) -> None:
    """Where this fails the program was edited: edit the mutant too."""
    found = next(each for each in MUTANTS if each is mutant)
    source = (PROGRAM / "balancewatch" / found.file).read_text("utf-8")
    assert source.count(found.text) == 1


@pytest.mark.parametrize(
    "name", ["a level counts as told for certain before it is published", "a failed read is 0"]
)
def test_a_broken_program_is_noticed(name: str) -> None:
    mutant = next(each for each in MUTANTS if each.name == name)
    assert caught(mutant, PROGRAM, most=20, seed=1)["why"] is not None
