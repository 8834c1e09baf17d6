"""What a table keeps, for people to look at: the callables that the survey asks, made of the adapters."""

from typing import TYPE_CHECKING

from balancewatch.adapters import catalogue
from balancewatch.adapters.history import History
from balancewatch.adapters.known_teams import KnownTeams
from balancewatch.adapters.table import Table
from balancewatch.survey import CURVE_FIELDS, Kept

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def kept_in(client: "DynamoDBClient", table: str) -> Kept:
    """Of the table of that name; it is only read."""
    history = History(client, table)
    return Kept(
        known_teams=KnownTeams(client, table).names,
        states=Table(client, table, history_days=1).states,
        curve=lambda account, since: history.points(account, since, CURVE_FIELDS),
        provider_title=catalogue.title,
    )
