"""`balancewatch providers`, as a person and as a script call it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from balancewatch_cli.main import main
from tests.answers import RESPONSES, SLUGS, account_at, recorded
from tests.integration.test_battery import (
    FORMS,
    LONG_PASSWORD,
    Battery,
    Got,
    Sent,
    battery,
    betrayed,
    page,
    said,
)
from tests.integration.test_readings import Site, running

TOKEN = "sk-aQ7z4Vw9Lm2Xt6Rb8Yc1K9xyz"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OUR_TOKEN", TOKEN)
    monkeypatch.setenv("OUR_PASSWORD", LONG_PASSWORD)
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture
def site() -> Iterator[Site]:
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def playing() -> Iterator[Battery]:
    with battery() as found:
        yield found


def asked(slug: str, base_url: str, *more: str) -> list[str]:
    """The arguments of a trial, with the parameters of the recorded account."""
    fields: Mapping[str, Any] = recorded(RESPONSES / slug / "ok.toml").get("account", {})
    secret = [name for name, each in account_at(slug).profile.parameters if each.secret]
    params = {name: value for name, value in fields.get("params", {}).items() if name not in secret}
    arguments = ["providers", "try", "--profile", slug, "--token-env", "OUR_TOKEN", "--base-url", base_url]
    arguments += [each for name, value in params.items() for each in ("--param", f"{name}={value}")]
    arguments += [each for name in secret for each in ("--param-env", f"{name}=OUR_PASSWORD")]
    arguments += ["--unit", fields["unit"]] if "unit" in fields else []
    return [*arguments, *more]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_profile_can_be_tried(slug: str, playing: Battery, capsys: pytest.CaptureFixture[str]) -> None:
    """Against its recorded answer, with every expression found and no secret told."""
    account = playing.add(slug, lambda _, got: Sent(200, got.whole, {}))
    assert main(asked(slug, account.base_url, "--json")) == 0
    printed = capsys.readouterr().out
    found = json.loads(printed)
    expected = recorded(RESPONSES / slug / "ok.toml")["expected"]
    assert found["balance"]["remaining"] == expected.get("remaining")
    assert found["balance"]["unit"] == expected["unit"]
    names = {each["name"] for each in found["requests"]}
    assert set(account.profile.requests) <= names
    assert {each["key"] for each in found["found"]} >= {"remaining"}
    assert betrayed(printed) == []


@pytest.mark.parametrize(
    ("slug", "form"), [*((slug, ["--json"]) for slug in SLUGS), *((slug, []) for slug in FORMS.values())]
)
def test_no_trial_tells_a_secret_that_the_provider_says_back(
    slug: str, form: list[str], playing: Battery, capsys: pytest.CaptureFixture[str]
) -> None:
    """In headers, URLs and bodies, as JSON and as a page."""

    def answers(name: str, got: Got) -> Sent:
        return Sent(401, said(got) if name == "main" else page(got), {})

    account = playing.add(slug, answers)
    assert main(asked(slug, account.base_url, *form)) == 3
    printed = capsys.readouterr()
    assert betrayed(printed.out + printed.err) == []
    assert "bad token" in printed.out


def test_a_trial_shows_what_is_asked_what_comes_and_what_is_found(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    status = {"quota_per_unit": 500000, "quota_display_type": "CNY", "usd_exchange_rate": 7}
    site.answer = lambda path, _query: (
        200,
        {"success": True, "data": status}
        if path == "/api/status"
        else {
            "success": True,
            "data": {
                "quota": 1000000,
                "status": 1,
                "email": "joe@example.com",
                "access_token": "other-secret-1",
            },
        },
    )
    assert main(asked("new-api", site.base_url)) == 0
    shown = capsys.readouterr().out
    for words in (
        f"GET {site.base_url}/api/user/self",
        f"GET {site.base_url}/api/status",
        "data.quota / 71428.571428571429",
        "Balance  14.00 CNY left",
        '"email": "[e-mail]"',
        '"access_token": "[secret]"',
        "units CNY",
    ):
        assert words in shown
    assert "\x1b[" not in shown


def test_a_provider_cannot_write_on_the_terminal(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters and changes of direction are shown as what they are."""
    site.answer = lambda *_: (
        200,
        b'{"success": true, "data": {"quota": 5, "x\\u001b[2J": "a\xe2\x80\xaeb\\ud800"}}',
    )
    assert main(asked("one-api", site.base_url)) == 0
    shown = capsys.readouterr().out
    assert "\\u202e" in shown
    assert not {"\x1b", "\u202e", "\ud800"} & set(shown)


def test_long_answers_are_cut(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    many = {str(number): "x" * 500 for number in range(500)}
    site.answer = lambda *_: (200, {"success": True, "data": {"quota": 5, "list": [1] * 900, **many}})
    assert main(asked("one-api", site.base_url)) == 0
    shown = capsys.readouterr().out
    assert "... 895 more" in shown
    assert "more lines" in shown
    assert len(shown) < 40_000


def test_no_answer_is_a_failure_that_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(asked("one-api", "http://127.0.0.1:1")) == 3
    shown = capsys.readouterr().out
    assert "none: connection" in shown
    assert "Failure  connection" in shown


USAGE: dict[str, tuple[list[str], str]] = {
    "no token": (["--profile", "fal"], "--token-env is required"),
    "a token that is not there": (["--profile", "fal", "--token-env", "NONE"], "is not set, or is empty"),
    "an empty one": (["--profile", "fal", "--token-env", "EMPTY"], "is not set, or is empty"),
    "a token as argument": (["--profile", "fal", "--token", TOKEN], "a token is never an argument"),
    "the token as the variable": (["--profile", "fal", "--token-env", TOKEN], "is not set, or is empty"),
    "no such name": (["--profile", "fall", "--token-env", "OUR_TOKEN"], "did you mean `fal`"),
    "no such file": (["--profile", "no.toml", "--token-env", "OUR_TOKEN"], "no.toml cannot be read: No such"),
    "no TOML": (["--profile", "bad.toml", "--token-env", "OUR_TOKEN"], "bad.toml is not TOML"),
    "no JSON": (["--profile", "bad.json", "--token-env", "OUR_TOKEN"], "bad.json is not JSON: line 1"),
    "no text": (["--profile", "bytes.toml", "--token-env", "OUR_TOKEN"], "it is not UTF-8 text"),
    "no profile": (["--profile", "half.toml", "--token-env", "OUR_TOKEN"], "half.toml: `title` is required"),
    "an unknown key": (["--profile", "half.toml", "--token-env", "OUR_TOKEN"], "`titel` is not a field"),
    "no parameter": (["--profile", "xai", "--token-env", "OUR_TOKEN"], "--param team_id is required"),
    "half a parameter": (["--profile", "xai", "--token-env", "OUR_TOKEN", "--param", "x"], "NAME=VALUE"),
    "an unknown one": (
        ["--profile", "fal", "--token-env", "OUR_TOKEN", "--param", "team=1"],
        "--param team is not a field",
    ),
    "a secret one": (
        ["--profile", "thordata-serp", "--token-env", "OUR_TOKEN", "--param", f"queried={TOKEN}"],
        "--param queried is a secret",
    ),
    "no address": (["--profile", "one-api", "--token-env", "OUR_TOKEN"], "--base-url is required"),
    "an address with a password": (
        ["--profile", "one-api", "--token-env", "OUR_TOKEN", "--base-url", f"https://me:{TOKEN}@x.example.com"],
        "--base-url must be",
    ),
    "no unit": (
        ["--profile", "gcc-ai", "--token-env", "OUR_TOKEN", "--base-url", "https://x.example.com"],
        "--unit is required",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "words"), USAGE.values(), ids=USAGE)
def test_a_trial_that_cannot_begin_says_why_and_asks_nobody(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EMPTY", "  ")
    (tmp_path / "bad.toml").write_text("title = ")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "half.toml").write_text('titel = "x"')
    assert main(["providers", "try", *arguments]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err
    assert all(line.startswith("balancewatch: error: ") for line in printed.err.splitlines())
    assert betrayed(printed.err) == []


def test_an_option_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """`--token-e` would be one letter from the token itself."""
    with pytest.raises(SystemExit) as ended:
        main(["providers", "try", "--profile", "fal", "--token-e", "OUR_TOKEN"])
    assert ended.value.code == 4
    assert "usage:" in capsys.readouterr().err


def test_the_list_has_every_provider_and_finds_them_by_other_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["providers", "list", "--json"]) == 0
    assert [each["provider"] for each in json.loads(capsys.readouterr().out)] == SLUGS
    for word, slug in (
        ("chatgpt", "openai"),
        ("KIMI", "moonshot"),
        ("\u6df1\u5ea6", "deepseek"),
        ("one-hub", "one-api"),
    ):
        assert main(["providers", "list", word]) == 0
        assert slug in capsys.readouterr().out
    assert main(["providers", "list", "opnrouter"]) == 4
    assert "did you mean `openrouter`" in capsys.readouterr().err


@pytest.mark.parametrize("slug", SLUGS)
def test_every_provider_is_shown_with_all_that_it_needs(
    slug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["providers", "show", slug]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    profile = account_at(slug).profile
    assert profile.title in shown
    for words in (profile.where, *(each.help for _, each in profile.parameters)):
        assert " ".join(words.split())[:40] in shown
    assert main(["providers", "show", slug, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["needs"] == [
        *(f"params.{name}" for name, each in profile.parameters if each.default is None),
        *(["base_url"] if profile.base_url is None else []),
        *([] if profile.answer.tells_unit else ["unit"]),
    ]


def test_a_doubtful_source_is_called_so(capsys: pytest.CaptureFixture[str]) -> None:
    main(["providers", "show", "voapi"])
    assert "doubtful" in capsys.readouterr().out
    main(["providers", "show", "deepseek"])
    assert "doubtful" not in capsys.readouterr().out


def test_a_name_may_be_another_one_or_nearly_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "show", "ChatGPT"]) == 0
    assert "OpenAI" in capsys.readouterr().out
    assert main(["providers", "show", "deepseak"]) == 4
    assert "did you mean `deepseek`" in capsys.readouterr().err
    assert main(["providers", "show", "litelm"]) == 4
    assert capsys.readouterr().err.endswith("did you mean `litellm`?\n")


def test_who_is_not_there_may_be_one_that_cannot_be_watched(capsys: pytest.CaptureFixture[str]) -> None:
    """The page that says so is named."""
    assert main(["providers", "list", "perplexity"]) == 4
    assert "docs/not-watched.md" in capsys.readouterr().err


def test_a_trial_that_nobody_answered_finds_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And has no table of expressions that found nothing."""
    monkeypatch.setenv("OUR_TOKEN", TOKEN)
    at = ["--token-env", "OUR_TOKEN", "--base-url", "http://127.0.0.1:1"]
    assert main(["providers", "try", "--profile", "deepseek", *at]) == 3
    shown = capsys.readouterr().out
    assert "connection" in shown
    assert "Found" not in shown


GATEWAYS: dict[str, tuple[dict[str, object], str, str]] = {
    "one-api": ({"quota_per_unit": 500000, "display_in_currency": True}, "one-api", "one-api"),
    "one-hub": ({"quota_per_unit": 500000, "PaymentUSDRate": 7.3, "EnableSafe": False}, "one-hub", "one-api"),
    "New API": ({"quota_per_unit": 500000, "self_use_mode_enabled": False}, "New API", "new-api"),
    "the newest New API": (
        {"quota_per_unit": 500000, "quota_display_type": "USD", "checkin_enabled": True},
        "New API", "new-api",
    ),
    "the oldest New API": ({"quota_per_unit": 500000, "enable_data_export": True}, "New API", "new-api"),
    "Veloera": (
        {"quota_per_unit": 500000, "self_use_mode_enabled": False, "check_in_enabled": True},
        "Veloera", "veloera",
    ),
    "VoAPI": ({"quota_per_unit": 500000, "system_name": "VoAPI"}, "VoAPI", "voapi"),
}  # fmt: skip


@pytest.mark.parametrize(("status", "family", "provider"), GATEWAYS.values(), ids=GATEWAYS)
def test_a_gateway_is_recognised_by_what_its_program_publishes(
    status: dict[str, object], family: str, provider: str, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a token; and an address that ends in /v1 is the same gateway."""
    site.answer = lambda path, _query: (
        (200, {"success": True, "data": status}) if path == "/api/status" else (404, b"<html>")
    )
    assert main(["providers", "detect", "--base-url", f"{site.base_url}/v1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["family"], found["base_url"]) == (family, site.base_url)
    assert found["providers"][0]["provider"] == provider
    assert found["providers"][0]["account"]["base_url"] == site.base_url
    assert found["evidence"]
    assert found["sure"] == (family != "VoAPI")
    assert set(site.tokens) == {""}


OTHERS: dict[str, tuple[str, tuple[int, object], str, str]] = {
    "sub2api": (
        "/api/v1/settings/public",
        (200, {"code": 0, "data": {"site_name": "S", "registration_enabled": True, "api_base_url": ""}}),
        "sub2api", "sub2api",
    ),
    "LiteLLM": ("/health/liveliness", (200, "I'm alive!"), "LiteLLM proxy", "litellm"),
    "GCC AI": (
        "/v1/user/balance",
        (401, {"success": False, "message": "No Authorization header"}),
        "GCC AI style gateway", "gcc-ai",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("path", "reply", "family", "provider"), OTHERS.values(), ids=OTHERS)
def test_other_gateways_are_known_by_paths_of_their_own(
    path: str,
    reply: tuple[int, object],
    family: str,
    provider: str,
    site: Site,
    capsys: pytest.CaptureFixture[str],
) -> None:
    site.answer = lambda asked_for, _query: reply if asked_for == path else (404, {})
    assert main(["providers", "detect", "--base-url", site.base_url]) == 0
    shown = capsys.readouterr().out
    assert family in shown
    assert f'"provider": "{provider}"' in shown


@pytest.mark.parametrize(
    "reply",
    [
        (200, b"<html>a page for every path</html>"),
        (404, {}),
        (200, {"success": True, "data": []}),
        (500, b""),
    ],
)
def test_what_is_not_known_is_said_to_be_so(
    reply: tuple[int, object], site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what came, and where to go from there."""
    site.answer = lambda *_: reply
    assert main(["providers", "detect", "--base-url", site.base_url]) == 3
    shown = capsys.readouterr().out
    assert "Not recognised" in shown
    assert "GET /api/status" in shown
    assert "docs/add-a-provider.md" in shown


def test_nobody_there_is_not_the_same_as_not_recognised(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "detect", "--base-url", "http://127.0.0.1:1"]) == 3
    assert "Not reached" in capsys.readouterr().out


def test_a_host_of_the_catalogue_is_known_without_asking(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["providers", "detect", "--base-url", "https://api.deepseek.com/v1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [each["provider"] for each in found["providers"]] == ["deepseek"]
    assert found["asked"] == []


@pytest.mark.parametrize("address", [f"https://user:{TOKEN}@example.com", "api.example.com"])
def test_an_address_that_is_none_is_a_usage_error(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Which shows what one looks like."""
    assert main(["providers", "detect", "--base-url", address]) == 4
    said = capsys.readouterr().err
    assert "https://api.example.com" in said
    assert betrayed(said) == []
