"""Hundreds of random lives of a backlog, each step told by the index as by the files (issue 4, line 9).

``python -m tests.campaigns.index [--amount 500] [--steps 12] [--seed S]``: edits by hand, by command and by git.
Prints the seeds that failed; ends with 1 if one did.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import traceback
from pathlib import Path

from tests.index.sequences import Life
from tests.repositories import isolate


def holds(place: Path, seed: int, steps: int) -> bool:
    """Whether the index agrees after every step of one life; a failure is printed with the steps that led there."""
    taken: list[str] = []
    try:
        life = Life(place, seed)
        life.agrees()
        for step in life.run(steps):
            taken.append(step)
            life.agrees()
        life.agrees_on_findings()
        life.agrees_on_words()
        life.close()
    except Exception:
        traceback.print_exc()
        print(f"seed {seed}: {' '.join(taken)}", flush=True)
        return False
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=500, help="how many lives")
    parser.add_argument("--steps", type=int, default=12, help="steps of each")
    parser.add_argument("--seed", type=int, default=1000, help="of the first")
    said = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
        environment = isolate(dict(os.environ), home)
        os.environ.clear()
        os.environ.update(environment)
        seeds = range(said.seed, said.seed + said.amount)
        failed = [seed for seed in seeds if not holds(home / f"life{seed}", seed, said.steps)]
    print(f"{said.amount} lives of {said.steps} steps, {len(failed)} failed", *failed, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
