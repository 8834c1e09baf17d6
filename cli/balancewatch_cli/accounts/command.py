"""`balancewatch accounts`: the accounts of a deployed stack, looked at and changed in their secret."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from balancewatch.adapters import catalogue
from balancewatch.core.account import MAIN, Account, Misconfigured
from balancewatch.core.reading import Balance
from balancewatch_cli import private
from balancewatch_cli.accounts import page
from balancewatch_cli.accounts.csv_file import entries_of
from balancewatch_cli.accounts.edit import (
    Change,
    Document,
    assignments,
    changes,
    document_of,
    merged,
)
from balancewatch_cli.accounts.team_accounts import TeamAccounts, asked, parsed, stack_of, team_accounts
from balancewatch_cli.deployed.document import EditError, Entry
from balancewatch_cli.deployed.saving import Saved, agreement, save
from balancewatch_cli.deployed.stack import DeployedStack, StackError, declare_stack
from balancewatch_cli.status import ExitStatus
from balancewatch_cli.terminal import fail, note, output, print_json

_ASKED_WITH = frozenset({"provider", "token", "base_url", "allow_http", "unit", "scale", "enabled"})
"""The fields that change how an account is asked, as its `params` do: others need no new trial."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is to become of the secret, and which of its accounts were changed so that they must be asked."""

    document: Document
    changes: Sequence[Change]
    to_ask: Sequence[Account] = ()


def declare(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Declare the actions of the command, which `command` makes."""
    parser = command(
        "accounts",
        help="list, add, change, remove and try the accounts of a deployed stack",
        description="The accounts in a deployed stack's secret, with your own AWS credentials. What is to "
        "change is shown before it is saved, tokens are never shown, and each account is asked once before.",
        epilog="Exit status: 0 done, 3 a provider did not tell a balance (then nothing is saved), 4 usage, "
        "configuration, not saved, or a stack that cannot be read.",
    )
    actions = parser.add_subparsers(dest="action", required=True)
    _action(actions.add_parser, "list", "what the secret holds, without the tokens")
    add = _edit(actions.add_parser, "add", "add one; its token is asked for")
    add.add_argument("name", metavar="NAME")
    add.add_argument("provider", metavar="PROVIDER", help="as `balancewatch providers list` shows it")
    _fields(add)
    add.add_argument("--token", nargs="?", const="", help=argparse.SUPPRESS)
    change = _edit(actions.add_parser, "set", "change fields of one; FIELD= takes a field away")
    change.add_argument("name", metavar="NAME")
    _fields(change)
    change.add_argument(
        "--token",
        nargs="?",
        const="",
        metavar="",
        help="said last: ask for a new token; it is never an argument",
    )
    _edit(actions.add_parser, "remove", "remove one").add_argument("name", metavar="NAME")
    check = _action(actions.add_parser, "check", "ask the providers of all, now, and tell nobody")
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the JSON of a secret, instead")
    several = _edit(actions.add_parser, "import", "add those of a file")
    several.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="CSV, whose first line names the fields, or the JSON that `check` takes",
    )


def _action(make: Callable[..., argparse.ArgumentParser], name: str, what: str) -> argparse.ArgumentParser:
    parser = make(name, help=what, description=f"{what[0].upper()}{what[1:]}.", allow_abbrev=False)
    declare_stack(parser)
    parser.add_argument("--team", default=MAIN, metavar="TEAM", help="with Teams=many, which team's")
    return parser


def _edit(make: Callable[..., argparse.ArgumentParser], name: str, what: str) -> argparse.ArgumentParser:
    parser = _action(make, name, what)
    parser.add_argument("--yes", action="store_true", help="save without a question")
    parser.add_argument("--no-check", action="store_true", help="save also what no provider was asked about")
    return parser


def _fields(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("fields", nargs="*", metavar="FIELD=VALUE", help="threshold=20, params.user_id=12")
    parser.add_argument("--token-env", metavar="VAR", help="the environment variable that holds the token")
    parser.add_argument(
        "--param-env",
        action="append",
        default=[],
        metavar="NAME=VAR",
        help="a secret parameter, from a variable",
    )


def run(options: argparse.Namespace) -> ExitStatus:
    """Do it and print; the exit status."""
    edits = {"add": _added, "set": _changed, "remove": _removed, "import": _imported}
    try:
        if options.action == "check":
            return _check(options)
        team = team_accounts(options.stack, options.team)
        if options.action == "list":
            return _list(options, team)
        return _save(options, team, edits[options.action](options, team))
    except (StackError, EditError, private.NotGivenError) as error:
        return fail(str(error))


def _list(options: argparse.Namespace, team: TeamAccounts) -> ExitStatus:
    found = team.accounts()
    listed = page.listed(found, team.document)
    if options.json:
        print_json([asdict(each) for each in listed])
    else:
        page.show_list(output(options), listed)
    return ExitStatus.ERROR if found.problems else ExitStatus.OK


def _added(options: argparse.Namespace, team: TeamAccounts) -> _Edit:
    _refuse_value(options.token)
    said = assignments(options.fields)
    entry = merged({"name": options.name, "provider": options.provider}, said)
    team.document.added(entry)  # a name that is taken is said before a token is asked for
    secrets = {"token": private.secret(f"Token of {options.name}", options.token_env)}
    entry = merged(entry, {**secrets, **_secret_params(options, entry, is_new=True)})
    return _edited(team, [(None, entry)], team.document.added(entry))


def _changed(options: argparse.Namespace, team: TeamAccounts) -> _Edit:
    _refuse_value(options.token)
    before = team.document.entry(options.name)
    said = dict(assignments(options.fields))
    if options.token is not None or options.token_env is not None:
        said["token"] = private.secret(f"New token of {options.name}", options.token_env)
    after = merged(before, said)
    after = merged(after, _secret_params(options, after, is_new=False))
    return _edited(team, [(before, after)], team.document.changed(after))


def _refuse_value(token: str | None) -> None:
    if token:
        raise EditError("a token is never an argument: say --token last and alone, and it is asked for")


def _removed(options: argparse.Namespace, team: TeamAccounts) -> _Edit:
    before = team.document.entry(options.name)
    shown = changes(before, None, [name for name, is_secret in _params(before).items() if not is_secret])
    return _Edit(team.document.without(options.name), shown)


def _imported(options: argparse.Namespace, team: TeamAccounts) -> _Edit:
    several = _several(private.file_text(options.file))
    document = team.document.joined(several)
    edit = _edited(team, [(None, entry) for entry in several.entries], document)
    defaults = document.top.get("defaults")
    if not isinstance(defaults, Mapping) or defaults == team.document.top.get("defaults"):
        return edit
    taken = [replace(each, account="(defaults)") for each in changes(None, defaults, ())]
    return replace(edit, changes=[*taken, *edit.changes])


def _several(text: str) -> Document:
    """The accounts of a file: the JSON of a secret, or CSV. Raises `EditError`."""
    if not text.lstrip().startswith("{"):
        return Document({}, tuple(entries_of(text)))
    try:
        return document_of(text)
    except EditError as error:
        raise EditError(str(error).replace("the secret", "the file")) from None


def _params(entry: Entry) -> Mapping[str, bool]:
    """The parameters of an account's provider, and whether each is a secret; none where it is not known."""
    provider = entry.get("provider")
    profile = catalogue.profile(provider) if isinstance(provider, str) else None
    return {name: each.secret for name, each in profile.parameters} if profile else {}


def _secret_params(options: argparse.Namespace, entry: Entry, *, is_new: bool) -> Mapping[str, object]:
    """The secret parameters of the provider: from variables, and of a new account else asked for."""
    secret = {name for name, is_secret in _params(entry).items() if is_secret}
    for pair in options.fields:
        name = pair.partition("=")[0].removeprefix("params.")
        if name in secret and pair.partition("=")[2]:
            raise EditError(f"params.{name} is a secret: leave it out here, or say --param-env {name}=VAR")
    variables = dict(private.pair(each) for each in options.param_env)
    if unknown := variables.keys() - secret:
        raise EditError(
            f"--param-env names no secret parameter of the provider: {', '.join(sorted(unknown))}"
        )
    wanted = sorted(secret) if is_new else sorted(variables)
    return {f"params.{name}": private.secret(f"Secret {name}", variables.get(name)) for name in wanted}


def _edited(team: TeamAccounts, pairs: Sequence[tuple[Entry | None, Entry]], document: Document) -> _Edit:
    """Each changed account checked as the run will check it. Raises `EditError`."""
    shown: list[Change] = []
    to_ask: list[Account] = []
    wrong: list[str] = []
    for before, after in pairs:
        alone = team.parsed(document.only(after))
        wrong += [f"`name` {each.problem}" for each in alone.nameless]
        for found in alone.entries:
            if isinstance(found, Misconfigured):
                wrong.append(f"{found.name}: {found.mistakes}")
                continue
            differs = changes(before, after, found.open_params)
            shown += differs
            if not document.is_off(after) and any(
                each.field in _ASKED_WITH or each.field.startswith("params.") for each in differs
            ):
                to_ask.append(found)
    if wrong:
        raise EditError("; ".join(wrong))
    team.parsed(document.text)  # as a whole it may be too large
    return _Edit(document, shown, to_ask)


def _save(options: argparse.Namespace, team: TeamAccounts, edit: _Edit) -> ExitStatus:
    if edit.changes:
        agreement(options)
    answers = {} if options.no_check else asked(team.stack, edit.to_ask)
    if not options.json:
        page.show_edit(output(options), edit.changes, answers)
    saved = Saved(ExitStatus.OK)
    if edit.changes:
        is_read = all(isinstance(each, Balance) for each in answers.values())
        refused = None if is_read else "not every account could be read; --no-check saves all the same"
        saved = save(team.secret, edit.document.text, team.version, options, refused)
    else:
        note("nothing differs, so nothing was saved")
    if options.json:
        print_json(
            {
                "changes": [asdict(each) for each in edit.changes],
                "readings": page.documents(answers),
                "saved": saved.version is not None,
                "version": saved.version,
            }
        )
    return saved.status


def _check(options: argparse.Namespace) -> ExitStatus:
    if options.file is None:
        team = team_accounts(options.stack, options.team)
        stack, found = team.stack, team.accounts()
    else:
        stack = stack_of(DeployedStack(options.stack, "", {}, {}))
        found = parsed(private.file_text(options.file), options.team, stack)
    answers = asked(stack, found.entries)
    if options.json:
        print_json(
            {
                "readings": page.documents(answers),
                "problems": [asdict(each) for each in found.problems],
            }
        )
    else:
        page.show_check(output(options), answers, found.problems)
    if any(isinstance(each, Misconfigured) for each in found.entries) or found.nameless:
        return ExitStatus.ERROR
    is_read = all(isinstance(each, Balance) for each in answers.values())
    return ExitStatus.OK if is_read else ExitStatus.UNREACHABLE
