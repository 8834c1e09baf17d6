"""Recorded answers, changed a little, are read as what they say or not at all; and the check notices."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jmespath
import pytest

from balancewatch.core import amount, answer, documents, envelope, inquiry, request, selection
from tests.fuzz import FoundError, play, run, seeds
from tests.mutation import text_of

CASES, SEED = 8_000, 20261122


def test_nearly_right_answers_are_read_as_they_stand_or_not_at_all() -> None:
    """`make fuzz N=1000000` plays more."""
    became = run(CASES, SEED)
    assert became.total() == CASES
    assert became["balance"] > CASES / 5, "most inputs are nearly right"
    assert "internal" not in became


def test_a_case_can_be_played_again() -> None:
    found = seeds()
    assert [play(found, 3, number) for number in range(50)] == [
        play(found, 3, number) for number in range(50)
    ]


@pytest.mark.parametrize("json", ['{"a": [1, {"b": "x,]"}], "c": -1.5e3}', '"x"', "884.05", "[]"])
def test_a_text_is_taken_apart_without_loss(json: str) -> None:
    text = text_of(json)
    assert text is not None
    assert str(text) == json.replace(" ", "")


def _figure(change: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    usual = amount.figure_of
    return lambda value: change(usual, value)


_divided, _added, _next_url = amount.divided, amount.added, request.next_url
MISTAKES: dict[str, tuple[Any, str, Any]] = {
    "absent is 0": (documents, "figure_of", _figure(lambda usual, v: Decimal(0) if v is None else usual(v))),
    "true is 1": (documents, "figure_of", _figure(lambda usual, v: Decimal(1) if v is True else usual(v))),
    "divided twice": (documents, "divided", lambda number, scale: _divided(number, scale * scale)),
    "a term lost": (documents, "added", lambda addends: _added(list(addends)[:1])),
    "gaps are left out": (selection, "_gapped", jmespath.compile),
    "secrets in words": (envelope, "without_tokens", lambda text, _: text),
    "secrets in units": (answer, "without_tokens", lambda text, _: text),
    "an exception": (documents, "figure_of", _figure(lambda usual, v: usual(v) if v != {} else 1 // 0)),
    "another host": (
        inquiry,
        "next_url",
        lambda url, at, query: f"https:{at}" if at[:2] == "//" else _next_url(url, at, query),
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_ours_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it would prove nothing that none is."""
    module, name, wrong = MISTAKES[mistake]
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(FoundError):
        run(CASES, 7)
