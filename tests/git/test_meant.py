"""Whoever judges commits judges those that were meant, and does not wait for what is no file."""

from __future__ import annotations

import os
import time

import pytest

from tests.cli.session import GATEWAY, Answer, item_text, run
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"
BOTH = (("--since",), ("--head", "HEAD", "--base"))
#: What git reads before it can tell anything.
READ = (
    *("index", "packed-refs", "shallow", "refs/heads/main", "refs/tags/start"),
    *("objects/info/alternates", "objects/info/commit-graph", "objects/info/commit-graphs/commit-graph-chain"),
    "objects/pack/pack-1.idx",
)


@pytest.fixture
def work(repo: Repo) -> Repo:
    """An illegal step after the tag ``start``, which is also where ``origin/main`` stands."""
    repo.write(PATH, item_text(GATEWAY))
    repo.commit("base")
    repo.git("tag", "start")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.write(PATH, item_text(GATEWAY, status="done"))
    repo.commit("bad")
    return repo


def judged(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), "validate", *words)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("how", BOTH, ids=("since", "base"))
@pytest.mark.parametrize("kind", ["tags", "heads"])
def test_a_name_that_means_two_things_is_refused(work: Repo, how: tuple[str, ...], kind: str) -> None:
    """Whoever may push a tag could else have nothing judged: git takes the tag."""
    assert judged(work, *how, "origin/main").status == 1
    work.git("update-ref", f"refs/{kind}/origin/main", "HEAD")
    work.git("config", "core.warnAmbiguousRefs", "false")
    for name in ("origin/main", "origin/main~0"):
        done = judged(work, *how, name)
        assert (done.status, done.out) == (3, "")
        assert "means several things" in done.err
        assert "refs/remotes/origin/main" in done.err
    assert judged(work, *how, "refs/remotes/origin/main").status == 1


@pytest.mark.parametrize("how", BOTH, ids=("since", "base"))
def test_nobody_can_make_head_or_a_full_id_mean_two_things(work: Repo, how: tuple[str, ...]) -> None:
    start = work.git("rev-parse", "start").strip()
    for name in ("HEAD", start):
        work.git("update-ref", f"refs/tags/{name}", "HEAD")
    assert judged(work, *how, "HEAD~1").status == 1
    assert judged(work, *how, start).status == 1


@pytest.mark.sampled(4)
@pytest.mark.parametrize("revision", ["^HEAD", "start..HEAD", "--all", "HEAD:items", "HEAD^@", "start\nHEAD"])
def test_what_is_not_one_commit_is_refused(work: Repo, revision: str) -> None:
    for how in BOTH:
        done = judged(work, *how, revision)
        assert (done.status, done.out) == (3, "")
        assert done.err.startswith("error: no commit")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", READ)
def test_a_pipe_that_git_would_wait_for_is_told_at_once(work: Repo, name: str) -> None:
    place = work.root / ".git" / name
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(place)
    for how in BOTH:
        before = time.monotonic()
        done = judged(work, *how, "start")
        assert time.monotonic() - before < 30
        assert (done.status, done.out) == (7, "")
        assert "is no file" in done.err
