"""Random histories with planted faults and legal ones, judged by the tool and by a naive judge (R11).

``python -m tests.campaigns.histories [--legal 500] [--planted 500] [--seed S]``. Prints how many there were of each
kind, every history on which the judges do not agree, and ends with 1 if there is one.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from pathlib import Path

from tests.histories.judged import Judged, counted, judged, told
from tests.repositories import isolate

#: As many of each kind share a repository.
_BATCH = 50


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--legal", type=int, default=500)
    parser.add_argument("--planted", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(isolate(dict(os.environ), Path(folder)))
        found: list[Judged] = []
        legal, planted, seed = options.legal, options.planted, options.seed
        while legal + planted:
            share = min(_BATCH, legal), min(_BATCH, planted)
            legal, planted = legal - share[0], planted - share[1]
            for one in judged(Path(folder) / f"{seed}", seed, *share):
                found.append(one)
                if one.missed or one.false_alarm:
                    print(told(one, seed), flush=True)
            seed += 1
    for name, amount in sorted(counted(found).items()):
        print(f"{name}: {amount}")
    missed, alarms = sum(one.missed for one in found), sum(one.false_alarm for one in found)
    print(f"{len(found)} histories: {missed} missed, {alarms} false alarms")
    return 1 if missed or alarms or not found else 0


if __name__ == "__main__":
    sys.exit(main())
