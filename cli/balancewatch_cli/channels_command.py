"""`balancewatch channels`: the chats and pagers of a deployed stack, looked at, changed and tried."""

import argparse
import difflib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console

from balancewatch.core.notification import Json
from balancewatch_cli import channels_page, deployed, private
from balancewatch_cli.account_edit import EditError
from balancewatch_cli.channel_answers import url_of
from balancewatch_cli.channel_edit import ChannelList, Place, channel_list
from balancewatch_cli.channel_kinds import KINDS, Kind, WrongAnswerError
from balancewatch_cli.channel_todos import Tried
from balancewatch_cli.deployed import StackError
from balancewatch_cli.stack_facts import ChannelFact
from balancewatch_cli.status import ExitStatus
from balancewatch_relay.core.message import Stack
from balancewatch_relay.core.news import Kind as News
from balancewatch_relay.core.news import Language, Severity

if TYPE_CHECKING:
    from balancewatch_cli.stack_secret import StackSecret, Version

_DESCRIPTION = "The chats and pagers that balancewatch tells: `balancewatch channels` changes it"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A stack's channels as they were read."""

    secret: "StackSecret"
    version: "Version"
    channels: ChannelList
    stack: Stack


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is to become of the list, by which of its channels."""

    channels: ChannelList
    what: str
    place: Place


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the actions of the command, which `command` makes."""
    parser = command(
        "channels",
        help="list, add, remove and try the chats and pagers of a deployed stack",
        description="The channels in a deployed stack's secret, with your own AWS credentials. What a "
        "service shows is asked for and made into a URL; no address is ever shown.",
        epilog="Exit status: 0 done, 3 a channel did not take its test (then nothing is saved), 4 usage, "
        "configuration, not saved, or a stack that cannot be read.",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    _action(actions.add_parser, "list", "what the secret holds, without the addresses")
    add = _edit(actions.add_parser, "add", "add one; what its service shows is asked for")
    add.add_argument("kind", metavar="KIND", help=", ".join(KINDS))
    _describe(add)
    _edit(actions.add_parser, "remove", "remove one").add_argument(
        "channel", metavar="NAME", help="its name, or its number in the list"
    )
    test = _action(actions.add_parser, "test", "send a marked test to all, or to one")
    test.add_argument("channel", nargs="?", metavar="NAME", help="its name, or its number in the list")


def _action(make: Callable[..., argparse.ArgumentParser], name: str, what: str) -> argparse.ArgumentParser:
    parser = make(name, help=what, description=f"{what[0].upper()}{what[1:]}.", allow_abbrev=False)
    deployed.declare(parser)
    return parser


def _edit(make: Callable[..., argparse.ArgumentParser], name: str, what: str) -> argparse.ArgumentParser:
    parser = _action(make, name, what)
    parser.add_argument("--yes", action="store_true", help="save without a question")
    return parser


def _describe(parser: argparse.ArgumentParser) -> None:
    severities = ", ".join(each.word for each in Severity)
    kinds = ", ".join(News)
    parser.add_argument("--name", metavar="NAME", help="what problems call it (default: its number)")
    parser.add_argument("--severity", metavar="SEVERITY", help=f"this one and worse: {severities}")
    parser.add_argument("--kinds", metavar="KIND,...", help=f"only these: {kinds}")
    parser.add_argument("--accounts", metavar="NAME,...", help="only of these accounts, with * and ?")
    parser.add_argument("--labels", metavar="LABEL,...", help="only of accounts with one of these")
    parser.add_argument(
        "--answer-env",
        action="append",
        default=[],
        metavar="QUESTION=VAR",
        help="answer from an environment variable, for scripts: webhook=VAR",
    )
    parser.add_argument("--no-test", action="store_true", help="save it without sending a test before")


def run(options: argparse.Namespace) -> ExitStatus:
    """Do it and print; the exit status."""
    actions = {"list": _list, "add": _add, "remove": _remove, "test": _test}
    try:
        return actions[options.action](options, _open(options))
    except (StackError, EditError, WrongAnswerError, private.NotGivenError) as error:
        print(f"balancewatch: error: {error}", file=sys.stderr)
        return ExitStatus.ERROR


def _open(options: argparse.Namespace) -> _Opened:
    from balancewatch_cli import stack as deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS
    from balancewatch_cli.stack_secret import New, StackSecret  # noqa: PLC0415

    with progress("Reading the secret ..."):
        caller = deployment.session()
        found = deployment.found(options.stack, caller)
        name = found.channels
        with deployment.explained("opening the secret"):
            client = caller.client("secretsmanager", config=deployment.config())
        secret = StackSecret(client, name, New(_DESCRIPTION, found.parameters.get("KmsKeyArn") or None))
        version = secret.read()
    return _Opened(secret, version, channel_list(version.text), Stack(found.name, Language(found.language)))


def examined(options: argparse.Namespace, *, sends: bool) -> Sequence[ChannelFact]:
    """Every channel of a stack, tried if wanted. Raises `StackError` and `EditError`."""
    opened = _open(options)
    places = opened.channels.places
    listed = channels_page.listed(places, _services(places))
    wanted = [place for place, each in zip(places, listed, strict=True) if each.enabled and not each.problems]
    tests = {each.label: each for each in (_send(opened.stack, wanted) if sends else ())}
    return [
        ChannelFact(place.label, each.enabled, each.problems, tests.get(place.label))
        for place, each in zip(places, listed, strict=True)
    ]


def _list(options: argparse.Namespace, opened: _Opened) -> ExitStatus:
    channels = channels_page.listed(_some(opened), _services(opened.channels.places))
    if options.json:
        _print_json([each.document for each in channels])
    else:
        channels_page.show_list(_console(options), channels)
    return ExitStatus.ERROR if any(each.problems for each in channels) else ExitStatus.OK


def _some(opened: _Opened) -> Sequence[Place]:
    if not opened.channels.entries:
        raise EditError("the stack has no channels yet: `balancewatch channels add KIND` adds one")
    return opened.channels.places


def _services(places: Sequence[Place]) -> Mapping[int, str]:
    from balancewatch_cli.channel_trial import service_titles  # noqa: PLC0415  # Apprise is slow to import

    return service_titles([each.channel for each in places if each.channel is not None])


def _add(options: argparse.Namespace, opened: _Opened) -> ExitStatus:
    kind = _kind(options.kind)
    described = _described(options)
    # What is wrong with the name or the filter is said before anything is asked.
    opened.channels.added({"url": "some://url", **described})
    url = url_of(kind, options.answer_env, options.name)
    channels, place = opened.channels.added({"url": url, **described})
    if not _services([place]):
        raise WrongAnswerError(
            f"{kind.title}: what was given makes no address that can be used; {kind.where}"
        )
    edit = _Edit(channels, "new", place)
    return _save(options, opened, edit, ()) if options.no_test else _save(options, opened, edit, [place])


def _kind(name: str) -> Kind:
    """Raises `WrongAnswerError`, which does not show what may be a pasted address."""
    if name not in KINDS:
        near = difflib.get_close_matches(name, KINDS, n=1)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise WrongAnswerError(f"KIND must be one of {', '.join(KINDS)}{hint}")
    return KINDS[name]


def _described(options: argparse.Namespace) -> dict[str, object]:
    """Name and filter, as the secret has them."""
    said: dict[str, object] = {
        "name": options.name,
        "severity": options.severity,
        **{name: _parts(getattr(options, name)) for name in ("kinds", "accounts", "labels")},
    }
    return {name: value for name, value in said.items() if value is not None}


def _parts(text: str | None) -> list[str] | None:
    return None if text is None else [part.strip() for part in text.split(",")]


def _remove(options: argparse.Namespace, opened: _Opened) -> ExitStatus:
    place = opened.channels.place(options.channel)
    return _save(options, opened, _Edit(opened.channels.without(place), "goes", place), ())


def _save(options: argparse.Namespace, opened: _Opened, edit: _Edit, tested: Sequence[Place]) -> ExitStatus:
    (changed,) = channels_page.listed([edit.place], _services([edit.place]))
    if not options.json:
        channels_page.show_change(_console(options), edit.what, changed)
    tests = _send(opened.stack, tested)
    if tests and not options.json:
        channels_page.show_tests(_console(options), tests)
    version: str | None = None
    status = ExitStatus.OK
    if any(each.why is not None for each in tests):
        print(
            "balancewatch: error: nothing was saved, since the channel did not take a test; --no-test saves "
            "all the same",
            file=sys.stderr,
        )
        status = ExitStatus.UNREACHABLE
    elif options.yes or private.agreed("Save this?"):
        with progress("Saving ..."):
            version = opened.secret.save(edit.channels.text, opened.version)
        print("balancewatch: saved; the next message goes by it", file=sys.stderr)
    else:
        print("balancewatch: nothing was saved", file=sys.stderr)
        status = ExitStatus.ERROR
    if options.json:
        _print_json(
            {
                "change": {"what": edit.what, **changed.document},
                "tests": channels_page.tests_document(tests),
                "saved": version is not None,
                "version": version,
            }
        )
    return status


def _test(options: argparse.Namespace, opened: _Opened) -> ExitStatus:
    if options.channel is None:
        places = [each for each in _some(opened) if each.is_enabled]
    else:
        places = [opened.channels.place(options.channel)]
    tests = _send(opened.stack, places)
    if options.json:
        _print_json(channels_page.tests_document(tests))
    else:
        channels_page.show_tests(_console(options), tests)
    return ExitStatus.OK if all(each.why is None for each in tests) else ExitStatus.UNREACHABLE


def _send(stack: Stack, places: Sequence[Place]) -> Sequence[Tried]:
    """A marked test to each; those that are not right get none, and say why."""
    from balancewatch_cli import channel_trial  # noqa: PLC0415

    if not places:
        return ()
    usable = [each.channel for each in places if each.channel is not None]
    with progress("Sending a test ..."):
        found = {
            each.label: each
            for each in channel_trial.tried(
                usable, channel_trial.test_message(stack), channel_trial.DEADLINE_S
            )
        }
    return [
        found.get(each.label, Tried(each.label, f"cannot be used: {'; '.join(each.problems)}"))
        for each in places
    ]


def _console(options: argparse.Namespace) -> Console:
    return Console(no_color=options.no_color or None, highlight=False)


def progress(words: str) -> AbstractContextManager[object]:
    """Says on a terminal what takes a while."""
    shown = Console(stderr=True)
    return shown.status(words) if shown.is_terminal else nullcontext()


def _print_json(value: Json) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
