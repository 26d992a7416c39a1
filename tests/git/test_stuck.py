"""A pipe in the place of what git reads ends a command in seconds, with the name of the file (ROBUSTNESS.md 2.2)."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git import runner, streaming
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.stuck import refuse_waiting
from tests.cli.session import GATEWAY, Answer, item_text, run
from tests.repositories import Repo


@pytest.fixture
def work(repo: Repo) -> Repo:
    for owner in ("ann", "bob"):
        repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY, owner=owner))
        repo.commit(owner)
    return repo


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody looks at once."""
    monkeypatch.setattr(runner, "SOON", 0.2)
    monkeypatch.setattr(streaming, "SOON", 0.2)


def place_of(repo: Repo, name: str) -> Path:
    found = repo.git("rev-parse", name).strip()
    return repo.root / ".git/objects" / found[:2] / found[2:]


def pipe_for(repo: Repo, name: str) -> Path:
    place = place_of(repo, name)
    place.unlink()
    os.mkfifo(place)
    return place


def judged(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), *words)


@pytest.mark.exhaustive
def test_a_pipe_in_the_place_of_an_object_is_named_in_seconds(work: Repo) -> None:
    place = pipe_for(work, "HEAD:items")
    begun = time.monotonic()
    done = judged(work, "validate", "--since", "HEAD~1")
    assert time.monotonic() - begun < 20, "git is not waited for as long as for a history"
    assert (done.status, done.out) == (7, "")
    assert f"{place} is no file, and git would wait for it" in done.err
    assert "hint: take it away" in done.err


@pytest.mark.sampled(8)
@pytest.mark.parametrize("name", ["HEAD", "HEAD^{tree}", f"HEAD:items/{GATEWAY}.md"])
@pytest.mark.parametrize(
    "words", [("validate", "--base", "HEAD~1", "--head", "HEAD"), ("diff", "HEAD~1..HEAD"), ("log", GATEWAY)]
)
@pytest.mark.usefixtures("soon")
def test_so_it_is_by_whatever_reads_history(words: tuple[str, ...], name: str, work: Repo) -> None:
    place = pipe_for(work, name)
    done = judged(work, *words)
    assert done.status == 7
    assert f"{place} is no file" in done.err


@pytest.mark.usefixtures("soon")
def test_a_write_ends_so_too_and_nothing_is_written(work: Repo) -> None:
    before = work.head(), work.read(f"items/{GATEWAY}.md")
    place, tree = place_of(work, "HEAD^{tree}"), place_of(work, "HEAD^{tree}").read_bytes()
    pipe_for(work, "HEAD^{tree}")
    done = judged(work, "assign", GATEWAY, "carol")
    assert done.status == 7
    assert f"{place} is no file" in done.err
    place.unlink()
    place.write_bytes(tree)
    assert (work.head(), work.read(f"items/{GATEWAY}.md")) == before
    assert work.git("status", "--porcelain") == ""
    assert judged(work, "assign", GATEWAY, "carol").status == 0


def _pipe(place: Path) -> None:
    os.mkfifo(place)


def _link_to_pipe(place: Path) -> None:
    aside = place.parent / "aside"
    os.mkfifo(aside)
    place.symlink_to(aside)


def _link_to_terminal(place: Path) -> None:
    place.symlink_to("/dev/tty")


@pytest.mark.sampled(4)
@pytest.mark.parametrize("put", [_pipe, _link_to_pipe, _link_to_terminal])
@pytest.mark.parametrize(
    "name", ["objects/4b/" + "4b" * 19, "objects/pack/pack-4b.idx", "refs/heads/4b/4b", "info/grafts", "packed-refs"]
)
def test_what_git_would_wait_for_is_found_wherever_git_reads(
    name: str, put: Callable[[Path], None], work: Repo
) -> None:
    place = work.root / ".git" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    put(place)
    for git in (discover(str(work.root)).git, discover(str(work.root)).user_git):
        with pytest.raises(UnavailableError, match="is no file, and git would wait for it"):
            refuse_waiting(git.directory, git.options)


def test_it_is_found_from_a_second_work_tree_and_where_objects_are_borrowed(work: Repo, tmp_path: Path) -> None:
    work.git("worktree", "add", "--quiet", str(tmp_path / "second"))
    work.git("clone", "--quiet", "--shared", str(work.root), str(tmp_path / "third"))
    os.mkfifo(work.root / ".git/objects/aa")
    for root in (tmp_path / "second", tmp_path / "third"):
        for git in (discover(str(root)).git, discover(str(root)).user_git):
            with pytest.raises(UnavailableError, match="objects/aa is no file"):
                refuse_waiting(git.directory, git.options)


def test_what_keeps_nobody_waiting_is_borne(work: Repo) -> None:
    git_dir = work.root / ".git"
    (git_dir / "info/exclude").unlink(missing_ok=True)
    (git_dir / "info/exclude").symlink_to(os.devnull)
    (git_dir / "objects/ee").symlink_to(git_dir)
    (git_dir / "objects/ff").symlink_to("nowhere")
    os.mkfifo(git_dir / "of another program")
    git = discover(str(work.root)).git
    refuse_waiting(git.directory, git.options)


def test_a_git_that_is_slow_is_heard_to_the_end(work: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it says much, and has to be told much meanwhile."""
    monkeypatch.setattr(runner, "SOON", 0.0001)
    git = discover(str(work.root)).git
    data = b"some bytes\n" * 300_000
    blob = git.read("hash-object", "--stdin", stdin=data).out.decode().strip()
    assert blob == hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    names = [f"HEAD:items/{GATEWAY}.md", *(f"HEAD:no/{n}" for n in range(3_000)), "HEAD"]
    assert read_objects(git, names).keys() == {names[0], names[-1]}


def test_a_git_that_ends_before_it_has_heard_all_is_no_fault(work: Repo) -> None:
    told = discover(str(work.root)).git.read("version", stdin=b"x" * 1_000_000)
    assert (told.status, told.out[:11]) == (0, b"git version")


def test_patience_ends_also_where_nothing_is_found(work: Repo, tmp_path: Path) -> None:
    """Such as a pipe that the configuration names."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnavailableError, match="does not answer for 0 seconds"):
        discover(str(work.root)).git.read("hash-object", str(tmp_path / "pipe"), patience=0.2)
