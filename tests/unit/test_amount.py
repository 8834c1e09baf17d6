"""Amounts are exact, and what is no number is no amount."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balancewatch.core.amount import added, amount_of, divided, figure_of, plain, worded

NUMBERS: dict[str, tuple[object, str]] = {
    "a whole number": (Decimal(29071257), "29071257"),
    "an int": (29071257, "29071257"),
    "a fraction": (Decimal("985.42"), "985.42"),
    "below zero": (Decimal("-0.01"), "-0.01"),
    "zero with a sign": (Decimal("-0"), "0"),
    "an exponent": (Decimal("1.5E+3"), "1500"),
    "text": ("110.00", "110"),
    "text with spaces around": (" 12.5\n", "12.5"),
    "text with a sign": ("+12.5", "12.5"),
    "text with an exponent": ("1.5e-3", "0.0015"),
    "text without a digit before the point": (".5", "0.5"),
    "text without a digit after the point": ("5.", "5"),
    "the largest": (Decimal("1e24"), "1000000000000000000000000"),
    "more than 12 places": (Decimal("0.1234567890125"), "0.123456789012"),
    "too small to matter": (Decimal("1e-400"), "0"),
    "much too small": (Decimal("1e-9999999"), "0"),
}


@pytest.mark.parametrize(("value", "expected"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_its_exact_decimal(value: object, expected: str) -> None:
    """Also where it is written as text."""
    found = amount_of(value)
    assert found is not None
    assert plain(found) == expected
    assert figure_of(value) == found


NO_NUMBERS: dict[str, object] = {
    "true": True,
    "false": False,
    "nothing": None,
    "a float": 1.5,
    "a list": [1],
    "an object": {"value": 1},
    "NaN": Decimal("NaN"),
    "a signalling NaN": Decimal("sNaN"),
    "infinity": Decimal("Infinity"),
    "minus infinity": Decimal("-Infinity"),
    "above the largest": Decimal("1.000001e24"),
    "far above the largest": Decimal("1e400"),
    "beyond what decimals can add": Decimal("1e9999999"),
    "NaN in text": "NaN",
    "infinity in text": "Infinity",
    "a huge exponent in text": "1e999",
    "a longer exponent in text": "1e9999",
    "no digits": ".",
    "blank": " ",
    "empty": "",
    "words": "ten",
    "underscores": "1_000",
    "other digits": "\uff11\uff12",
    "two numbers": "1 2",
    "two signs": "--1",
    "two points": "1.2.3",
    "hexadecimal": "0x10",
    "a percentage": "20%",
    "too long a text": "0" * 65,
}


@pytest.mark.parametrize("value", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_no_amount(value: object) -> None:
    """Neither for an owner nor for a provider, and none of it is an error."""
    assert amount_of(value) is None
    assert figure_of(value) is None


FIGURES = {
    "$73.00": "73",
    "$ 73.00": "73",
    "-$5.25": "-5.25",
    "$-5.25": "-5.25",
    "US$35.30": "35.3",
    "\u00a51,234.56": "1234.56",
    "KES 1785.5000": "1785.5",
    "12.5 USD": "12.5",
    "100\u5143": "100",
    "1,234": "1234",
    "-1,234,567.8": "-1234567.8",
}


@pytest.mark.parametrize(("written", "expected"), FIGURES.items(), ids=FIGURES)
def test_a_provider_may_write_currency_marks_and_thousands_commas(written: str, expected: str) -> None:
    """They do, and an owner's rule may not."""
    found = figure_of(written)
    assert found is not None
    assert plain(found) == expected
    assert amount_of(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "12,34",
        "1,2345",
        "1,234,56",
        ",123",
        "1234,567",
        "1,",
        "0,5",
        "$",
        "USD",
        "-$-5",
        "5 left",
        "1.234,56",
    ],
)
def test_what_may_mean_two_numbers_is_none(written: str) -> None:
    """A comma is either a thousands comma in its place, or nobody knows."""
    assert figure_of(written) is None


def test_the_figures_of_the_providers_documentation_come_out() -> None:
    """500000 units of quota are one dollar."""
    scale = Decimal(500000)
    assert divided(Decimal(29071257), scale) == Decimal("58.142514")
    assert divided(Decimal(24997909), scale) == Decimal("49.995818")
    assert divided(Decimal(10027091), scale) == Decimal("20.054182")


def test_a_quotient_is_exact_to_12_places_and_bounded() -> None:
    """A third is cut, and what is beyond the largest amount is none."""
    assert divided(Decimal(1), Decimal(3)) == Decimal("0.333333333333")
    assert divided(Decimal(1), Decimal(-2)) == Decimal("-0.5")
    assert divided(Decimal("1e24"), Decimal("0.1")) is None


def test_a_sum_is_exact_beyond_the_28_digits_of_ordinary_decimals() -> None:
    """Rounding would be an invented number."""
    long = Decimal("123456789012345678901234.123456789012")
    assert added([long]) == long
    assert added([long, Decimal("0.000000000001")]) == Decimal("123456789012345678901234.123456789013")
    assert added([]) == 0
    assert added([Decimal("1e24"), Decimal(1)]) is None


@given(st.decimals(min_value=-(10**18), max_value=10**18, allow_nan=False, allow_infinity=False, places=6))
def test_an_amount_survives_being_written_and_read(number: Decimal) -> None:
    """State and messages hold amounts as text."""
    assert amount_of(plain(number)) == number
    assert "e" not in plain(number).lower()


WORDS = {
    "currency has two places at least": ("9.2", "USD", "9.20 USD"),
    "and as many more as it needs": ("58.142514", "USD", "58.142514 USD"),
    "other units have none": ("1200000", "tokens", "1,200,000 tokens"),
    "thousands are marked": ("-1234567.5", "CNY", "-1,234,567.50 CNY"),
    "trailing zeros go": ("10.500000", "credits", "10.5 credits"),
    "large round numbers have no exponent": ("1E+6", "tokens", "1,000,000 tokens"),
    "zero is zero": ("0", "USD", "0.00 USD"),
}


@pytest.mark.parametrize(("number", "unit", "expected"), WORDS.values(), ids=WORDS)
def test_an_amount_is_worded_as_people_write_it(number: str, unit: str, expected: str) -> None:
    """With its unit."""
    assert worded(Decimal(number), unit) == expected
