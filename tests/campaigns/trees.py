"""Trees changed by hand against ``git mktree``: thousands of random ones, in SHA-1 and SHA-256 repositories.

``python -m tests.campaigns.trees [--amount 20000] [--seed S]``. Ends with 1 and the first cases that differ.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.concurrency.scratch import scratch
from tests.git import tree_cases
from tests.repositories import Repo

_AT_ONCE = 2000


def differing(repo: Repo, size: int, seed: int) -> tuple[int, list[tree_cases.Case]]:
    """How many of the cases were changed by us, and those that git makes something else of."""
    some = tree_cases.cases(seed, _AT_ONCE, size)
    wanted = [tree_cases.after(case) for case in some]
    names = iter(tree_cases.written(repo, [files for files in wanted if files is not None], size))
    expected = [None if files is None else next(names) for files in wanted]
    made = tree_cases.rebuilt(repo, some, size)
    faults = [case for case, one, other in zip(some, expected, made, strict=True) if one != other]
    return sum(one is not None for one in made), faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    faults = 0
    for kind, size in (("sha1", 20), ("sha256", 32)):
        changed = tried = 0
        with scratch() as place:
            repo = Repo(Path(place, kind))
            repo.root.mkdir()
            repo.git("init", "--quiet", f"--object-format={kind}")
            for number in range(-(-said.amount // _AT_ONCE)):
                some, wrong = differing(repo, size, said.seed + number)
                changed, tried, faults = changed + some, tried + _AT_ONCE, faults + len(wrong)
                for case in wrong[:3]:
                    print(f"seed {said.seed + number}: {case}")
        print(f"{kind}: {tried} trees, {changed} changed by hand, the others left to git", flush=True)
    print(f"{faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
