"""`balancewatch test-notification`: what an account's notification would look like, and sending it."""

import argparse
import difflib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from balancewatch.adapters import catalogue
from balancewatch.core.account import MAIN, Account, Entry, full_name
from balancewatch.core.message import Message
from balancewatch.core.notice import Kind
from balancewatch.core.outside import OutsideError
from balancewatch.core.state import State, Status
from balancewatch.core.verdict import Level, Severity
from balancewatch.survey import everybody
from balancewatch_cli.accounts import team_accounts
from balancewatch_cli.deployed.document import EditError
from balancewatch_cli.deployed.stack import DeployedStack, StackError, declare_stack
from balancewatch_cli.preview import forms as preview_forms
from balancewatch_cli.preview import page as preview_page
from balancewatch_cli.preview.preview import Known, Wanted, previewed
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, note, output, print_json, progress

if TYPE_CHECKING:
    import boto3

_LEVELS = {each.word: each for each in Level if each is not Level.OK}


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the options of the command, which `command` makes."""
    parser = command(
        "test-notification",
        help="show what an account's notification would look like, or send one as a test",
        description="What a notification about an account would say, with its real figures: by e-mail, text "
        "message and JSON, and in each kind of chat, in both languages. With --send it is published, marked "
        "as a test; nothing is remembered as told by it.",
        epilog="Exit status: 0 shown or sent, 3 nobody gets it, 4 usage, an unknown account, not sent, or a "
        "stack that cannot be read.",
    )
    parser.add_argument("--kind", required=True, choices=list(Kind), help="what it is about")
    parser.add_argument("--account", required=True, metavar="NAME", help="its name as `status` shows it")
    parser.add_argument("--status", choices=list(Status), help="firing, if nothing else is said")
    parser.add_argument("--level", choices=_LEVELS, help="how bad (default: as it is, or else a warning)")
    parser.add_argument("--send", action="store_true", help="publish it, marked as a test")
    declare_stack(parser)


def run(options: argparse.Namespace) -> ExitStatus:
    """Show, perhaps send; the exit status."""
    kind = Kind(options.kind)
    status = Status(options.status or (Status.RESOLVED if kind is Kind.REMOVED else Status.FIRING))
    if kind is Kind.REMOVED and status is not Status.RESOLVED:
        return fail("a removed account is told once, as resolved")
    now = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251  # the shell reads the clock
    try:
        return _run(options, Wanted(kind, status, _LEVELS.get(options.level)), now)
    except StackError as error:
        return fail(str(error))


def _run(options: argparse.Namespace, wanted: Wanted, now: datetime) -> ExitStatus:
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    with progress("Reading the account ..."):
        caller = deployment.session()
        found = deployment.found(options.stack, caller)
        known, doubt = _known(found, caller, options.account)
    if doubt:
        note(doubt)
    preview = previewed(wanted, known, now, uuid4().hex[:24])
    told = preview.notification
    forms = preview_forms.shown(told, found.name, now, is_test=options.send)
    status = _send(found, caller, forms[0].message) if options.send else ExitStatus.OK
    if options.json:
        print_json(
            {
                "id": told.id,
                "made_up": list(preview.made_up),
                "sent": options.send and status is ExitStatus.OK,
                "forms": [preview_forms.document(each) for each in forms],
            }
        )
    else:
        console = output(options)
        is_urgent = told.severity is Severity.CRITICAL
        preview_page.show(console, forms, preview.made_up, is_urgent=is_urgent)
    return status


def _send(found: DeployedStack, caller: "boto3.session.Session", message: Message) -> ExitStatus:
    from balancewatch_cli.deployed.publishing import publish  # noqa: PLC0415

    with progress("Publishing ..."):
        is_heard = publish(found, caller, message)
    if not is_heard:
        fail("nothing was sent, since nobody gets the messages: `balancewatch doctor` says what to do")
        return ExitStatus.UNREACHABLE
    note("published; by e-mail it may take a minute")
    return ExitStatus.OK


def _known(found: DeployedStack, caller: "boto3.session.Session", account: str) -> tuple[Known, str | None]:
    """The account by the table and the secret, and why the secret said nothing. Raises `StackError`."""
    team, _, name = account.rpartition("/")
    team = team or MAIN
    states = _states(found, caller)
    state = states.get(account)
    entry, doubt = _entry(found, caller, team, name)
    if state is None and entry is None:
        near = difflib.get_close_matches(account, states, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`balancewatch status` shows all names"
        raise StackError(f"there is no account {account!r} in the stack {found.name}; {hint}")
    provider = entry.provider if entry else state.provider if state else None
    title = catalogue.title(provider) if provider else None
    return Known(team, name, state, entry, title, _top_up_url(entry, provider)), doubt


def _states(found: DeployedStack, caller: "boto3.session.Session") -> dict[str, State]:
    """All states by the accounts' full names."""
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415

    kept = deployment.kept(found, caller)
    try:
        return {full_name(team, state.name): state for team, state in everybody(kept)}
    except OutsideError as error:
        raise StackError(deployment.unread(found, error)) from None


def _entry(
    found: DeployedStack, caller: "boto3.session.Session", team: str, name: str
) -> tuple[Entry | None, str | None]:
    """The account as its owner wrote it; or why its labels, link and limits are not known."""
    try:
        listed = team_accounts.of_stack(found, caller, team).accounts()
    except (StackError, EditError) as error:
        return None, f"labels and limits as its owner wrote them are not known: {error}"
    return next((each for each in listed.entries if each.name == name), None), None


def _top_up_url(entry: Entry | None, provider: str | None) -> str | None:
    shipped = catalogue.profile(provider) if provider and provider in catalogue.slugs() else None
    profile = entry.profile if isinstance(entry, Account) else shipped
    return profile.top_up_url if profile else None
