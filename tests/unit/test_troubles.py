"""What exceptions of the libraries below mean for an account, row by row."""

import http.client
import socket
import ssl
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import urllib3.exceptions

from balancewatch.adapters.providers_http import trouble as troubles
from balancewatch.adapters.providers_http.address import BlockedAddressError
from balancewatch.adapters.providers_http.client import seconds_of
from balancewatch.adapters.providers_http.trouble import Part, Trouble, TroubleError, trouble_of
from balancewatch.core.reading import Reason

CANARY = "sk-CANARY-7f3a9b"
PASSING, LASTING = True, False


def wrapped(error: Exception) -> Exception:
    """As urllib3 hands on what a socket raised."""
    return urllib3.exceptions.ProtocolError(f"Connection aborted. {CANARY}", error)


ROWS: list[tuple[BaseException, Part, Reason, bool]] = [
    (TimeoutError(), Part.NAME, Reason.TIMEOUT, LASTING),
    (TimeoutError(CANARY), Part.ANSWER, Reason.TIMEOUT, LASTING),
    (urllib3.exceptions.ReadTimeoutError(None, CANARY, CANARY), Part.TLS, Reason.TIMEOUT, LASTING),  # type: ignore[arg-type]  # no pool is needed
    (socket.gaierror(socket.EAI_NONAME, CANARY), Part.NAME, Reason.DNS, LASTING),
    (socket.gaierror(socket.EAI_FAIL, CANARY), Part.NAME, Reason.DNS, LASTING),
    (socket.gaierror(socket.EAI_AGAIN, CANARY), Part.NAME, Reason.DNS, PASSING),
    (BlockedAddressError(CANARY), Part.NAME, Reason.BLOCKED_ADDRESS, LASTING),
    (ssl.SSLCertVerificationError(1, CANARY), Part.TLS, Reason.TLS, LASTING),
    (ssl.SSLError(1, CANARY), Part.TLS, Reason.TLS, LASTING),
    (ssl.SSLError(1, CANARY), Part.ANSWER, Reason.TLS, LASTING),
    (ssl.SSLEOFError(8, CANARY), Part.TLS, Reason.TLS, PASSING),
    (ConnectionResetError(104, CANARY), Part.TLS, Reason.TLS, PASSING),
    (ssl.SSLEOFError(8, CANARY), Part.ANSWER, Reason.CONNECTION, PASSING),
    (ssl.SSLZeroReturnError(6, CANARY), Part.ANSWER, Reason.CONNECTION, PASSING),
    (ConnectionResetError(104, CANARY), Part.ANSWER, Reason.CONNECTION, PASSING),
    (BrokenPipeError(32, CANARY), Part.ANSWER, Reason.CONNECTION, PASSING),
    (ConnectionRefusedError(111, CANARY), Part.CONNECT, Reason.CONNECTION, PASSING),
    (OSError(101, CANARY), Part.CONNECT, Reason.CONNECTION, PASSING),
    (http.client.RemoteDisconnected(CANARY), Part.ANSWER, Reason.CONNECTION, PASSING),
    (http.client.IncompleteRead(CANARY.encode(), 9), Part.ANSWER, Reason.CONNECTION, PASSING),
    (urllib3.exceptions.IncompleteRead(3, 9), Part.ANSWER, Reason.CONNECTION, PASSING),
    (http.client.LineTooLong(CANARY), Part.ANSWER, Reason.TOO_LARGE, LASTING),
    (http.client.HTTPException(CANARY), Part.ANSWER, Reason.TOO_LARGE, LASTING),
    (http.client.BadStatusLine(CANARY), Part.ANSWER, Reason.BAD_ANSWER, LASTING),
    (http.client.UnknownProtocol(CANARY), Part.ANSWER, Reason.BAD_ANSWER, LASTING),
    (urllib3.exceptions.InvalidHeader(CANARY), Part.ANSWER, Reason.BAD_ANSWER, LASTING),
    (urllib3.exceptions.DecodeError(CANARY), Part.ANSWER, Reason.BAD_ANSWER, LASTING),
    (zlib.error(CANARY), Part.ANSWER, Reason.BAD_ANSWER, LASTING),
    (TroubleError(troubles.REDIRECTED), Part.ANSWER, Reason.REDIRECTED, LASTING),
    (RuntimeError(CANARY), Part.ANSWER, Reason.INTERNAL, LASTING),
    (ValueError(CANARY), Part.ANSWER, Reason.INTERNAL, LASTING),
    (MemoryError(CANARY), Part.ANSWER, Reason.INTERNAL, LASTING),
]


@pytest.mark.parametrize(("error", "part", "reason", "passing"), ROWS)
def test_an_exception_has_its_reason(error: BaseException, part: Part, reason: Reason, passing: bool) -> None:  # noqa: FBT001  a row of a table
    """And it is known whether another attempt may go better; its text goes nowhere."""
    found = trouble_of(error, part)
    assert (found.reason, found.passing) == (reason, passing)
    assert CANARY not in found.detail


@pytest.mark.parametrize(
    ("error", "part", "reason", "passing"), [row for row in ROWS if isinstance(row[0], OSError)]
)
def test_wrapping_changes_nothing(error: Exception, part: Part, reason: Reason, passing: bool) -> None:  # noqa: FBT001  a row of a table
    """However deep in other exceptions the cause is, as argument, cause or context."""
    caused = RuntimeError(CANARY)
    caused.__cause__ = wrapped(error)
    for outer in (wrapped(error), wrapped(wrapped(error)), caused):
        found = trouble_of(outer, part)
        assert (found.reason, found.passing) == (reason, passing)


def test_half_a_status_line_is_a_cut() -> None:
    """Where the server had closed its side, what looks malformed is unfinished."""
    assert trouble_of(http.client.BadStatusLine("HTTP/1.1 20"), Part.ANSWER, at_end=True) is troubles.CUT


def test_all_our_words_are_short_whole_sentences() -> None:
    """They go into messages as they are."""
    every = [trouble for trouble in vars(troubles).values() if isinstance(trouble, Trouble)]
    every += [trouble_of(TimeoutError(), part) for part in Part]
    assert len(every) > 15
    for trouble in every:
        assert trouble.detail.endswith(".")
        assert 60 < len(trouble.detail) <= 200, trouble.detail


NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("0", 0),
        ("7", 7),
        (" 7 ", 7),
        ("9" * 5000, 999_999_999),
        ("Sun, 22 Nov 2026 04:00:30 GMT", 30),
        ("Sun, 22 Nov 2026 04:00:30 -0000", 30),
        ("Sun, 22 Nov 2026 03:59:00 GMT", 0),
        ("Sun, 22 Nov 2026 05:00:05 +0100", 5),
        ("Fri, 31 Feb 2026 04:00:30 GMT", 0),
        ("Sun, 22 Nov 99999999999 04:00:30 GMT", 0),
        ("-7", 0),
        ("1.5", 0),
        ("soon", 0),
        ("\u0667", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float) -> None:
    """Anything else asks for nothing."""
    assert seconds_of(header, NOW) == seconds


def test_retry_after_may_lie_years_ahead() -> None:
    """It then fits into no deadline."""
    assert seconds_of("Sun, 22 Nov 2099 04:00:00 GMT", NOW) > timedelta(days=20_000).total_seconds()
