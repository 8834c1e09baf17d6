"""From a secret to accounts: strict, every mistake named, no value shown, no entry stopped by another."""

import json
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from balancewatch.adapters import catalogue
from balancewatch.core.account import (
    Account,
    Language,
    Misconfigured,
    Percentage,
    QuietHours,
    Rules,
    full_name,
)
from balancewatch.core.account_list import AccountList, Stack, UnreadableAccountsError, parse_accounts
from balancewatch.core.account_rules import FIELDS
from balancewatch.core.fields import Problem
from balancewatch.core.reading import Reason
from balancewatch.core.token import Token

STACK = Stack(ZoneInfo("Asia/Shanghai"), Language.ZH, catalogue.profile, catalogue.slugs)
LOCAL = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs, local=True)
TOKEN = "sk-4f9c2a7be81d"


def entry(name: str = "prod", **fields: Any) -> dict[str, Any]:
    """An account at LaoZhang; a field that is None is left out."""
    written = {"name": name, "provider": "laozhang", "token": TOKEN, **fields}
    return {key: value for key, value in written.items() if value is not None}


def gateway(**fields: Any) -> dict[str, Any]:
    """An account at GCC AI, which needs more."""
    return entry(**{"provider": "gcc-ai", "base_url": "https://gw.example.com", "unit": "CNY", **fields})


def listed(*entries: object, stack: Stack = STACK, **defaults: Any) -> AccountList:
    document = {"accounts": list(entries)} | ({"defaults": defaults} if defaults else {})
    return parse_accounts(json.dumps(document), "main", stack)


def only(*entries: object, stack: Stack = STACK, **defaults: Any) -> Account:
    found = listed(*entries, stack=stack, **defaults)
    (account,) = found.entries
    assert isinstance(account, Account), account
    return account


def problems(
    *entries: object, stack: Stack = STACK, **defaults: Any
) -> list[tuple[str | None, str | None, str]]:
    found = listed(*entries, stack=stack, **defaults)
    return [(each.account, each.field, each.problem) for each in found.problems]


def test_an_account_of_three_fields_has_the_rules_of_the_design() -> None:
    """And language and time zone of the stack."""
    account = only(entry())
    assert (account.name, account.team, account.provider) == ("prod", "main", "laozhang")
    assert account.token == Token(TOKEN)
    assert account.base_url == "https://api.laozhang.ai"
    assert account.rules == Rules(timezone=ZoneInfo("Asia/Shanghai"), language=Language.ZH)
    assert account.rules.runway_hours == 48
    assert account.rules.critical_runway_hours == 12
    assert account.rules.repeat_hours == 24
    assert [account.rules.failures_before(reason) for reason in Reason] == [
        {"unauthorized": 2, "forbidden": 2, "misconfigured": 1}.get(reason, 3) for reason in Reason
    ]


def test_an_account_of_all_fields_says_so() -> None:
    """Every field of it."""
    account = only(
        gateway(
            title="\u751f\u4ea7",
            allow_http=False,
            threshold=20.5,
            critical_threshold=5,
            runway_hours=72,
            critical_runway_hours=0,
            scale=100,
            failures=4,
            repeat_hours=0.5,
            quiet={"from": "22:00", "to": "08:00"},
            mute_until="2026-12-01T08:00:00",
            timezone="Europe/Berlin",
            language="en",
            labels=["team-a", "\u7ec4"],
            top_up_url="https://gw.example.com/pay?plan=1#now",
            enabled=True,
        )
    )
    assert account.rules == Rules(
        title="\u751f\u4ea7",
        base_url="https://gw.example.com",
        threshold=Decimal("20.5"),
        critical_threshold=Decimal(5),
        runway_hours=Decimal(72),
        critical_runway_hours=Decimal(0),
        unit="CNY",
        scale=Decimal(100),
        failures=4,
        repeat_hours=Decimal("0.5"),
        quiet=QuietHours(time(22), time(8)),
        mute_until=datetime(2026, 12, 1, 7, tzinfo=UTC),
        timezone=ZoneInfo("Europe/Berlin"),
        language=Language.EN,
        labels=("team-a", "\u7ec4"),
        top_up_url="https://gw.example.com/pay?plan=1#now",
    )
    assert account.rules.failures_before(Reason.UNAUTHORIZED) == 4
    assert account.rules.failures_before(Reason.MISCONFIGURED) == 1


@pytest.mark.parametrize("written", ["20%", "0.5%", "100%", "20 %"])
def test_a_threshold_may_be_a_share_of_the_base(written: str) -> None:
    """Above nothing, up to all of it."""
    assert only(entry(threshold=written)).rules.threshold == Percentage(Decimal(written.rstrip(" %")))


def test_names_are_full_outside_of_team_main() -> None:
    """So that two teams may use the same."""
    assert full_name("main", "prod") == "prod"
    assert full_name("search", "prod") == "search/prod"


LIMIT = "must be a number or a percentage"
SHARE = "must be a number or a percentage above 0% and up to 100%"
URL = "must be an address such as https://api.example.com, without user, query or fragment"
HOURS = "must be 87600 or less"
TIME = 'must be a time such as "2026-12-01T08:00:00+08:00"'
ZONE = "must be an IANA time zone such as Asia/Shanghai"
LABELS = "must be a list of at most 5 texts of 1 to 40 characters"
TITLE = "must be text of 1 to 40 characters"
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no token": (entry(token=None), "token", "is required"),
    "an empty token": (entry(token=""), "token", "must be text that is not empty"),
    "a token with a line end": (
        entry(token=f"{TOKEN}\n"),
        "token",
        "has spaces or line ends around it; remove them",
    ),
    "no provider": (entry(provider=None), "provider", "is required"),
    "an unknown provider": (
        entry(provider="elsewhere"),
        "provider",
        "is not in the catalogue; the README lists the providers",
    ),
    "a near miss of a provider": (
        entry(provider="laozang"),
        "provider",
        "is not in the catalogue; did you mean `laozhang`?",
    ),
    "a provider that is a list": (
        entry(provider=["laozhang"]),
        "provider",
        "must be the name of a provider, or a whole profile",
    ),
    "a near miss": (entry(treshold=5), "treshold", "is not a field; did you mean `threshold`?"),
    "another near miss": (
        entry(critical_treshold=5),
        "critical_treshold",
        "is not a field; did you mean `critical_threshold`?",
    ),
    "an unknown field": (entry(colour="red"), "colour", "is not a field"),
    "a threshold in text": (entry(threshold="20"), "threshold", LIMIT),
    "a threshold that is a flag": (entry(threshold=True), "threshold", LIMIT),
    "a threshold that is null": (entry() | {"threshold": None}, "threshold", LIMIT),
    "a threshold below 0": (entry(threshold=-1), "threshold", "must be 0 or more"),
    "an enormous threshold": (entry(threshold=10**30), "threshold", LIMIT),
    "a share of nothing": (entry(threshold="0%"), "threshold", SHARE),
    "more than all": (entry(threshold="101%"), "threshold", SHARE),
    "a share of words": (entry(threshold="ten%"), "threshold", SHARE),
    "a critical threshold above the other": (
        entry(threshold=5, critical_threshold=6),
        "critical_threshold",
        "must not be above `threshold`",
    ),
    "a critical share above the other": (
        entry(threshold="5%", critical_threshold="6%"),
        "critical_threshold",
        "must not be above `threshold`",
    ),
    "hours in text": (entry(runway_hours="48"), "runway_hours", "must be a number"),
    "hours below 0": (entry(critical_runway_hours=-1), "critical_runway_hours", "must be 0 or more"),
    "hours beyond all time": (entry(repeat_hours=1e20), "repeat_hours", HOURS),
    "a scale of 0": (entry(scale=0), "scale", "must be more than 0"),
    "a unit that is a sign": (entry(unit="$"), "unit", "must be a unit such as USD, CNY or tokens"),
    "half a failure": (entry(failures=1.5), "failures", "must be a whole number"),
    "no failures": (entry(failures=0), "failures", "must be 1 or more"),
    "quiet for ever": (
        entry(quiet={"from": "08:00", "to": "08:00"}),
        "quiet",
        "must not begin and end at the same time",
    ),
    "quiet without an end": (entry(quiet={"from": "08:00"}), "quiet", "has a mistake: `to` is required"),
    "quiet at a time that is none": (
        entry(quiet={"from": "24:00", "to": "8:00"}),
        "quiet",
        'has a mistake: `from` must be a time such as "22:00"; `to` must be a time such as "22:00"',
    ),
    "quiet with more": (
        entry(quiet={"from": "22:00", "to": "08:00", "untill": "x"}),
        "quiet",
        "has a mistake: `untill` is not a field",
    ),
    "quiet in text": (entry(quiet="22:00-08:00"), "quiet", "must be an object"),
    "mute until some day": (entry(mute_until="tomorrow"), "mute_until", TIME),
    "mute until a number": (entry(mute_until=1795320000), "mute_until", TIME),
    "mute until before time began": (entry(mute_until="0001-01-01T00:00:00"), "mute_until", TIME),
    "mute until after it ends": (entry(mute_until="9999-12-31T23:59:59-08:00"), "mute_until", TIME),
    "a zone that is none": (entry(timezone="Asia/Beijing2"), "timezone", ZONE),
    "a zone that is a file": (entry(timezone="../../etc/passwd"), "timezone", ZONE),
    "a zone that is a folder": (entry(timezone="America"), "timezone", ZONE),
    "a language that is none": (entry(language="fr"), "language", "must be one of en, zh"),
    "labels in text": (entry(labels="a,b"), "labels", LABELS),
    "too many labels": (entry(labels=list("abcdef")), "labels", LABELS),
    "a blank label": (entry(labels=[" "]), "labels", LABELS),
    "a link that runs": (entry(top_up_url="javascript:alert(1)"), "top_up_url", "must be a URL"),
    "a long title": (entry(title="x" * 41), "title", TITLE),
    "a blank title": (entry(title="  "), "title", TITLE),
    "a title of two lines": (entry(title="a\nb"), "title", TITLE),
    "enabled in text": (entry(enabled="no"), "enabled", "must be true or false"),
    "params in text": (entry(params="7"), "params", "must be an object"),
    "a parameter that it does not have": (entry(params={"user_id": 7}), "params.user_id", "is not a field"),
    "no parameters": (
        entry(provider="new-api", base_url="https://x.example"),
        "params.user_id",
        "is required: your numeric user id, shown in the console's personal settings",
    ),
    "a parameter off its pattern": (
        entry(provider="new-api", base_url="https://x.example", params={"user_id": "me"}),
        "params.user_id",
        "must be as the provider wants it: your numeric user id, shown in the console's personal settings",
    ),
    "an enormous parameter": (
        entry(provider="new-api", base_url="https://x.example", params={"user_id": 10**300}),
        "params.user_id",
        "must be as the provider wants it: your numeric user id, shown in the console's personal settings",
    ),
    "a gateway without its address": (
        entry(provider="one-api"),
        "base_url",
        "is required: this provider has many addresses",
    ),
    "a gateway without its unit": (
        gateway(unit=None),
        "unit",
        "is required: this provider does not say what its numbers are (USD, CNY or tokens)",
    ),
    "plain http": (
        gateway(base_url="http://gw.example.com"),
        "base_url",
        "must begin with https:// (or set `allow_http`: the token then travels in clear)",
    ),
    "an inline profile with a mistake": (
        entry(provider={"extends": "one-api", "answer": {"remaining": "a["}}, base_url="https://x.example"),
        "provider",
        "is no profile: it has a mistake: `answer.remaining` must be a JMESPath expression",
    ),
}


@pytest.mark.parametrize(("written", "field", "problem"), WRONG.values(), ids=WRONG)
def test_a_wrong_account_is_misconfigured_and_the_good_ones_go_on(
    written: Mapping[str, Any], field: str, problem: str
) -> None:
    """The problem names account and field, and says what is wanted."""
    found = listed(written, entry("good"))
    bad, good = found.entries
    assert isinstance(bad, Misconfigured)
    assert isinstance(good, Account)
    assert bad.problems == ((field, problem),)
    assert found.problems == (Problem("prod", field, problem),)
    assert found.nameless == ()


def test_an_enormous_number_in_one_entry_stops_no_other() -> None:
    """Not even one that decimals cannot add."""
    for field in ("threshold", "scale", "failures", "repeat_hours"):
        bad_entry = f'{json.dumps(entry())[:-1]}, "{field}": 1e9999999}}'
        secret = f'{{"accounts": [{bad_entry}, {json.dumps(entry("good"))}]}}'
        bad, good = parse_accounts(secret, "main", STACK).entries
        assert isinstance(bad, Misconfigured)
        assert [name for name, _ in bad.problems] == [field]
        assert isinstance(good, Account)


def test_all_mistakes_of_an_account_are_told_at_once() -> None:
    """And its good rules hold for telling them."""
    found = listed(entry(token="", threshold="x", titel="y", language="en", timezone="UTC"))
    (bad,) = found.entries
    assert isinstance(bad, Misconfigured)
    assert [name for name, _ in bad.problems] == ["threshold", "token", "titel"]
    assert (bad.provider, bad.rules.language, bad.rules.timezone.key) == ("laozhang", Language.EN, "UTC")


BASE_URLS = {
    "https://api.example.com": "https://api.example.com",
    "https://api.example.com/": "https://api.example.com",
    "https://api.example.com//": "https://api.example.com",
    "https://api.example.com:8443/v1/gate/": "https://api.example.com:8443/v1/gate",
    "https://API.example.com.": "https://API.example.com.",
    "https://10.1.2.3/x": "https://10.1.2.3/x",
    "https://[2606:4700::1111]:443/x": "https://[2606:4700::1111]:443/x",
    "https://xn--fiqs8s.example": "https://xn--fiqs8s.example",
    "https://gateway": "https://gateway",
}


@pytest.mark.parametrize(("written", "expected"), BASE_URLS.items(), ids=BASE_URLS)
def test_a_base_url_is_taken_without_its_last_slash(written: str, expected: str) -> None:
    """With a port, a path, an address."""
    assert only(gateway(base_url=written)).base_url == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "api.example.com",
        "//api.example.com",
        "ftp://api.example.com",
        "HTTPS//api.example.com",
        "https://",
        "https:///v1",
        f"https://user:{TOKEN}@api.example.com",
        f"https://{TOKEN}@api.example.com/v1",
        f"https://api.example.com/v1?key={TOKEN}",
        "https://api.example.com/#top",
        "https://api.example.com/a b",
        " https://api.example.com",
        "https://api.example.com\n",
        "https://api.example.com\\@evil.example",
        "https://\u4f59\u989d.example",
        "https://api.example.com/\u4f59",
        "https://-api.example.com",
        "https://api..example.com",
        "https://.",
        f"https://{'a' * 64}.example.com",
        "https://api.example.com:0",
        "https://api.example.com:65536",
        "https://api.example.com:x",
        "https://[::g]",
        "https://[1:2]",
        "https://[fe80::1%25eth0]",
        "https://2606:4700::1111",
        f"https://api.example.com/{'x' * 300}",
        5,
        None,
    ],
)
def test_what_is_no_base_url_is_refused_unseen(written: object) -> None:
    """Users, queries and fragments hold secrets, and logs show hosts."""
    assert problems(gateway() | {"base_url": written}) == [("prod", "base_url", URL)]


def test_plain_http_is_allowed_by_the_account_and_told_as_a_problem() -> None:
    """Or from a terminal, as its user."""
    written = gateway(base_url="http://10.0.0.1:3000", allow_http=True)
    assert only(written).base_url == "http://10.0.0.1:3000"
    assert problems(written) == [("prod", "allow_http", "lets the token travel in clear text")]
    assert only(gateway(base_url="http://127.0.0.1:3000"), stack=LOCAL).rules.allow_http is False


def test_an_inline_profile_is_a_provider() -> None:
    """It needs no catalogue, and no Python."""
    profile = {
        "title": "Ours",
        "credential": {"kind": "key", "where": "the console"},
        "request": {"base_url": "https://api.ours.example.com/", "path": "/balance"},
        "parameters": {
            "password": {"help": "its password", "secret": True},
            "zone": {"help": "x", "default": "eu"},
        },
        "answer": {"remaining": "balance", "unit": "EUR", "scale": 0.01},
    }
    account = only(entry(provider=profile, params={"password": "pw-123456"}))
    assert (account.provider, account.base_url) == ("inline", "https://api.ours.example.com")
    assert account.profile.answer.scale == Decimal("0.01")
    assert account.params == {"password": Token("pw-123456"), "zone": "eu"}
    assert account.tokens == (Token(TOKEN), Token("pw-123456"))
    assert "pw-123456" not in repr(account)


def test_a_name_that_occurs_twice_is_one_misconfigured_account() -> None:
    """Nobody knows which of them is meant."""
    found = listed(entry(), entry("good"), entry(), entry())
    bad, good = found.entries
    assert isinstance(bad, Misconfigured)
    assert bad.problems == (("name", "stands 3 times in the list; names must be unique"),)
    assert isinstance(good, Account)


NAME = "must be 1 to 64 of the letters A-Z and a-z, digits, `-`, `_`, `.` and space (`title` takes any)"
NAMELESS = {
    "no name": (entry() | {"name": None}, "accounts[1].name", NAME),
    "an absent name": ({"token": TOKEN}, "accounts[1].name", NAME),
    "an empty name": (entry(""), "accounts[1].name", NAME),
    "a blank name": (entry("  "), "accounts[1].name", NAME),
    "a long name": (entry("x" * 65), "accounts[1].name", NAME),
    "a name in Chinese": (entry("\u751f\u4ea7"), "accounts[1].name", NAME),
    "our own name": (entry("#entries"), "accounts[1].name", NAME),
    "a name with a slash": (entry("team/prod"), "accounts[1].name", NAME),
    "a name with a line end": (entry("prod\n"), "accounts[1].name", NAME),
    "a name that is a number": (entry() | {"name": 5}, "accounts[1].name", NAME),
    "a name that is a list": (entry() | {"name": ["prod"]}, "accounts[1].name", NAME),
    "text": (TOKEN, "accounts[1]", "must be an object"),
    "nothing": (None, "accounts[1]", "must be an object"),
    "a list": ([entry()], "accounts[1]", "must be an object"),
}


@pytest.mark.parametrize(("written", "field", "problem"), NAMELESS.values(), ids=NAMELESS)
def test_an_entry_without_a_usable_name_is_told_by_its_place(
    written: object, field: str, problem: str
) -> None:
    """And the named ones go on."""
    found = listed(entry("a"), written, entry("b"))
    assert [each.name for each in found.entries] == ["a", "b"]
    assert all(isinstance(each, Account) for each in found.entries)
    assert found.nameless == (Problem(None, field, problem),)
    assert found.problems == found.nameless


@pytest.mark.parametrize("name", ["a", "A.b-c_d 9", "x" * 64, "-", "0"])
def test_a_name_is_of_letters_digits_and_four_marks(name: str) -> None:
    """It is a metric's dimension."""
    assert only(entry(name)).name == name


def test_a_disabled_entry_is_as_if_it_were_not_there() -> None:
    """Whatever else is wrong with it, and however it is disabled."""
    found = listed(
        entry(enabled=False),
        entry(),
        entry("", enabled=False),
        {"enabled": False},
        entry("b", enabled=False, token=5),
    )
    assert [each.name for each in found.entries] == ["prod"]
    assert found.problems == ()
    assert [each.name for each in listed(entry("a"), entry("b", enabled=True), enabled=False).entries] == [
        "b"
    ]


def test_defaults_hold_for_entries_that_say_nothing_themselves() -> None:
    """Field by field; they are also the rules of what has no entry."""
    found = listed(
        entry("a"),
        entry("b", threshold=3, labels=[]),
        threshold=7,
        critical_threshold=1,
        labels=["x"],
        language="en",
        timezone="UTC",
    )
    a, b = found.entries
    assert (a.rules.threshold, a.rules.labels, a.rules.language) == (Decimal(7), ("x",), Language.EN)
    assert (b.rules.threshold, b.rules.labels, b.rules.critical_threshold) == (Decimal(3), (), Decimal(1))
    assert found.rules == a.rules


def test_default_params_are_for_the_providers_that_have_them() -> None:
    """And an entry's own are merged with them, one by one."""
    newapi = {"provider": "new-api", "base_url": "https://x.example"}
    found = listed(
        entry("a"),
        entry("b", **newapi),
        entry("c", **newapi, params={"user_id": 9}),
        entry("d", params={}),
        entry("e", **newapi, params={"user": 9}),
        params={"user_id": 7, "other": "x"},
    )
    assert [dict(each.params) if isinstance(each, Account) else each.problems for each in found.entries] == [
        {},
        {"user_id": "7"},
        {"user_id": "9"},
        {},
        (("params.user", "is not a field; did you mean `user_id`?"),),
    ]


UNREADABLE: dict[str, tuple[str, str]] = {
    "nothing": ("", "the secret is not JSON: line 1 column 1: expecting value"),
    "a token alone": (TOKEN, "the secret is not JSON: line 1 column 1: expecting value"),
    "a comma too many": (
        '{"accounts": [\n  {},,\n]}',
        "the secret is not JSON: line 2 column 6: expecting value",
    ),
    "a byte-order mark": (
        '\ufeff{"accounts": []}',
        (
            "the secret is not JSON: line 1 column 1: "
            "a byte-order mark stands before the JSON; save it without one"
        ),
    ),
    "smart quotes": (
        '{"accounts": [\n  {\u201cname\u201d: "a"}]}',
        'the secret is not JSON: line 2 column 4: a typographic quotation mark; use straight ones (")',
    ),
    "a key twice": (
        f'{{"accounts": [\n  {{"name": "a", "token": "{TOKEN}", "token": "{TOKEN}"}}]}}',
        "the secret is not JSON: line 2 column 45: the key `token` occurs twice in one object",
    ),
    "accounts twice": (
        '{"accounts": [], "accounts": []}',
        "the secret is not JSON: line 1 column 18: the key `accounts` occurs twice in one object",
    ),
    "a token as a key twice": (
        f'{{"{TOKEN}": 1, "{TOKEN}": 2}}',
        "the secret is not JSON: line 1 column 24: a key occurs twice in one object",
    ),
    "a list": ("[]", 'the secret must be an object with a list `accounts`: {"accounts": [...]}'),
    "null": ("null", 'the secret must be an object with a list `accounts`: {"accounts": [...]}'),
    "an object of something else": (
        f'{{"laozhang": "{TOKEN}"}}',
        'the secret must be an object with a list `accounts`: {"accounts": [...]}',
    ),
    "accounts that are an object": (
        '{"accounts": {"prod": {}}}',
        'the secret must be an object with a list `accounts`: {"accounts": [...]}',
    ),
    "a near miss of defaults": (
        '{"accounts": [], "default": {}}',
        (
            "the secret holds more than `accounts` and `defaults`: "
            "`default` is not a field; did you mean `defaults`?"
        ),
    ),
    "a field of accounts": (
        '{"accounts": [], "threshold": 5}',
        (
            "the secret holds more than `accounts` and `defaults`: "
            "`threshold` is not a field; account fields belong in `defaults`"
        ),
    ),
    "a token beside accounts": (
        f'{{"accounts": [], "{TOKEN}": 5}}',
        (
            "the secret holds more than `accounts` and `defaults`: "
            "`?` is not a field (its name is not shown: it may be a secret)"
        ),
    ),
    "defaults that are a list": ('{"accounts": [], "defaults": []}', "`defaults` must be an object"),
    "defaults that are null": ('{"accounts": [], "defaults": null}', "`defaults` must be an object"),
    "a wrong default": (
        '{"accounts": [], "defaults": {"threshold": "5", "langage": "en"}}',
        (
            "`defaults.threshold` must be a number or a percentage; "
            "`defaults.langage` is not a field; did you mean `language`?"
        ),
    ),
    "a default token": (
        f'{{"accounts": [], "defaults": {{"token": "{TOKEN}"}}}}',
        "`defaults.token` belongs to each account",
    ),
    "default params in text": (
        '{"accounts": [], "defaults": {"params": "x"}}',
        "`defaults.params` must be an object",
    ),
    "a number of a million digits": (
        f'{{"accounts": [{"9" * 10**4}]}}',
        "the secret is not JSON: a number has too many digits",
    ),
    "endless nesting": ('{"accounts": ' + "[" * 60_000, "the secret is not JSON: it is nested too deeply"),
}


@pytest.mark.parametrize(("secret", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_secret_says_why(secret: str, problem: str) -> None:
    """And not what."""
    with pytest.raises(UnreadableAccountsError) as caught:
        parse_accounts(secret, "main", STACK)
    assert str(caught.value) == problem
    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_three_hundred_accounts_are_read() -> None:
    """As many as a secret holds, and none is a problem."""
    found = listed(*(entry(f"account {number}") for number in range(300)), threshold=5)
    assert len(found.entries) == 300
    assert found.problems == ()


CANARY = "Cn4ry7f3e9a1b5d2c8"
SHAPES: dict[str, object] = {
    "with a line end": f"{CANARY}\n",
    "with a quote": f"{CANARY}\u201d",
    "as a share": f"{CANARY}%",
    "in a list": [f"{CANARY}\n"],
    "in an object": {"x": f"{CANARY}\n"},
    "as a name": {f"{CANARY}\n": 1},
    "in a URL": f"https://user:{CANARY}@api.example.com/?key={CANARY}",
    "as a number": [10**18, CANARY],
}


PLANTED = [
    pytest.param(field, [shape] if field == "title" else shape, id=f"{field} {name}")
    for field in FIELDS
    for name, shape in SHAPES.items()
]


@pytest.mark.parametrize(("field", "shape"), PLANTED)
def test_a_wrong_value_is_shown_nowhere(field: str, shape: object) -> None:
    """Not in a problem or a repr: it may be a pasted token."""
    found = listed(gateway() | {field: shape}, entry("good"))
    assert CANARY not in repr(found)
    assert found.problems or field == "token"
    assert isinstance(found.entries[-1], Account)


@pytest.mark.parametrize(("field", "shape"), PLANTED)
def test_a_wrong_default_fails_without_being_shown(field: str, shape: object) -> None:
    """Default parameters alone are judged only where a provider has them."""
    secret = json.dumps({"accounts": [entry()], "defaults": {field: shape}})
    if field == "params" and isinstance(shape, dict):
        assert CANARY not in repr(parse_accounts(secret, "main", STACK))
        return
    with pytest.raises(UnreadableAccountsError) as caught:
        parse_accounts(secret, "main", STACK)
    assert f"`defaults.{field}` " in str(caught.value)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_token_is_shown_nowhere_either_where_all_is_right() -> None:
    """The accounts, their rules and their parameters can be printed."""
    assert TOKEN not in repr(listed(entry(), gateway(name="b"), entry("c", treshold=5)))
