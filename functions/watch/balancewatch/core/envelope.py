"""From one answer to its document, or to the reading that its refusal is: status, envelope, words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from balancewatch.core.account import Account
from balancewatch.core.exchange import Answer, NoResponse, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import ErrorRule
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.selection import Condition, UnclearError
from balancewatch.core.token import without_tokens

_LONGEST_DETAIL = 200
_LONGEST_READ = 2000
"""Of a message: cutting tokens out takes time, and a hostile answer is long."""
_BY_STATUS = {
    401: (Reason.UNAUTHORIZED, "the provider does not accept the token"),
    403: (Reason.FORBIDDEN, "the token may not read the balance"),
    404: (Reason.NOT_FOUND, "nothing is there: is the base URL right?"),
    405: (Reason.NOT_FOUND, "this address cannot be asked for a balance: is the base URL right?"),
    410: (Reason.NOT_FOUND, "nothing is there any more: is the base URL right?"),
    429: (Reason.RATE_LIMITED, "the provider answers that it was asked too often"),
}
_USED_UP_STATUSES = frozenset({402, 429})
_USED_UP = re.compile(
    r"insufficient[ _-]*(account |user )?[ _-]*(user[ _-]*)?(quota|balance|credits?|funds)"
    r"|(quota|balance|credits?) (is |has been |are )?(exhausted|used up|insufficient|not enough)"
    r"|not enough (quota|balance|credits?|funds)|credit balance is too low"
    r"|(余额|额度|配额)(已|已经)?(不足|用尽|用完|耗尽)|欠费",
    re.IGNORECASE,
)
"""Words that mean that the credit is gone. "Quota exceeded" is not among them: limits on rates say so too."""
_SAID_IN = ("code", "type", "message", "msg")
_CHALLENGES = (b"acw_sc__v2", b"cf-chl", b"challenge-platform", b"Just a moment", b"captcha")


@dataclass(frozen=True, slots=True)
class Opened:
    """The document of an answer that succeeded."""

    document: object


def opened(account: Account, answer: Answer, ok: Sequence[Condition]) -> Opened | Reading:
    """The answer's document, where all of `ok` holds; else why there is none."""
    match answer:
        case NoResponse(reason, detail, exchange):
            return Failure(reason, detail, exchange)
        case Response():
            return _opened(account, answer, ok)


def bad_answer(exchange: Exchange, detail: str) -> Failure:
    """That the answer is not what the provider documents."""
    return Failure(Reason.BAD_ANSWER, _shortened(detail), exchange)


def all_hold(found: Sequence[bool | None]) -> bool | None:
    """Whether all hold; None where one does not tell and none says no."""
    if any(each is False for each in found):
        return False
    return None if None in found else True


def _opened(account: Account, response: Response, ok: Sequence[Condition]) -> Opened | Reading:
    try:
        document: object = decode(response.body.decode("utf-8"))
        problem = None
    except (UnicodeDecodeError, NotJsonError) as error:
        document = None
        problem = _not_json(response, error)
    message = _message(account, document)
    if not 200 <= response.status < 300:  # noqa: PLR2004  # the successful statuses, RFC 9110 15.3
        return _refusal(account, response, document, message)
    if problem is not None:
        return bad_answer(response.exchange, problem)
    is_ok = all_hold([_holds(account, condition, document) for condition in ok])
    if is_ok is False or (is_ok is not True and message is not None):
        return _refusal(account, response, document, message)
    if is_ok is not True:
        return bad_answer(response.exchange, "the answer does not say whether it succeeded")
    return Opened(document)


def _holds(account: Account, condition: Condition, document: object) -> bool | None:
    try:
        return condition.holds(document, account.open_params)
    except UnclearError:
        return None


def _not_json(response: Response, error: ValueError) -> str:
    start = response.body.lstrip()[:1]
    if any(mark in response.body for mark in _CHALLENGES):
        return "a challenge page for browsers came instead of JSON; the site's shield blocks programs"
    if start == b"<":
        return "an HTML page came instead of JSON: is the base URL right?"
    if not start:
        return "the answer is empty"
    return (
        f"the answer is not JSON: {error}"
        if isinstance(error, NotJsonError)
        else "the answer is not UTF-8 text"
    )


def _message(account: Account, document: object) -> str | None:
    """The provider's own words, safe to tell: without tokens, on one line, cut."""
    at = account.profile.answer.message
    found = None if at is None else at.find(document)
    if not isinstance(found, str) or not found.strip():
        return None
    start = found[:_LONGEST_READ]
    words = "".join(char if char.isprintable() else " " for char in start).split()
    if len(found) > _LONGEST_READ and len(words) > 1:
        del words[-1]  # what is left of it may be too little of a token to be known as one
    return _shortened(without_tokens(" ".join(words), account.tokens)) or None


def _shortened(detail: str) -> str:
    return detail if len(detail) <= _LONGEST_DETAIL else f"{detail[: _LONGEST_DETAIL - 3]}..."


def _refusal(account: Account, response: Response, document: object, message: str | None) -> Reading:
    """What an answer that is no success means: the profile's rules first, then words and HTTP status."""
    rule = next(
        (rule for rule in account.profile.errors if _applies(account, rule, response, document, message)),
        None,
    )
    reason, detail = _BY_STATUS.get(response.status) or _by_class(response.status)
    detail = message or detail
    if rule is None and not _is_used_up(response, document):
        return Failure(reason, detail, response.exchange)
    if rule is None or rule.means == "empty":
        return Balance(None, _unit(account), response.exchange, spendable=False)
    return Failure(rule.means, detail, response.exchange, rule.advice)


def _is_used_up(response: Response, document: object) -> bool:
    """Whether a refusal says that the credit is gone: then it is no failure, and not the asking too often."""
    if response.status not in _USED_UP_STATUSES:
        return False
    error = document.get("error") if isinstance(document, dict) else None
    said = [each.get(name) for each in (document, error) if isinstance(each, dict) for name in _SAID_IN]
    return any(isinstance(words, str) and _USED_UP.search(words[:_LONGEST_READ]) for words in [error, *said])


def _applies(
    account: Account, rule: ErrorRule, response: Response, document: object, message: str | None
) -> bool:
    if rule.statuses and response.status not in rule.statuses:
        return False
    if rule.when is not None and _holds(account, rule.when, document) is not True:
        return False
    return rule.message is None or (message is not None and rule.message.search(message) is not None)


def _by_class(status: int) -> tuple[Reason, str]:
    match status // 100:
        case 5:
            return Reason.SERVER_ERROR, f"the provider answers with its own error, HTTP {status}"
        case 4:
            return Reason.REJECTED, f"the provider refuses the request, HTTP {status}"
        case 2:
            return Reason.REJECTED, "the provider answers that it failed, and not why"
        case _:
            return Reason.BAD_ANSWER, f"the provider answers with HTTP {status}, which is no answer"


def _unit(account: Account) -> str:
    return account.rules.unit or account.profile.answer.unit or "units"
