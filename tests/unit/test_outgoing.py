"""What may be sent to a provider, and what goes on the wire."""

import pytest

from balancewatch.adapters.providers_http.outgoing import UnsendableError, host_of, prepare
from balancewatch.core.exchange import Request

CANARY = "sk-CANARY-7f3a9b"


def asking(url: str, **changed: object) -> Request:
    return Request(**{"method": "GET", "url": url, "headers": {}} | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com/balance",
        "ftp://api.example.com/",
        "file:///etc/passwd",
        "https:///balance",
        "https://",
        "https://user@api.example.com/",
        f"https://user:{CANARY}@api.example.com/",
        "https://@api.example.com/",
        "https://api.example.com:0/",
        "https://api.example.com:99999/",
        "https://api.example.com:port/",
        "https://api.exa mple.com/",
        "https://api.example.com/\r\nX-Injected: 1",
        "https://api.example.com\\@evil.example/",
        "https://[::1/",
        "https://.example.com/",
        "https://api..example.com/",
        f"https://{'a' * 64}.example.com/",
        "http://api.example.com/",
    ],
)
def test_a_url_that_cannot_be_asked_safely_is_refused(url: str) -> None:
    """In words of ours, that hold nothing of it."""
    with pytest.raises(UnsendableError) as refused:
        prepare(asking(url), local=False)
    assert CANARY not in refused.value.detail
    assert "example" not in refused.value.detail
    assert len(refused.value.detail) <= 200
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("url", ["http://api.example.com/", "HTTP://api.example.com/"])
def test_plain_http_needs_the_accounts_or_the_terminals_consent(url: str) -> None:
    """Its owner accepts that the token travels in clear, or a person tries a gateway of their own."""
    with pytest.raises(UnsendableError):
        prepare(asking(url), local=False)
    prepare(asking(url, allow_http=True), local=False)
    prepare(asking(url), local=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", f"Bearer {CANARY}\n"),
        ("Authorization", f"Bearer {CANARY}\r\nX-Injected: 1"),
        ("Authorization", f" {CANARY}"),
        ("Authorization", f"{CANARY} "),
        ("Authorization", f"“{CANARY}”"),
        ("Authorization", f"{CANARY}\u00a0"),
        ("Authorization", f"{CANARY}\x00"),
        ("Authorization", f"{CANARY}\t{CANARY}"),
        ("X Header", "1"),
        ("X-Header:", "1"),
        ("", "1"),
        ("X-Ünïcode", "1"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(name: str, value: str) -> None:
    """Libraries would raise with the value, which is the token, in the text."""
    with pytest.raises(UnsendableError) as refused:
        prepare(asking("https://api.example.com/", headers={name: value}), local=False)
    assert CANARY not in refused.value.detail


@pytest.mark.parametrize("method", ["", "GET /", "GET\r\n"])
def test_a_method_that_is_none_is_refused(method: str) -> None:
    """As a mistake in the profile."""
    with pytest.raises(UnsendableError):
        prepare(asking("https://api.example.com/", method=method), local=False)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.example.com/balance", ("api.example.com", 443)),
        ("https://API.Example.com/balance", ("api.example.com", 443)),
        ("https://api.example.com:8443/", ("api.example.com", 8443)),
        ("http://api.example.com/", ("api.example.com", 80)),
        ("https://bücher.example/", ("xn--bcher-kva.example", 443)),
        ("https://[2606:4700::1111]/", ("2606:4700::1111", 443)),
    ],
)
def test_a_host_is_its_name_and_port(url: str, host: tuple[str, int]) -> None:
    """The same for all that is asked there, however it is written."""
    assert host_of(prepare(asking(url, allow_http=True), local=False)) == host


def test_a_request_goes_as_it_is_written() -> None:
    """Path, query, headers and body; a body gets its length and no type of ours."""
    prepared = prepare(
        asking(
            "https://api.example.com/a%2Fb?x=1&y=%20", method="POST", headers={"X-Id": "7"}, body=b'{"a": 1}'
        ),
        local=False,
    )
    assert (prepared.method, prepared.path_url, prepared.body) == ("POST", "/a%2Fb?x=1&y=%20", b'{"a": 1}')
    assert set(prepared.headers) == {"User-Agent", "Accept-Encoding", "X-Id", "Content-Length"}
