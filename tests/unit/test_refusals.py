"""Every refusal of AWS says what to do, and quotes nothing of what AWS said."""

import pytest
from botocore.exceptions import ClientError

from balancewatch_cli.deployed.deployment import explained
from balancewatch_cli.deployed.stack import StackError

SECRET = "secretsmanager:GetSecretValue on the secret balancewatch/accounts/typo"
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-a1B2c3"


def said(code: str, what: str, message: str = "CANARY") -> str:
    with pytest.raises(StackError) as raised, explained(what):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "Operation")
    assert "CANARY" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("code", "what", "words"),
    [
        ("AccessDenied", "iam:X on the role r", "do not allow iam:X on the role r: ask"),
        ("ExpiredTokenException", "iam:X on the role r", "have expired: run `aws sso login`"),
        ("UnrecognizedClientException", "iam:X on the role r", "look at AWS_PROFILE"),
        (
            "ResourceNotFoundException",
            "scheduler:X on the schedule s",
            "the schedule s is gone: restore it by",
        ),
        ("ResourceNotFoundException", "lambda:X on the function f", "the function f is gone: restore it by"),
        ("NoSuchEntity", "iam:X on the role r", "the role r is gone: restore it by"),
        ("NotFound", "sns:X on the topic t", "the topic t is gone: restore it by"),
        (
            "AWS.SimpleQueueService.NonExistentQueue",
            "sqs:X on the queue q",
            "the queue q is gone: restore it by",
        ),
        (
            "ResourceNotFoundException",
            SECRET,
            "there is no secret balancewatch/accounts/typo: look at --stack and --team",
        ),
        (
            "ResourceNotFoundException",
            f"secretsmanager:X on the secret {ARN}",
            f"the secret {ARN} is gone: restore it",
        ),
        ("KMSDisabled", "sns:Publish on the topic t", "the key of the topic t cannot be used: look in the"),
        ("ThrottlingException", "iam:X on the role r", "iam:X on the role r failed: try again in a minute"),
        ("ServiceUnavailable", "sns:GetSMSAttributes", "try again in a minute"),
        ("Novelty", "iam:X on the role r", "iam:X on the role r failed with Novelty: try again, and look"),
    ],
)
def test_a_refusal_says_what_to_do(code: str, what: str, words: str) -> None:
    assert words in said(code, what)


@pytest.mark.parametrize("what", [SECRET, "secretsmanager:CreateSecret of the secret s"])
def test_a_key_that_may_not_be_used_is_not_taken_for_the_secret(what: str) -> None:
    """Secrets Manager says both with one code."""
    words = said("AccessDeniedException", what, "Access to KMS is not allowed, CANARY")
    assert "kms:Decrypt and kms:GenerateDataKey with the key of the secret" in words
    assert "secretsmanager:" not in words
    assert f"do not allow {what}: ask" in said("AccessDeniedException", what)
