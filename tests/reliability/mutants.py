"""Breaks the program on purpose and shows that the histories notice: `make mutants`.

Each mutant is a small edit of the program's text, made in a copy. It counts as caught when a history breaks
a promise with it that holds without it. The exit status is 1 if one survives.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.reliability.histories import play
from tests.reliability.page import write

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "functions/watch"
MOST = 2000
"""Histories that a mutant may survive before it counts as not caught."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One edit: in which file (below `balancewatch/`), what text, which stands there once, becomes what."""

    name: str
    file: str
    text: str
    becomes: str


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a level counts as told for certain before it is published",
        "core/notice.py",
        "        sure=False,\n        level=level,",
        "        sure=True,\n        level=level,",
    ),
    Mutant(
        "that an account cannot be read counts as told for certain before it is published",
        "core/notice.py",
        "at=tick.at, sure=False, reason=reason",
        "at=tick.at, sure=True, reason=reason",
    ),
    Mutant(
        "the lease is given to everyone",
        "adapters/table.py",
        "OR #until < :now OR",
        "OR #until < :now OR #until >= :now OR",
    ),
    Mutant(
        "the lease is taken for what is done",
        "adapters/table.py",
        "(attribute_not_exists(done) OR done < :at)",
        "(attribute_not_exists(done) OR done < :at OR done >= :at)",
    ),
    Mutant(
        "a dead run's time counts as in good hands",
        "core/lease.py",
        "        return Busy()",
        '        return Leave("another run is under way")',
    ),
    Mutant(
        "states are read without strong consistency",
        "adapters/table.py",
        "ConsistentRead=True",
        "ConsistentRead=False",
    ),
    Mutant(
        "a run that woke after its end goes on",
        "world.py",
        "return lambda: world.now() < until",
        "return lambda: world.now() > until or True",
    ),
    Mutant(
        "what the table refused is told all the same",
        "telling.py",
        "[pair for pair in drafts if pair[0].name in stored]",
        "drafts if stored else []",
    ),
    Mutant(
        "a time is done though not all was told",
        "run.py",
        "is_done = is_whole and stored.is_all and is_told",
        "is_done = is_whole and stored.is_all",
    ),
    Mutant(
        "a publish without an answer is tried again",
        "telling.py",
        "        world.publish(parcel.message)\n    except OutsideError as error:",
        "        try:\n            world.publish(parcel.message)\n        except OutsideError:\n"
        "            world.publish(parcel.message)\n    except OutsideError as error:",
    ),
    Mutant(
        "nobody asks whether anyone listens",
        "run.py",
        "        return world.is_heard()",
        "        return world.is_heard() or True",
    ),
    Mutant(
        "what nobody heard counts as told",
        "run.py",
        "(record := plan.told if is_heard else plan.untold)",
        "(record := plan.told)",
    ),
    Mutant(
        "accounts count as removed while entries have no name",
        "run.py",
        "    if not wrong:\n        gone",
        "    if True:\n        gone",
    ),
    Mutant(
        "the same words get a new id each time",
        "core/notice.py",
        "return before.id if before is not None and is_same else None",
        "return None if before is not None and is_same else None",
    ),
    Mutant(
        "ids do not depend on the run",
        "core/notice.py",
        "status, what, tick.holder)",
        "status, what)",
    ),
    Mutant(
        "a removal gets a new id each time",
        "core/notice.py",
        "ident = earlier.id if earlier else _id(",
        "ident = _id(",
    ),
    Mutant(
        "an account that comes back is believed to be known",
        "core/decide.py",
        "    if state.removal is None:\n        return state",
        "    if state.removal is None or state.removal:\n        return replace(state, removal=None)",
    ),
    Mutant(
        "a failed read is 0",
        "core/envelope.py",
        "            return Failure(reason, detail, exchange)\n",
        '            return Balance(0 * account.profile.answer.scale, "USD", exchange)\n',
    ),
    Mutant(
        "a failed read is the last balance",
        "core/summary.py",
        'return dict.fromkeys(("remaining", "used", "unit", "unlimited", "spendable", "raw"))',
        'return dict.fromkeys(("used", "unit", "unlimited", "spendable", "raw")) | {"remaining": "1"}',
    ),
    Mutant(
        "a failed read ends what was low",
        "core/decide.py",
        "            state, outlook = _unread(entry, state, tick)",
        "            state, outlook = _unread(entry, state, tick)\n"
        "            state = replace(state, causes={})",
    ),
    Mutant(
        "there is no margin",
        "core/causes.py",
        '_RAISED = Decimal("1.05")\n',
        '_RAISED = Decimal("1")\n',
    ),
    Mutant(
        "any rise is a top-up",
        "core/level.py",
        "return rise if rise >= least else Decimal(0)",
        "return rise if rise > 0 else Decimal(0)",
    ),
    Mutant(
        "a threshold that the answer leaves out is forgotten",
        "core/level.py",
        "        given = known.threshold\n",
        "        given = None\n",
    ),
    Mutant(
        "at the threshold is not yet low",
        "core/causes.py",
        "if limit is not None and value <= limit)",
        "if limit is not None and value < limit)",
    ),
    Mutant(
        "a sudden zero is believed at once",
        "core/plausibility.py",
        "    return balance.used - before.used < (before.remaining - balance.remaining) * _ACCOUNTED",
        "    return False",
    ),
    Mutant(
        "the same time counts twice",
        "core/decide.py",
        "is_new = state.at is None or tick.at > state.at",
        "is_new = state.at is None or tick.at >= state.at",
    ),
    Mutant(
        "one good reading is enough",
        "core/reach.py",
        "_GOOD = 2",
        "_GOOD = 1",
    ),
    Mutant(
        "another reason is never told",
        "core/transitions.py",
        "            and case.reach.same >= case.limit",
        "            and case.reach.same >= case.limit + 100",
    ),
    Mutant(
        "repeats come a run late",
        "core/transitions.py",
        "return at - told.at >= timedelta(",
        "return at - told.at > timedelta(",
    ),
    Mutant(
        "the end is as quiet as the state that it ends in",
        "core/notice.py",
        "        most = own if before is None else before.worst\n        return most, most",
        "        return own, own",
    ),
    Mutant(
        "what people heard is lost with an unreadable state",
        "core/state_record.py",
        "        told_level=level,\n        told_reach=told_reach,\n        removal=salvaged",
        "        told_level=None,\n        told_reach=told_reach,\n        removal=salvaged",
    ),
    Mutant(
        "a forecast that vanishes ends what was low by it",
        "core/causes.py",
        "    if runway is None:\n        return held.level",
        "    if runway is None:\n        return Level.OK",
    ),
    Mutant(
        "nobody looks at the runway",
        "core/level.py",
        "        Cause.RUNWAY: by_runway(\n            balance, None if",
        "        Cause.RUNWAY: by_runway(\n            balance, None if True or",
    ),
    Mutant(
        "quiet hours are not kept",
        "core/quiet.py",
        "    return is_quiet(rules, now) and not covers_every_run(rules, now, interval)",
        "    return False and is_quiet(rules, now)",
    ),
    Mutant(
        "quiet hours are those of another time zone",
        "core/quiet.py",
        "_contains(rules.quiet, now.astimezone(rules.timezone))",
        "_contains(rules.quiet, now)",
    ),
    Mutant(
        "quiet hours may hold news for ever",
        "core/quiet.py",
        " and not covers_every_run(rules, now, interval)",
        "",
    ),
    Mutant(
        "quiet hours hold a critical balance too",
        "core/quiet.py",
        "if severity is Severity.CRITICAL and status is not Status.RESOLVED:",
        "if severity is Severity.INFO and status is not Status.RESOLVED:",
    ),
    Mutant(
        "a muted account is told all the same",
        "core/quiet.py",
        "    if is_muted(rules, now):\n        return True",
        "    if is_muted(rules, now):\n        return False",
    ),
    Mutant(
        "what is held counts as told",
        "core/decide.py",
        "            notices.append(notice)\n            told = replace(told, told_level=part)",
        "            notices.append(notice)\n"
        "        told = replace(told, told_level=replace(part, sure=not is_told(notice)))",
    ),
    Mutant(
        "that nothing is sure is forgotten while it is held",
        "core/decide.py",
        "            notices.append(notice)\n            told = replace(told, told_level=part)",
        "            notices.append(notice)\n            told = replace(told, told_level=part)\n"
        "        elif state.told_level is not None:\n"
        "            told = replace(told, told_level=replace(state.told_level, sure=True))",
    ),
    Mutant(
        "an end that was held is forgotten when it is low again",
        "core/transitions.py",
        "return Level.OK if self.now and relief and not relief.why.comes_by_itself else self.told.level",
        "return self.told.level",
    ),
    Mutant(
        "a digest without an answer is sent again one by one",
        "telling.py",
        "if len(ids) == 1 or not isinstance(error, RefusedError):",
        "if len(ids) == 1:",
    ),
    Mutant(
        "of a digest that was cut only the first part is sent",
        "telling.py",
        "            ordered = ordered[count:]\n",
        "            ordered = []\n            break\n",
    ),
    Mutant(
        "of a digest only the first is noted as told",
        "telling.py",
        "draft.notification.id: is_alive() and _made_sure(world, job, plan, draft)",
        "draft.notification.id: draft is not parcel.drafts[0][1] or _made_sure(world, job, plan, draft)",
    ),
    Mutant(
        "an estimate improves what was known",
        "core/level.py",
        "return {**causes, Cause.ESTIMATED: level} if level > known else causes",
        "return {Cause.ESTIMATED: level} if level > Level.OK else {}",
    ),
    Mutant(
        "an estimate is kept as if it had been read",
        "core/decide.py",
        "    return replace(state, causes=causes), Outlook(limits, estimate.lasting, estimate)",
        "    seen = replace(seen, remaining=estimate.remaining)\n"
        "    return replace(state, causes=causes, seen=seen), Outlook(limits, estimate.lasting, estimate)",
    ),
    Mutant(
        "an estimate outlives the first reading",
        "core/level.py",
        "        Cause.NOT_SPENDABLE: by_not_spendable(",
        "        Cause.ESTIMATED: state.causes.get(Cause.ESTIMATED, Level.OK),\n"
        "        Cause.NOT_SPENDABLE: by_not_spendable(",
    ),
    Mutant(
        "an estimate that was wrong ends as a top-up",
        "core/decide.py",
        "(Cause.ESTIMATED in causes, Relief(Why.ESTIMATE))",
        "(Cause.ESTIMATED in causes, Relief(Why.TOPPED_UP, Decimal(1)))",
    ),
    Mutant(
        "an answer without amounts forgets the last one",
        "core/level.py",
        "        return replace(known, threshold=given)",
        "        return replace(known, threshold=given, remaining=None)",
    ),
)


class StaleMutantError(Exception):
    """The text that a mutant edits does not stand in the program exactly once."""


def mutated(mutant: Mutant, program: Path, folder: Path) -> None:
    """Copy the program into the folder and make the edit. Raises `StaleMutantError`."""
    shutil.copytree(
        program / "balancewatch", folder / "balancewatch", ignore=shutil.ignore_patterns("__pycache__")
    )
    file = folder / "balancewatch" / mutant.file
    source = file.read_text("utf-8")
    if (times := source.count(mutant.text)) != 1:
        raise StaleMutantError(f"{mutant.name}: its text stands {times} times in {mutant.file}")
    file.write_text(source.replace(mutant.text, mutant.becomes), "utf-8")


def hunt(most: int, seed: int) -> dict[str, object]:
    """Play histories until one breaks a promise."""
    for index in range(most):
        count = play(seed, index)
        if count.found:
            return {"histories": index + 1, "why": count.found[0][1]}
    return {"histories": most, "why": None}


def caught(mutant: Mutant | None, program: Path, most: int, seed: int) -> dict[str, object]:
    """What a process with the mutated program finds; without a mutant: with the program as it is."""
    with tempfile.TemporaryDirectory() as folder:
        if mutant is None:
            shutil.copytree(program / "balancewatch", Path(folder) / "balancewatch")
        else:
            mutated(mutant, program, Path(folder))
        path = os.pathsep.join([folder, str(ROOT)])
        command = [
            sys.executable,
            "-m",
            "tests.reliability.mutants",
            "--hunt",
            str(most),
            "--seed",
            str(seed),
        ]
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": path},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return {
                "histories": 0,
                "why": f"lost: the program cannot run: {done.stderr.strip().splitlines()[-1]}",
            }
        found: dict[str, object] = json.loads(done.stdout)
        return found


def table(program: Path, most: int, seed: int) -> Iterator[tuple[Mutant, dict[str, object]]]:
    """Every mutant with what was found, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        find = partial(caught, program=program, most=most, seed=seed)
        yield from zip(MUTANTS, pool.map(find, MUTANTS), strict=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hunt", type=int, help="play so many histories with the program as it is imported")
    parser.add_argument("--most", type=int, default=MOST)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    parser.add_argument("--program", type=Path, default=PROGRAM, help="the folder that holds balancewatch/")
    given = parser.parse_args(arguments)
    out = sys.stdout.write
    if given.hunt is not None:
        out(json.dumps(hunt(given.hunt, given.seed)))
        return 0
    sound = caught(None, given.program, 100, given.seed)
    if sound["why"] is not None:
        out(f"the program breaks a promise without any mutant: {sound['why']}\n")
        return 1
    survivors = 0
    lines = ["| mutant | caught by | after histories |", "| --- | --- | ---: |"]
    out("\n".join(lines) + "\n")
    for mutant, found in table(given.program, given.most, given.seed):
        survivors += found["why"] is None
        how = str(found["why"] or "NOTHING").split(":")[0]
        lines.append(f"| {mutant.name} | {how} | {found['histories']} |")
        out(f"{lines[-1]}\n")
        sys.stdout.flush()
    if given.write:
        write("mutants", lines)
    out(f"{len(MUTANTS)} mutants, {len(MUTANTS) - survivors} caught\n")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
