"""Every failure that an answer can have, for every profile that ships.

Data-driven: a new profile with its recorded `ok.toml` is in it without a line of test code. The unit tests
of answers read the same kinds of bodies by the parser alone; here they come to all requests of a profile,
with everything that was sent said back, and the engine of the watch reads it, all at once.

What the network does to a request is decided before anyone knows whose it is: only where the credential
stands differs from profile to profile. So the failures of the wire are provoked once for each form of
credential, by the first profile that has it; and only these are refused over HTTP. Whole answers come over
HTTP to every profile, and its refusals from within this process.
"""

import codecs
import html
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.account import Account
from balancewatch.core.exchange import Answer, Request, Response
from balancewatch.core.profile import RequestRules
from balancewatch.core.reading import Balance, Exchange, Failure, Reading, Reason
from balancewatch.core.request import request_of
from balancewatch.core.selection import MAIN, Place
from tests import hostile, oracle
from tests.answers import PASSWORD, RESPONSES, SLUGS, TOKEN, account_at, recorded
from tests.integration.test_readings import NOW, Rounds, Site, account
from tests.loopback import serving
from tests.mutation import text_of

LONG_PASSWORD = f"{PASSWORD}-Rr4Tt6Yy8"
_PART = 6


@dataclass(frozen=True)
class Sent:
    """A reply: status, body and headers besides its length."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Got:
    """What a request brought, as one text: whatever it holds may come back."""

    echo: str
    whole: bytes
    """The recorded answer to it."""


def said(got: Got) -> bytes:
    """Words wherever a provider may write them, with all that was sent in them."""
    words = f"bad token: {got.echo}"
    fields: dict[str, object] = dict.fromkeys(("message", "msg", "detail", "errorDescription"), words)
    return json.dumps({"success": False, "error": {"message": words, "code": words}, **fields}).encode()


def page(got: Got) -> bytes:
    return f"<!DOCTYPE html><html><body>{html.escape(got.echo)} {got.echo}</body></html>".encode()


def doubled(got: Got) -> bytes:
    """An object with its first key twice; what is no object, twice."""
    document = json.loads(got.whole)
    if not isinstance(document, dict) or not document:
        return got.whole + got.whole
    return got.whole.rstrip()[:-1] + f', "{next(iter(document))}": 1}}'.encode()


Body = Callable[[Got], bytes]
BAD = frozenset({Reason.BAD_ANSWER})
REFUSALS: Mapping[str, tuple[int, Body, Reason]] = {
    "400": (400, said, Reason.REJECTED),
    "401": (401, said, Reason.UNAUTHORIZED),
    "401 as a page": (401, page, Reason.UNAUTHORIZED),
    "403": (403, said, Reason.FORBIDDEN),
    "404": (404, page, Reason.NOT_FOUND),
    "405": (405, lambda _: b"", Reason.NOT_FOUND),
    "410": (410, said, Reason.NOT_FOUND),
    "422": (422, said, Reason.REJECTED),
    "429 and nothing": (429, lambda _: b"", Reason.RATE_LIMITED),
    "500": (500, said, Reason.SERVER_ERROR),
    "503 as a page": (503, page, Reason.SERVER_ERROR),
    "401 with a whole answer": (401, lambda got: got.whole, Reason.UNAUTHORIZED),
}
NO_ANSWERS: Mapping[str, Body] = {
    "nothing": lambda _: b"",
    "a page": page,
    "a challenge": lambda got: b"<html><script>acw_sc__v2=1</script>" + got.echo.encode() + b"</html>",
    "{}": lambda _: b"{}",
    "[]": lambda _: b"[]",
    "null": lambda _: b"null",
    "true": lambda _: b"true",
    "a whole answer, cut": lambda got: got.whole.rstrip()[:-1] or b"{",
    "a key twice": doubled,
    "a byte-order mark": lambda got: codecs.BOM_UTF8 + got.whole,
    "UTF-16": lambda got: got.whole.decode().encode("utf-16"),
    "Latin-1": lambda got: b'{"na\xefve": ' + got.whole + b"}",
    "nested deeply": lambda got: b'{"data":' * 5000 + got.whole + b"}" * 5000,
    "lists nested deeply": lambda _: b"[" * 50_000,
    "two answers": lambda got: got.whole + b" " + got.whole,
    "zeros": lambda _: bytes(200),
    "a nothing of blanks": lambda _: b" \r\n\t ",
}
NO_FIGURES = {
    "NaN": "NaN", "infinity": "Infinity", "1e400": "1e400", "1e400 in text": '"1e400"', "a flag": "true",
    "a flag in text": '"true"', "null": "null", "an object": "{}", "a list of flags": "[true]",
    "empty": '""',
    "words": '"plenty"', "huge": "1e25", "400 digits": "9" * 400, "500 digits": "9" * 500, "two": '"5 of 9"',
}  # fmt: skip
FIGURES = {
    "zero": "0", "negative": "-7.5", "in text": '"7.5"', "negative in text": '"-7.5"',
    "large": "123456789012345",
    "commas": '"1,234.56"', "an exponent": "2.5e3", "dollars": '"$7.50"',
    "a long fraction": "0.1234567890123456",
}  # fmt: skip


@cache
def recorded_pages(slug: str) -> Mapping[str, Sequence[bytes]]:
    """The recorded answer with a balance, by request."""
    case = recorded(RESPONSES / slug / "ok.toml")
    found: dict[str, list[bytes]] = {MAIN: [case["answer"]["body"].encode()]}
    for each in case.get("more", ()):
        found.setdefault(each.get("request", MAIN), []).append(each["body"].encode())
    return found


@cache
def planted(slug: str, written: str) -> Mapping[str, Sequence[bytes]]:
    """The recorded answer with this wherever a figure of what remains stands."""
    found = {name: list(pages) for name, pages in recorded_pages(slug).items()}
    for name, pages in found.items():
        for index, body in enumerate(pages):
            text = text_of(body.decode())
            assert text is not None
            tokens = list(text.tokens)
            for at in (*text.numbers, *text.strings):
                if _is_of_remaining(slug, name, index, [*tokens[:at], '"@figure@"', *tokens[at + 1 :]]):
                    tokens[at] = written
            pages[index] = "".join(tokens).encode()
    return found


def _is_of_remaining(slug: str, name: str, index: int, tokens: Sequence[str]) -> bool:
    """Whether a term of what remains selects the figure that is marked."""
    changed = {request: list(pages) for request, pages in recorded_pages(slug).items()}
    changed[name][index] = "".join(tokens).encode()
    try:
        documents = oracle.documents_of(changed)
    except ValueError:
        return False
    found = account_at(slug)
    selected = [
        oracle.find(found, term.of, documents, index)
        for term in found.profile.answer.remaining
        if isinstance(term.of, Place) and term.of.request == name
    ]
    return any("@figure@" in (each if isinstance(each, list) else [each]) for each in selected)


Answers = Callable[[str, Got], Sent]
"""What the request of a name is answered."""


class Battery:
    """A server of all plays; an account's play is in the path of its base URL."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.plays: dict[str, tuple[str, Mapping[str, str], Answers]] = {}
        self.asked: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, slug: str, answers: Answers) -> Account:
        """An account of the provider that is answered so."""
        key = f"p{len(self.plays)}"
        fields = dict(recorded(RESPONSES / slug / "ok.toml").get("account", {})) | {"token": TOKEN}
        fields["base_url"] = f"{self.root}/{key}"
        secrets = [name for name, each in account_at(slug).profile.parameters if each.secret]
        fields["params"] = {**fields.get("params", {}), **dict.fromkeys(secrets, LONG_PASSWORD)}
        found = account(Site(self.root), slug, f"{slug} {len(self.plays)}", **fields)
        paths = {urlsplit(request_of(found, NOW, name).url).path: name for name in found.profile.requests}
        self.plays[key] = (slug, paths, answers)
        return found

    def ask(self, requests: Sequence[Request], seconds: float) -> Sequence[Answer]:
        """What the server would answer."""
        del seconds
        return [self._response(request) for request in requests]

    def _response(self, request: Request) -> Response:
        path = request.url.removeprefix(self.root)
        reply = self.answer(path, echo_of(path, request.headers, request.body or b""))
        return Response(reply.body, "", Exchange(NOW, 1, reply.status))

    def answer(self, path: str, echo: str) -> Sent:
        key = path.split("/")[1]
        slug, paths, answers = self.plays[key]
        name = paths.get(urlsplit(path).path)
        if name is None:
            return Sent(404, b"{}", {})
        with self._lock:
            nth = self.asked[path] = self.asked.get(path, -1) + 1
        pages = recorded_pages(slug).get(name, [b"{}"])
        return answers(name, Got(echo, pages[min(nth, len(pages) - 1)]))


def echo_of(path: str, headers: Mapping[str, str], body: bytes) -> str:
    """All that was sent."""
    sent = " ".join(f"{name}: {value}" for name, value in headers.items())
    return f"{unquote(path)} {path} {sent} {body.decode()}"


@contextmanager
def battery() -> Iterator[Battery]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:  # the base class's name
            asked = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            reply = playing.answer(self.path, echo_of(self.path, dict(self.headers), asked))
            with suppress(ConnectionError):
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)

        def do_POST(self) -> None:  # the base class's name
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
            pass

    class Server(ThreadingHTTPServer):
        request_queue_size = 256

    with serving(Handler, Server) as port:
        playing = Battery(f"http://127.0.0.1:{port}")
        yield playing


def _always(status: int, body: Body) -> Answers:
    return lambda _, got: Sent(status, body(got), {"X-Echo": "echo"})


def _planted(slug: str, written: str) -> Answers:
    """The whole recorded answers, with the figure in them. A profile's pages come in their order."""
    pages = {name: iter(each) for name, each in planted(slug, written).items()}
    lock = threading.Lock()

    def answers(name: str, got: Got) -> Sent:
        with lock:
            body = next(pages[name], b"{}") if name in pages else b"{}"
        del got
        return Sent(200, body, {})

    return answers


@dataclass(frozen=True)
class Ordeal:
    """All readings, by provider and play, and all that was said besides."""

    readings: Mapping[tuple[str, str], Reading]
    accounts: Mapping[tuple[str, str], Account]
    said: str


@pytest.fixture(scope="module")
def ordeal() -> Ordeal:
    """All accounts at once, as a run asks them, with every log on: over HTTP, and the others within."""
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    listener, root = Listener(), logging.getLogger()
    before = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    rounds, within = Rounds(deadline_s=10.0), Rounds()
    try:
        with battery() as playing:
            accounts = {(slug, play): playing.add(slug, how) for slug, play, how in _cases()}
            sent = {case for case in accounts if case[1] == "whole" or case[0] in FORMS.values()}
            readings = rounds.read([found for case, found in accounts.items() if case in sent])
            within.ask = playing.ask  # type: ignore[method-assign]  # not over HTTP
            readings |= within.read([found for case, found in accounts.items() if case not in sent])
    finally:
        root.removeHandler(listener)
        root.setLevel(before)
    by_case = {case: readings[found.name] for case, found in accounts.items()}
    return Ordeal(by_case, accounts, f"{rounds.logged} {within.logged} {heard}")


def _cases() -> Iterator[tuple[str, str, Answers]]:
    for slug in SLUGS:
        yield slug, "whole", _always(200, lambda got: got.whole)
        for play, (status, body, _) in REFUSALS.items():
            yield slug, play, _always(status, body)
        for play, body in NO_ANSWERS.items():
            yield slug, play, _always(200, body)
        for play, written in (NO_FIGURES | FIGURES).items():
            yield slug, f"figure {play}", _planted(slug, written)


def test_a_whole_answer_is_read_over_http_as_it_was_recorded(ordeal: Ordeal) -> None:
    """Otherwise the failures below would prove nothing."""
    for slug in SLUGS:
        reading = ordeal.readings[slug, "whole"]
        assert isinstance(reading, Balance), (slug, reading)
        documents = oracle.documents_of(recorded_pages(slug))
        assert list(oracle.disagreements(ordeal.accounts[slug, "whole"], reading, documents)) == [], slug


def test_a_refusal_has_the_reason_of_its_status_or_that_of_the_profiles_rule(ordeal: Ordeal) -> None:
    for slug, (play, (_, _, usual)) in product(SLUGS, REFUSALS.items()):
        reading = ordeal.readings[slug, play]
        means = {rule.means for rule in ordeal.accounts[slug, play].profile.errors}
        if isinstance(reading, Balance):
            assert "empty" in means, (slug, play)
            assert (reading.remaining, reading.spendable) == (None, False), (slug, play)
        else:
            assert reading.reason in {usual, *means}, (slug, play)


def test_what_is_no_answer_is_a_bad_answer(ordeal: Ordeal) -> None:
    """Whatever its status says; and a challenge is called one."""
    for slug, play in product(SLUGS, NO_ANSWERS):
        reading = ordeal.readings[slug, play]
        if play == "a whole answer, cut" and not recorded_pages(slug)[MAIN][0].strip().endswith((b"}", b"]")):
            continue  # a bare number, which the length of the answer alone can tell from a cut one
        assert isinstance(reading, Failure), (slug, play, reading)
        assert reading.reason is Reason.BAD_ANSWER, (slug, play, reading)
        assert ("challenge" in reading.detail) == (play == "a challenge"), (slug, play)


def _has_figures(slug: str) -> bool:
    return planted(slug, "0") != recorded_pages(slug)


def test_nearly_every_profile_has_figures_to_plant() -> None:
    """What is left out has none, and is known."""
    assert [slug for slug in SLUGS if not _has_figures(slug)] == []


def test_what_is_no_figure_is_no_balance(ordeal: Ordeal) -> None:
    """Neither 0 nor anything else; but null may stand for no limit, and other figures come to the same."""
    for slug, play in product(SLUGS, NO_FIGURES):
        whole, reading = ordeal.readings[slug, "whole"], ordeal.readings[slug, f"figure {play}"]
        if isinstance(reading, Balance):
            assert isinstance(whole, Balance)
            is_unlimited = reading.unlimited and play == "null"
            assert is_unlimited or reading.remaining == whole.remaining, (slug, play, reading)
        else:
            assert reading.reason is Reason.BAD_ANSWER, (slug, play, reading)


def test_a_figure_is_read_as_it_stands_or_not_at_all(ordeal: Ordeal) -> None:
    """Checked against another way to work it out. Not at all only where it also had to name the unit."""
    for slug, (play, written) in product(SLUGS, FIGURES.items()):
        case = (slug, f"figure {play}")
        reading, found = ordeal.readings[case], ordeal.accounts[case]
        answer = found.profile.answer
        names_unit = answer.unit_at is not None and answer.unit_at.place in [t.of for t in answer.remaining]
        if isinstance(reading, Failure):
            assert names_unit, (slug, play, reading)
            continue
        documents = oracle.documents_of(planted(slug, written))
        assert list(oracle.disagreements(found, reading, documents)) == [], (slug, play)
        assert reading.remaining is not None or reading.unlimited, (slug, play)


def test_every_failure_has_a_named_reason_and_words(ordeal: Ordeal) -> None:
    """Nothing is our own error, and every word fits a message."""
    for case, reading in ordeal.readings.items():
        if isinstance(reading, Failure):
            assert reading.reason is not Reason.INTERNAL, (case, reading)
            assert 0 < len(reading.detail) <= 200, case
            assert reading.detail.isprintable(), case


def parts(secret: str) -> set[str]:
    """Of so many characters, in small letters."""
    return {secret[at : at + _PART].lower() for at in range(len(secret) - _PART + 1)}


def betrayed(text: str) -> list[str]:
    lowered = text.lower()
    return sorted(part for part in parts(TOKEN) | parts(LONG_PASSWORD) if part in lowered)


def test_no_secret_is_in_any_reading_log_or_error(ordeal: Ordeal) -> None:
    """Though every refusal said it back: in headers, URLs, bodies, encoded or not."""
    assert betrayed(repr(ordeal.readings)) == []
    assert betrayed(ordeal.said) == []
    assert "bad token" in repr(ordeal.readings), "something was said back"


def form_of(rules: RequestRules) -> str:
    """Where the credential stands in a request."""
    written = [rules.auth.template] if rules.auth.kind != "none" else []
    kind = f"{rules.auth.kind} {rules.auth.name if rules.auth.kind == 'header' else ''}"
    shape = "".join(written).replace("{token}", "").partition("{")[0].strip()
    body = "json" if rules.json is not None else "form" if rules.form else ""
    return f"{kind.strip()} {'with a word' if shape else 'raw'} {body}".strip()


FORMS = {form_of(account_at(slug).profile.request): slug for slug in reversed(SLUGS)}
_AWAY = b"Location: https://redirect-target.hostile.test/"
WIRE: Mapping[str, frozenset[Reason]] = {
    "silent": frozenset({Reason.TIMEOUT}),
    "drips-body": frozenset({Reason.TIMEOUT}),
    "refused": frozenset({Reason.CONNECTION}),
    "resets": frozenset({Reason.CONNECTION}),
    "closes": frozenset({Reason.CONNECTION}),
    "cut-body": frozenset({Reason.CONNECTION}),
    "cut-gzip": BAD,
    "gzip-bomb": frozenset({Reason.TOO_LARGE}),
    "huge-length": frozenset({Reason.TOO_LARGE}),
    "not-http": BAD,
    "redirects-away": frozenset({Reason.REDIRECTED}),
}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[tuple[str, str], Reading], Any]]:
    """Each form of credential with each failure of the wire, all at once."""
    with hostile.HostileServers(tmp_path_factory.mktemp("ca")) as servers:
        servers.plays["redirects-away"] = lambda _: iter((hostile.answer(b"", _AWAY, status=b"302 Found"),))
        cases = {(form, play): slug for form, slug in FORMS.items() for play in WIRE}
        accounts = {}
        for index, ((form, play), slug) in enumerate(cases.items()):
            port = servers.closed_port if play == "refused" else servers.http_port
            fields = dict(recorded(RESPONSES / slug / "ok.toml").get("account", {})) | {"token": TOKEN}
            fields["base_url"] = f"http://{play}.{hostile.DOMAIN}:{port}"
            accounts[form, play] = account(Site(""), slug, f"a{index}", **fields)
        rounds = Rounds()
        policy = Policy(local=True, deadline_s=5.0)
        rounds._providers = ProvidersHttp(policy, resolve=hostile.resolve, jitter=lambda: 0.0)
        readings = rounds.read(list(accounts.values()))
        found = {case: readings[each.name] for case, each in accounts.items()}
        yield found, (servers, f"{rounds.logged}")


@pytest.mark.parametrize("play", WIRE)
def test_a_failure_of_the_wire_has_its_reason_whatever_the_credential(
    wire: tuple[dict[tuple[str, str], Reading], Any], play: str
) -> None:
    for form in sorted(FORMS):
        reading = wire[0][form, play]
        assert isinstance(reading, Failure), form
        assert reading.reason in WIRE[play], (form, reading)
        assert betrayed(repr(reading)) == [], form


def test_nobody_else_is_asked_with_the_credential(wire: tuple[dict[tuple[str, str], Reading], Any]) -> None:
    """Where a redirect leads; and what was logged holds none."""
    servers, logged = wire[1]
    assert servers.paths("redirect-target") == []
    assert betrayed(logged) == []


def test_the_forms_of_credentials_are_many() -> None:
    """A header, a query, Basic, a body: if one is lost here, nobody provokes it any more."""
    assert len(FORMS) >= 6
    assert {form.split(" ")[0] for form in FORMS} == {"header", "query", "basic", "none"}


def test_every_profile_has_the_recorded_answer_that_the_battery_needs() -> None:
    assert [slug for slug in SLUGS if not Path(RESPONSES / slug / "ok.toml").exists()] == []
