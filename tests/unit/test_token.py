"""A token is not printed by accident, and is cut out of what others write about it."""

import base64
import html
import json
import traceback
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from balancewatch.core.fields import WantedError
from balancewatch.core.token import CUT, Token, token, without_tokens

SECRET = 'sk-a7Qz/4+Vw9=Lm2&Xt6Rb8Yc"K9xyz'
PLAIN = "sk-aQ7z4Vw9Lm2Xt6Rb8Yc1K9xyz"


def test_only_reveal_tells_a_token() -> None:
    """Not its text, its repr, or the repr of what holds it."""
    held = token(SECRET)
    assert held.reveal() == SECRET
    assert all(
        SECRET not in shown for shown in (str(held), repr(held), f"{held}", repr([held]), f"{held!s:>9}")
    )
    assert held == Token(SECRET)


BAD_TOKENS: dict[str, tuple[object, str]] = {
    "nothing": (None, "must be text that is not empty"),
    "a number": (5, "must be text that is not empty"),
    "a list": ([SECRET], "must be text that is not empty"),
    "empty": ("", "must be text that is not empty"),
    "a space before": (f" {SECRET}", "has spaces or line ends around it; remove them"),
    "a line end after": (f"{SECRET}\n", "has spaces or line ends around it; remove them"),
    "a smart quote": (
        f"\u201c{SECRET}\u201d",
        "holds a character that no token has (a typographic quote, a line end?); copy it again",
    ),
    "a line end inside": (
        f"{SECRET}\n{SECRET}",
        "holds a character that no token has (a typographic quote, a line end?); copy it again",
    ),
    "too long": ("x" * 4097, "must be at most 4096 characters"),
}


@pytest.mark.parametrize(("value", "wanted"), BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_what_no_header_can_carry_is_no_token(value: object, wanted: str) -> None:
    """And the error does not show it."""
    with pytest.raises(WantedError) as caught:
        token(value)
    assert str(caught.value) == wanted
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def _basic(secret: str) -> str:
    return base64.b64encode(f"user:{secret}".encode()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "Bearer": lambda secret: f"Bearer {secret}",
    "in capitals": str.upper,
    "in quotes": lambda secret: f"'{secret}'.",
    "in a URL": lambda secret: f"https://api.example.com/x?key={quote(secret)}&y=1",
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "as a form": quote_plus,
    "in JSON": json.dumps,
    "in JSON as PHP writes it": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "in HTML": html.escape,
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64 after one character": lambda secret: base64.b64encode(b":" + secret.encode()).decode(),
    "in base64 for Basic": _basic,
    "in base64 for URLs": lambda secret: base64.urlsafe_b64encode(b"ab" + secret.encode()).decode(),
    "its first half": lambda secret: secret[: len(secret) // 2],
    "its second half": lambda secret: secret[len(secret) // 2 :],
    "six characters of its middle": lambda secret: secret[9:15],
    "within other letters": lambda secret: f"abc{secret}def",
}


@pytest.mark.parametrize("secret", [SECRET, PLAIN], ids=["of many marks", "of letters and digits"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_of_a_token_is_cut_out(form: Callable[[str], str], secret: str) -> None:
    """And the words around it stay."""
    safe = without_tokens(f"The account of {form(secret)} was not found", [Token(secret)])
    assert safe.startswith("The account of ")
    assert safe.endswith(" was not found")
    assert CUT in safe
    written = form(secret).removeprefix("Bearer ").removeprefix("https://api.example.com/x?")
    assert not _parts(written, 6) & _parts(safe, 6)


MASKED = [
    "sk-a***9xyz",
    "sk-a********************9xyz.",
    "sk-aQ...9xyz",
    "sk-a\u20269xyz",
    "sk-axxxx9xyz",
    "sk-aXXXX9xyz",
    "sk-a\u2022\u2022\u2022\u20229xyz",
    "*****9xyz",
    "***xyz",
    "sk-a****",
    "sk-<hidden>9xyz",
    "(sk-aQ7)",
    "9xyz",
    "key=9xyz,",
    "sk-aQ",
]


@pytest.mark.parametrize("masked", MASKED)
def test_a_masked_token_is_cut_out(masked: str) -> None:
    """What providers leave readable is a part of it."""
    assert without_tokens(f"Incorrect key: {masked} was refused", [Token(PLAIN)]) == (
        f"Incorrect key: {CUT} was refused"
    )


@pytest.mark.parametrize(
    "message",
    [
        "No Authorization header",
        "Failed to get user quota",
        "Loading... please wait ***",
        "\u65e0\u6743\u8fdb\u884c\u6b64\u64cd\u4f5c\uff0caccess token \u65e0\u6548",
        "HTTP 401: see https://docs.example.com/errors#401",
        "key a7 of 9 pk-b***8wvu is not yours",
        "",
    ],
)
def test_other_words_stay(message: str) -> None:
    """The provider's words are what tells the owner what to do."""
    assert without_tokens(message, [Token(PLAIN)]) == message


def test_all_tokens_of_an_account_are_cut_out() -> None:
    """The credential and every secret parameter."""
    other = "pw-Gh5Jk8Nn2"
    assert without_tokens(f"{PLAIN} or {other}?", [Token(PLAIN), Token(other)]) == f"{CUT} or {CUT}"
    assert without_tokens(f"{PLAIN} or {other}?", []) == f"{PLAIN} or {other}?"


def test_a_short_token_is_cut_out_whole() -> None:
    """With whatever it stands in."""
    assert without_tokens("the pin is pin=4321; try 432", [Token("4321")]) == f"the pin is {CUT} try 432"


def _parts(text: str, length: int) -> set[str]:
    lowered = text.lower()
    return {lowered[at : at + length] for at in range(len(lowered) - length + 1)}


SECRETS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=8, max_size=60).filter(
    lambda secret: secret == secret.strip()
)


@settings(deadline=None)
@given(
    secret=SECRETS,
    before=st.text(max_size=40),
    after=st.text(max_size=40),
    form=st.sampled_from([str, quote, quote_plus, json.dumps]),
    span=st.tuples(st.integers(0, 30), st.integers(6, 70)),
)
def test_no_part_of_six_characters_survives(
    secret: str, before: str, after: str, form: Callable[[str], str], span: tuple[int, int]
) -> None:
    """Of any token, whole or in part, in any message."""
    assume(not _parts(secret, 6) & _parts(f"{CUT} {CUT}{CUT}", 6))
    written = form(secret)[span[0] : span[0] + span[1]]
    safe = without_tokens(before + written + after, [Token(secret)])
    assert not _parts(secret, 6) & _parts(safe, 6)
