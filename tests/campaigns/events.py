"""Random histories: the index of events tells what git tells (DESIGN.md §7).

``python -m tests.campaigns.events [--amount 500] [--first 1000]``: as many histories of four stages each, compared
after every stage. Prints the seeds for which something differs; ends with 1 if one does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.index.event_histories import Histories, refuse_differences
from tests.repositories import isolate, make

_STAGES = 4


def holds(place: Path, seed: int) -> bool:
    """Whether a history is told the same with and without an index, at every stage."""
    histories = Histories(make(place), seed)
    try:
        for _ in range(_STAGES):
            histories.grow(histories.choose.choice((1, 5, 20)))
            refuse_differences(histories.repo, histories.revision(), histories.choose)
    except Exception:
        traceback.print_exc()
        print(f"seed {seed} differs", flush=True)
        return False
    finally:
        shutil.rmtree(place)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=500, help="histories")
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    said = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        kept = isolate(dict(os.environ), place)
        os.environ.clear()
        os.environ.update(kept)
        seeds = range(said.first, said.first + said.amount)
        failed = [seed for seed in seeds if not holds(place / str(seed), seed)]
    seconds = time.monotonic() - start
    print(f"{said.amount} histories of {_STAGES} stages in {seconds:.0f} s, {len(failed)} differ", *failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
