"""The JSON of a secret, edited: nothing but what was meant changes, and no secret is shown."""

import json
from decimal import Decimal

import pytest

from balancewatch_cli.accounts.csv_file import entries_of
from balancewatch_cli.accounts.edit import (
    assignments,
    changes,
    document_of,
    merged,
)
from balancewatch_cli.deployed.document import EditError

SECRET = """{
  "defaults": {"language": "zh", "threshold": 10.50},
  "accounts": [
    {"name": "b", "provider": "laozhang", "token": "canary-b", "threshold": 0.30000000000000000001},
    {"token": "canary-a", "name": "a", "provider": "gccai", "params": {"user_id": 12}}
  ]
}"""


def test_a_round_trip_keeps_order_digits_and_all_that_is_not_understood() -> None:
    odd = '{"x": [1, null], "accounts": [5, {"name": "é", "b": true, "t": 1E+3, "s": -0.10}], "y": {}}'
    assert document_of(odd).text == odd
    assert json.loads(document_of(SECRET).text) == json.loads(SECRET)
    assert "0.30000000000000000001" in document_of(SECRET).text
    assert document_of(document_of(SECRET).text) == document_of(SECRET)


def test_an_added_account_comes_last_and_a_changed_one_stays_where_it_was() -> None:
    document = document_of(SECRET).added({"name": "c"}).changed({"name": "b", "token": "canary-c"})
    assert [each["name"] for each in document.entries] == ["b", "a", "c"]
    assert [each["name"] for each in document.without("a").entries] == ["b", "c"]


def test_a_secret_without_a_value_gets_its_first_account() -> None:
    assert json.loads(document_of(None).added({"name": "a"}).text) == {"accounts": [{"name": "a"}]}


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda: document_of(SECRET).added({"name": "a"}), "there is an account 'a' already"),
        (lambda: document_of(SECRET).without("z"), "there is no account 'z'"),
        (
            lambda: document_of('{"accounts": [{"name": "a"}, {"name": "a"}]}').without("a"),
            "stands 2 times in the secret",
        ),
        (lambda: document_of('{"accounts": "canary-a"}'), "an object with a list `accounts`"),
        (lambda: document_of('{"canary-a" 1}'), "the secret is not JSON: line 1 column 13"),
        (lambda: assignments(["token=canary-a"]), "a token is never an argument"),
        (lambda: assignments(["canary-a"]), "must be FIELD=VALUE"),
        (lambda: assignments(["canary-a=1"]), "must be FIELD=VALUE"),
        (lambda: assignments(["name=x"]), "must be FIELD=VALUE"),
    ],
)
def test_what_cannot_be_done_says_why_and_shows_no_value(edit: object, why: str) -> None:
    with pytest.raises(EditError) as raised:
        edit()  # type: ignore[operator]
    assert why in str(raised.value)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("threshold=20.10", "threshold", Decimal("20.10")),
        ("threshold=20%", "threshold", "20%"),
        ("threshold=", "threshold", None),
        ("title=42", "title", "42"),
        ("enabled=false", "enabled", False),
        ('labels=["a"]', "labels", ["a"]),
        ("params.user_id=12", "params.user_id", "12"),
        ("base_url=https://a.example/?b=c", "base_url", "https://a.example/?b=c"),
    ],
)
def test_a_field_on_the_command_line_is_what_the_secret_would_hold(
    written: str, field: str, value: object
) -> None:
    assert assignments([written]) == {field: value}


def test_params_are_set_one_by_one_and_go_when_none_is_left() -> None:
    entry = {"name": "a", "params": {"user_id": "1", "project": "p"}}
    assert merged(entry, {"params.user_id": "2"})["params"] == {"user_id": "2", "project": "p"}
    assert "params" not in merged(entry, {"params.user_id": None, "params.project": None})


def test_changes_show_what_differs_and_no_secret() -> None:
    before = {
        "name": "a",
        "token": "canary-old-1",
        "threshold": Decimal(5),
        "params": {"id": "1", "key": "canary-k"},
    }
    after = {
        "name": "a",
        "token": "canary-new-2",
        "threshold": Decimal("5.50"),
        "title": "of canary-new-2",
        "typo-canary-1": "canary-x",
        "params": {"id": "2", "key": "canary-j"},
    }
    found = changes(before, after, ["id"])
    assert [(each.field, each.before, each.after) for each in found] == [
        ("token", "(secret)", "(secret)"),
        ("threshold", "5", "5.50"),
        ("params.id", "1", "2"),
        ("params.key", "(secret)", "(secret)"),
        ("title", None, "of [token]"),
        ("?", None, "(not shown)"),
    ]


def test_an_empty_secret_takes_also_what_a_file_says_of_all() -> None:
    file = document_of('{"defaults": {"language": "zh"}, "accounts": [{"name": "a", "token": "canary"}]}')
    assert json.loads(document_of(None).joined(file).text) == json.loads(file.text)


@pytest.mark.parametrize(
    ("accounts", "why"),
    [
        ('[{"name": "known"}]', "there is an account 'known' already"),
        ('[{"name": "a"}, {"name": "a"}]', "there is an account 'a' already"),
        ('[{"token": "canary"}]', "accounts[0] of the file"),
        ('[{"name": "a"}, "canary"]', "accounts[1] of the file"),
    ],
)
def test_a_file_that_does_not_fit_names_the_place_and_no_value(accounts: str, why: str) -> None:
    known = document_of('{"accounts": [{"name": "known"}]}')
    with pytest.raises(EditError) as raised:
        known.joined(document_of(f'{{"accounts": {accounts}}}'))
    assert why in str(raised.value)
    assert "canary" not in str(raised.value)


def test_csv_has_an_account_a_line() -> None:
    head = "name,provider,token,threshold,params.user_id,title\n"
    text = f"{head}x,gccai,canary-x,20%,12,\n\ny,laozhang,canary-y,5,,Why\n"
    first, second = entries_of(text)
    assert first == {
        "name": "x",
        "provider": "gccai",
        "token": "canary-x",
        "threshold": "20%",
        "params": {"user_id": "12"},
    }
    assert second == {
        "name": "y",
        "provider": "laozhang",
        "token": "canary-y",
        "threshold": Decimal(5),
        "title": "Why",
    }
    assert entries_of(text.replace(",", ";")) == [first, second]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name,provider\nx,laozhang\n", "missing: token"),
        ("", "missing: name, provider, token"),
        ("name,provider,token,canary-z\n", "column 4 of the first line is no field"),
        ("name,name,provider,token\n", "the column name stands twice"),
        ("name,provider,token\nx,laozhang\n", "line 2 of the file has no token"),
        (
            "name,provider,token\nx,laozhang,canary-x,canary-y\n",
            "line 2 of the file has 4 cells for 3 columns",
        ),
    ],
)
def test_csv_mistakes_name_the_place_and_no_value(text: str, why: str) -> None:
    with pytest.raises(EditError) as raised:
        entries_of(text)
    assert why in str(raised.value)
    assert "canary" not in str(raised.value)


def test_csv_tells_every_wrong_line_at_once() -> None:
    with pytest.raises(EditError, match="line 2 of the file has no token; line 4 of the file has 4 cells"):
        entries_of("name,provider,token\na,laozhang,\nb,laozhang,canary\nc,laozhang,canary,more\n")


def test_labels_may_be_written_with_commas() -> None:
    assert assignments(["labels=a, b"]) == {"labels": ["a", "b"]}


def test_a_field_that_is_misspelt_is_guessed_and_not_repeated() -> None:
    with pytest.raises(EditError, match=r"did you mean threshold\?") as raised:
        assignments(["treshold=canary"])
    assert "treshold" not in str(raised.value)
