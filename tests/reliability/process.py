"""One process that runs the real program once, on the small AWS and on providers that are played."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from balancewatch import telling
from balancewatch.adapters import catalogue
from balancewatch.adapters.secrets import Secrets
from balancewatch.adapters.topic import Topic
from balancewatch.core.account import Language
from balancewatch.core.account_list import Stack
from balancewatch.core.digest import digests
from balancewatch.core.exchange import Answer as HttpAnswer
from balancewatch.core.exchange import NoResponse, Request, Response
from balancewatch.core.outside import Kept
from balancewatch.core.reading import Exchange, Reason
from balancewatch.core.state_record import Record
from balancewatch.run import run as run_program
from balancewatch.world import Job, Left, RunError, World
from tests.reliability.belief import Run
from tests.reliability.calls import Calls, KilledError
from tests.reliability.cloud import SecretsClient, TopicClient
from tests.reliability.facts import DEFAULTS
from tests.reliability.tick import Tick
from tests.reliability.wire import SCALES, UNANSWERED, body_of

if TYPE_CHECKING:
    from tests.reliability.player import Player

_LASTS = timedelta(seconds=240)
_STACK = Stack(ZoneInfo("UTC"), Language.EN, catalogue.profile, catalogue.slugs)


class Process:
    """One process that runs the program once."""

    def __init__(self, player: "Player", tick: Tick) -> None:
        self._player, self._tick = player, tick
        self._observer, self._cloud = player.observer, player.cloud
        self._asked = 0
        self._is_knowing = False
        self._began = player.now
        self._ends = player.now + _LASTS
        wrong = {each.name for each in tick.entries if each.spoiled}
        names = Counter(each.name for each in tick.entries if each.enabled)
        self._run = Run(
            at=tick.at,
            began=player.now,
            rules={
                each.name: replace(
                    each.rules,
                    wrong=each.name in wrong or names[each.name] > 1,
                    usual=SCALES[each.provider],
                )
                for each in tick.entries
                if each.enabled
            },
            answers=tick.answers,
            has_nameless=tick.nameless > 0,
            is_listening=tick.is_listening,
            interval=player.interval,
        )
        self._calls = Calls(player, tick, self._run, self._ends)
        self._providers = {f"token-of-{each.name}": each for each in tick.entries}

    def live(self) -> str:
        """Run the program; what it says at its end is compared with the world."""
        player = self._player
        player.runs += 1
        player.steps = []
        summary: Mapping[str, Any] | None = None
        try:
            job = Job(
                "main", self._tick.at, self._ends, _STACK, DEFAULTS, player.interval, player.digest_above
            )
            cut = partial(digests, largest=player.digest_bytes)
            telling.digests = cut  # type: ignore[attr-defined]  # as if there were hundreds of accounts
            told = run_program(self._world(), job)
            how = "left" if isinstance(told, Left) else "well"
            summary = None if isinstance(told, Left) else told
        except RunError as error:
            how, summary = f"failed: {error}", error.summary
        except KilledError:
            how = "killed"
        except Exception as error:  # noqa: BLE001  # a crash of the program is a finding, not the end of the search
            how = f"crashed: {error!r}"
            player.break_promise("lost", how)
        player.say(f"  -> {how}")
        for account in (summary or {}).get("accounts", ()):
            self._observer.shows(self._run, account["name"], account["remaining"], "the summary")
        if not self._calls.is_done:
            self._observer.ended(self._run, how)
        self._judge_end(how)
        return how

    def _judge_end(self, how: str) -> None:
        """A run may leave only what is done or in other hands, and fail only where something failed."""
        tick, player = self._tick, self._player
        held, done = self._calls.found
        is_done = done is not None and done >= tick.at
        is_held = held is not None and held[1] >= self._began.replace(microsecond=0)
        is_own = held is not None and held[0] == tick.at
        if how == "left" and not is_done and not (is_held and not is_own):
            player.break_promise("lost", "a run left, and nobody does its work")
        if how == "well" and is_done:
            player.break_promise("doubled", "a run did again what was done")
        is_ahead = tick.at > self._began + timedelta(minutes=5)
        is_hit = self._calls.is_hit or bool(self._cloud.refuses)
        is_excused = is_hit or tick.spoiled_secret or is_ahead or is_held or is_done
        if how != "well" and not is_excused:
            player.break_promise("lost", f"nothing had failed, and the run {how}")

    def _world(self) -> World:
        cloud, player = self._cloud, self._player
        table = cloud.table(self._calls.call, player.wait)
        topic = Topic(lambda: TopicClient(cloud, self._calls.call), "topic")  # type: ignore[arg-type,return-value]  # the calls that are made
        secrets = Secrets(SecretsClient(cloud, self._calls.call), "secret", "stack/accounts/")  # type: ignore[arg-type]  # the same

        def keep_states(team: str, records: Sequence[tuple[str, Record]], alive: Callable[[], bool]) -> Kept:
            self._knows()
            return table.keep_states(team, records, alive)

        return World(
            now=lambda: player.now,
            wait=player.wait,
            holder=lambda: f"{player.rng.getrandbits(64):016x}",
            take_lease=table.take_lease,
            release=table.release,
            secret=secrets.read,
            states=table.states,
            set_aside=table.set_aside,
            keep_states=keep_states,
            keep_datapoints=table.keep_datapoints,
            make_sure=table.make_sure,
            forget=table.forget,
            retire=lambda _: None,
            ask=self._ask,
            is_heard=topic.is_heard,
            publish=topic.publish,
            measure=lambda _: None,
            log=lambda event, fields: player.say(f"  log: {event} {dict(fields)}"),
        )

    def _knows(self) -> None:
        """From its first question on, or its first store, the run must tell what is true."""
        if not self._is_knowing:
            self._is_knowing = True
            self._observer.asked(self._run, self._player.now)

    # The providers.

    def _ask(self, requests: Sequence[Request], _: float) -> Sequence[HttpAnswer]:
        self._knows()
        self._asked += 1
        asked_at = self._player.now
        self._player.wait(0.3)
        return [self._answered(request, Exchange(asked_at, 300)) for request in requests]

    def _answered(self, request: Request, exchange: Exchange) -> HttpAnswer:
        entry = self._providers[request.headers["Authorization"].removeprefix("Bearer ")]
        answers = self._tick.answers[entry.name]
        answer = answers[0] if self._asked == 1 else answers[-1]
        if answer.reason is not None:
            form = f" ({answer.form})" if answer.form and not answer.form.isdigit() else ""
            self._player.faults[f"provider: {answer.reason}{form}"] += 1
        if answer.reason in UNANSWERED:
            return NoResponse(Reason(answer.reason), "planted", exchange)
        status, body = body_of(entry.provider, answer)
        return Response(body, "application/json", replace(exchange, http_status=status))
