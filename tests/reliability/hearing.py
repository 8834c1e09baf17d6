"""What a person hears: whether each message is true, is news, and comes under the right id."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.reliability.belief import Broken, Heard, Part, Run
from tests.reliability.facts import CRITICAL, LEVELS, OK, OWNERS, Rules, Truth
from tests.reliability.truth import by_estimate

_LOUD = {"info": 0, "warning": 1, "critical": 2}


class Listener:
    """Knows what is true and what was heard, and judges every message."""

    def __init__(
        self,
        truths: dict[str, Truth] | None = None,
        heard: dict[str, Heard] | None = None,
        ids: set[str] | None = None,
    ) -> None:
        self.truths = truths or {}
        self.heard = heard or {}
        self.ids = ids or set()
        self.broken: list[Broken] = []
        self.allowed = 0
        """Second copies, and ends of what was never announced, that the promise allows."""

    def hears(self, run: Run, message: Mapping[str, Any], *, is_asked: bool) -> None:
        """SNS accepted a notification; `is_asked`: it had answered who listens."""
        name, kind, status = message["account"], message["kind"], message["status"]
        if not run.is_listening and is_asked:
            self._break("lost", name, f"{kind} {status} was told though nobody listens")
        if (name, kind) in run.heard and not run.is_contradicted:
            self._break("doubled", name, f"{kind} was told twice in one run")
        run.heard.add((name, kind))
        heard, truth = self._of(name), run.truths.get(name) or self.truths.get(name, Truth())
        hold, is_alarm = run.hold(name), message["severity"] == "critical" and status != "resolved"
        if kind != "removed" and (hold == "mute" or (hold == "quiet" and not is_alarm)):
            self._break("untrue", name, f"{kind} {status} was told though it was to be held: {hold}")
        if message["estimated_remaining"] is not None:
            self._estimate(name, Decimal(message["estimated_remaining"]), truth)
        if message["remaining"] is not None:
            self._number(run, name, message, truth)
        match kind:
            case "low_balance":
                self._hears_low(run, message, heard, truth)
            case "unreachable":
                self._hears_reach(run, message, heard, truth)
            case _:
                self._hears_removed(run, message, heard)

    def shows(self, run: Run, name: str, remaining: str | None, where: str) -> None:
        """A summary or a datapoint shows an amount as this run's."""
        truth = run.truths.get(name, Truth())
        if remaining is not None and (truth.current is None or Decimal(remaining) != truth.current):
            self._break("failure as number", name, f"{where} shows {remaining}, read was {truth.current}")

    def _number(self, run: Run, name: str, message: Mapping[str, Any], truth: Truth) -> None:
        """An amount is this run's, or it is the last that was read and says so by its time."""
        expected = truth.current if truth.is_good and name in run.truths else truth.amount
        if expected is None or Decimal(message["remaining"]) != expected:
            self._break("failure as number", name, f"told {message['remaining']}, read was {expected}")
        elif truth.read_at is not None:
            read_at = datetime.fromisoformat(message["balance_at"])
            if not timedelta(seconds=-1) < read_at - truth.read_at < timedelta(seconds=5):
                self._break("failure as number", name, f"{expected} is of {truth.read_at}, not of {read_at}")

    def _estimate(self, name: str, estimate: Decimal, truth: Truth) -> None:
        """Only of what cannot be read, and never above what was read last."""
        if not truth.may_estimate or truth.amount is None:
            self._break("untrue", name, f"{estimate} is estimated of what is read, or hardly known")
        elif estimate > truth.amount:
            self._break("failure as number", name, f"estimated {estimate}, read was {truth.amount}")

    def _hears_low(self, run: Run, message: Mapping[str, Any], heard: Heard, truth: Truth) -> None:
        name, status, part = message["account"], message["status"], heard.low
        level = LEVELS.index(message["level"])
        believed = part.what or OK
        if status == "resolved":
            if truth.least > OK or not (truth.is_good or self._is_behind(heard, run)):
                self._break("false recovery", name, f"resolved, and it is {LEVELS[truth.least]}")
            if message["why"] not in heard.whys | {"risen", "edited"} or (
                message["why"] == "topped_up" and not heard.topped_up
            ):
                self._break("untrue", name, f"{message['why']}, says the message, and that did not happen")
            is_news = believed > OK
        else:
            if not truth.least <= level <= truth.worst or (
                level > truth.most and not self._is_estimated(run, message, truth, level)
            ):
                self._break("untrue", name, f"{status} {LEVELS[level]}, and it is {LEVELS[truth.most]}")
            if truth.soon[1] == OK and "runway" in message["causes"]:
                self._break("untrue", name, "told for its runway, which is plainly long or no rule")
            was_better = heard.has_reason and heard.least < level
            is_news = level > believed or was_better
        if status == "repeated":
            is_news = min(level, believed) >= CRITICAL and self._is_due(run, name, part)
        self._hears(part, message, None if status == "resolved" else level, heard, is_news=is_news)
        heard.followed, heard.least, heard.has_reason = level, level, False
        heard.is_estimate = "estimated" in message["causes"]
        heard.topped_up &= status == "resolved"
        heard.whys = heard.whys if status == "resolved" else frozenset()
        heard.removed = None

    def _hears_reach(self, run: Run, message: Mapping[str, Any], heard: Heard, truth: Truth) -> None:
        name, status, part, reason = message["account"], message["status"], heard.reach, message["reason"]
        if status == "resolved":
            if truth.lost or not (truth.is_good or self._is_behind(heard, run)):
                self._break("false recovery", name, f"reachable again, and it fails: {truth.reason}")
            is_news = part.what is not None
        else:
            if not truth.lost or reason != truth.reason:
                self._break("untrue", name, f"{status} {reason}, and it is {truth.reason or 'reachable'}")
            is_news = part.what is None or (part.what != reason and self._is_other(run, name, truth))
        if status == "repeated":
            is_news = part.what is not None and truth.worst >= CRITICAL and self._is_due(run, name, part)
        self._hears(part, message, None if status == "resolved" else reason, heard, is_news=is_news)
        heard.removed = None

    def _hears_removed(self, run: Run, message: Mapping[str, Any], heard: Heard) -> None:
        name = message["account"]
        if name in run.rules or run.has_nameless:
            self._break("untrue", name, "removed, and it is in the secret")
        if heard.removed is not None:
            self._copied(name, heard, is_same=message["id"] == heard.removed)
        if message["id"] != heard.removed:
            self._is_new_id(message)
        self.heard[name] = Heard(
            removed=message["id"], is_unsure=heard.is_unsure, was_away=True,
            topped_up=heard.topped_up, whys=heard.whys, open=heard.open,
        )  # fmt: skip

    def _hears(
        self, part: Part, message: Mapping[str, Any], what: Any, heard: Heard, *, is_news: bool
    ) -> None:
        """One message about one part: is it news, is its id right, is it as loud as it must be?"""
        name, loud = message["account"], _LOUD[message["severity"]]
        words = (message["status"], what)
        if not is_news:
            is_copy = words == part.words and part.is_steady and not heard.was_away
            self._copied(name, heard, is_same=not is_copy or message["id"] == part.id)
        if message["id"] != part.id:
            self._is_new_id(message)
        is_critical = message["kind"] == "unreachable" and message["level"] in ("critical", "empty")
        if is_critical and what is not None and loud < 2:
            self._break("lost", name, "unreachable while critical is told too quietly for text messages")
        if what is None and loud < part.loudest:
            self._break("lost", name, "the end is not as loud as what it ends: text messages never hear it")
        if message["kind"] == "low_balance" and what is not None and loud < 1 + (what >= CRITICAL):
            self._break("lost", name, f"{LEVELS[what]} is told too quietly for text messages")
        part.what, part.words, part.id = what, words, message["id"]
        part.at = datetime.fromisoformat(message["at"])
        part.loudest = 0 if what is None else max(part.loudest, loud)
        part.is_steady = True

    def _copied(self, name: str, heard: Heard, *, is_same: bool) -> None:
        """It was heard already, or ends nothing: only where something failed before it was noted."""
        if not heard.is_unsure:
            self._break("doubled", name, "told again, and nothing had failed")
        elif not is_same:
            self._break("doubled", name, "the same words have another id")
        else:
            self.allowed += 1

    def _is_new_id(self, message: Mapping[str, Any]) -> None:
        """An id that comes back after other words would be dropped by a receiver that has seen it."""
        if message["id"] in self.ids:
            self._break("doubled", message["account"], "one id for two different things")
        self.ids.add(message["id"])

    def _is_estimated(self, run: Run, message: Mapping[str, Any], truth: Truth, level: int) -> bool:
        """Whether what the message says of the balance by now explains a level that no reading showed."""
        if truth.is_loose:
            return True
        estimate, rules = message["estimated_remaining"], run.rules.get(message["account"], Rules())
        return estimate is not None and by_estimate(truth, Decimal(estimate), rules) >= level

    def _is_due(self, run: Run, name: str, part: Part) -> bool:
        hours = run.rules[name].repeat_hours if name in run.rules else Rules().repeat_hours
        return bool(hours) and part.at is not None and run.at - part.at >= timedelta(hours=float(hours))

    def _is_other(self, run: Run, name: str, truth: Truth) -> bool:
        """Whether the owner must mend the reason, and it came often enough to be told in place of another."""
        rules = run.rules.get(name, Rules())
        return truth.reason in OWNERS and truth.same >= rules.patience(truth.reason or "")

    def _is_behind(self, heard: Heard, run: Run) -> bool:
        """Whether this run may still have to tell what an earlier one saw."""
        return any(each is not run for each in heard.open)

    def _of(self, name: str) -> Heard:
        return self.heard.setdefault(name, Heard())

    def _break(self, promise: str, account: str, why: str) -> None:
        self.broken.append(Broken(promise, account, why))
