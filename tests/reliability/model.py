"""The independent observer: what a person should have been told, and whether they were.

It sees the world (what was written into the secret, what providers answered, which writes AWS took and
which messages it accepted, and how each run ended) and nothing of the program, of which it imports nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.reliability.ahead import DAY
from tests.reliability.belief import Heard, Run
from tests.reliability.facts import CRITICAL, LEVELS, OK, Answer, Rules, Truth
from tests.reliability.hearing import Listener
from tests.reliability.truth import after

NAMELESS = "#entries"
PROMISES = ("lost", "doubled", "false recovery", "failure as number", "untrue")


class Observer(Listener):
    """Knows what is true and what was heard, and compares."""

    # What happens in the world.

    def read(self, run: Run) -> None:
        """The run reads the states: it cannot know of anything later."""
        run.known = run.known or dict(self.truths)

    def asked(self, run: Run, now: datetime) -> None:
        """The run asks the providers: from now on this is what it must say."""
        rules = dict(run.rules)
        if run.has_nameless:
            rules[NAMELESS] = Rules(wrong=True)
        for name, rule in rules.items():
            before, heard = run.known.get(name, Truth()), self._of(name)
            is_free = heard.low.what is None or heard.topped_up
            answers = run.answers.get(name, (Answer(reason="misconfigured"),))
            truth = after(
                before, rule, answers, run.at, now, is_free=is_free, is_by_runway=heard.is_by_runway
            )
            if truth.is_good and heard.is_estimate and heard.believed > before.most:
                truth = replace(truth, must_follow=True)  # what was told rested on the estimate alone
            run.truths[name] = truth
            self._followed(heard, truth)
            for part in (heard.low, heard.reach):
                part.is_steady &= not self._is_due(run, name, part)  # a repeat has an id of its own
            heard.removed = None
            heard.open.append(run)
        if not run.has_nameless and NAMELESS in run.known:
            run.truths[NAMELESS] = Truth(at=run.at, is_good=True)
            self._followed(self._of(NAMELESS), run.truths[NAMELESS])
        if not run.has_nameless:
            for name in run.known.keys() - rules.keys() - {NAMELESS}:
                self._of(name).was_away = True

    def kept(self, run: Run, name: str) -> None:
        """The table took an account's state."""
        if name in run.truths:
            self.truths[name] = truth = run.truths[name]
            heard = self._of(name)
            heard.is_by_runway = heard.is_by_runway and not (truth.is_good and truth.known_for >= DAY)
            is_known = truth.most > OK or truth.topped_up or "edited" in truth.whys
            if truth.must_follow and is_known and truth.most < heard.followed and not heard.is_unsure:
                heard.followed = truth.most

    def deleted(self, name: str) -> None:
        """The program let an account's state be deleted: people must know that it is not watched any more."""
        if self._of(name).removed is None:
            self._break("lost", name, "it was forgotten, and nobody was told")
        self.forgotten(name)

    def forgotten(self, name: str) -> None:
        """An account's state is gone: nobody can know any more what was heard of it."""
        self.truths.pop(name, None)
        self.heard.pop(name, None)

    def unreadable(self, name: str, *, is_told_readable: bool, told_lost: str | None = None) -> None:
        """A state was made unreadable. What people heard must survive where it can be read.

        `told_lost`: all that is left says that it cannot be read, and why.
        """
        if name not in self.truths:
            return
        if not is_told_readable:
            self.heard[name] = Heard()
            self.truths[name] = Truth()
            return
        before, heard = self.truths[name], self._of(name)
        untold = [run.truths[name].most for run in heard.open if name in run.truths]
        high = max(before.most, heard.low.what or OK, *untold)
        self.truths[name] = Truth(
            high=high, was_read=before.least > OK, blocked=before.blocked, lost=before.lost,
            reason=before.reason, failures=before.failures, same=before.same, good=before.good,
            soon=before.soon, may_estimate=before.may_estimate, is_loose=before.may_estimate,
        )  # fmt: skip
        if told_lost is not None:
            self.truths[name] = replace(
                self.truths[name], lost=True, reason=told_lost, failures=1, same=1, good=0
            )

    def unlearned(self, name: str) -> None:
        """What it usually spends is gone from its state: nobody can look ahead any more."""
        if name in self.truths:
            self.truths[name] = replace(
                self.truths[name], known_from=None, known_for=timedelta(0), paced_from=None, near=0
            )

    def excused(self, run: Run) -> None:
        """Something failed between storing and noting: until a run ends well, copies are possible."""
        for name in self.truths.keys() | run.truths.keys():
            self._of(name).is_unsure = True

    def ended(self, run: Run, how: str) -> None:
        """The run ended `well`, `left`, or otherwise."""
        if how != "well":
            return
        self.truths.update(run.truths)
        if run.is_listening:
            self._compare(run)

    # Whether all that is true was heard: after every run that ended well.

    def _compare(self, run: Run) -> None:
        for name, truth in run.truths.items():
            self._compare_one(run, name, truth, self._of(name))
        if not run.has_nameless:
            for name in self.truths.keys() - run.truths.keys():
                self._break("lost", name, "it left the secret, and nobody was told")

    def _compare_one(self, run: Run, name: str, truth: Truth, heard: Heard) -> None:
        hold = run.hold(name)
        is_free, is_loud = hold == "", hold == "" or (hold == "quiet" and truth.least >= CRITICAL)
        if truth.was_read:
            self._compare_level(run, name, truth, heard, is_free=is_free, is_loud=is_loud)
        if truth.lost != (heard.reach.what is not None):
            if is_loud if truth.lost else is_free:
                now = "unreachable" if truth.lost else "reachable"
                self._break("lost", name, f"it is {now}, and people believe otherwise")
        elif truth.lost and heard.reach.what != truth.reason and self._is_other(run, name, truth) and is_loud:
            self._break("lost", name, f"it now fails for {truth.reason}, heard was {heard.reach.what}")
        # While something is held nobody hears what is not sure: that stays so.
        if is_free and (truth.was_read or heard.low.what is None):
            is_low = truth.is_good and not heard.is_unsure and heard.low.what is not None
            heard.is_by_runway = is_low and truth.high == OK and not truth.blocked
            heard.is_unsure = heard.was_away = False
            heard.open.clear()

    def _compare_level(
        self, run: Run, name: str, truth: Truth, heard: Heard, *, is_free: bool, is_loud: bool
    ) -> None:
        if heard.believed < truth.least and is_loud:
            self._break("lost", name, f"it is {LEVELS[truth.least]}, believed {LEVELS[heard.believed]}")
        if truth.most == truth.worst == OK and heard.low.what is not None and is_free:
            self._break("lost", name, "it is well, and people believe that it is low")
        if min(truth.least, heard.believed) >= CRITICAL and run.hold(name) != "mute":
            part = heard.reach if truth.lost else heard.low
            if part.what is not None and self._is_due(run, name, part):
                self._break("lost", name, "it is still critical, and was not repeated in time")

    def _followed(self, heard: Heard, truth: Truth) -> None:
        """What happened since the last message, as far as it decides whether the next is news."""
        heard.least = min(heard.least, truth.least)
        heard.has_reason = heard.has_reason or truth.may_follow
        heard.topped_up = heard.topped_up or truth.topped_up
        heard.whys |= truth.whys
        heard.low.is_steady &= truth.least == truth.worst == (heard.low.what or OK)
        heard.reach.is_steady &= truth.reason == heard.reach.what and truth.lost == (truth.reason is not None)
