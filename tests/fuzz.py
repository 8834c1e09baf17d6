"""Bytes from a provider to a reading, over all profiles: `python -m tests.fuzz --count 200000 --seed 1`.

Most inputs are recorded answers with one thing changed, and so nearly right. Whatever comes, there is a
reading; a balance holds only figures that stand in the answer; no part of a secret is in it; nothing is
raised; and a next page is asked at the same host or not at all. A case is told by seed and number:
`--only N` plays it alone.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from balancewatch.adapters.providers_http.outgoing import UnsendableError, prepare
from balancewatch.core.account import Account
from balancewatch.core.answer import read_answer
from balancewatch.core.exchange import Answer, Response
from balancewatch.core.inquiry import advanced, begun
from balancewatch.core.profile import UNIT
from balancewatch.core.reading import Balance, Failure, Reading, Reason, Units
from balancewatch.core.selection import MAIN
from balancewatch.core.units import published
from tests.answers import ASKED_AT, RECORDED, account_of, exchange, recorded
from tests.mutation import Text, mutated, text_of
from tests.oracle import disagreements, documents_of

_STATUSES = (200, 200, 200, 201, 204, 300, 400, 401, 402, 403, 404, 429, 429, 500, 503, 530)
_PART = 6
_SUCCESSES = 4
"""So many times as often as a recorded failure is a recorded balance played: there is more to get wrong."""
_STATUS_PAGES = (
    '{"success":true,"data":{"quota_per_unit":500000,"display_in_currency":true,"system_name":"x"}}',
    '{"success":true,"data":{"quota_per_unit":250000,"quota_display_type":"CNY","usd_exchange_rate":7.3}}',
    '{"success":true,"data":{"quota_per_unit":500000,"quota_display_type":"TOKENS"}}',
)


@dataclass(frozen=True, slots=True)
class Seed:
    """A recorded answer: the account, and its pages by request, each with its status."""

    name: str
    account: Account
    pages: tuple[tuple[str, int, str, Text | None], ...]
    parts: frozenset[str]
    """Of its secrets, in small letters."""


class FoundError(AssertionError):
    """An input that breaks a promise."""


def seeds() -> Sequence[Seed]:
    """Every recorded answer."""
    found = []
    for path in RECORDED:
        case = recorded(path)
        account = account_of(path.parent.name, **case.get("account", {}))
        written = [(MAIN, case["answer"]["status"], case["answer"]["body"])]
        written += [
            (each.get("request", MAIN), each["status"], each["body"]) for each in case.get("more", ())
        ]
        pages = tuple((name, status, body, text_of(body)) for name, status, body in written)
        secrets = [token.reveal().lower() for token in account.tokens]
        parts = frozenset(each[at : at + _PART] for each in secrets for at in range(len(each) - _PART + 1))
        seed = Seed(f"{path.parent.name} {path.stem}", account, pages, parts)
        found += [seed] * (_SUCCESSES if "reason" not in case["expected"] else 1)
    return [*found, _paged()]


def _paged() -> Seed:
    """None of the profiles that ship has pages by URL."""
    account = account_of(
        {
            "title": "Pages",
            "credential": {"kind": "key", "where": "the console"},
            "request": {"base_url": "https://api.pages.example.com", "path": "/costs", "next": "next"},
            "answer": {"remaining": "costs[].left", "unit": {"at": "unit"}, "message": "why"},
        }
    )
    body = '{"costs":[{"left":1.5},{"left":2}],"unit":"EUR","why":"no","next":"//other.example.com/2"}'
    secret = account.token.reveal().lower()
    parts = frozenset(secret[at : at + _PART] for at in range(len(secret) - _PART + 1))
    return Seed("pages by URL", account, ((MAIN, 200, body, text_of(body)),), parts)


_UNITS = tuple(text for page in _STATUS_PAGES if (text := text_of(page)) is not None)


def play(found: Sequence[Seed], seed: int, number: int) -> Reading:
    """One case. Raises `FoundError`."""
    random = Random(seed * 1_000_003 + number)
    of = random.choice(found)
    target = random.randrange(len(of.pages))
    secret = random.choice(of.account.tokens).reveal()
    answers: dict[str, list[Answer]] = {name: [] for name in of.account.profile.requests}
    bodies: dict[str, list[bytes]] = {name: [] for name in answers}
    for index, (name, recorded_status, body, text) in enumerate(of.pages):
        written, status = body.encode(), recorded_status
        if text is not None and (index == target or random.random() < 0.1):
            written = mutated(random, text, secret)
            status = random.choice(_STATUSES) if random.random() < 0.08 else status
        answers[name].append(Response(written, "application/json", exchange(status)))
        bodies[name].append(written)
    for pages in answers.values():
        if not pages:  # a further request that nobody recorded
            pages.append(Response(b"{}", "application/json", exchange(404)))
    try:
        units = _units(random, of.account, secret)
        reading = read_answer(of.account, answers, units)
        mistakes = [*_mistakes(of, reading, bodies), *_next_mistakes(of.account, answers)]
    except Exception as error:
        raise FoundError(f"case {number} of seed {seed} ({of.name}): {error!r}\n{bodies}") from error
    if mistakes:
        raise FoundError(f"case {number} of seed {seed} ({of.name}): {mistakes}\n{reading}\n{bodies}")
    return reading


def _units(random: Random, account: Account, secret: str) -> Units | None:
    if account.profile.units is None or random.random() < 0.6:
        return None
    page = mutated(random, random.choice(_UNITS), secret)
    units = published(account, None, Response(page, "application/json", exchange(200)), ASKED_AT)
    if units.scale is not None:
        usual = account.profile.answer.scale
        if not (units.scale == 1 or usual / 1000 <= units.scale <= usual * 1000):
            raise FoundError(f"a scale of {units.scale}")
    return units


def _mistakes(of: Seed, reading: Reading, bodies: Mapping[str, Iterable[bytes]]) -> Iterable[str]:
    shown = repr(reading).lower()
    if any(part in shown for part in of.parts):
        yield "a part of a secret is told"
    match reading:
        case Failure(reason, detail):
            if reason not in Reason or not 0 < len(detail) <= 200 or not detail.isprintable():
                yield "a failure without words"
        case Balance():
            yield from _wrong(of.account, reading, bodies)


def _wrong(account: Account, balance: Balance, bodies: Mapping[str, Iterable[bytes]]) -> Iterable[str]:
    if not re.fullmatch(UNIT, balance.unit, re.ASCII):
        yield "no unit"
    if balance.remaining is None and not balance.unlimited and balance.spendable is not False:
        yield "nothing is known and nothing is wrong"
    if balance.unlimited and balance.remaining is not None:
        yield "no limit, and a figure"
    if not (balance.scale.is_finite() and balance.scale):
        yield "a scale of nothing"
    if balance.threshold is not None and balance.threshold < 0:
        yield "a threshold below zero"
    if balance.refills_at is not None and balance.refills_at <= ASKED_AT:
        yield "a refill in the past"
    if balance.remaining is None and balance.used is None and not balance.raw:
        return  # words that mean that the credit is gone: no figure is told
    yield from disagreements(account, balance, _readable(bodies))


def _readable(bodies: Mapping[str, Iterable[bytes]]) -> dict[str, Sequence[object]]:
    """Further answers may be no JSON: then nothing of them may be told."""
    found: dict[str, Sequence[object]] = {}
    for name, pages in bodies.items():
        try:
            found |= documents_of({name: pages})
        except (ValueError, RecursionError, ArithmeticError):
            found[name] = [None]
        found[name] = found[name] or [None]
    return found


def _next_mistakes(account: Account, answers: Mapping[str, Sequence[Answer]]) -> Iterable[str]:
    if all(rules.next is None for rules in account.profile.requests.values()):
        return
    inquiry = advanced(begun(account, ASKED_AT), {name: pages[0] for name, pages in answers.items()})
    for name, request in inquiry.pending.items():
        first = urlsplit(inquiry.asked[name][0].url)
        if urlsplit(request.url).netloc != first.netloc:
            yield "another page is asked at another host"
        try:
            prepare(request, local=False)
        except UnsendableError:
            yield "another page cannot be asked for"


def run(count: int, seed: int) -> Counter[str]:
    """So many cases; how many became what. Raises `FoundError`."""
    found, became = seeds(), Counter[str]()
    for number in range(count):
        reading = play(found, seed, number)
        became["balance" if isinstance(reading, Balance) else reading.reason.value] += 1
    return became


def main(arguments: Sequence[str]) -> int:
    """Play, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, metavar="N", help="play this case alone and show it")
    options: Any = parser.parse_args(arguments)
    if options.only is not None:
        print(play(seeds(), options.seed, options.only))
        return 0
    began = perf_counter()
    try:
        became = run(options.count, options.seed)
    except FoundError as error:
        print(f"found: {error}", file=sys.stderr)
        return 1
    took = perf_counter() - began
    told = ", ".join(f"{what} {many}" for what, many in became.most_common())
    each = took / options.count * 1e6
    print(f"{options.count} cases of seed {options.seed} in {took:.1f} s, {each:.0f} us each")
    print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
