"""A team's accounts in the secret of a deployed stack: opened, understood and asked."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from balancewatch.adapters import catalogue
from balancewatch.adapters.providers_http import Policy, ProvidersHttp
from balancewatch.core.account import Account, Entry
from balancewatch.core.account_list import AccountList, Stack, UnreadableAccountsError, parse_accounts
from balancewatch.core.exchange import Answer, Request
from balancewatch.core.reading import Reading
from balancewatch_cli.accounts.edit import Document, document_of
from balancewatch_cli.deployed.document import EditError
from balancewatch_cli.deployed.stack import DeployedStack
from balancewatch_cli.providers.trial import readings
from balancewatch_cli.terminal import progress

if TYPE_CHECKING:
    import boto3

    from balancewatch_cli.deployed.secret import StackSecret, Version


@dataclass(frozen=True, slots=True)
class TeamAccounts:
    """A team's secret as it was read, and how its accounts are understood."""

    secret: "StackSecret"
    version: "Version"
    document: Document
    team: str
    stack: Stack

    def parsed(self, text: str) -> AccountList:
        """Raises `EditError`."""
        return parsed(text, self.team, self.stack)

    def accounts(self) -> AccountList:
        """Those that the secret holds. Raises `EditError`, also where it holds none yet."""
        if self.version.text is None:
            raise EditError("the secret has no accounts yet: `accounts add NAME PROVIDER` adds one")
        return self.parsed(self.version.text)


def team_accounts(name: str, team: str) -> TeamAccounts:
    """The secret of a stack's team, read. Raises `StackError` and `EditError`."""
    from balancewatch_cli.deployed import deployment  # noqa: PLC0415  # boto3 is not where nobody needs AWS

    with progress("Reading the secret ..."):
        caller = deployment.session()
        return of_stack(deployment.found(name, caller), caller, team)


def of_stack(found: DeployedStack, caller: "boto3.session.Session", team: str) -> TeamAccounts:
    """The same of a stack that was found. Raises `StackError` and `EditError`."""
    from balancewatch_cli.deployed.secret import opened  # noqa: PLC0415

    secret = opened(caller, found.secret(team))
    version = secret.read()
    return TeamAccounts(secret, version, document_of(version.text), team, stack_of(found))


def stack_of(found: DeployedStack) -> Stack:
    """How accounts are understood there; on a local cloud the environment has its `BALANCEWATCH_LOCAL=1`."""
    is_local = os.environ.get("BALANCEWATCH_LOCAL") == "1"
    return Stack(found.timezone, found.language, catalogue.profile, catalogue.slugs, is_local)


def parsed(text: str, team: str, stack: Stack) -> AccountList:
    """The accounts of a secret's text. Raises `EditError`."""
    try:
        return parse_accounts(text, team, stack)
    except UnreadableAccountsError as error:
        raise EditError(str(error)) from None


def asked(stack: Stack, entries: Sequence[Entry]) -> Mapping[str, Reading]:
    """What the provider of each account tells now; those that are misconfigured have none to ask."""
    accounts = [each for each in entries if isinstance(each, Account)]
    if not accounts:
        return {}
    with progress("Asking ..."), ProvidersHttp(Policy(local=True)) as providers:

        def ask(requests: Sequence[Request], seconds: float) -> Sequence[Answer]:
            return providers.ask(requests, until=monotonic() + seconds, now=_now)

        return readings(accounts, stack, ask, _now())


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
