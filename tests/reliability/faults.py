"""What can go wrong with a call to AWS or with the process, each kind with a name in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_LEASE = "#lease"


class Mode(StrEnum):
    """How a call goes wrong, or what happens around it."""

    THROTTLED = "refused for want of capacity"
    REFUSED = "refused with an error of AWS"
    DENIED = "refused for want of permission"
    UNREACHED = "no connection"
    LOST = "no answer after it took effect"
    FAILED_AFTER = "an error of AWS after it took effect"
    KILLED_BEFORE = "the process is killed before it"
    KILLED_AFTER = "the process is killed after it"
    TIMED_OUT = "the function's time ends in it"
    SLOW = "answered minutes later"
    ASLEEP = "the process sleeps past its end after it"
    OVERTAKEN = "another run starts in it"
    ASLEEP_OVERTAKEN = "the process sleeps past its lease after it, and another run is done meanwhile"
    UNPROCESSED = "a part of the batch is handed back"


KILLS = frozenset({Mode.KILLED_BEFORE, Mode.KILLED_AFTER, Mode.TIMED_OUT})
REFUSALS = frozenset({Mode.THROTTLED, Mode.REFUSED, Mode.DENIED, Mode.UNREACHED})
EFFECT_THEN_NO_ANSWER = frozenset({Mode.LOST, Mode.FAILED_AFTER})
SLEEPS = frozenset({Mode.ASLEEP, Mode.ASLEEP_OVERTAKEN})
OVERLAPS = frozenset({Mode.OVERTAKEN, Mode.ASLEEP_OVERTAKEN})
MODES = tuple(Mode)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something goes wrong at the n-th AWS call of a run."""

    call: int
    mode: Mode


TAKE, RELEASE, SECRET, STATES, ASIDE, LISTENERS = (
    "take the lease", "release the lease", "read the secret", "read the states", "put a state aside",
    "list the subscriptions",
)  # fmt: skip
KEEP, HISTORY, PUBLISH, DIGEST, NOTE, FORGET = (
    "store the states", "store the datapoints", "publish", "publish a digest", "note as told",
    "forget a removed account",
)  # fmt: skip

BETWEEN_STORING_AND_NOTING = frozenset({KEEP, HISTORY, PUBLISH, DIGEST, NOTE, FORGET})
"""Where a second copy becomes possible, by the promise."""


def step_of(operation: str, parameters: Mapping[str, Any]) -> str:
    """Which step of a run a call is."""
    match operation:
        case "GetSecretValue":
            return SECRET
        case "Query":
            return STATES
        case "ListSubscriptionsByTopic":
            return LISTENERS
        case "Publish":
            told = parameters["MessageAttributes"]
            is_many = any("," in told[name]["StringValue"] for name in ("account", "kind"))
            return DIGEST if is_many else PUBLISH
        case "DeleteItem":
            return FORGET
        case "UpdateItem" if parameters["Key"]["sk"]["S"] != _LEASE:
            return NOTE
        case "UpdateItem":
            return TAKE if ":until" in parameters["ExpressionAttributeValues"] else RELEASE
        case _:
            prefix = str(written(operation, parameters)[0]["pk"]["S"]).partition("#")[0]
            return {"team": KEEP, "history": HISTORY, "aside": ASIDE}[prefix]


def written(operation: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items that a call writes."""
    match operation:
        case "PutItem":
            return [parameters["Item"]]
        case "BatchWriteItem":
            ((_, requests),) = parameters["RequestItems"].items()
            return [request["PutRequest"]["Item"] for request in requests]
        case "Transaction":
            return list(parameters["Items"])
        case _:
            return []


def is_excuse(step: str, mode: Mode) -> bool:
    """Whether a second copy may follow: it hit between storing and noting, or took the time for noting."""
    if mode in (Mode.SLOW, *SLEEPS):
        return True
    if mode in (Mode.OVERTAKEN, Mode.UNPROCESSED):
        return False
    if step == HISTORY:
        return mode in KILLS
    return step in BETWEEN_STORING_AND_NOTING
