"""A team's secret, read and saved with the caller's own AWS credentials, never over what another saved."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from balancewatch_cli.deployed import StackError
from balancewatch_cli.stack import explained

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_PENDING, _CURRENT = "balancewatch-pending", "AWSCURRENT"


@dataclass(frozen=True, slots=True)
class Version:
    """What the secret held when it was read; both are None where it has no value yet."""

    text: str | None
    id: str | None


class AccountSecret:
    """The secret of one team."""

    def __init__(self, client: "SecretsManagerClient", secret: str) -> None:
        self._client = client
        self._secret = secret

    def read(self) -> Version:
        """Raises `StackError`."""
        with explained(f"secretsmanager:GetSecretValue on the secret {self._secret}"):
            try:
                answer = self._client.get_secret_value(SecretId=self._secret, VersionStage=_CURRENT)
            except ClientError as error:
                if error.response["Error"]["Code"] == "ResourceNotFoundException":
                    self._client.describe_secret(SecretId=self._secret)  # fails where there is no secret
                    return Version(None, None)
                raise
        if "SecretBinary" in answer:
            raise StackError(f"the secret {self._secret} is binary; store its JSON as text")
        text = answer.get("SecretString", "")
        return Version(text if text.strip() else None, answer["VersionId"])

    def save(self, text: str, over: Version) -> str:
        """Save over the version that was read; the new version's id. Raises `StackError`.

        The text is first stored under a label that nobody reads, and then the label of the current version
        moved from the version that was read: Secrets Manager refuses where that is not the current one.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        A secret without a value has no version to move from, so there it is only looked at once more.
        """
        if over.id is None and self.read() != over:
            raise _changed()
        stage = _CURRENT if over.id is None else _PENDING
        with explained(f"secretsmanager:PutSecretValue on the secret {self._secret}"):
            new = self._client.put_secret_value(
                SecretId=self._secret, SecretString=text, VersionStages=[stage]
            )["VersionId"]
        if over.id is not None:
            try:
                self._move(over.id, new)
            finally:
                with suppress(ClientError):  # a label that is left over is moved by the next save
                    self._client.update_secret_version_stage(
                        SecretId=self._secret, VersionStage=_PENDING, RemoveFromVersionId=new
                    )
        return new

    def _move(self, old: str, new: str) -> None:
        with explained(f"secretsmanager:UpdateSecretVersionStage on the secret {self._secret}"):
            try:
                self._client.update_secret_version_stage(
                    SecretId=self._secret,
                    VersionStage=_CURRENT,
                    RemoveFromVersionId=old,
                    MoveToVersionId=new,
                )
            except ClientError as error:
                if error.response["Error"]["Code"] == "InvalidParameterException":
                    raise _changed() from None
                raise


def _changed() -> StackError:
    return StackError("somebody else changed the secret meanwhile, so nothing was saved: do it again")
