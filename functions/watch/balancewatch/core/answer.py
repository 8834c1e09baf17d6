"""From what a provider answered to a `Balance` or a `Failure`: never a guess, never an exception."""

import re
from collections.abc import Iterable
from decimal import Decimal

from balancewatch.core.account import Account
from balancewatch.core.amount import added, divided, figure_of, plain
from balancewatch.core.exchange import Answer, NoResponse, Response
from balancewatch.core.json_text import NotJsonError, decode
from balancewatch.core.profile import ErrorRule, Expression, Term
from balancewatch.core.reading import Balance, Failure, Reading, Reason
from balancewatch.core.token import without_tokens

_LONGEST_DETAIL = 200
_LONGEST_RAW = 40
_LONGEST_READ = 2000
"""Of a message: cutting tokens out takes time, and a hostile answer is long."""
_LONGEST_LIST = 1000
"""A list of more figures is no balance, and adding them takes time."""
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


class _UnreadableError(Exception):
    """The answer is not of the documented shape; says which field, never its value."""


def read_answer(account: Account, answer: Answer) -> Reading:
    """What the answer says about the account. All figures are in the account's unit."""
    match answer:
        case NoResponse(reason, detail, exchange):
            return Failure(reason, detail, exchange)
        case Response():
            return _read(account, answer)


def _read(account: Account, response: Response) -> Reading:
    rules = account.profile.answer
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
        return _bad(response, problem)
    is_ok = True if rules.ok is None else rules.ok.find(document)
    if is_ok is False or (is_ok is not True and message is not None):
        return _refusal(account, response, document, message)
    if is_ok is not True:
        return _bad(response, "the answer does not say whether it succeeded")
    try:
        return _balance(account, document, response)
    except _UnreadableError as error:
        return _bad(response, str(error))


def _bad(response: Response, detail: str) -> Failure:
    return Failure(Reason.BAD_ANSWER, _shortened(detail), response.exchange)


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
    rule = next((rule for rule in account.profile.errors if _applies(rule, response, message)), None)
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


def _applies(rule: ErrorRule, response: Response, message: str | None) -> bool:
    if rule.statuses and response.status not in rule.statuses:
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


def _balance(account: Account, document: object, response: Response) -> Balance:
    rules = account.profile.answer
    scale = account.rules.scale or rules.scale
    unlimited = _flag(rules.unlimited, document, "unlimited") or False
    threshold, threshold_off = _threshold(rules.threshold, document, scale)
    return Balance(
        remaining=None if unlimited else _sum(rules.remaining, document, scale),
        unit=_unit(account),
        exchange=response.exchange,
        used=_sum_if_there(rules.used, document, scale),
        unlimited=unlimited,
        spendable=_flag(rules.spendable, document, "spendable"),
        threshold=threshold,
        threshold_off=threshold_off,
        raw=dict(_raw(account, document)),
    )


def _flag(at: Expression | None, document: object, name: str) -> bool | None:
    match None if at is None else at.find(document):
        case bool() | None as found:
            return found
        case _:
            raise _UnreadableError(f"`{name}` in the answer is neither true nor false")


def _threshold(at: Expression | None, document: object, scale: Decimal) -> tuple[Decimal | None, bool]:
    """The provider's own threshold, and whether it says that it has none (it then selects `false`)."""
    found = None if at is None else at.find(document)
    number = figure_of(found)
    return (divided(number, scale) if number is not None and number >= 0 else None), found is False


def _sum(terms: Iterable[Term], document: object, scale: Decimal) -> Decimal:
    total = added(addend for term in terms for addend in _addends(term, document, scale))
    if total is None:
        raise _UnreadableError("the figures in the answer are too large for a balance")
    return total


def _addends(term: Term, document: object, scale: Decimal) -> Iterable[Decimal]:
    found = term.at.find(document)
    if found is None or found == []:
        raise _UnreadableError(f"the answer has no `{term.at.source}`")
    listed = found if isinstance(found, list) else [found]
    if len(listed) > _LONGEST_LIST:
        raise _UnreadableError(f"`{term.at.source}` in the answer is a list of too many figures")
    for value in listed:
        number = figure_of(value)
        addend = None if number is None else divided(number, term.scale or scale)
        if addend is None:
            raise _UnreadableError(f"`{term.at.source}` in the answer is not a number that can be a balance")
        yield addend


def _sum_if_there(terms: tuple[Term, ...], document: object, scale: Decimal) -> Decimal | None:
    try:
        return _sum(terms, document, scale) if terms else None
    except _UnreadableError:
        return None


def _raw(account: Account, document: object) -> Iterable[tuple[str, str]]:
    for name, at in account.profile.answer.raw:
        match at.find(document):
            case bool() as found:
                yield name, str(found).lower()
            case Decimal() | str() as found if (number := figure_of(found)) is not None:
                yield name, plain(number)[:_LONGEST_RAW]
