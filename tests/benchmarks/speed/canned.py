"""A team's states as the table has them: `python -m tests.benchmarks.speed.canned N`."""

import json
import sys

from tests.benchmarks.fleet import fleet
from tests.benchmarks.speed.child import report


def main() -> None:
    with fleet(json.loads(sys.argv[1])) as standing:
        report(lambda: standing.states, lambda states: {"names": standing.names, "states": states})


if __name__ == "__main__":
    main()
