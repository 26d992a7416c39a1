"""Commands in random states of index and work tree (ROBUSTNESS.md R5).

``python -m tests.campaigns.workspaces [--amount 2000] [--seed S]``: as many states for each of what a person does
next. Ends with 1, and the smallest state that shows it, if a person's work or one of our commits is not what it was.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback

from hypothesis import seed, settings

from tests.concurrency import states, trial
from tests.concurrency.scratch import scratch
from tests.concurrency.test_workspaces import explored


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    settings.load_profile("default")
    failed = 0
    for afterwards in trial.AFTERWARDS:
        start = time.monotonic()
        with scratch() as place:
            holds, ended = explored(states.template(place), afterwards, said.amount)
            try:
                seed(said.seed)(holds)()
            except trial.Broken:
                traceback.print_exc()
                failed += 1
        told = ", ".join(f"{times} {what}" for what, times in sorted(ended.items()))
        seconds = time.monotonic() - start
        print(
            f"seed {said.seed}, then git {afterwards}: {sum(ended.values())} states in {seconds:.0f} s: {told}",
            flush=True,
        )
    print(f"{failed} of {len(trial.AFTERWARDS)} broken")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
