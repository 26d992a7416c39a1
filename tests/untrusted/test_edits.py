"""Which files differ from the last commit: what `git status` says, without what `git status` runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import discover
from tests.repositories import Repo, make

A, B, C = "items/a.md", "items/b.md", "items/c.md"
LINES = "one\ntwo\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two committed files below items/ and one beside them."""
    repo = make(tmp_path / "repo")
    for path in (A, B, "README.md"):
        repo.write(path, LINES)
    repo.commit("first")
    return repo


def _nothing(repo: Repo) -> None:
    repo.write("README.md", "changed\n")


def _changed(repo: Repo) -> None:
    repo.write(A, "three\n")


def _staged(repo: Repo) -> None:
    repo.write(A, "three\n")
    repo.git("add", A)


def _staged_and_taken_back(repo: Repo) -> None:
    _staged(repo)
    repo.write(A, LINES)


def _new(repo: Repo) -> None:
    repo.write(C, LINES)


def _new_in_a_folder(repo: Repo) -> None:
    repo.write("items/x/y/c.md", LINES)


def _staged_as_new(repo: Repo) -> None:
    repo.write(C, LINES)
    repo.git("add", C)
    (repo.root / C).unlink()


def _deleted(repo: Repo) -> None:
    (repo.root / A).unlink()


def _deleted_from_the_index(repo: Repo) -> None:
    repo.git("rm", "--quiet", "--cached", A)


def _moved(repo: Repo) -> None:
    repo.git("mv", A, C)


def _a_link_now(repo: Repo) -> None:
    (repo.root / A).unlink()
    (repo.root / A).symlink_to("b.md")


def _a_link_before(repo: Repo) -> None:
    _a_link_now(repo)
    repo.commit("a link")


def _other_line_ends(repo: Repo) -> None:
    repo.write(A, LINES.replace("\n", "\r\n"))


def _turned_line_ends(repo: Repo) -> None:
    repo.git("config", "core.autocrlf", "true")
    _other_line_ends(repo)


def _turned_line_ends_and_a_change(repo: Repo) -> None:
    repo.write(".gitattributes", "* text=auto\n")
    _other_line_ends(repo)
    repo.write(B, "three\r\n")


def _in_conflict(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write(A, "theirs\n")
    repo.commit("theirs")
    repo.git("checkout", "--quiet", "main")
    repo.write(A, "ours\n")
    repo.commit("ours")
    repo.git("merge", "--quiet", "side", check=False)


def _a_submodule(repo: Repo) -> None:
    inner = make(repo.root / "items/inner")
    inner.write("x.md", LINES)
    inner.commit("inner")
    repo.git("add", "items/inner")
    repo.git("commit", "--quiet", "--message", "a submodule")


def _no_commit(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--orphan", "new")


STATES = (
    _nothing, _changed, _staged, _staged_and_taken_back, _new, _new_in_a_folder, _staged_as_new, _deleted,
    _deleted_from_the_index, _moved, _a_link_now, _a_link_before, _other_line_ends,
     _in_conflict, _a_submodule, _no_commit,
)  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("change", STATES, ids=lambda change: change.__name__)
def test_it_is_what_git_status_says(repo: Repo, change: Callable[[Repo], None]) -> None:
    change(repo)
    arguments = ("--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=all")
    said = {entry[3:] for entry in repo.git("status", *arguments, "--", "items").split("\0") if entry}
    repository = discover(str(repo.root))
    assert repository.uncommitted("items/") == said
    assert repository.uncommitted(A, C) == said & {A, C}


@pytest.mark.parametrize("change", [_turned_line_ends, _turned_line_ends_and_a_change])
def test_line_ends_that_git_turns_are_no_difference(repo: Repo, change: Callable[[Repo], None]) -> None:
    """By what git would commit: `git status` calls a file changed whose size is not what it was."""
    change(repo)
    told = discover(str(repo.root)).uncommitted("items/")
    repo.git("add", "items")
    assert told == set(repo.git("diff", "--cached", "--name-only").split())


def test_a_file_that_git_ignores_counts(repo: Repo) -> None:
    """An item is an item; git would leave it out of what it says."""
    repo.write(".gitignore", "*\n")
    repo.write(C, LINES)
    assert discover(str(repo.root)).uncommitted("items/") == {C}


def test_a_clean_filter_is_not_asked(repo: Repo) -> None:
    """So a file that only the filter makes equal differs."""
    repo.git("config", "filter.x.clean", "false")
    repo.git("config", "filter.x.required", "true")
    repo.write(".gitattributes", "* filter=x\n")
    repo.write(A, "three\n")
    assert discover(str(repo.root)).uncommitted("items/") == {A}


def test_what_cannot_be_told_is_not_called_clean(repo: Repo) -> None:
    (repo.root / ".git/index").write_bytes(b"garbage")
    with pytest.raises(UnavailableError, match="git cannot tell what is committed"):
        discover(str(repo.root)).uncommitted("items/")
