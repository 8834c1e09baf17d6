"""The first ten minutes show what the commands ask and say."""

import re
from pathlib import Path

from balancewatch.core.account_list import Stack, parse_accounts
from balancewatch_cli import deploy
from tests.pages import ROOT

PAGE = (ROOT / "docs/first-ten-minutes.md").read_text("utf-8")


def test_its_accounts_are_accepted(stack: Stack) -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    found = parse_accounts(block, "main", stack)
    assert (len(found.entries), found.problems) == (1, ())


def test_what_it_says_comes_next_is_what_the_deployment_says() -> None:
    (line,) = re.findall(r"^Next: .*$", PAGE, re.MULTILINE)
    source = Path(deploy.__file__).read_text("utf-8")
    assert line in re.sub(r'"\n\s+"', "", source)


def test_it_has_six_answers_and_asks_for_each_of_them() -> None:
    listed = re.findall(r"^(\d)\. ", PAGE, re.MULTILINE)
    given = re.findall(r"\*\*Answers? (\d)(?: to (\d))?[.:]\*\*", PAGE)
    assert listed == list("123456")
    assert [number for first, last in given for number in range(int(first), int(last or first) + 1)] == [
        1,
        2,
        3,
        4,
        5,
        6,
    ]
