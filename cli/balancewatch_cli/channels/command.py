"""`balancewatch channels`: the chats and pagers of a deployed stack, looked at, changed and tried."""

import argparse
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from balancewatch_cli import private
from balancewatch_cli.channels import page
from balancewatch_cli.channels.answers import url_of
from balancewatch_cli.channels.edit import ChannelList, Place
from balancewatch_cli.channels.kinds import KINDS, Kind, WrongAnswerError
from balancewatch_cli.channels.stack_channels import StackChannels, sent, services, stack_channels
from balancewatch_cli.deployed.document import EditError
from balancewatch_cli.deployed.saving import agreement, save
from balancewatch_cli.deployed.stack import StackError, declare_stack
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, note, output, print_json
from balancewatch_relay.core.news import Kind as News
from balancewatch_relay.core.news import Severity

_NONE = "the stack has no channels yet: `balancewatch channels add KIND` adds one"


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
    declare_stack(parser)
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
        return actions[options.action](options, stack_channels(options.stack))
    except (StackError, EditError, WrongAnswerError, private.NotGivenError) as error:
        return fail(str(error))


def _list(options: argparse.Namespace, there: StackChannels) -> ExitStatus:
    places = there.channels.places
    channels = page.listed(places, services(places))
    if options.json:
        print_json([each.document for each in channels])
    elif channels:
        page.show_list(output(options), channels)
    else:
        note(_NONE)
    return ExitStatus.ERROR if any(each.problems for each in channels) else ExitStatus.OK


def _some(there: StackChannels) -> Sequence[Place]:
    if not there.channels.entries:
        raise EditError(_NONE)
    return there.channels.places


def _add(options: argparse.Namespace, there: StackChannels) -> ExitStatus:
    kind = _kind(options.kind)
    described = _described(options)
    # What is wrong with the name or the filter is said before anything is asked.
    there.channels.added({"url": "some://url", **described})
    url = url_of(kind, options.answer_env, options.name)
    channels, place = there.channels.added({"url": url, **described})
    if not services([place]):
        raise WrongAnswerError(
            f"{kind.title}: what was given makes no address that can be used; {kind.where}"
        )
    return _save(options, there, _Edit(channels, "new", place), () if options.no_test else [place])


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


def _remove(options: argparse.Namespace, there: StackChannels) -> ExitStatus:
    place = there.channels.place(options.channel)
    return _save(options, there, _Edit(there.channels.without(place), "goes", place), ())


def _save(
    options: argparse.Namespace, there: StackChannels, edit: _Edit, tested: Sequence[Place]
) -> ExitStatus:
    agreement(options)
    (changed,) = page.listed([edit.place], services([edit.place]))
    if not options.json:
        page.show_change(output(options), edit.what, changed)
    tests = sent(there.stack, tested)
    if tests and not options.json:
        page.show_tests(output(options), tests)
    is_taken = all(each.why is None for each in tests)
    refused = None if is_taken else "the channel did not take a test; --no-test saves all the same"
    saved = save(there.secret, edit.channels.text, there.version, options, refused)
    if options.json:
        print_json(
            {
                "change": {"what": edit.what, **changed.document},
                "tests": page.tests_document(tests),
                "saved": saved.version is not None,
                "version": saved.version,
            }
        )
    return saved.status


def _test(options: argparse.Namespace, there: StackChannels) -> ExitStatus:
    if options.channel is None:
        places = [each for each in _some(there) if each.is_enabled]
    else:
        places = [there.channels.place(options.channel)]
    tests = sent(there.stack, places)
    if options.json:
        print_json(page.tests_document(tests))
    else:
        page.show_tests(output(options), tests)
    return ExitStatus.OK if all(each.why is None for each in tests) else ExitStatus.UNREACHABLE
