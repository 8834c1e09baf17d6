"""The channels of the stack, from AWS Secrets Manager."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch_relay.outside import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Without the right to list secrets, a secret that does not exist is one that may not be read.
_NOT_THERE = ("ResourceNotFoundException", "AccessDeniedException")
_PASTE = '{"channels": ["ntfys://ntfy.sh/your-topic"]}'


class Secrets:
    """Reads the secret with the channels, once an event."""

    def __init__(self, client: "SecretsManagerClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self) -> str:
        """The secret's text. Raises `OutsideError`; no secret, or an empty one, is "not configured yet"."""
        try:
            answer = self._client.get_secret_value(SecretId=self._name)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _NOT_THERE:
                raise self._empty(f" ({code})") from None
            raise OutsideError(f"the secret {self._name} cannot be read: {code}") from None
        except BotoCoreError as error:
            raise OutsideError(f"the secret {self._name} cannot be read: {type(error).__name__}") from None
        if "SecretBinary" in answer:
            raise OutsideError(f"the secret {self._name} is binary; store its JSON as text")
        text = answer.get("SecretString", "")
        if not text.strip():
            raise self._empty("")
        return text

    def _empty(self, why: str) -> OutsideError:
        return OutsideError(
            f"not configured yet{why}: put your channels into the secret {self._name}, as {_PASTE}"
        )
