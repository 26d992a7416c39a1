"""The generator of repositories: what it makes is what the tool itself would have made, and the same every time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from backlogtool.app import validation
from backlogtool.app.workspace import Workspace
from backlogtool.codec import frontmatter, markdown, trailers
from benchmarks.content import subject, text
from benchmarks.generate import generate, git
from benchmarks.history import FLAT, SHARDED, Plan, brought_in, message, path_of, steps
from tests.repositories import Repo

CREATED_AT = 1_700_000_000


@pytest.mark.parametrize("number", range(40))
def test_an_item_s_text_is_what_the_tool_writes(number: int) -> None:
    one = subject(number, CREATED_AT)
    reading = markdown.read(text(one), one.id)
    assert reading.findings == []
    assert reading.item is not None
    assert markdown.write(reading.item) == text(one)


def test_every_step_of_an_item_is_again_what_the_tool_writes() -> None:
    for step in steps(Plan(6, 90)):
        reading = markdown.read(text(step.after), step.after.id)
        assert reading.item is not None
        assert markdown.write(reading.item) == text(step.after)


def test_a_step_s_message_holds_one_claim_of_its_item() -> None:
    for step in steps(Plan(6, 90)):
        _, claims = trailers.read(message(step))
        assert [claim.item_id for claim in claims] == [step.after.id]


def test_items_have_about_eighteen_keys_and_a_kilobyte_of_text() -> None:
    texts = [text(one) for one in brought_in(Plan(300))]
    assert 1_400 < sum(map(len, texts)) / len(texts) < 1_900
    document, _ = frontmatter.parse(texts[0])
    assert document is not None
    assert len(document.values) == 18


def test_statuses_are_spread_unevenly_and_each_occurs() -> None:
    found = Counter(one.status for one in brought_in(Plan(500)))
    assert len(found) == 5
    assert max(found.values()) > 3 * min(found.values())


@pytest.mark.parametrize(("layout", "merges"), [(FLAT, 0), (SHARDED, 7)])
def test_a_repository_has_its_items_and_commits_and_is_valid(tmp_path: Path, layout: str, merges: int) -> None:
    plan = Plan(40, 101, layout, merges)
    root = generate(tmp_path / "made", plan)
    assert int(git(root, "rev-list", "--count", "--no-merges", "HEAD")) == 101
    assert int(git(root, "rev-list", "--count", "--merges", "HEAD")) == (14 if merges else 0)
    assert git(root, "status", "--porcelain") == ""
    space = Workspace.open(root)
    assert len(space.store.ids()) == 40
    assert all((root / path_of(item, layout)).is_file() for item in space.store.ids())
    assert validation.validate(space) == []


def test_the_same_plan_gives_the_same_commits(tmp_path: Path) -> None:
    first, second = (generate(tmp_path / name, Plan(30, 61, SHARDED, 5)) for name in ("one", "two"))
    assert Repo(first).head() == Repo(second).head()
