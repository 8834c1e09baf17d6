"""What leads to another page: a cursor that cannot be followed is no last page, or the sum would be wrong."""

import json

import pytest

from balancewatch.core.account import Account
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import Response
from balancewatch.core.inquiry import Inquiry, advanced, begun
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.selection import MAIN
from tests.answers import ASKED_AT, account_at, account_of, exchange


def ours(following: object) -> Account:
    return account_of(
        {
            "title": "Ours",
            "credential": {"kind": "key", "where": "the console"},
            "request": {"base_url": "https://api.example.com", "path": "/costs", "next": following},
            "answer": {"remaining": "costs", "unit": "EUR"},
        }
    )


def after(account: Account, body: str) -> Inquiry:
    """The inquiry with this as its first answer."""
    return advanced(begun(account, ASKED_AT), {MAIN: Response(body.encode(), "", exchange(200))})


def reading(inquiry: Inquiry) -> Reading:
    return read_answer(inquiry.account, inquiry.answers)


CURSORS = {
    "a text": ('"p2"', "page=p2"),
    "a number": ("2", "page=2"),
    "a large number": ("12345678901234567890", "page=12345678901234567890"),
    "a number out of all bounds": ("1e9999999", "page=1E%2B9999999"),
}


@pytest.mark.parametrize(("cursor", "query"), CURSORS.values(), ids=CURSORS)
def test_a_cursor_goes_into_the_query_as_it_stands(cursor: str, query: str) -> None:
    found = after(ours({"at": "next", "query": "page"}), f'{{"costs":[1],"next":{cursor}}}')
    assert found.pending[MAIN].url == f"https://api.example.com/costs?{query}"


@pytest.mark.parametrize("cursor", ["null", "false", '""'])
def test_the_last_page_names_no_other(cursor: str) -> None:
    found = after(ours({"at": "next", "query": "page"}), f'{{"costs":[1],"next":{cursor}}}')
    assert found.pending == {}
    assert isinstance(reading(found), Balance)


LOST = {
    "true": ("true", "the answer has another page, and does not say which"),
    "an object": ('{"page":2}', "the answer has another page, and does not say which"),
    "a list": ("[2]", "the answer has another page, and does not say which"),
    "half a character": ('"p\\ud83d"', "the next page of the answer has a name that no URL can hold"),
}


@pytest.mark.parametrize(("cursor", "detail"), LOST.values(), ids=LOST)
def test_a_page_that_cannot_be_asked_for_is_no_sum(cursor: str, detail: str) -> None:
    found = after(ours({"at": "next", "query": "page"}), f'{{"costs":[1],"next":{cursor}}}')
    assert found.pending == {}
    failure = reading(found)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.detail) == (Reason.BAD_ANSWER, detail)


@pytest.mark.parametrize("url", ["/a b", "/a\\nb", "\\ud83d", "/a\\\\b"])
def test_nor_is_a_url_that_cannot_be_sent_the_owners_mistake(url: str) -> None:
    found = after(ours("next"), f'{{"costs":[1],"next":"{url}"}}')
    failure = reading(found)
    assert isinstance(failure, Failure)
    assert failure.reason is Reason.BAD_ANSWER


@pytest.mark.parametrize("slug", ["openai", "anthropic"])
def test_costs_that_go_on_without_saying_where_are_no_sum(slug: str) -> None:
    """Else less would seem spent, and more left."""
    body = json.dumps({"data": [], "has_more": True, "next_page": None})
    failure = reading(after(account_at(slug), body))
    assert isinstance(failure, Failure)
    assert failure.detail == "the answer has another page, and does not say which"
