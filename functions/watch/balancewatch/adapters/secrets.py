"""The accounts of a team, from AWS Secrets Manager."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.core.outside import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_NOT_THERE = "ResourceNotFoundException"
_PASTE = '{"accounts": [{"name": "my account", "provider": "laozhang", "token": "..."}]}'


class Secrets:
    """Reads the secret of team `main`, once a run."""

    def __init__(self, client: "SecretsManagerClient", main: str) -> None:
        self._client = client
        self._main = main

    def read(self, team: str) -> str:
        """The secret's text. Raises `OutsideError`; a secret without a value is "not configured yet"."""
        try:
            answer = self._client.get_secret_value(SecretId=self._main)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == _NOT_THERE:
                raise self._empty() from None
            raise OutsideError(f"the secret of team {team} cannot be read: {code}") from None
        except BotoCoreError as error:
            raise OutsideError(f"the secret of team {team} cannot be read: {type(error).__name__}") from None
        if "SecretBinary" in answer:
            raise OutsideError(f"the secret of team {team} is binary; store its JSON as text")
        text = answer.get("SecretString", "")
        if not text.strip():
            raise self._empty()
        return text

    def _empty(self) -> OutsideError:
        return OutsideError(
            f"not configured yet: paste your accounts into the secret {self._main}, as {_PASTE}"
        )
