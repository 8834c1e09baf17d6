"""A look at a deployed stack: how all its accounts stand now."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from balancewatch.core.outside import OutsideError
from balancewatch.core.overview import Overview
from balancewatch.survey import survey
from balancewatch_cli.deployed import deployment
from balancewatch_cli.deployed.stack import DeployedStack, StackError


@dataclass(frozen=True, slots=True)
class Shown:
    """What was seen last, and why there is nothing newer."""

    stack: DeployedStack
    overview: Overview
    trouble: str | None = None


class Look:
    """Looks at one stack; it is found once."""

    def __init__(self, name: str) -> None:
        caller = deployment.session()
        self._stack = deployment.found(name, caller)
        self._kept = deployment.kept(self._stack, caller)

    def now(self, curves: int | None = None) -> Shown:
        """Raises `StackError`."""
        at = datetime.now(UTC)  # noqa: TID251  # the shell reads the clock
        try:
            return Shown(self._stack, survey(self._kept, self._stack.name, at, curves))
        except OutsideError as error:
            raise StackError(deployment.unread(self._stack, error)) from None

    def again(self, before: Shown) -> Shown:
        """What is there now, or what was there before with the reason."""
        try:
            return self.now()
        except StackError as error:
            return replace(before, trouble=str(error))
