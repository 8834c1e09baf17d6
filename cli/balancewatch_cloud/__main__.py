"""`python -m balancewatch_cloud`, which `make cloud` calls: up until Ctrl-C or `stop`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from balancewatch_cli.check import demo
from balancewatch_cloud import sam, story
from balancewatch_cloud.emulator import emulator
from balancewatch_cloud.happenings import Watch
from balancewatch_cloud.hold import held, stop
from balancewatch_cloud.place import CloudError, Place, refuse_taken, tools
from balancewatch_cloud.screen import Screen
from balancewatch_cloud.stack import Stack, deployed

_FOLDER = Path(".balancewatch/cloud")
_PORT = 4566
_STACK = "balancewatch"
_PARAMETERS = {"Email": "you@example.com", "Phone": "+12025550123", "IntervalMinutes": "5"}
_EVERY = "rate(1 minute)"
_LOOK_S = 1.0
_ERROR = 4


def main(arguments: Sequence[str]) -> int:
    """Run the local cloud, or stop it; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m balancewatch_cloud", description="The stack on AWS emulated on this machine."
    )
    parser.add_argument("command", choices=["up", "stop"], nargs="?", default="up")
    parser.add_argument("--port", type=int, default=_PORT, help="of AWS; the demo gateway has the next one")
    parser.add_argument(
        "--folder", type=Path, default=_FOLDER, help="keeps everything from one time to the next"
    )
    options = parser.parse_args(arguments)
    place = Place(options.folder.absolute(), options.port, options.port + 1)
    try:
        return _stop(place) if options.command == "stop" else _up(place, Screen())
    except CloudError as error:
        print(f"cloud: error: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        log = os.path.relpath(place.folder / "emulator.log")
        print(f"cloud: error: the emulator does not answer as AWS would: {error}; see {log}", file=sys.stderr)
    return _ERROR


def _stop(place: Place) -> int:
    ended = stop(place.folder)
    print(
        "cloud: it was not running"
        if ended is None
        else f"cloud: process {ended} has ended; its state is kept"
    )
    return 0


def _up(place: Place, screen: Screen) -> int:
    tools()
    place.make()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with held(place.folder), ExitStack() as running:
        refuse_taken(place.port, place.gateway_port)
        try:
            stack = _start(place, running, screen)
            _watch(stack, screen)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough: what follows takes a second or two
            kept = os.path.relpath(place.folder)
            screen.say(f"\nEnding. What was deployed is kept in {kept}/ for the next time.", "dim")
    return 0


def _start(place: Place, running: ExitStack, screen: Screen) -> Stack:
    began = _now()
    with screen.step("start", f"MiniStack on {place.url}, demo gateway on port {place.gateway_port}"):
        running.enter_context(emulator(place))
        gateway = running.enter_context(
            demo.gateway(place.gateway_port, lambda: story.accounts(_now() - began))
        )
    with screen.step("build", "sam build"):
        template = sam.build(place)
    with screen.step("deploy", f"sam deploy --stack-name {_STACK}"):
        sam.deploy(place, template, _STACK, _PARAMETERS)
    stack = deployed(place, _STACK)
    with screen.step("accounts", f"{len(demo.ACCOUNTS)} put into the secret"):
        stack.put_accounts(demo.accounts(gateway))
    with screen.step("schedule", _EVERY):
        stack.run_every(_EVERY)
    return stack


def _watch(stack: Stack, screen: Screen) -> None:
    """Show what happens, for ever."""
    watch = Watch(stack, stack.listen(), _now())
    screen.say(
        "\nCloudWatch is stood in for; e-mail and text messages go nowhere. Times are UTC. Ctrl-C, or make"
        " cloud-stop elsewhere, ends it.\n",
        "dim",
    )
    stack.start_run()
    while True:
        for happening in watch.look(_now()):
            screen.show(happening)
        time.sleep(_LOOK_S)


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  # the shell reads the clock


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
