"""Every call that a process makes to AWS: where faults happen, and where the world sees what took effect."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ConnectTimeoutError, ReadTimeoutError

from tests.reliability.belief import Run
from tests.reliability.cloud import Effect, TableClient, refused
from tests.reliability.faults import (
    BETWEEN_STORING_AND_NOTING,
    DIGEST,
    EFFECT_THEN_NO_ANSWER,
    FORGET,
    HISTORY,
    KEEP,
    KILLS,
    LISTENERS,
    OVERLAPS,
    REFUSALS,
    RELEASE,
    SLEEPS,
    STATES,
    TAKE,
    Mode,
    is_excuse,
    step_of,
    written,
)
from tests.reliability.tick import CONFIRMED, PENDING, Tick

if TYPE_CHECKING:
    from tests.reliability.player import Player

_GRACE = timedelta(seconds=30)
_CODES = {
    Mode.THROTTLED: ("ThrottlingException", "ProvisionedThroughputExceededException", "Throttling"),
    Mode.REFUSED: ("InternalServerError", "InternalFailure", "ServiceUnavailable"),
    Mode.DENIED: ("AccessDeniedException", "AuthorizationError", "ExpiredTokenException"),
    Mode.FAILED_AFTER: ("InternalServerError", "InternalError", "ServiceUnavailable"),
}
_DOWN = (Mode.THROTTLED, Mode.REFUSED, Mode.UNREACHED, Mode.REFUSED)
_WRITES = BETWEEN_STORING_AND_NOTING


class KilledError(BaseException):
    """The process ends here: nothing after it happens, not even clean-up."""


class Calls:
    """The calls of one process."""

    def __init__(self, player: "Player", tick: Tick, run: Run, ends: datetime) -> None:
        self._player, self._tick, self._run, self._ends = player, tick, run, ends
        self._observer, self._cloud = player.observer, player.cloud
        self._faults = {fault.call: fault.mode for fault in tick.faults}
        self._made = 0
        self._is_dead = self._was_list_answered = False
        self.is_hit = False
        """Whether anything went wrong."""
        self.is_done = False
        """Whether the table knows that the run's time is done."""
        self.found = player.holding, player.done
        """Who held the lease, and what was done, when this run asked for it."""

    def call(self, operation: str, parameters: Mapping[str, Any], effect: Effect) -> Any:
        if self._is_dead:
            raise KilledError
        self._made += 1
        step = step_of(operation, parameters)
        self._player.steps.append(step)
        effect = partial(self._effect, step, operation, parameters, effect)
        mode = self._faults.get(self._made)
        if step in self._tick.down:
            mode = self._player.rng.choice(_DOWN)
            self._player.faults[f"{step}: down for many runs"] += 1
            self._hit(step, mode)
            return self._wrong(mode, step, operation, parameters, effect)
        if mode is None or not _applies(mode, step, operation, self._tick):
            answer = effect()
            self._player.now += self._player.call_takes
            return answer
        self._player.faults[f"{step}: {mode}"] += 1
        self._hit(step, mode)
        self._player.say(f"  FAULT {step}: {mode}")
        return self._wrong(mode, step, operation, parameters, effect)

    def _hit(self, step: str, mode: Mode) -> None:
        self.is_hit = True
        if is_excuse(step, mode):
            self._observer.excused(self._run)

    def _wrong(
        self, mode: Mode, step: str, operation: str, parameters: Mapping[str, Any], effect: Effect
    ) -> Any:
        player, rng = self._player, self._player.rng
        if mode is Mode.UNREACHED:
            player.wait(2)
            raise ConnectTimeoutError(endpoint_url="https://planted.invalid")
        if mode in REFUSALS:
            player.now += player.call_takes
            raise refused(rng.choice(_CODES[mode]), operation)
        if mode is Mode.KILLED_BEFORE:
            self._is_dead = True
            raise KilledError
        if mode is Mode.OVERTAKEN:
            is_first = rng.random() < 0.5
            answer = effect() if is_first else None
            self._overtake()
            return answer if is_first else effect()
        if mode is Mode.UNPROCESSED:
            return self._part(operation, parameters)
        answer = effect()
        self._run.is_contradicted |= step == DIGEST and mode is Mode.FAILED_AFTER
        if mode in EFFECT_THEN_NO_ANSWER:
            self._was_list_answered &= operation != "ListSubscriptionsByTopic"
            player.wait(5)
            no_answer: BotoCoreError = ReadTimeoutError(endpoint_url="https://planted.invalid")
            raise no_answer if mode is Mode.LOST else refused(rng.choice(_CODES[mode]), operation)
        if mode in KILLS:
            player.now = max(player.now, self._ends) if mode is Mode.TIMED_OUT else player.now
            self._is_dead = True
            raise KilledError
        if mode is Mode.SLOW:
            player.now += timedelta(seconds=rng.choice([20, 100, 130, 200]))
        else:
            player.now = max(player.now, self._ends) + _GRACE + timedelta(seconds=rng.choice([2, 600, 7200]))
            if mode is Mode.ASLEEP_OVERTAKEN:
                self._overtake()
        return answer

    def _overtake(self) -> None:
        player, tick = self._player, self._tick
        if tick.meanwhile is not None:
            player.play(replace(tick.meanwhile, starts=player.now))
        self._cloud.subscriptions = (CONFIRMED,) if tick.is_listening else (PENDING,)

    def _part(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """A batch of which the table takes only the first half."""
        ((table, requests),) = parameters["RequestItems"].items()
        half = len(requests) // 2
        if half:
            client = TableClient(self._cloud, lambda _, __, effect: effect())
            taken = {table: requests[:half]}
            self._effect(
                step_of(operation, parameters), operation, {"RequestItems": taken},
                lambda: client.batch_write_item(RequestItems=taken),
            )  # fmt: skip
        return {"UnprocessedItems": {table: requests[half:]}}

    def _effect(self, step: str, operation: str, parameters: Mapping[str, Any], effect: Effect) -> Any:
        """It takes effect now, and the world sees it."""
        told = len(self._cloud.accepted)
        is_late = self._player.now >= self._ends and step in _WRITES
        if step == TAKE:
            self.found = self._player.holding, self._player.done
        answer = effect()
        if is_late:
            self._player.break_promise("doubled", f"after its own end a run did: {step}")
        self._see(step, parameters)
        for message in self._cloud.accepted[told:]:
            for each in message["notifications"]:
                self._hear(each)
        for item in written(operation, parameters):
            self._stored(step, item)
        return answer

    def _see(self, step: str, parameters: Mapping[str, Any]) -> None:
        """What the world sees of a call that took effect."""
        player = self._player
        if step == TAKE:
            player.holding = (self._tick.at, self._ends + _GRACE)
        elif step == RELEASE:
            player.holding = None
            if ":done" in parameters["ExpressionAttributeValues"]:
                player.done, self.is_done = self._tick.at, True
                self._observer.ended(self._run, "well")
        elif step == STATES:
            self._observer.read(self._run)
        elif step == LISTENERS:
            self._was_list_answered = True
        elif step == FORGET:
            self._observer.deleted(parameters["Key"]["sk"]["S"])

    def _hear(self, message: Mapping[str, Any]) -> None:
        shown = {
            key: message[key] for key in ("account", "kind", "status", "level", "reason", "severity", "id")
        }
        self._player.say(f"  HEARD {' '.join(str(value) for value in shown.values())} {message['remaining']}")
        broken = len(self._observer.broken)
        self._observer.hears(self._run, message, is_asked=self._was_list_answered)
        if len(self._observer.broken) > broken:
            self._player.say(f"  BROKEN {self._observer.broken[-1]}")

    def _stored(self, step: str, item: Mapping[str, Any]) -> None:
        if step == KEEP:
            self._observer.kept(self._run, item["sk"]["S"])
        elif step == HISTORY:
            name = item["pk"]["S"].removeprefix("history#")
            self._observer.shows(self._run, name, item.get("remaining", {}).get("S"), "a datapoint")


def _applies(mode: Mode, step: str, operation: str, tick: Tick) -> bool:
    """Whether this can go wrong with this call."""
    if mode is Mode.UNPROCESSED:
        return operation == "BatchWriteItem"
    if mode in OVERLAPS and tick.meanwhile is None:
        return False
    return not (mode in SLEEPS and step == RELEASE)
