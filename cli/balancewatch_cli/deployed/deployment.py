"""A deployed stack, found with the caller's own AWS credentials; every error says what to do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from balancewatch import VERSION
from balancewatch.adapters.history import History
from balancewatch.core.outside import OutsideError
from balancewatch.kept import kept_in
from balancewatch.survey import Kept
from balancewatch_cli.deployed.stack import RESTORED, DeployedStack, StackError

_DENIED_KEY, _GONE = "KMSAccessDenied", "ResourceNotFound"
_REFUSALS: Mapping[str, tuple[str, ...]] = {
    "your AWS credentials do not allow {what}: ask whoever manages the AWS account for it": (
        "AccessDenied",
        "AuthorizationError",
        "UnauthorizedOperation",
    ),
    "your AWS credentials do not allow kms:Decrypt and kms:GenerateDataKey with the key of the {thing}: ask "
    "whoever manages that key for it": (_DENIED_KEY,),
    "the key of the {thing} cannot be used: look in the console of KMS whether it is there and enabled": (
        "KMSDisabled",
        "KMSInvalidState",
        "KMSNotFound",
        "DecryptionFailure",
        "EncryptionFailure",
    ),
    "your AWS credentials have expired: run `aws sso login`, or get new ones": (
        "ExpiredToken",
        "RequestExpired",
    ),
    "AWS does not know your credentials: look at AWS_PROFILE and AWS_ACCESS_KEY_ID": (
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "InvalidSignature",
    ),
    f"the {{thing}} is gone: {RESTORED}": (
        _GONE,
        "NoSuchEntity",
        "NotFound",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
    ),
    "AWS is busy, so {what} failed: try again in a minute": (
        "Throttling",
        "Throttled",
        "KMSThrottling",
        "TooManyRequests",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceeded",
        "InternalError",
        "InternalFailure",
        "InternalServer",
        "InternalServerError",
        "InternalService",
        "InternalServiceError",
        "Service",
        "ServiceUnavailable",
    ),
}
"""By what to say, AWS's codes, which the services end with `Exception` or do not."""
_SAID = {code: words for words, codes in _REFUSALS.items() for code in codes}
_NO_SUCH_NAME = (
    "there is no {thing}: look at --stack and --team, or make it with `aws secretsmanager create-secret`"
)
_AT_ONCE = 16


def session() -> boto3.session.Session:
    """The caller's own: environment, profile, role. Raises `StackError`."""
    with explained("finding your AWS credentials"):
        return boto3.session.Session()


def config(*, attempts: int = 3) -> Config:
    """As many connections as are asked at once; boto3's own retries would hide for a minute what fails."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts},
        user_agent_extra=f"balancewatch-command/{VERSION}",
        max_pool_connections=_AT_ONCE,
        connect_timeout=5,
        read_timeout=10,
    )


def found(name: str, caller: boto3.session.Session) -> DeployedStack:
    """The stack of that name. Raises `StackError`."""
    with explained(f"cloudformation:DescribeStacks on the stack {name}"):
        client = caller.client("cloudformation", config=config())
        try:
            described = client.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                where = client.meta.region_name
                raise StackError(
                    f"there is no stack {name} in {where}: give its name with --stack, and its region and "
                    "account with AWS_REGION and AWS_PROFILE; `aws cloudformation list-stacks` shows them"
                ) from None
            raise
    return DeployedStack(
        name=name,
        region=client.meta.region_name,
        outputs={each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])},
        parameters={
            each["ParameterKey"]: each.get("ParameterValue", "") for each in described.get("Parameters", [])
        },
    )


def kept(stack: DeployedStack, caller: boto3.session.Session) -> Kept:
    """What the stack's table keeps. Raises `StackError`."""
    with explained("opening the table"):
        return kept_in(caller.client("dynamodb", config=config()), stack.table)


def history(stack: DeployedStack, caller: boto3.session.Session) -> History:
    """The stack's datapoints. Raises `StackError`."""
    with explained("opening the table"):
        return History(caller.client("dynamodb", config=config()), stack.table)


def unread(stack: DeployedStack, error: OutsideError) -> str:
    """Why the table cannot be read, with what to do: the error ends with the service's code."""
    return _refused(str(error).rpartition(": ")[2], f"dynamodb:Query on the table {stack.table}")


def unpublished(stack: DeployedStack, error: OutsideError) -> str:
    """Why nothing was published, with what to do: the error ends with the service's code."""
    deed = f"sns:ListSubscriptionsByTopic and sns:Publish on the topic {stack.topic}"
    return _refused(str(error).rpartition(": ")[2], deed)


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Errors of AWS in words, with what to do. `what` is the permission that is needed, or the deed."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError):
        raise StackError(
            "there are no AWS credentials: run `aws configure` or `aws sso login`, or set AWS_PROFILE"
        ) from None
    except (SSOError, TokenRetrievalError):
        raise StackError("your AWS session has ended: run `aws sso login`, and try again") from None
    except ProfileNotFound as error:
        raise StackError(f"{error}: set AWS_PROFILE to one of `aws configure list-profiles`") from None
    except NoRegionError:
        raise StackError("no AWS region is set: set AWS_REGION to the one that you deployed to") from None
    except EndpointConnectionError:
        raise StackError("AWS cannot be reached: look at your network, proxy and AWS_REGION") from None
    except ClientError as error:
        raise StackError(
            _refused(error.response["Error"]["Code"], what, error.response["Error"].get("Message", ""))
        ) from None
    except BotoCoreError as error:
        raise StackError(f"{what} failed: {type(error).__name__}; try again") from None


def _refused(code: str, what: str, message: str = "") -> str:
    """AWS's `message` is not quoted; it alone says where the permission for the key was missing."""
    deed, _, thing = what.replace(" of the ", " on the ").partition(" on the ")
    named = code.removesuffix("Exception")
    if named == "AccessDenied" and "kms" in message.lower():
        named = _DENIED_KEY
    words = _SAID.get(
        named, "{what} failed with {code}: try again, and look that code up in AWS's documentation"
    )
    if named == _GONE and deed.startswith("secretsmanager:") and "arn:" not in thing:
        words = _NO_SUCH_NAME
    return words.format(what=what, thing=thing or f"target of {what}", code=code)
