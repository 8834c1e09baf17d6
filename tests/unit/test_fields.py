"""What people wrote is read field by field: every mistake is found and named, and no value is shown."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from balancewatch.core.fields import (
    Fields,
    WantedError,
    flag,
    mapping,
    mistakes,
    number,
    one_of,
    text,
    texts,
    whole,
)


def test_every_mistake_is_found_and_a_wrong_field_takes_its_default() -> None:
    """Unknown fields among them, in the order in which they were written."""
    fields = Fields({"zeta": 1, "title": 5, "on": "yes", "alpha": 2})
    assert fields.take("title", text(), "none") == "none"
    assert fields.take("on", flag, default=True) is True
    assert fields.take("absent", flag, default=None) is None
    assert fields.require("name", text()) is None
    assert fields.finish() == [
        ("title", "must be text of 1 to 200 characters"),
        ("on", "must be true or false"),
        ("name", "is required"),
        ("zeta", "is not a field"),
        ("alpha", "is not a field"),
    ]


def test_a_near_miss_names_the_field_that_was_meant() -> None:
    """Also one that is only allowed, and not read here."""
    fields = Fields({"treshold": 1, "lable": 2})
    fields.take("threshold", number(), None)
    assert fields.finish(allowed=["labels"]) == [
        ("treshold", "is not a field; did you mean `threshold`?"),
        ("lable", "is not a field; did you mean `labels`?"),
    ]


@pytest.mark.parametrize("name", ["sk-4f9c2a7b", "a" * 31, "", "\u540d", "x\ny", "9lives"])
def test_a_name_that_may_be_a_secret_is_not_shown(name: str) -> None:
    """Nor offered as what was meant."""
    assert Fields({name: 1}).finish(allowed=[f"{name}0"]) == [
        ("?", "is not a field (its name is not shown: it may be a secret)")
    ]


def test_the_fields_of_an_inner_object_are_named_by_their_path() -> None:
    """And an inner field that is no object has no fields, and one problem."""
    outer = Fields({"request": {"path": 5}, "answer": "x"})
    request, answer = outer.nested("request"), outer.nested("answer")
    request.take("path", text(), None)
    request.finish()
    answer.finish()
    outer.absorb(request)
    outer.absorb(answer)
    assert outer.finish() == [
        ("answer", "must be an object"),
        ("request.path", "must be text of 1 to 200 characters"),
    ]


def test_problems_of_an_inner_object_can_be_one_sentence() -> None:
    """It reads on from the name of the field that holds it."""
    assert mistakes([("from", "is required"), ("to", "must be a time")]) == (
        "has a mistake: `from` is required; `to` must be a time"
    )


Parser = Callable[[object], object]

GOOD: dict[str, tuple[Parser, object, object]] = {
    "text": (text(longest=5), "hello", "hello"),
    "text of any script": (text(longest=2), "\u8001\u5f20", "\u8001\u5f20"),
    "text of a pattern": (text(pattern="[a-z]+"), "abc", "abc"),
    "a number": (number(), Decimal("1.5"), Decimal("1.5")),
    "the least number": (number(least=Decimal(0)), Decimal(0), Decimal(0)),
    "the greatest number": (number(most=Decimal(9)), Decimal(9), Decimal(9)),
    "a number just above": (number(above=Decimal(0)), Decimal("0.000001"), Decimal("0.000001")),
    "a whole number": (whole(least=1, most=5), Decimal("5.0"), 5),
    "a flag": (flag, False, False),
    "one of some words": (one_of(["en", "zh"]), "zh", "zh"),
    "texts": (texts(most=2, longest=3), ["a", "abc"], ("a", "abc")),
    "no texts": (texts(most=2, longest=3), [], ()),
    "an object": (mapping, {"a": 1}, {"a": 1}),
}


@pytest.mark.parametrize(("parse", "value", "expected"), GOOD.values(), ids=GOOD)
def test_a_good_value_is_taken(parse: Parser, value: object, expected: object) -> None:
    """Up to its bounds."""
    assert parse(value) == expected


_LIST = "must be a list of at most 2 texts of 1 to 3 characters"
BAD: dict[str, tuple[Parser, object, str]] = {
    "too long a text": (text(longest=4), "hello", "must be text of 1 to 4 characters"),
    "too short a text": (text(shortest=2), "h", "must be text of 2 to 200 characters"),
    "empty text": (text(), "", "must be text of 1 to 200 characters"),
    "blank text": (text(), "  ", "must be text of 1 to 200 characters"),
    "text with a line end": (text(pattern="[a-z]+", wanted="letters"), "abc\n", "must be letters"),
    "text with a hidden character": (text(), "a\u200bb", "must be text of 1 to 200 characters"),
    "text with half a character": (text(), "a\ud800", "must be text of 1 to 200 characters"),
    "a number as text": (text(), Decimal(5), "must be text of 1 to 200 characters"),
    "text off its pattern": (text(pattern="[a-z]+", wanted="letters"), "a1", "must be letters"),
    "other digits": (text(pattern=r"\d+", wanted="digits"), "\uff11", "must be digits"),
    "text as a number": (number(), "5", "must be a number"),
    "a flag as a number": (number(), True, "must be a number"),
    "nothing as a number": (number(), None, "must be a number"),
    "an enormous number": (number(), Decimal("1e9999999"), "must be a number"),
    "a number below the least": (number(least=Decimal(0)), Decimal(-1), "must be 0 or more"),
    "a number at the bound": (number(above=Decimal(0)), Decimal(0), "must be more than 0"),
    "a number above the greatest": (number(most=Decimal(9)), Decimal(10), "must be 9 or less"),
    "a fraction": (whole(least=1, most=5), Decimal("1.5"), "must be a whole number"),
    "a whole number out of bounds": (whole(least=1, most=5), Decimal(6), "must be 5 or less"),
    "a number as a flag": (flag, Decimal(1), "must be true or false"),
    "another word": (one_of(["en", "zh"]), "fr", "must be one of en, zh"),
    "a list as a word": (one_of(["en", "zh"]), ["en"], "must be one of en, zh"),
    "too many texts": (texts(most=2, longest=3), ["a", "b", "c"], _LIST),
    "too long a text in a list": (texts(most=2, longest=3), ["abcd"], _LIST),
    "a number in a list": (texts(most=2, longest=3), [Decimal(1)], _LIST),
    "a text as a list": (texts(most=2, longest=3), "a", _LIST),
    "a list as an object": (mapping, [], "must be an object"),
}


@pytest.mark.parametrize(("parse", "value", "wanted"), BAD.values(), ids=BAD)
def test_a_bad_value_is_refused_with_what_is_wanted(parse: Parser, value: object, wanted: str) -> None:
    """As the end of a sentence that begins with the field's name."""
    with pytest.raises(WantedError) as caught:
        parse(value)
    assert str(caught.value) == wanted
