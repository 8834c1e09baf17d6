"""Handing teams over, through Amazon SQS."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch.aws import code_of
from balancewatch.core.teams import Letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10
"""SendMessageBatch takes no more."""


class Queue:
    """Sends to one queue."""

    def __init__(self, client: "Callable[[], SQSClient]", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, letters: Sequence[Letter], alive: Callable[[], bool]) -> Mapping[str, str]:
        """Send what can be sent while alive; why the others were not, by team. Never raises."""
        refused: dict[str, str] = {}
        for start in range(0, len(letters), _BATCH):
            batch = letters[start : start + _BATCH]
            refused |= self._send(batch) if alive() else _all(batch, "no time was left")
        return refused

    def _send(self, batch: Sequence[Letter]) -> Mapping[str, str]:
        """One call; it may take some and refuse others."""
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(index), "MessageBody": letter.body, "DelaySeconds": letter.delay_s}
            for index, letter in enumerate(batch)
        ]
        try:
            answer = self._client().send_message_batch(QueueUrl=self._url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            return _all(batch, code_of(error))
        taken = {each["Id"] for each in answer.get("Successful", [])}
        why = {each["Id"]: each["Code"] for each in answer.get("Failed", [])}
        return {
            letter.team: why.get(str(index), "no answer for it")
            for index, letter in enumerate(batch)
            if str(index) not in taken
        }


def _all(batch: Sequence[Letter], why: str) -> Mapping[str, str]:
    return {letter.team: why for letter in batch}
