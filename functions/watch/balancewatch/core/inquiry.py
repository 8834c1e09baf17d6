"""Asking one account, round by round: its requests at once, then the pages that follow them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from balancewatch.core.account import Account
from balancewatch.core.amount import amount_of, plain
from balancewatch.core.exchange import Answer, NoResponse, Request, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import Next
from balancewatch.core.reading import Reason
from balancewatch.core.request import OtherHostError, UnwritableError, next_url, request_of

DEADLINE_S = 10.0
"""For one account, with all its requests, pages and retries."""
MOST_PAGES = 10
_LEAST_S = 0.1
_SUCCESSES = range(200, 300)


class LostError(ValueError):
    """Another page that is not named."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What one account was asked so far, by the name of the request, and what came."""

    account: Account
    asked: Mapping[str, tuple[Request, ...]]
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    spent_s: float = 0.0

    @property
    def pending(self) -> Mapping[str, Request]:
        """What to ask next: nothing where all is answered."""
        return {
            name: requests[-1]
            for name, requests in self.asked.items()
            if len(requests) > len(self.answers.get(name, ()))
        }

    @property
    def left_s(self) -> float:
        """Of the account's deadline."""
        return DEADLINE_S - self.spent_s


def begun(account: Account, now: datetime) -> Inquiry:
    """The first round: every request of the profile."""
    return Inquiry(account, {name: (request_of(account, now, name),) for name in account.profile.requests})


def advanced(inquiry: Inquiry, answers: Mapping[str, Answer]) -> Inquiry:
    """With the answers to what was pending, and the next pages that these lead to."""
    took = max(answer.exchange.duration_ms for answer in answers.values()) / 1000
    inquiry = replace(inquiry, spent_s=inquiry.spent_s + took)
    for name, answer in answers.items():
        inquiry = _added(inquiry, name, answer)
        rules = inquiry.account.profile.requests[name]
        match None if rules.next is None else _next(inquiry, name, rules.next, answer):
            case None:
                pass
            case Request() as request:
                asked = {**inquiry.asked, name: (*inquiry.asked[name], request)}
                inquiry = replace(inquiry, asked=asked)
            case (reason, detail):
                inquiry = _added(inquiry, name, NoResponse(reason, detail, answer.exchange))
    return inquiry


def _added(inquiry: Inquiry, name: str, answer: Answer) -> Inquiry:
    answers = {**inquiry.answers, name: (*inquiry.answers.get(name, ()), answer)}
    return replace(inquiry, answers=answers)


def _cursor(following: Next, answer: Answer) -> str | None:
    """What leads to the next page; None at the last one, and where the answer is none. Raises `LostError`."""
    if not isinstance(answer, Response) or answer.status not in _SUCCESSES:
        return None
    try:
        found = following.at.find(decode(answer.body.decode("utf-8")))
    except (UnicodeDecodeError, NotJsonError):
        return None
    match found:
        case str():
            return found or None
        case Decimal():
            return str(found) if amount_of(found) is None else plain(found)
        case None | False:
            return None
        case _:
            raise LostError


def _next(
    inquiry: Inquiry, name: str, following: Next, answer: Answer
) -> Request | tuple[Reason, str] | None:
    """The request for the next page, None at the last one; or why there is none."""
    try:
        cursor = _cursor(following, answer)
    except LostError:
        return Reason.BAD_ANSWER, "the answer has another page, and does not say which"
    return None if cursor is None else _following(inquiry, name, following, cursor)


def _following(inquiry: Inquiry, name: str, following: Next, cursor: str) -> Request | tuple[Reason, str]:
    """The request for the next page, or why there is none: a sum without it would be wrong."""
    asked = inquiry.asked[name]
    if len(asked) >= MOST_PAGES:
        return Reason.BAD_ANSWER, f"the answer has more than {MOST_PAGES} pages"
    try:
        url = next_url(asked[-1].url, cursor, following.query)
    except OtherHostError:
        return Reason.BAD_ANSWER, "the next page of the answer is not at the provider's host"
    except UnwritableError:
        return Reason.BAD_ANSWER, "the next page of the answer has a name that no URL can hold"
    if any(url == earlier.url for earlier in asked):
        return Reason.BAD_ANSWER, "the next page of the answer is one that came before"
    if inquiry.left_s < _LEAST_S:
        return Reason.TIMEOUT, "there was no time left to ask for the next page"
    return replace(asked[-1], url=url, seconds=inquiry.left_s)
