"""`balancewatch doctor`: everything that must hold for people to hear, looked at once."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from balancewatch.core.account import MAIN
from balancewatch.core.fields import Problem
from balancewatch.core.reading import Reading
from balancewatch_cli.accounts import team_accounts
from balancewatch_cli.channels import page, stack_channels
from balancewatch_cli.deployed.document import EditError
from balancewatch_cli.deployed.stack import DeployedStack, StackError, declare_stack
from balancewatch_cli.doctor.facts import ChannelFact, Facts, TopicTest, Unknown
from balancewatch_cli.doctor.findings import Finding, findings
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, output, print_json, progress, table

if TYPE_CHECKING:
    import boto3


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "doctor",
        help="look for what keeps people from hearing",
        description="Looks at a deployed stack with your own AWS credentials: schedule, permissions, every "
        "token (each provider is asked once), the last run, subscriptions, text messages, the relay and its "
        "channels, what was lost, alarms. With --send every channel and the topic get a marked test.",
        epilog="Exit status: 0 all is ok, 3 something is to do, 4 usage, or a stack that cannot be found.",
    )
    declare_stack(parser)
    parser.add_argument("--team", default=MAIN, metavar="TEAM", help="with Teams=many, whose accounts")
    parser.add_argument(
        "--send", action="store_true", help="send a marked test to each channel and the topic"
    )


def run(options: argparse.Namespace) -> ExitStatus:
    """Look and print; the exit status."""
    try:
        found = findings(_facts(options))
    except StackError as error:
        return fail(str(error))
    if options.json:
        print_json([asdict(each) for each in found])
    else:
        show(output(options), found)
    return ExitStatus.OK if all(each.todo is None for each in found) else ExitStatus.UNREACHABLE


def _facts(options: argparse.Namespace) -> Facts:
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS
    from balancewatch_cli.doctor.examination import Examination  # noqa: PLC0415

    caller = deployment.session()
    stack = deployment.found(options.stack, caller)
    examined = Examination(stack, caller)
    readings, problems = _accounts(stack, caller, options.team)
    channels = _channels(stack, caller, sends=options.send) if stack.has_relay else ()
    now = datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
    with progress("Looking at the stack ..."):
        subscriptions = examined.subscriptions()
        relay = examined.relay(subscriptions)
        return Facts(
            now=now,
            interval=timedelta(minutes=stack.interval_minutes),
            readings=readings,
            problems=problems,
            checked_at=examined.checked_at(now),
            schedule=examined.schedule(),
            rights=examined.rights(),
            subscriptions=subscriptions,
            texting=examined.texting(subscriptions),
            alarms=examined.alarms(),
            relay=relay,
            channels=channels,
            queues=examined.queues(),
            topic_test=_topic_test(stack, caller, now) if options.send else None,
            is_in_network=bool(stack.parameters.get("SubnetIds")),
        )


def _accounts(
    stack: DeployedStack, caller: "boto3.session.Session", team: str
) -> tuple[Mapping[str, Reading] | Unknown, Sequence[Problem]]:
    try:
        there = team_accounts.of_stack(stack, caller, team)
        found = there.accounts()
    except (StackError, EditError) as error:
        return Unknown(str(error)), ()
    return team_accounts.asked(there.stack, found.entries), found.problems


def _channels(
    stack: DeployedStack, caller: "boto3.session.Session", *, sends: bool
) -> Sequence[ChannelFact] | Unknown:
    try:
        there = stack_channels.of_stack(stack, caller)
    except (StackError, EditError) as error:
        return Unknown(str(error))
    places = there.channels.places
    listed = list(zip(places, page.listed(places, stack_channels.services(places)), strict=True))
    wanted = [place for place, each in listed if each.enabled and not each.problems]
    tests = stack_channels.sent(there.stack, wanted) if sends else ()
    tried = {each.label: each for each in tests}
    return [
        ChannelFact(place.label, each.enabled, each.problems, tried.get(place.label))
        for place, each in listed
    ]


def _topic_test(stack: DeployedStack, caller: "boto3.session.Session", now: datetime) -> TopicTest:
    from balancewatch_cli.channels.trial import topic_message  # noqa: PLC0415
    from balancewatch_cli.deployed.publishing import publish  # noqa: PLC0415

    try:
        is_heard = publish(stack, caller, topic_message(stack.name, stack.language.value, now))
    except StackError as error:
        return TopicTest(str(error))
    return TopicTest(None if is_heard else "confirm a subscription: nobody gets the messages")


def show(console: Console, found: Sequence[Finding]) -> None:
    """Print the findings, one a line."""
    shown = table("", "looked at", "found", "what to do")
    for each in found:
        mark = Text("ok", "green") if each.todo is None else Text("!!", "bold red")
        shown.add_row(mark, Text(each.what), Text(each.words), Text(each.todo or ""))
    console.print(shown)
    left = sum(each.todo is not None for each in found)
    console.print(Text(f"{left} to do." if left else "All is ok.", "bold"))
