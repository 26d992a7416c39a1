"""A writer to a branch that is not checked out, killed at any point: the branch has the commit or has not."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, SEARCH
from tests.cli.test_branch import here
from tests.crash.crashes import copy, do, end, killed_runs, start, template
from tests.repositories import Repo
from tests.tiers import amounts

_COMMAND = ("set-status", GATEWAY, "in_progress", "--branch=side")
_NEXT = ("comment", SEARCH, "after", "--branch=side")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("begun") / "repo", dirty=True)


def _commits(repo: Repo) -> int:
    return int(repo.git("rev-list", "--count", "main..side", check=False).strip() or 0)


@pytest.mark.sampled(2)
@pytest.mark.parametrize("existing", [False, True], ids=["new", "existing"])
@pytest.mark.parametrize("step", amounts(4, exhaustive=1))
def test_killed_at_any_point_the_branch_is_old_or_new_and_the_next_write_goes_on(
    existing: bool, step: int, begun: Path, tmp_path: Path
) -> None:
    source = copy(begun, tmp_path / "source")
    if existing:
        assert do(source, ("comment", SEARCH, "before", "--branch=side")) == 0
    before, commits, seen = here(source), _commits(source), []
    for _, repo in killed_runs(source.root, tmp_path, _COMMAND, step=step):
        assert here(repo) == before
        assert _commits(repo) in (commits, commits + 1)
        seen.append(_commits(repo) - commits)
        assert do(repo, _NEXT) == 0
        assert _commits(repo) == commits + seen[-1] + 1
        assert here(repo) == before
        assert repo.git("fsck", "--strict", "--no-dangling") == ""
        left = {path.name for path in (repo.root / ".git/backlogtool").iterdir()}
        assert left <= {"lock", "cache", "views.json"}, left
    assert seen == sorted(seen)
    assert set(seen) == {0, 1}
    assert len(seen) * step >= 5


@pytest.mark.exhaustive
def test_what_a_dead_writer_of_the_work_tree_left_is_healed_first(begun: Path, tmp_path: Path) -> None:
    """By the branch that it wrote to, whatever the other one holds."""
    source = copy(begun, tmp_path / "source")
    assert do(source, ("assign", GATEWAY, "somebody", "--branch=side")) == 0
    before = here(source)
    for point in (2, 5, 8):
        repo = copy(source.root, tmp_path / str(point))
        assert end(start(lambda repo=repo: do(repo, ("assign", GATEWAY, "cto")), kill_at=point)) == -signal.SIGKILL  # type: ignore[misc]
        assert do(repo, _COMMAND) == 0
        assert here(repo) == before
        assert _commits(repo) == 2


@pytest.mark.exhaustive
def test_writers_to_one_branch_and_to_the_work_tree_take_turns(begun: Path, tmp_path: Path) -> None:
    repo = copy(begun, tmp_path / "repo")
    commands = [("comment", SEARCH, f"remark {number}") for number in range(3)]
    children = [start(lambda one=one: do(repo, (*one, "--branch=side"))) for one in commands]  # type: ignore[misc]
    children += [start(lambda one=one: do(repo, one)) for one in commands]  # type: ignore[misc]
    assert [end(child) for child in children] == [0] * 6
    told = repo.git("show", f"side:items/{SEARCH}.md"), repo.read(f"items/{SEARCH}.md")
    assert all(text.count("remark ") >= 3 for text in told)
    assert repo.git("fsck", "--strict", "--no-dangling") == ""
