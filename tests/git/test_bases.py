"""Where the parents of a merge parted, on real git: once, several times where branches cross, or never."""

from __future__ import annotations

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.bases import merge_bases, parted_at
from backlogtool.stores.git.runner import Git
from tests.repositories import Repo


def commit(repo: Repo, said: str, *parents: str) -> str:
    """A commit of nothing new, which differs from others by what it says; its id."""
    tree = repo.git("write-tree").strip()
    return repo.git("commit-tree", tree, *(word for one in parents for word in ("-p", one)), "-m", said).strip()


def git(repo: Repo) -> Git:
    return Git(str(repo.root))


def test_two_branches_parted_at_their_last_common_commit(repo: Repo) -> None:
    base = commit(repo, "base", commit(repo, "first"))
    ours = commit(repo, "ours", commit(repo, "more", base))
    theirs = commit(repo, "theirs", base)
    assert parted_at(git(repo), ours, [ours, theirs]) == ([base], [])


def test_branches_that_cross_parted_at_several_and_these_at_an_older_one(repo: Repo) -> None:
    base = commit(repo, "base")
    left, right = commit(repo, "left", base), commit(repo, "right", base)
    ours, theirs = commit(repo, "ours", left, right), commit(repo, "theirs", right, left)
    bases, older = parted_at(git(repo), ours, [ours, theirs])
    assert sorted(bases) == sorted([left, right])
    assert older == [base]


def test_one_of_three_parents_is_compared_with_the_merge_of_the_others(repo: Repo) -> None:
    base = commit(repo, "base")
    near = commit(repo, "near", base)
    one, other, far = commit(repo, "one", near), commit(repo, "other", near), commit(repo, "far", base)
    assert parted_at(git(repo), one, [one, other, far]) == ([near], [])


def test_histories_of_their_own_have_no_base(repo: Repo) -> None:
    one, other = commit(repo, "one"), commit(repo, "other")
    assert merge_bases(git(repo), one, other) == []
    assert merge_bases(git(repo), one, commit(repo, "more", one)) == [one]


def test_what_git_cannot_read_is_an_error_and_not_no_base(repo: Repo) -> None:
    one = commit(repo, "one")
    with pytest.raises(UnavailableError, match="cannot read the history") as caught:
        merge_bases(git(repo), one, "0" * 39 + "1")
    assert caught.value.hint == "git fsck tells what is missing"
