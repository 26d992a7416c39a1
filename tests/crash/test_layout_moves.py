"""R2 for files that move: killed at any point, all stand where they stood, or all where they go."""

from __future__ import annotations

import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, SEARCH, Session
from tests.crash.crashes import HEALER, copy, do, end, killed_runs, start
from tests.repositories import Repo
from tests.tiers import amounts

MOVE = ("layout", "sharded")


def _files(repo: Repo) -> dict[str, bytes]:
    """Every item but the one that the healing command changes."""
    found = (path for path in (repo.root / "items").rglob("*.md") if path.stem != SEARCH)
    return {path.relative_to(repo.root).as_posix(): path.read_bytes() for path in found}


def _backlog(template: Path, place: Path, *, hook: bool) -> Repo:
    """With a hook ``git commit`` itself is run."""
    repo = copy(template, place)
    repo.git("config", "gc.auto", "0")
    if hook:
        repo.git("config", "core.hooksPath", "hooks")
        (repo.root / ".git/info/exclude").write_text("hooks\n")
        (repo.write("hooks/pre-commit", "#!/bin/sh\nexit 0\n")).chmod(0o755)
    return repo


@pytest.mark.sampled(2)
@pytest.mark.parametrize("hook", [False, True], ids=["plumbing", "hook"])
@pytest.mark.parametrize("step", amounts(4, exhaustive=1))
def test_killed_at_any_point_of_a_move(template: Path, tmp_path: Path, hook: bool, step: int) -> None:
    source = _backlog(template, tmp_path / "source", hook=hook)
    flat = _files(source)
    whole = copy(source.root, tmp_path / "whole")
    assert do(whole, MOVE) == 0
    sharded = _files(whole)
    assert sharded.keys() & flat.keys() == set()
    outcomes: Counter[bool] = Counter()
    for _, repo in killed_runs(source.root, tmp_path, MOVE, first=step, step=step):
        assert do(repo, HEALER) == 0
        found = _files(repo)
        assert found in (flat, sharded)
        outcomes[found == sharded] += 1
        assert repo.git("status", "--porcelain") == ""
        assert repo.git("fsck", "--strict", "--no-dangling") == ""
        assert ("layout: sharded" in repo.read("config/backlog_policy.yml")) == (found == sharded)
        assert [path for path in (repo.root / "items").rglob("*") if path.is_dir() and not any(path.iterdir())] == []
    assert min(outcomes[True], outcomes[False]) >= (2 if step == 1 else 1)


@pytest.mark.exhaustive
def test_an_edit_that_a_person_saves_after_the_kill_is_not_lost(template: Path, tmp_path: Path) -> None:
    source = _backlog(template, tmp_path / "source", hook=False)
    points = sum(1 for _ in killed_runs(source.root, tmp_path, MOVE))
    for point in range(1, points + 1):
        repo = copy(source.root, tmp_path / f"edited{point}")
        assert end(start(lambda repo=repo: do(repo, MOVE), kill_at=point)) == -signal.SIGKILL  # type: ignore[misc]
        (path,) = (repo.root / "items").rglob(f"{GATEWAY}.md")
        path.write_bytes(path.read_bytes().replace(b"The gateway", b"Our gateway"))
        assert do(repo, HEALER) == 0
        texts = [one.read_bytes() for one in (repo.root / "items").rglob(f"{GATEWAY}.md")]
        assert any(b"Our gateway" in text for text in texts), point
        Session(repo).answer("validate")
