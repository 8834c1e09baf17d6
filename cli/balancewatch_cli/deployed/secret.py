"""A stack's secret, read and saved with the caller's own AWS credentials, never over what another saved."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from balancewatch_cli.deployed.deployment import config, explained
from balancewatch_cli.deployed.stack import StackError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_secretsmanager.type_defs import CreateSecretRequestTypeDef

_PENDING, _CURRENT = "balancewatch-pending", "AWSCURRENT"


@dataclass(frozen=True, slots=True)
class Version:
    """What the secret held when it was read; both are None where it has no value yet."""

    text: str | None = field(repr=False)
    id: str | None
    is_there: bool = True
    """Whether there is a secret at all."""


@dataclass(frozen=True, slots=True)
class New:
    """How to make a secret that the stack leaves to its owner to make."""

    description: str
    key: str | None
    """The KMS key that encrypts it; None is the one of AWS."""


class StackSecret:
    """One secret. With `new`, it is made by the first save."""

    def __init__(self, client: "SecretsManagerClient", secret: str, new: New | None = None) -> None:
        self._client = client
        self._secret = secret
        self._new = new

    def read(self) -> Version:
        """Raises `StackError`."""
        with explained(f"secretsmanager:GetSecretValue on the secret {self._secret}"):
            try:
                answer = self._client.get_secret_value(SecretId=self._secret, VersionStage=_CURRENT)
            except ClientError as error:
                if _code(error) == "ResourceNotFoundException":
                    return Version(None, None, self._is_there())
                if _code(error) == "InvalidRequestException":
                    raise self._deleted() from None
                raise
        if "SecretBinary" in answer:
            raise StackError(f"the secret {self._secret} is binary; store its JSON as text")
        text = answer.get("SecretString", "")
        return Version(text if text.strip() else None, answer["VersionId"])

    def save(self, text: str, over: Version) -> str:
        """Save over the version that was read; the new version's id. Raises `StackError`.

        The text is first stored under a label that nobody reads. The first version of all becomes the current
        one by itself; else that label is moved from the version that was read, which Secrets Manager refuses
        where another is the current one. Of two who make a secret, it refuses the second.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        """
        if not over.is_there and self._new is not None:
            return self._make(text, self._new)
        with explained(f"secretsmanager:PutSecretValue on the secret {self._secret}"):
            stored = self._client.put_secret_value(
                SecretId=self._secret, SecretString=text, VersionStages=[_PENDING]
            )
        new = stored["VersionId"]
        try:
            if over.id is not None:
                self._move(over.id, new)
            elif _CURRENT not in stored["VersionStages"]:
                raise _changed()
        finally:
            with suppress(ClientError, BotoCoreError):  # a label that is left is moved by the next save
                self._client.update_secret_version_stage(
                    SecretId=self._secret, VersionStage=_PENDING, RemoveFromVersionId=new
                )
        return new

    def _is_there(self) -> bool:
        with explained(f"secretsmanager:DescribeSecret on the secret {self._secret}"):
            try:
                self._client.describe_secret(SecretId=self._secret)
            except ClientError as error:
                if self._new is not None and _code(error) == "ResourceNotFoundException":
                    return False
                raise
        return True

    def _make(self, text: str, new: New) -> str:
        wanted: CreateSecretRequestTypeDef = {
            "Name": self._secret,
            "Description": new.description,
            "SecretString": text,
        }
        if new.key:
            wanted["KmsKeyId"] = new.key
        with explained(f"secretsmanager:CreateSecret of the secret {self._secret}"):
            try:
                made = self._client.create_secret(**wanted)
            except ClientError as error:
                if _code(error) == "ResourceExistsException":
                    raise _changed() from None
                if _code(error) == "InvalidRequestException":
                    raise self._deleted() from None
                raise
        return made["VersionId"]

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
                if _code(error) != "InvalidParameterException":
                    raise
                now = self._client.get_secret_value(SecretId=self._secret, VersionStage=_CURRENT)
                if now["VersionId"] != new:  # else the answer of a first try was lost
                    raise _changed() from None

    def _deleted(self) -> StackError:
        return StackError(
            f"the secret {self._secret} is marked for deletion: "
            f"`aws secretsmanager restore-secret --secret-id {self._secret}` brings it back"
        )


def opened(caller: boto3.session.Session, secret: str, new: New | None = None) -> StackSecret:
    """The secret, with the caller's own credentials. Raises `StackError`."""
    with explained("opening the secret"):
        return StackSecret(caller.client("secretsmanager", config=config()), secret, new)


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _changed() -> StackError:
    return StackError("somebody else changed the secret meanwhile, so nothing was saved: do it again")
