"""Edits of one field on thousands of generated files (ROBUSTNESS.md R6).

``python -m tests.campaigns.edits [--amount 2000] [--seed S]``: every law of item files with so many examples.
Prints the examples and the laws that failed; ends with 1 if one did.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable

from hypothesis import HealthCheck, seed, settings

from tests.hostile import test_edits
from tests.laws import test_item_files

LAWS: tuple[Callable[[], None], ...] = (
    test_edits.test_a_file_by_hand_keeps_every_line_of_anything_else,
    test_item_files.test_a_one_field_edit_changes_only_the_lines_of_that_field,
    test_item_files.test_any_edit_reads_back_as_the_wanted_item,
    test_item_files.test_a_written_item_reads_back_the_same,
    test_item_files.test_no_change_is_no_edit,
    test_item_files.test_a_comment_is_appended_and_nothing_before_it_changes,
    test_item_files.test_a_new_description_leaves_frontmatter_and_comments_alone,
)


def holds(law: Callable[[], None], amount: int, number: int) -> bool:
    """Runs a law on so many examples; a failure is printed with the smallest example found."""
    run = settings(
        max_examples=amount, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=True
    )(seed(number)(law))
    start = time.monotonic()
    try:
        run()
    except Exception:
        traceback.print_exc()
        return False
    finally:
        print(f"{amount} examples in {time.monotonic() - start:.0f} s, seed {number}: {law.__name__}", flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--amount", type=int, default=2000, help="examples of each law")
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    failed = [law.__name__ for law in LAWS if not holds(law, said.amount, said.seed)]
    print(f"{len(LAWS)} laws, {said.amount * len(LAWS)} examples, {len(failed)} laws failed", *failed, sep="\n  ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
