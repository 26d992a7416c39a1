"""The index of events tells what git tells, whatever happens to the history."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
from tests.index.event_histories import IDS, Histories, answers, opened, refuse_differences, stories
from tests.repositories import Repo


@pytest.mark.sampled(42)
@pytest.mark.parametrize("seed", range(40))
def test_indexed_stories_are_those_that_git_tells(repo: Repo, seed: int) -> None:
    """Random branches, merges of all kinds, moves, deletions, broken versions, squashes, rewritten history."""
    histories = Histories(repo, seed)
    for _ in range(2):
        histories.grow(15)
        refuse_differences(repo, histories.revision(), histories.choose)


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(3))
def test_a_shallow_clone_tells_what_it_holds_before_and_after_it_is_made_whole(
    repo: Repo, tmp_path: Path, seed: int
) -> None:
    histories = Histories(repo, seed)
    histories.grow(25)
    clone = Repo(tmp_path / "clone")
    repo.git("clone", "--quiet", "--bare", "--depth", "6", f"file://{repo.root}", str(clone.root))
    refuse_differences(clone, clone.head(), histories.choose)
    clone.git("fetch", "--quiet", "--unshallow")
    refuse_differences(clone, clone.head(), histories.choose)
    clone.git("fetch", "--quiet", "--depth", "3", "origin", clone.head())
    refuse_differences(clone, clone.head(), histories.choose)


@pytest.mark.exhaustive
def test_branches_and_work_trees_share_one_index(repo: Repo, tmp_path: Path) -> None:
    histories = Histories(repo, 7)
    histories.grow(30)
    repo.git("checkout", "--quiet", "--force", "main")
    repo.git("worktree", "add", "--quiet", str(tmp_path / "other"), "a")
    for root in (repo.root, tmp_path / "other", repo.root):
        plain, held = (GitStore(discover(str(root)), indexed=indexed) for indexed in (False, True))
        assert stories(held) == stories(plain)
        assert answers(held, Repo(root).head())
    assert [path.name for path in (repo.root / ".git").rglob("events.db")] == ["events.db"]


def test_a_story_that_is_known_needs_no_git(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    Histories(repo, 3).grow(30)
    revision = repo.git("rev-parse", "main").strip()
    before = stories(opened(repo, revision, indexed=True))[:-1]
    store = opened(repo, revision, indexed=True)
    last = store.events(limit=5)
    monkeypatch.setenv("PATH", "")
    assert store.events(limit=5) == last
    assert [store.events(one) for one in IDS] == before
    assert any(before)


@pytest.mark.exhaustive
def test_claims_are_judged_by_the_policy_in_force(repo: Repo) -> None:
    """A squashed move is told as a path where the policy allows it, whatever it allowed when it was told first."""
    for seed in range(10):
        Histories(repo, seed).grow(30)
        revision = repo.git("rev-parse", "main").strip()
        told = []
        for legal in (lambda _: True, lambda _: False, lambda _: True):
            plain, held = (
                GitStore(discover(str(repo.root)), legal=legal, revision=revision, indexed=one) for one in (False, True)
            )
            assert stories(held) == stories(plain)
            told.append(stories(held))
        if told[0] != told[1]:
            return
    pytest.fail("no history had a squashed move")


@pytest.mark.exhaustive
def test_new_commits_change_only_the_stories_of_their_items(repo: Repo) -> None:
    histories = Histories(repo, 5)
    histories.grow(20)
    for _ in range(6):
        histories.grow(1)
        for name in ("main", "a", "b"):
            refuse_differences(repo, repo.git("rev-parse", f"refs/heads/{name}").strip(), histories.choose)


def test_names_that_are_no_text_do_no_harm(repo: Repo) -> None:
    repo.git("commit", "--quiet", "--allow-empty", "--message", "x")
    histories = Histories(repo, 1)
    histories.grow(10)
    repo.git("checkout", "--quiet", "--force", "main")
    for name in (b"\xff\xfe.md", b"a\nb.md", b" .md"):
        path = os.path.join(os.fsencode(repo.root), b"items", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Path(os.fsdecode(path)).write_text("broken\n")
    repo.commit("odd names")
    refuse_differences(repo, repo.head(), histories.choose)


def test_what_is_missing_is_an_error_and_not_remembered(repo: Repo) -> None:
    """Half a history is no answer, with an index or without one; and once it is there it is told."""
    histories = Histories(repo, 2)
    histories.grow(20)
    repo.git("checkout", "--quiet", "--force", "main")
    told = opened(repo, repo.head(), indexed=False).history()._walk.graphs(IDS)
    item_id, blob = next((one, blob) for one, graph in told.items() for blob in graph.blobs.values() if blob)
    loose = _loosened(repo, blob)
    aside = loose.rename(loose.with_suffix(".aside"))
    for indexed in (False, True):
        with pytest.raises(UnavailableError, match=blob[:10]):
            opened(repo, repo.head(), indexed=indexed).events(item_id)
    aside.rename(loose)
    refuse_differences(repo, repo.head(), histories.choose)


def _loosened(repo: Repo, blob: str) -> Path:
    """The file of an object, after all packs have been taken apart."""
    packs = repo.root / ".git/objects/pack"
    for pack in list(packs.glob("*.pack")):
        data = pack.read_bytes()
        for part in packs.glob(f"{pack.stem}.*"):
            part.unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=repo.root, input=data, check=True)
    return repo.root / ".git/objects" / blob[:2] / blob[2:]
