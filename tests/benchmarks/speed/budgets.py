"""Every budget and how it is measured, in the order of their numbers."""

import math
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.cost.bill import bill
from tests.benchmarks.cost.counting import counts
from tests.benchmarks.fleet import names, secret
from tests.benchmarks.speed import child
from tests.benchmarks.speed.budget import Measured, ratio
from tests.benchmarks.speed.child import Taken
from tests.benchmarks.speed.hostility import DEADLINE_S, FORBIDDEN
from tests.benchmarks.speed.place import SETTINGS, answering, built, certified, handshakes, listening
from tests.hostile import PLAYS, HostileServers

ROUNDS = 5
LATENCY_S = 0.3
Progress = Callable[[str], None]


def rounds(progress: Progress, what: str, count: int = ROUNDS) -> Iterator[int]:
    """Numbers of rounds, each announced."""
    for number in range(1, count + 1):
        progress(f"{what}, round {number} of {count}")
        yield number


def asking(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budgets 1 to 5: what asking costs, beside other clients, at TLS hosts."""
    ca_file = certified(folder)
    with listening(folder, LATENCY_S) as ports:

        def ask(way: str, accounts: int, hosts: int, workers: int, hanging: int = 0) -> Taken:
            errand = {
                "port": ports.hosts,
                "ca_file": ca_file,
                "accounts": accounts,
                "hosts": hosts,
                "workers": workers,
                "hanging": hanging,
            }
            taken = child.run("tests.benchmarks.speed.asking", [way, errand])
            if taken.said["answered"] != accounts - hanging:
                raise RuntimeError(f"{way}: {taken.said['answered']} of {accounts} answered")
            return taken

        ours, theirs, naive, opened = [], [], [], []
        for _ in rounds(progress, "asking 1,000 accounts at 1,000 hosts"):
            handshakes(ports)
            ours.append(ask("ours", 1000, 1000, 128))
            opened.append(handshakes(ports))
            theirs.append(ask("aiohttp", 1000, 1000, 128))
            naive.append(ask("requests", 100, 100, 128))
        yield Measured(1, "CPU, 1,000 hosts", _cpu(ours, theirs), 1.5, " x", "aiohttp with one SSLContext")
        memory = ratio([each.peak_mib for each in ours], [each.peak_mib for each in theirs])
        yield Measured(1, "memory, 1,000 hosts", memory, 0.35, " x", "the same")
        against = "`requests.get` an account (100 accounts, times ten)"
        yield Measured(2, "CPU, against requests.get", _cpu(ours, naive) / 10, 0.12, " x", against)

        few, few_theirs, few_opened = [], [], []
        for _ in rounds(progress, "asking 1,000 accounts at 10 hosts"):
            handshakes(ports)
            few.append(ask("ours", 1000, 10, 128))
            few_opened.append(handshakes(ports))
            few_theirs.append(ask("aiohttp", 1000, 10, 128))
        yield Measured(3, "CPU, 10 hosts", _cpu(few, few_theirs), 2.0, " x", "aiohttp with one SSLContext")
        wall = ratio([each.wall_s for each in few], [each.wall_s for each in few_theirs])
        yield Measured(3, "wall, 10 hosts", wall, 1.1, " x", "the same")

        hung = [
            ask("ours", 300, 300, 64, hanging=15).wall_s
            for _ in rounds(progress, "asking 300 hosts, 15 hang")
        ]
        ideal = 300 * LATENCY_S / 64 + 10
        against = f"300 x 0.3 s / 64 workers + 10 s of deadline = {ideal:.1f} s"
        yield Measured(4, "wall, 5 % of hosts hang", median(hung) / ideal, 1.15, " x", against)

        loads = max(each.said["loads"] for each in (*ours, *few))
        yield Measured(5, "CA bundle loads", loads, 1, "", "counted, the most of all rounds")
        against = "1.25 x 128 workers + hosts; the most of all rounds"
        yield Measured(5, "handshakes, 1,000 hosts", max(opened), 1160, "", against)
        yield Measured(5, "handshakes, 10 hosts", max(few_opened), 170, "", against)


def hostility(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budget 6: every hostile answer, one after the other."""
    progress("hearing hostile answers, half a minute")
    with HostileServers(folder) as servers:
        ports = {
            "play": servers.https_port,
            "wrong name": servers.wrong_name_port,
            "unknown issuer": servers.unknown_issuer_port,
            "plain reply": servers.plain_reply_port,
            "slow handshake": servers.slow_handshake_port,
            "hangs up": servers.hangs_up_port,
            "mute": servers.mute_port,
            "closed": servers.closed_port,
        }
        told = {"ca_file": servers.ca_file, "ports": ports, "plays": list(PLAYS)}
        said = child.run("tests.benchmarks.speed.hostility", told).said
    if not said["is_honest_believed"] or said["refused"] != len(FORBIDDEN):
        raise RuntimeError(said)
    worst = max(said["late"], key=said["late"].__getitem__)
    against = f"{len(said['late'])} ways, deadline {DEADLINE_S} s; the slowest: {worst}"
    yield Measured(6, "hostile answers end late by", max(said["late"][worst], 0.0), 0.5, " s", against)
    yield Measured(6, "hostile answers, more memory", said["more_mib"], 16, " MiB", "peak over all ways")
    yield Measured(6, "hostile answers believed", len(said["believed"]), 0, "", "counted")
    against = f"counted by the interpreter's audit hook, {len(FORBIDDEN)} addresses"
    yield Measured(6, "forbidden addresses connected", said["connected"], 0, "", against)


def artefact(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budgets 7 and 8: what is deployed, imported as Lambda does and packed as it is uploaded."""
    progress("building the artefact")
    places = built(folder)
    layer = places["layer"] / "python"
    path = ":".join(map(str, (places["function"], layer, places["runtime"])))
    environment = {**SETTINGS, "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}

    def start(way: str) -> Taken:
        return child.run("tests.benchmarks.speed.start", way, environment=environment, options=("-S",))

    # Byte code is warm on both sides, and one more round makes sure that files are.
    ours, bare = [], []
    for number in rounds(progress, "importing", 2 * ROUNDS + 1):
        found = start("ours"), start("bare")
        if number > 1:
            ours.append(found[0])
            bare.append(found[1])
    yield Measured(
        7, "CPU of init", _cpu(ours, bare), 1.5, " x", "bare `import boto3, requests, aws_lambda_powertools`"
    )
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(layer.rglob("*")):
            archive.write(file, str(file.relative_to(places["layer"])))
    yield Measured(8, "layer, zipped", packed.tell() / 1e6, 2.5, " MB", "as it is uploaded")


def calls(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budgets 9, 12 and 13: counted on the real handler."""
    del folder
    progress("counting what runs ask of AWS")
    for accounts, low in ((300, 0), (30, 10)):
        found = counts(accounts, low)
        whose = f"{accounts} accounts" + f", {low} of them low" * bool(low)
        told = found.calls.get("Publish", 0) + low
        most = 6 + math.ceil(2 * accounts / 25) + told
        yield Measured(9, f"AWS calls, {whose}", sum(found.calls.values()), most, "", "6 + ⌈2n/25⌉ + told")
        most = 2 * accounts + low + 3
        yield Measured(9, f"write units, {whose}", found.write_units, most, "", "2 an account + 1 told + 3")
        yield Measured(
            9, f"read units, {whose}", found.read_units, 0.3 * accounts + 2, "", "0.3 an account + 2"
        )
        if not low:
            reads = found.calls["GetSecretValue"]
            yield Measured(9, "secret reads", reads, 1, "", "one a team and run")
        most = 3000 + 300 * low
        yield Measured(12, f"log, {whose}", found.log_bytes, most, " B", "3 KB + 300 B an account not ok")
    usd = bill(10, 15, account_metrics=False).total
    yield Measured(13, "10 accounts, 15 minutes", usd, 0.60, " USD", "a month, computed: docs/cost.md")


def state(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budget 10: reading and writing states, by ours and one by one."""
    said = _canned(300, progress)
    items = said["states"]
    answers = {"Query": {"Items": items, "Count": len(items)}, "GetItem": {"Item": items[0]}}
    answering(folder, answers)
    certified(folder)
    ours: list[Taken] = []
    each: list[Taken] = []
    with listening(folder, 0) as ports:
        endpoint = f"http://127.0.0.1:{ports.aws}"
        for _ in rounds(progress, "reading and writing 300 states", 2 * ROUNDS):
            for way, found in (("ours", ours), ("each", each)):
                environment = {**SETTINGS, "AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": _SOURCES}
                argument = [way, said["names"]]
                found.append(child.run("tests.benchmarks.speed.states", argument, environment=environment))
    against = "GetItem and UpdateItem an account, by boto3"
    yield Measured(10, "CPU for 300 states", _cpu(ours, each), 0.25, " x", against)


def whole(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budget 11: the peak memory of whole runs at TLS hosts, one for each account."""
    for accounts, limit in ((300, 180), (10, 120)):
        place = folder / str(accounts)
        place.mkdir()
        ca_file = certified(place)
        said = _canned(accounts, progress)
        with listening(place, LATENCY_S) as ports:
            text = secret(names(accounts), partial(_address, ports.hosts))
            answers = {
                "Query": {"Items": said["states"], "Count": accounts},
                "GetSecretValue": {"Name": "accounts", "SecretString": text},
            }
            answering(place, answers)
            found = []
            for _ in rounds(progress, f"whole runs of {accounts} accounts"):
                environment = {
                    **SETTINGS,
                    "PYTHONPATH": _SOURCES,
                    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.aws}",
                    "BALANCEWATCH_LOCAL": "1",
                }
                taken = child.run("tests.benchmarks.speed.whole", ca_file, environment=environment)
                if taken.said["counts"]["ok"] != accounts:
                    raise RuntimeError(taken.said)
                found.append(taken.peak_mib)
        name = f"memory, run of {accounts} accounts"
        yield Measured(11, name, median(found), limit, " MiB", "peak of the process, without moto")


def forecasting(folder: Path, progress: Progress) -> Iterator[Measured]:
    """Budget 14: a forecast with its runway."""
    del folder
    count = 100
    found = [
        1000 * child.run("tests.benchmarks.speed.forecasting", count).cpu_s / count
        for _ in rounds(progress, f"{count} forecasts")
    ]
    # The best, since nothing stands beside it: what else the machine does only adds.
    yield Measured(14, "CPU of a forecast", min(found), 3, " ms", "three weeks of history; the best round")


ALL: Sequence[Callable[[Path, Progress], Iterator[Measured]]] = (
    asking,
    hostility,
    artefact,
    calls,
    state,
    whole,
    forecasting,
)

_SOURCES = "functions/watch:cli:."


def _cpu(ours: Sequence[Taken], theirs: Sequence[Taken]) -> float:
    return ratio([each.cpu_s for each in ours], [each.cpu_s for each in theirs])


def _address(port: int, number: int) -> str:
    return f"https://h{number}.bench.test:{port}"


def _canned(accounts: int, progress: Progress) -> Mapping[str, Any]:
    progress(f"making the past of {accounts} accounts")
    return child.run("tests.benchmarks.speed.canned", accounts).said
