"""Many writers in one clone beside a person and git's housekeeping (ROBUSTNESS.md R4).

``python -m tests.campaigns.writers [--writers 32] [--amount 100] [--items N] [--rounds 5] [--seed S]``: every round
has its seed and, unless told otherwise, works on one shared item or on fifty in turn. Ends with 1 if anything was lost.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.concurrency import ledger
from tests.concurrency.crowd import crowd, prepare
from tests.concurrency.scratch import scratch
from tests.repositories import make


def played(place: Path, writers: int, amount: int, items: int, seed: int) -> ledger.Audit:
    """One round in a repository of its own."""
    repo, logs = make(place / "repo"), place / "logs"
    logs.mkdir()
    prepare(repo, items)
    failed = crowd(repo.root, logs, writers=writers, amount=amount, items=items, seed=seed)
    found = ledger.audit(repo, logs)
    if failed:
        found.faults.append(f"{failed} processes ended with an exception")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--amount", type=int, default=100, help="commands of each writer")
    parser.add_argument("--items", type=int, default=0, help="shared items (default: 1 and 50 in turn)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    faults = 0
    for number in range(said.rounds):
        seed, items = said.seed + number, said.items or (1, 50)[number % 2]
        start = time.monotonic()
        with scratch() as place:
            found = played(place, said.writers, said.amount, items, seed)
        seconds = time.monotonic() - start
        print(f"seed {seed}: {said.writers} x {said.amount} on {items} shared items, {seconds:.0f} s")
        print("  " + ", ".join(f"{times} {what}" for what, times in sorted(found.figures.items())))
        print(f"  {len(found.faults)} faults", *found.faults[:20], sep="\n    ", flush=True)
        faults += len(found.faults)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
