"""The hook before a commit, in repositories that are odd or hostile: it runs nothing of theirs and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import run
from tests.untrusted.case import Case
from tests.untrusted.catalogue import CASES
from tests.untrusted.ground import ground, healthy, snapshot
from tests.untrusted.judging import changes

#: Where ``git commit`` waits as well, and as long as it is let; the hook gives up after some seconds.
WAITING = "pipes_where_git_looks_for_rules"
#: Those that name programs, and those with an index that git cannot read.
CHOSEN = [
    one
    for one in CASES.values()
    if (one.provoked or "index" in one.name) and not one.needs_root and one.name != WAITING
]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A healthy repository, to be copied."""
    return healthy(tmp_path_factory.mktemp("healthy") / "repo")


@pytest.mark.sampled(24)
@pytest.mark.parametrize("case", CHOSEN, ids=lambda one: one.name)
def test_the_hook_runs_nothing_of_the_repository_and_changes_nothing(
    case: Case, template: Path, tmp_path: Path
) -> None:
    made, directory = ground(template, tmp_path, case.make)
    before = snapshot(tmp_path)
    answer = run("-C", str(directory), "hook", "pre-commit")
    assert changes(before, snapshot(tmp_path)) == []
    assert made.sang() == []
    assert answer.status in (0, 1, 3, 6, 7), answer
    assert bool(answer.status) <= bool(answer.err.strip())
    assert "has a bug" not in answer.err


def test_there_are_enough_of_them() -> None:
    assert len(CHOSEN) >= 25
