"""What a command knows of a deployed stack, and the options to say which; without AWS's own packages."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from balancewatch.core.account import MAIN, Language

DEFAULT = "balancewatch"
RESTORED = "restore it by a drift-aware change set of the stack, in the console of CloudFormation"
"""What to do where something of the stack was changed or deleted by hand: a deployment does not see that.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/drift-aware-change-sets.html
"""


class StackError(Exception):
    """A stack that cannot be found or asked: says why, and what to do."""


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """What a command needs to know of a stack: its outputs and parameters."""

    name: str
    region: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    @property
    def table(self) -> str:
        """Raises `StackError` where the stack has none."""
        return self._output("TableName")

    @property
    def topic(self) -> str:
        """Raises `StackError` where the stack has none."""
        return self._output("TopicArn")

    @property
    def role(self) -> str:
        """Raises `StackError` where the stack has none."""
        return self._output("RoleArn")

    @property
    def interval_minutes(self) -> int:
        found = self.parameters.get("IntervalMinutes", "")
        return int(found) if found.isdigit() else 15

    def secret(self, team: str) -> str:
        """The secret with the accounts of a team. Raises `StackError` where the stack has none."""
        main = self._output("SecretArn")
        return main if team == MAIN else f"{self.name}/accounts/{team}"

    @property
    def has_relay(self) -> bool:
        return "ChannelsSecret" in self.outputs

    @property
    def has_dashboard(self) -> bool:
        return "DashboardUrl" in self.outputs

    @property
    def channels(self) -> str:
        """The name of the secret with the channels. Raises `StackError` where the stack has no relay."""
        if not self.has_relay:
            self._output("TableName")  # where there is none it is no stack of ours
            raise StackError(
                f"the stack {self.name} has no relay, so it tells no channels: deploy it again, "
                "`.sam/bin/sam build && .sam/bin/sam deploy --guided`, answer `on` for Relay, then this again"
            )
        return self.outputs["ChannelsSecret"]

    def _output(self, name: str) -> str:
        try:
            return self.outputs[name]
        except KeyError:
            raise StackError(
                f"the stack {self.name} has no output {name}: it is none of balancewatch, or is not "
                "deployed to the end; say which with --stack, or deploy it again"
            ) from None

    @property
    def language(self) -> Language:
        found = self.parameters.get("Language", "")
        return Language(found) if found in set(Language) else Language.EN

    @property
    def timezone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.parameters.get("TimeZone", "UTC"))
        except (KeyError, ValueError, OSError):
            return ZoneInfo("UTC")


def declare_stack(parser: argparse.ArgumentParser) -> None:
    """The options that every command on a deployed stack has."""
    parser.add_argument(
        "--stack", default=DEFAULT, metavar="NAME", help=f"the stack's name (default: {DEFAULT})"
    )
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.add_argument("--no-color", action="store_true", help="no colours (so does NO_COLOR)")
