"""`balancewatch providers`: the catalogue, a trial of one profile, and which profile a gateway needs."""

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from zoneinfo import ZoneInfo

from balancewatch.adapters import catalogue
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.account import Account, Language, Misconfigured
from balancewatch.core.account_list import Stack, UnreadableAccountsError, parse_accounts
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.fields import WantedError
from balancewatch.core.profile import Profile, url
from balancewatch.core.profile_table import Table
from balancewatch.core.reading import Balance
from balancewatch_cli.providers import detection, page, trial_page
from balancewatch_cli.providers.directory import UnknownProviderError, at_host, matching, named, profiles
from balancewatch_cli.providers.profile_facts import facts, listed
from balancewatch_cli.providers.profile_file import ProfileFileError, profile_of
from balancewatch_cli.providers.trial import tried
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, output, print_json, progress

_NAME = "the profile"
_ADDRESS = "an address such as https://api.example.com, without user, query or fragment"
_DETECT_S = 12.0
_OPTIONS = {"token": "--token-env", "base_url": "--base-url", "unit": "--unit"}


class _UsageError(ValueError):
    """What was asked for cannot be done: one line for each reason."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the actions of the command, which `command` makes."""
    parser = command(
        "providers",
        help="the providers that are known, and trying one",
        description="What providers are known and what each needs; a trial of a profile; what a gateway is.",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    shown = _action(actions.add_parser, "list", "list them", "Lists the providers.")
    shown.add_argument("word", nargs="?", metavar="WORD", help="only those whose names hold it")
    shown = _action(actions.add_parser, "show", "all that one needs", "Shows a provider.")
    shown.add_argument("name", metavar="NAME", help="its name in the catalogue, its title or another name")
    trial = _action(
        actions.add_parser,
        "try",
        "ask for real, once, and show everything but the secrets",
        "Asks a provider for real, by the engine of the watch: what is sent, what comes, what each "
        "expression of the profile finds in it, and the balance. Nothing is stored and nobody is told.",
        "Exit status: 0 a balance, 3 a failure, 4 usage, or a profile that cannot be used.",
    )
    trial.add_argument("--profile", required=True, metavar="FILE|NAME", help="a TOML or JSON file, or a name")
    trial.add_argument(
        "--token-env", metavar="VAR", help="the environment variable that holds the token; never the token"
    )
    trial.add_argument("--token", nargs="?", const="", help=argparse.SUPPRESS)
    trial.add_argument("--base-url", metavar="URL", help="where the profile names no host, or another one")
    trial.add_argument(
        "--param", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the profile"
    )
    trial.add_argument(
        "--param-env", action="append", default=[], metavar="NAME=VAR", help="a secret one, from a variable"
    )
    trial.add_argument("--unit", metavar="UNIT", help="what the figures are, where the profile cannot know")
    found = _action(
        actions.add_parser,
        "detect",
        "which program a gateway runs",
        "Asks a gateway what everyone may ask, without a token, and says which profile reads it.",
        "Exit status: 0 recognised, 3 not recognised or not reached, 4 usage.",
    )
    found.add_argument("--base-url", required=True, metavar="URL")


def _action(
    make: Callable[..., argparse.ArgumentParser], name: str, short: str, long: str, epilog: str | None = None
) -> argparse.ArgumentParser:
    parser = make(name, help=short, description=long, epilog=epilog, allow_abbrev=False)
    parser.add_argument("--json", action="store_true", help="print the same facts as JSON and nothing else")
    parser.add_argument("--no-color", action="store_true", help="no colours (so does NO_COLOR)")
    return parser


def run(options: argparse.Namespace) -> ExitStatus:
    """Do it and print; the exit status."""
    actions = {"list": _list, "show": _show, "try": _try, "detect": _detect}
    try:
        return actions[options.action](options)
    except (_UsageError, ProfileFileError) as error:
        for line in error.lines:
            fail(line)
        return ExitStatus.ERROR


def _list(options: argparse.Namespace) -> ExitStatus:
    found = profiles() if options.word is None else matching(options.word)
    if not found:
        raise _UsageError(_unknown(options.word))
    if options.json:
        print_json([listed(each) for each in found])
    else:
        page.show_list(output(options), found)
    return ExitStatus.OK


def _unknown(name: str) -> str:
    try:
        return f"only `{named(name).name}` is called so"
    except UnknownProviderError as error:
        return f"{name!r}: {error}"


def _show(options: argparse.Namespace) -> ExitStatus:
    try:
        profile = named(options.name)
    except UnknownProviderError as error:
        raise _UsageError(f"{options.name!r}: {error}") from None
    if options.json:
        print_json(facts(profile))
    else:
        page.show_profile(output(options), profile)
    return ExitStatus.OK


def _try(options: argparse.Namespace) -> ExitStatus:
    if options.token is not None:
        raise _UsageError(
            "a token is never an argument: put it into an environment variable, --token-env VAR"
        )
    profile = profile_of(options.profile)
    account = _account(options, profile)
    with progress("Asking ..."), ProvidersHttp(Policy(local=True)) as providers:

        def ask(requests: Sequence[Request], seconds: float) -> Sequence[Answer]:
            return providers.ask(requests, until=monotonic() + seconds, now=_now)

        trial = tried(account, _stack(profile), ask, _now())
    if options.json:
        print_json(trial_page.document(trial))
    else:
        trial_page.show(output(options), trial)
    return ExitStatus.OK if isinstance(trial.reading, Balance) else ExitStatus.UNREACHABLE


def _account(options: argparse.Namespace, profile: Profile) -> Account:
    """The account as the secret would hold it, read by the same parser. Raises `_UsageError`."""
    entry: dict[str, object] = {
        "name": "try",
        "provider": _NAME,
        "token": _variable("--token-env", options.token_env),
        "params": _params(options, profile),
    }
    said = {"base_url": options.base_url, "unit": options.unit}
    entry |= {field: value for field, value in said.items() if value is not None}
    try:
        (found,) = parse_accounts(json.dumps({"accounts": [entry]}), "main", _stack(profile)).entries
    except UnreadableAccountsError as error:
        raise _UsageError(str(error)) from None
    if isinstance(found, Misconfigured):
        raise _UsageError(*(f"{_option(field)} {problem}" for field, problem in found.problems))
    return found


def _params(options: argparse.Namespace, profile: Profile) -> dict[str, str]:
    secret = {name for name, each in profile.parameters if each.secret}
    params: dict[str, str] = {}
    for name, value in map(_pair, options.param):
        if name in secret:
            raise _UsageError(f"--param {name} is a secret: say --param-env {name}=VAR, and put it into VAR")
        params[name] = value
    for name, variable in map(_pair, options.param_env):
        params[name] = _variable("--param-env", variable)
    return params


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not (name and equals):
        raise _UsageError("--param and --param-env must be NAME=VALUE")
    return name, value


def _variable(option: str, name: str | None) -> str:
    """What stands in an environment variable. Its name is not shown: it may be a token by mistake."""
    if not name:
        raise _UsageError(f"{option} is required: the name of the environment variable that holds the token")
    value = os.environ.get(name, "")
    if not value.strip():
        raise _UsageError(f"{option}: the environment variable of that name is not set, or is empty")
    return value


def _option(field: str) -> str:
    """The option for a field of an account."""
    return (
        f"--param {field.removeprefix('params.')}"
        if field.startswith("params.")
        else _OPTIONS.get(field, field)
    )


def _stack(profile: Profile) -> Stack:
    def found(wanted: str | Table) -> Profile | None:
        return profile if wanted == _NAME else catalogue.profile(wanted)

    return Stack(ZoneInfo("UTC"), Language.EN, found, catalogue.slugs, local=True)


def _detect(options: argparse.Namespace) -> ExitStatus:
    try:
        base_url = url(_ADDRESS)(options.base_url)
    except WantedError as error:
        raise _UsageError(f"--base-url {error}") from None
    root = detection.root_of(base_url)
    known = at_host(root)
    answers: Mapping[str, Answer] = {}
    recognition = None
    if not known:
        with progress("Asking ..."), ProvidersHttp(Policy(local=True)) as providers:
            came = providers.ask(detection.questions(root), until=monotonic() + _DETECT_S, now=_now)
        answers = dict(zip(detection.PATHS, came, strict=True))
        recognition = detection.recognised(answers)
    found = page.Detected(root, base_url, known, recognition, answers)
    if options.json:
        print_json(found.document())
    else:
        page.show_detected(output(options), found)
    return ExitStatus.OK if found.is_recognised else ExitStatus.UNREACHABLE


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
