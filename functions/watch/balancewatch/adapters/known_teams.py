"""The teams that were ever seen, in one item of the table: a team whose secret is gone must still be told."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.outside import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_PK, _SK = "teams", "#known"


class KnownTeams:
    """A set of names; DynamoDB adds and takes away without a lock. At 20 bytes a name it holds 18,000."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def names(self) -> Collection[str]:
        """All of them; strongly consistent. Raises `OutsideError`."""
        try:
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk = :sk",
                ExpressionAttributeValues={":pk": {"S": _PK}, ":sk": {"S": _SK}},
                ConsistentRead=True,
            )
        except (ClientError, BotoCoreError) as error:
            raise OutsideError(f"the known teams cannot be read: {code_of(error)}") from None
        return {name for item in answer["Items"] for name in item.get("names", {}).get("SS", ())}

    def add(self, teams: Collection[str]) -> None:
        """Raises `OutsideError`."""
        self._update("ADD", teams)

    def retire(self, team: str) -> None:
        """Take one away. Raises `OutsideError`."""
        self._update("DELETE", [team])

    def _update(self, how: str, teams: Collection[str]) -> None:
        key: dict[str, AttributeValueTypeDef] = {"pk": {"S": _PK}, "sk": {"S": _SK}}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression=f"{how} #names :names",
                ExpressionAttributeNames={"#names": "names"},
                ExpressionAttributeValues={":names": {"SS": sorted(teams)}},
            )
        except (ClientError, BotoCoreError) as error:
            raise OutsideError(f"the known teams cannot be noted: {code_of(error)}") from None
