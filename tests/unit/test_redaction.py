"""What a provider answered can be shown and pasted: no secret is in it, and nothing else is lost."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancewatch.core.token import Token
from balancewatch_cli.providers.redaction import Redaction

SECRET = "xk/Aq7z+4Vw9Lm2Xt6Rb8Yc1K9"
PASSWORD = "4815162342108"
REDACTION = Redaction((Token(SECRET), Token(PASSWORD)))


def betrayed(shown: str) -> list[str]:
    """Parts of the secrets, in any case."""
    parts = {each[at : at + 6].lower() for each in (SECRET, PASSWORD) for at in range(len(each) - 5)}
    return [part for part in parts if part in shown.lower()]


FORMS = {
    "as it is": SECRET,
    "quoted": quote(SECRET, safe=""),
    "in base64": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "masked": f"{SECRET[:9]}******",
    "its end": f"...{SECRET[-8:]}",
    "in small letters": SECRET.lower(),
    "in words": f"the key {SECRET}, sent",
    "twice": f"{SECRET} and {SECRET}",
    "the password": PASSWORD,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_no_form_of_a_secret_is_shown_wherever_it_stands(form: str) -> None:
    document = {"message": form, form: 1, "list": [[form]], "deep": {"a": {"b": form}}}
    body = json.dumps(document).encode()
    for shown in (REDACTION.body(body), REDACTION.text(form), REDACTION.body(form.encode())):
        assert betrayed(shown) == []


def test_nor_as_a_number() -> None:
    assert betrayed(REDACTION.body(f'{{"id": {PASSWORD}, "more": {PASSWORD}.5}}'.encode())) == []


@pytest.mark.parametrize(
    "url",
    [
        f"https://api.example.com/v1?api_key={quote(SECRET, safe='')}&page=2",
        f"https://api.example.com/{quote(SECRET, safe='')}/balance",
        f"https://api.example.com/v1?next={quote(SECRET[3:15], safe='')}",
        f"https://{PASSWORD}.example.com/balance",
    ],
)
def test_nor_in_a_url_of_which_the_rest_stays(url: str) -> None:
    shown = REDACTION.url(url)
    assert betrayed(shown) == []
    assert shown.startswith("https://")
    assert "example.com/" in shown
    assert "[token]" in shown


def test_the_profiles_own_words_in_a_url_are_no_secret() -> None:
    """Though a token may have some of them."""
    likely = Redaction((Token("my-balance-key"),))
    assert (
        likely.url("https://x.example.com/user/balance", {"balance"}) == "https://x.example.com/user/balance"
    )


def test_other_secrets_and_addresses_are_cut_too() -> None:
    body = {
        "access_token": "9f8e7d6c5b4a",
        "apiKey": "abcdefgh12345",
        "note": "wrong key sk-abcdefgh1234 of joe@example.com",
        "token_count": 5,
        "name": "joe",
    }
    shown = json.loads(REDACTION.body(json.dumps(body).encode()))
    assert shown == {
        "access_token": "[secret]",
        "apiKey": "[secret]",
        "note": "wrong key [secret] of [e-mail]",
        "token_count": 5,
        "name": "joe",
    }


@pytest.mark.parametrize(
    "body",
    [
        '{"a": 1.50, "b": [true, null, {}], "c": []}',
        "884.05",
        '"text"',
        "[]",
        '{"a": 12345678901234567890.5}',
    ],
)
def test_an_answer_without_secrets_is_shown_whole(body: str) -> None:
    """To the last digit."""
    shown = REDACTION.body(body.encode())
    assert json.loads(shown, parse_float=str, parse_int=str) == json.loads(
        body, parse_float=str, parse_int=str
    )


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"<html>\x1b[31m</html>", b"[" * 5000, b"{" * 5000])
def test_what_is_no_json_is_shown_as_text_that_moves_no_cursor(body: bytes) -> None:
    assert all(char.isprintable() or char == "\n" for char in REDACTION.body(body))


def test_vast_answers_are_shown_in_part() -> None:
    body = json.dumps({"list": [{"n": n, "words": "y" * 1000} for n in range(10_000)]}).encode()
    shown = REDACTION.body(body)
    assert "... 9995 more" in shown
    assert len(shown) < 3000


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(sorted(FORMS.values())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=200)
@given(values)
def test_any_document_is_shown_without_a_secret(document: object) -> None:
    body = json.dumps(document).encode()
    for shown in (REDACTION.body(body), REDACTION.value(json.loads(body))):
        assert betrayed(shown) == []
        assert all(char.isprintable() or char == "\n" for char in shown)
