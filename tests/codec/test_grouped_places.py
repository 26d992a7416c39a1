"""Where the parts of a grouped file stand, and what its comments tell of promotions (R-267, L-36, L-37)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backlogtool.codec.grouped import read
from backlogtool.codec.grouped_notes import Moved, moved
from backlogtool.codec.grouped_tags import SOURCE_WORDS
from tests.codec.test_grouped import BEGIN, TASK, TITLE
from tests.codec.timing import assert_linear

A, B = "TASK-20260204-001", "bl_0123456789ab"
TOLD = f"<!-- Tasks {A}, {B} moved to TODO.md on 2026-02-04 -->"


def _moved(note: str) -> list[Moved]:
    found, _ = read(f"{TITLE}{BEGIN}\n{note}\n\n{TASK}\n## group_end\n", "x")
    assert found is not None
    return list(found.moved)


def test_a_comment_of_a_promotion_names_its_ids_each_at_its_place() -> None:
    assert _moved(TOLD) == [(A, 6, 12), (B, 6, 12 + len(A) + 2)]
    assert _moved(f"<!-- Task {A} moved to TODO.md on 2026-02-04 -->") == [(A, 6, 11)]


def test_a_comment_may_go_over_lines_and_several_may_stand_on_one() -> None:
    assert _moved(f"<!--\nTasks {A},\n  {B}\nmoved to TODO.md on 2026-02-04\n-->") == [(A, 7, 7), (B, 8, 3)]
    assert [one for one, *_ in _moved(f"<!-- a --> {TOLD} {TOLD}")] == [A, B, A, B]


@pytest.mark.parametrize(
    "note",
    [
        "<!-- Tasks of last week moved to TODO.md on 2026-02-04 -->",
        TOLD.replace("TODO.md", "TODO-md"),
        TOLD.replace("2026-02-04", "Monday"),
        TOLD.replace("<!-- ", "<!-- Note: "),
        TOLD.replace("<!--", "").replace("-->", ""),
        "<!-- Tasks A, b moved to TODO.md on 2026-02-04 -->",
    ],
)
def test_any_other_text_tells_of_none(note: str) -> None:
    assert _moved(note) == []


def test_the_todo_file_is_the_policys() -> None:
    words = replace(SOURCE_WORDS, todo="plan/Next (1).md")
    text = f"{TITLE}{BEGIN}\n{TOLD.replace('TODO.md', 'plan/Next (1).md')}\n{TOLD}\n## group_end\n"
    found, _ = read(text, "x", words)
    assert found is not None
    assert [(one.id, one.line) for one in found.moved] == [(A, 6), (B, 6)]


LARGE = {
    "ids": lambda size: TOLD.replace(A, f"{A}, " * size + A),
    "ids a line each": lambda size: TOLD.replace(A, f"{A},\n" * size + A),
    "comments": lambda size: f"{TOLD} " * size,
    "beginnings": lambda size: f"<!-- Tasks {A}, " * size + "moved",
    "blanks": lambda size: f"<!-- Tasks {A}" + " " * size + "moved",
    "commas": lambda size: f"<!-- Tasks {A}" + " , x" * size + " moved",
    "one long word": lambda size: "<!-- Tasks " + "x" * size + " moved",
}


@pytest.mark.parametrize("case", LARGE)
def test_a_hostile_comment_is_read_in_linear_time(case: str) -> None:
    assert_linear(lambda text: list(moved(text, "TODO.md")), LARGE[case], 2_000)
