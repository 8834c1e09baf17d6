"""The accounts of every team, from AWS Secrets Manager."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.account import MAIN
from balancewatch.core.outside import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_NOT_THERE = "ResourceNotFoundException"
_BEING_DELETED = "InvalidRequestException"
_PASTE = '{"accounts": [{"name": "my account", "provider": "laozhang", "token": "..."}]}'


class Secrets:
    """Reads the secret of a team, once a run: that of `main` is `main`, all others begin alike."""

    def __init__(self, client: "SecretsManagerClient", main: str, others: str) -> None:
        self._client = client
        self._main = main
        self._others = others

    def names(self) -> Collection[str]:
        """The names of the other teams' secrets, some minutes old. Raises `OutsideError`.

        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
        """
        pages = self._client.get_paginator("list_secrets").paginate(
            Filters=[{"Key": "name", "Values": [self._others]}], PaginationConfig={"PageSize": 100}
        )
        try:
            return [secret["Name"] for page in pages for secret in page["SecretList"]]
        except (ClientError, BotoCoreError) as error:
            raise OutsideError(f"the teams' secrets cannot be listed: {code_of(error)}") from None

    def read(self, team: str) -> str | None:
        """The secret's text; None where a team has none any more. Raises `OutsideError`.

        A secret without a value is "not configured yet", and so is that of `main` where there is none.
        """
        secret = self._main if team == MAIN else f"{self._others}{team}"
        try:
            answer = self._client.get_secret_value(SecretId=secret)
        except (ClientError, BotoCoreError) as error:
            code = code_of(error)
            if team != MAIN and code in (_NOT_THERE, _BEING_DELETED) and self._is_gone(team, secret):
                return None
            if code == _NOT_THERE:
                raise _empty(secret) from None
            raise OutsideError(f"the secret of team {team} cannot be read: {code}") from None
        if "SecretBinary" in answer:
            raise OutsideError(f"the secret of team {team} is binary; store its JSON as text")
        text = answer.get("SecretString", "")
        if not text.strip():
            raise _empty(secret)
        return text

    def _is_gone(self, team: str, secret: str) -> bool:
        """Whether there is no such secret, or only until it is deleted: one without a value is there."""
        try:
            return "DeletedDate" in self._client.describe_secret(SecretId=secret)
        except (ClientError, BotoCoreError) as error:
            code = code_of(error)
            if code == _NOT_THERE:
                return True
            raise OutsideError(f"the secret of team {team} cannot be looked up: {code}") from None


def _empty(secret: str) -> OutsideError:
    return OutsideError(f"not configured yet: paste your accounts into the secret {secret}, as {_PASTE}")
