"""A short message is one segment, counted in the alphabet that its characters need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.core.sms import cut, fits

SEGMENTS = {
    "nothing": ("", True),
    "160 of the 7-bit alphabet": ("a" * 160, True),
    "161 of the 7-bit alphabet": ("a" * 161, False),
    "160 of its other letters": ("@\u00a3\u0394\u00f1\u00a7\u00df\u00c7\u00e5\n\u00a1" * 16, True),
    "80 that take two": ("\u20ac" * 80, True),
    "81 that take two": ("\u20ac" * 81, False),
    "158 and one that takes two": ("a" * 158 + "[", True),
    "159 and one that takes two": ("a" * 159 + "~", False),
    "70 of Chinese": ("\u4f59" * 70, True),
    "71 of Chinese": ("\u4f59" * 71, False),
    "69 of the 7-bit alphabet and one of Chinese": ("a" * 69 + "\u4f59", True),
    "70 of the 7-bit alphabet and one of Chinese": ("a" * 70 + "\u4f59", False),
    "70 with a letter that the alphabet lacks": ("a" * 69 + "\u00e7", True),
    "71 with a letter that the alphabet lacks": ("a" * 70 + "\u00e7", False),
    "a backtick is not in the alphabet": ("a" * 70 + "`", False),
    "a euro sign takes one unit beside Chinese": ("\u4f59" * 69 + "\u20ac", True),
    "35 that take two units of UTF-16": ("\U0001f600" * 35, True),
    "36 that take two units of UTF-16": ("\U0001f600" * 36, False),
    "68 of Chinese and one that takes two units": ("\u4f59" * 68 + "\U0001f600", True),
    "69 of Chinese and one that takes two units": ("\u4f59" * 69 + "\U0001f600", False),
}


@pytest.mark.parametrize(("text", "is_one"), SEGMENTS.values(), ids=SEGMENTS)
def test_one_segment_is_160_septets_or_70_units(text: str, is_one: bool) -> None:  # noqa: FBT001  # a row
    """At the very edge."""
    assert fits(text) is is_one


def test_every_character_of_the_standard_is_counted_as_it_says() -> None:
    """3GPP TS 23.038, tables 6.2.1 and 6.2.1.1: 127 characters beside escape, and 10 behind it."""
    every = [chr(code) for code in range(0x2FFF)]
    single = [char for char in every if fits(char * 160)]
    double = [char for char in every if fits(char * 80) and not fits(char * 81)]
    assert len(single) == 127
    assert sorted(double) == sorted("\f^{}\\[~]|\u20ac")


CUTS = {
    "what fits stays": ("Top up now.", "Top up now."),
    "the edge stays": ("a" * 160, "a" * 160),
    "7-bit": ("a" * 161, "a" * 157 + "..."),
    "doubles": ("[" * 100, "[" * 78 + "..."),
    "Chinese": ("\u4f59" * 80, "\u4f59" * 67 + "..."),
    "Chinese that is cut away": ("a" * 157 + "\u4f59\u4f59\u4f59\u4f59", "a" * 157 + "..."),
    "pairs stay whole": ("\U0001f600" * 40, "\U0001f600" * 33 + "..."),
}


@pytest.mark.parametrize(("text", "expected"), CUTS.values(), ids=CUTS)
def test_a_longer_text_is_cut_to_one_segment(text: str, expected: str) -> None:
    """And says that it was."""
    assert cut(text) == expected


@given(st.text(alphabet=st.sampled_from("ab [\u20ac\u4f59\U0001f600\u00e9"), max_size=300))
def test_any_text_is_cut_to_what_fits(text: str) -> None:
    """Its start, never longer than one segment."""
    short = cut(text)
    assert fits(short)
    assert text.startswith(short.removesuffix("..."))
    assert short == text or not fits(text)
