"""Counts what runs ask of AWS and writes the counts down: `make cost`. docs/cost.md is made of them."""

import json
import sys
from dataclasses import asdict

from tests.benchmarks.cost.bill import CASES, FROZEN
from tests.benchmarks.cost.counting import counts


def main() -> None:
    found = []
    for accounts, low in CASES:
        sys.stderr.write(f"counting a run of {accounts} accounts, {low} of them newly low\n")
        found.append(asdict(counts(accounts, low)))
    FROZEN.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
