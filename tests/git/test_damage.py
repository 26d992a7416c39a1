"""That there is no such commit, and that nobody can tell, are two answers to who asks for a range."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.session import GATEWAY, Answer, item_text, run
from tests.repositories import Repo

BOTH = (("--since",), ("--head", "HEAD", "--base"))
NOBODY = "1" * 40


@pytest.fixture
def work(repo: Repo) -> Repo:
    """Three commits, a branch and a tag beside them."""
    for owner in ("ann", "bob", "carol"):
        repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY, owner=owner))
        repo.commit(owner)
    repo.git("branch", "side", "HEAD~2")
    repo.git("tag", "file", f"HEAD:items/{GATEWAY}.md")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/renamed")
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
    return repo


def judged(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), "validate", *words)


def _drop(repo: Repo, revision: str) -> str:
    """Takes away the object of a commit; gives its id."""
    commit = repo.git("rev-parse", revision).strip()
    (repo.root / ".git/objects" / commit[:2] / commit[2:]).unlink()
    return commit


def _file(name: str, text: bytes) -> Callable[[Repo], object]:
    return lambda repo: (repo.root / ".git" / name).write_bytes(text)


#: What is damaged -> how, and what is asked for then.
DAMAGE: Mapping[str, tuple[Callable[[Repo], object], str]] = {
    "a branch that is garbage": (_file("refs/heads/side", b"garbage\n"), "side"),
    "a branch that is empty": (_file("refs/heads/side", b""), "refs/heads/side~1"),
    "a branch that names itself": (_file("refs/heads/side", b"ref: refs/heads/side\n"), "side"),
    "a branch that names what is no branch": (_file("refs/heads/side", b"ref: nowhere\n"), "side"),
    "a branch of a commit that is not here": (_file("refs/heads/side", NOBODY.encode() + b"\n"), "side"),
    "a branch of elsewhere that is garbage": (_file("refs/remotes/origin/main", b"garbage\n"), "origin/main"),
    "a list of tags that is garbage": (_file("packed-refs", b"garbage\n"), "v1"),
    "an edge of history that is garbage": (_file("shallow", b"\xff\xfe\n"), "HEAD~1"),
    "a last commit that is not here": (lambda repo: _drop(repo, "HEAD"), "nosuch"),
    "a hole before the commit": (lambda repo: _drop(repo, "HEAD~1"), "HEAD~2"),
    "a hole before the commit of a branch": (lambda repo: _drop(repo, "side"), "origin/main~1"),
    "a hole, by the sign for HEAD": (lambda repo: _drop(repo, "HEAD~1"), "@~2"),
    "a hole where an id may have been": (lambda repo: _drop(repo, "HEAD~1"), NOBODY),
}


@pytest.mark.sampled(12)
@pytest.mark.parametrize("how", BOTH, ids=("since", "base"))
@pytest.mark.parametrize(("spoil", "revision"), DAMAGE.values(), ids=DAMAGE)
def test_what_cannot_be_read_is_not_said_to_be_nothing(
    work: Repo, how: tuple[str, ...], spoil: Callable[[Repo], object], revision: str
) -> None:
    spoil(work)
    done = judged(work, *how, revision)
    assert (done.status, done.out) == (7, "")
    assert "cannot be read" in done.err
    assert "hint: " in done.err


@pytest.mark.sampled(15)
@pytest.mark.parametrize("how", BOTH, ids=("since", "base"))
@pytest.mark.parametrize(
    "revision",
    [
        "nosuch", "HEAD~9", "side~9", NOBODY, NOBODY[:8], "origin", "origin/renamed", "file", "HEAD^{tree}", "config",
        "heads", "remotes/origin", "../config", "refs/../config", "@{9}", "@{upstream}", "HEAD^2", ":/no message",
    ],
)  # fmt: skip
def test_what_is_no_commit_is_said_to_be_none(work: Repo, how: tuple[str, ...], revision: str) -> None:
    done = judged(work, *how, revision)
    assert (done.status, done.out) == (3, "")
    assert done.err.startswith("error: no commit")


def test_a_hole_elsewhere_leaves_a_slip_of_the_pen_what_it_is(work: Repo) -> None:
    commit = _drop(work, "HEAD~2")
    assert judged(work, "--since", "nosuch").status == 3
    assert judged(work, "--since", commit).status == 7


def test_a_branch_without_a_commit_has_nothing_to_judge(work: Repo) -> None:
    work.git("checkout", "--quiet", "--orphan", "new")
    done = judged(work, "--since", "side")
    assert (done.status, done.out) == (3, "")
    assert "nothing is committed on this branch yet" in done.err


@pytest.mark.exhaustive
def test_a_submodule_among_the_items_is_what_the_whole_backlog_takes_it_for(work: Repo, tmp_path: Path) -> None:
    """In a work tree and where only commits are read; it is gone where its folder was deleted."""
    work.git("update-index", "--add", "--cacheinfo", f"160000,{work.head()},items/sub")
    work.git("commit", "--quiet", "--message", "a submodule")
    for words in ((), ("--since", "HEAD~1")):
        assert judged(work, *words).status == 0
    (work.root / "items/sub").mkdir()
    for words in ((), ("--since", "HEAD~1")):
        assert "items/sub: error: is a submodule" in judged(work, *words).out
    bare = Repo(tmp_path / "bare.git")
    work.git("clone", "--quiet", "--bare", ".", str(bare.root))
    for done in (judged(bare), judged(bare, "--since", "HEAD~1"), judged(work, "--base", "HEAD~1")):
        assert done.status == 1
        assert "items/sub: error: is not a regular file" in done.out


def test_a_folder_in_the_place_of_an_item_is_the_same_edit_with_and_without_a_range(work: Repo) -> None:
    path = work.root / f"items/{GATEWAY}.md"
    path.unlink()
    path.mkdir()
    whole, range_only = judged(work), judged(work, "--since", "HEAD~1")
    assert (whole.status, range_only.status) == (0, 0)
    assert whole.out.splitlines()[:-1] == range_only.out.splitlines()[:-1] != []


def test_a_link_that_is_committed_is_told_with_and_without_a_range(work: Repo) -> None:
    (work.root / "items/sub").symlink_to("..")
    work.commit("a link")
    for words in ((), ("--since", "HEAD~1"), ("--base", "HEAD~1")):
        assert "items/sub: error: is not a regular file" in judged(work, *words).out
