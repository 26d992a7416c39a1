"""Every odd repository, every command that changes nothing, under strace: what is started, opened and changed.

``python -m tests.campaigns.untrusted [--amount N] [--seed S]``; prints figures and exits with 1 if anything is wrong.
``N`` cases are picked by the seed; without it, all are run.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.repositories import isolate
from tests.untrusted import driver
from tests.untrusted.case import Case
from tests.untrusted.catalogue import CASES
from tests.untrusted.commands import COMMANDS
from tests.untrusted.ground import ground, healthy, snapshot
from tests.untrusted.judging import changes, complaints, plain
from tests.untrusted.tracing import faults, trace


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=len(CASES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed: nothing can be proven")
        return 1
    cases = sorted(random.Random(options.seed).sample(list(CASES.values()), options.amount), key=lambda case: case.name)
    with tempfile.TemporaryDirectory() as folder:
        return _campaign(cases, Path(folder), options.seed)


def _campaign(cases: list[Case], place: Path, seed: int) -> int:
    home = place / "home"
    home.mkdir()
    (home / "gitconfig").write_text("[init]\n\tdefaultBranch = main\n")
    kept = isolate(dict(os.environ), home)
    os.environ.clear()
    os.environ.update(kept)
    template = healthy(place / "healthy")
    usual = {name: plain(answer, template) for name, answer in driver.answers(str(template)).items()}
    figures: Counter[str] = Counter()
    for case in cases:
        if case.needs_root and os.geteuid() != 0:
            figures["cases left out, for root only"] += 1
            continue
        for told in _wrong(case, template, usual, place / case.name, figures):
            figures["faults"] += 1
            print(f"{case.name}: {told}")
    figures["cases"] = len(cases)
    figures["commands"] = len(COMMANDS) * len(cases)
    print(f"seed {seed}:", ", ".join(f"{count} {name}" for name, count in sorted(figures.items())))
    print(f"{figures['faults']} faults: programs started, canaries, hangs, tracebacks, reads or writes outside")
    return 1 if figures["faults"] else 0


def _wrong(case: Case, template: Path, usual: Mapping[str, str], place: Path, figures: Counter[str]) -> list[str]:
    """What is wrong with one case."""
    made, directory = ground(template, place, case.make)
    before = snapshot(place)
    answers, steps = trace([directory], place.parent / "trace")
    told = faults(steps, [made.outside / one for one in case.opens], made.places)
    told += [f"changed: {path}" for path in changes(before, snapshot(place), dry_run=True)]
    told += [f"ran: {name}" for name in made.sang()]
    told += complaints(case, directory, answers[str(directory)], usual)
    if case.provoked:
        figures["canaries proven alive"] += 1
        told += [] if made.provoke(*case.provoked) else ["the canary is dead: nothing was proven"]
    figures["calls of the system looked at"] += len(steps)
    figures["programs started"] += sum(bool(step.program) for step in steps)
    return told


if __name__ == "__main__":
    sys.exit(main())
