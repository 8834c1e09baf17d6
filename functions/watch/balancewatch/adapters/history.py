"""The history of an account, for people to look at. Only reads."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.datapoint import Datapoint
from balancewatch.core.outside import OutsideError
from balancewatch.core.state_record import moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputPaginateTypeDef


class History:
    """The datapoints of the table; safe to ask from several threads."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table
        self._read = TypeDeserializer().deserialize

    def points(
        self, account: str, since: datetime, only: Sequence[str] = ()
    ) -> Iterator[tuple[str, Datapoint]]:
        """Scheduled times and datapoints of an account (full name) from a time on, oldest first.

        `only` names the attributes that are wanted; without, it is all. Raises `OutsideError`.
        """
        query: QueryInputPaginateTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk >= :since",
            "ExpressionAttributeValues": {":pk": {"S": f"history#{account}"}, ":since": {"S": moment(since)}},
        }
        if only:
            query["ProjectionExpression"] = ", ".join(["#sk", *(f"#{name}" for name in only)])
            query["ExpressionAttributeNames"] = {f"#{name}": name for name in ("sk", *only)}
        try:
            for page in self._client.get_paginator("query").paginate(**query):
                for item in page["Items"]:
                    record = {key: self._read(value) for key, value in item.items()}
                    yield record.pop("sk"), record
        except (ClientError, BotoCoreError) as error:
            raise OutsideError(f"the history of {account} cannot be read: {code_of(error)}") from None
