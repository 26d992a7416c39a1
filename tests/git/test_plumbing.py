"""A commit by plumbing is the one that ``git commit`` makes, and is held to the same when something goes wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from backlogtool.errors import BacklogError, UnavailableError
from backlogtool.stores.base import Commit, Write
from backlogtool.stores.git import tip
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.repository import discover
from tests.git.test_write_path import create, hook, move, open_store
from tests.repositories import Repo, make
from tests.stores.test_contract import at, item

_PATH = f"items/{item().id}.md"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make(tmp_path / "repo")
    made.git("config", "gc.auto", "0")
    made.write("README.md", "here\n")
    made.commit("base", ".")
    create(made)
    return made


@pytest.fixture
def interposed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a git on the PATH that does something else for one command; $git is the real one."""

    def interpose(command: str, script: str) -> None:
        shim = tmp_path / "bin/git"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\ngit={shutil.which("git")}\ncase "$*" in *" {command} "*) {script};; esac\n')
        with shim.open("a") as file:
            file.write('exec "$git" "$@"\n')
        shim.chmod(0o755)
        monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")

    return interpose


def _identity(repo: Repo, text: str) -> None:
    with (repo.root / ".git/config").open("a", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)


@pytest.mark.sampled(9)
@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ("", {}),
        ("[author]\n\tname = An Author\n[committer]\n\temail = c@example.org\n", {}),
        ('[user]\n\tname = "  Änn <,.;> Ö "\n\temail = <ann@example.org>\n', {}),
        ("[user]\n\tname = \udcff latin\n", {}),
        ("", {"GIT_AUTHOR_NAME": "Eve", "GIT_COMMITTER_EMAIL": "eve@example.org", "GIT_AUTHOR_DATE": "1 +0200"}),
        ("[user]\n\tuseConfigOnly = true\n[i18n]\n\tcommitEncoding = ISO-8859-1\n", {"EMAIL": "other@example.org"}),
        ("", {"GIT_AUTHOR_NAME": ""}),
        ("[user]\n\tname = .;\n", {}),
        (
            "[core]\n\tlogAllRefUpdates = always\n[commit]\n\tcleanup = strip\n\tverbose\n\ttemplate = nowhere\n",
            {},
        ),
    ],
)
def test_it_is_the_same_commit_to_the_byte(
    repo: Repo, tmp_path: Path, settings: str, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or it is refused with the same words. So is what the reflog says, and what the index holds."""
    _identity(repo, settings)
    other = Repo(Path(shutil.copytree(repo.root, tmp_path / "other", symlinks=True)))
    hook(other, "post-commit", "true")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    told = []
    for one in (repo, other):
        (one.root / ".git/COMMIT_EDITMSG").unlink()
        store = open_store(one)
        held = store.get(item().id)
        commit = Commit("alice", "2026-03-02T09:00:00Z", "  A subject: ü #1", "# no comment\n\n\nA note \n\nX: y")
        try:
            store.commit([Write(held, held.item._replace(owner="bob"))], commit)
        except BacklogError as error:
            told.append([type(error).__name__, str(error)])
        told.append(
            [
                one.git("cat-file", "commit", "HEAD"),
                one.git("reflog", "--format=%H %gn %ge %gs %gD", "--date=raw"),
                one.git("reflog", "main", "--format=%H %gn %ge %gs %gD", "--date=raw"),
                one.git("ls-files", "--stage"),
                one.git("status", "--porcelain"),
            ]
        )
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert not (repo.root / ".git/COMMIT_EDITMSG").exists()


def test_a_git_that_is_killed_after_it_moved_the_branch_has_moved_it(
    repo: Repo, interposed: Callable[[str, str], None]
) -> None:
    """What stands is done, whatever became of the process that did it."""
    interposed("update-ref", '"$git" "$@"; kill -9 $$')
    commit = move(repo)
    assert repo.head() == commit
    assert repo.git("status", "--porcelain") == ""
    assert os.listdir(repo.root / ".git/backlogtool") == ["lock"]


def test_a_git_that_is_killed_before_it_moved_the_branch_has_not(
    repo: Repo, interposed: Callable[[str, str], None]
) -> None:
    head, index = repo.head(), (repo.root / ".git/index").read_bytes()
    interposed("update-ref", "kill -9 $$")
    with pytest.raises(UnavailableError):
        move(repo)
    assert (repo.head(), (repo.root / ".git/index").read_bytes()) == (head, index)
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("command", ["hash-object", "commit-tree"])
def test_what_git_refuses_to_store_is_left_to_git_commit(
    repo: Repo, command: str, interposed: Callable[[str, str], None]
) -> None:
    """Newer gits refuse more: trees that hold names they have learned to distrust, for one."""
    interposed(command, "echo 'error: object fails fsck' >&2; exit 128")
    (repo.root / ".git/COMMIT_EDITMSG").unlink()
    assert move(repo) == repo.head()
    assert (repo.root / ".git/COMMIT_EDITMSG").exists()
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("--literal-pathspecs ls-files", "exit 0"),
        ("--literal-pathspecs ls-files", '"$git" "$@" | head -c 60; exit 0'),
        ("commit-tree", "exit 0"),
        ("commit-tree", '"$git" "$@" | head -c 20; exit 0'),
        ("hash-object", '"$git" "$@" | head -c 60; exit 0'),
        ("config --list", '"$git" "$@" | head -c 100; exit 0'),
    ],
)
def test_an_answer_that_is_cut_off_is_not_believed(
    repo: Repo, command: str, script: str, interposed: Callable[[str, str], None]
) -> None:
    """Git does not call it an error that it cannot write to a pipe; what it does not tell is not gone."""
    interposed(command, script)
    (repo.root / ".git/COMMIT_EDITMSG").unlink()
    assert move(repo) == repo.head()
    assert (repo.root / ".git/COMMIT_EDITMSG").exists(), "git commit makes it"
    assert "status: in_progress" in repo.git("show", f"HEAD:{_PATH}")
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.parametrize("folder", ["", "items"])
def test_a_tree_that_is_not_what_its_name_says_is_not_built_upon(repo: Repo, folder: str) -> None:
    """Git reads an object without a look at whether its content fits its name."""
    name = repo.git("rev-parse", f"HEAD:{folder}").strip()
    data = subprocess.run(["git", "cat-file", "tree", name], cwd=repo.root, capture_output=True, check=True).stdout
    wrong = data.replace(b"100644 ", b"100755 ")
    assert wrong != data
    path = repo.root / ".git/objects" / name[:2] / name[2:]
    path.chmod(0o644)
    path.write_bytes(zlib.compress(b"tree %d\0%b" % (len(wrong), wrong)))
    head = repo.head()
    (repo.root / ".git/COMMIT_EDITMSG").unlink()
    with suppress(UnavailableError):
        create(repo, item(2))
    assert repo.head() == head or (repo.root / ".git/COMMIT_EDITMSG").exists(), "what to do about it is left to git"


def test_a_pipe_in_place_of_packed_references_does_not_hang_a_write(repo: Repo) -> None:
    place, head = discover(str(repo.root)), repo.head()
    os.mkfifo(repo.root / ".git/packed-refs")
    assert tip.plain(place, head, [Change(_PATH, b"", b"")]) is None


_RUN = "maintenance run --auto --quiet"


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("settings", "runs"),
    [
        ("", [f"{_RUN} --detach", _RUN]),
        ("[maintenance]\n\tauto = no\n", []),
        ("[gc]\n\tautoDetach = off\n", [f"{_RUN} --no-detach", _RUN]),
        ("[gc]\n\tautoDetach = off\n[maintenance]\n\tautoDetach\n", [f"{_RUN} --detach", _RUN]),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_git_tidies_up_as_after_its_own_commits(
    repo: Repo, settings: str, runs: list[str], old: bool, tmp_path: Path, interposed: Callable[[str, str], None]
) -> None:
    """Behind the person's back, unless they do not want that; an old git does not know how to be told."""
    _identity(repo, "[maintenance]\n\tauto\n" + settings)
    for number in range(2):
        repo.write(f".git/objects/17/{number:038x}", "")
    ran = tmp_path / "ran"
    unknown = 'case "$*" in *detach) exit 129;; esac;' if old else ""
    interposed("maintenance", f'echo "$*" >>{ran}; {unknown} exit 0')
    move(repo)
    told = [line[line.index("maintenance") :] for line in ran.read_text().splitlines()] if ran.exists() else []
    assert told == (runs if old else runs[:1])


@pytest.mark.exhaustive
def test_a_person_who_commits_packs_and_tidies_up_meanwhile_loses_nothing(
    repo: Repo, interposed: Callable[[str, str], None]
) -> None:
    """Between any two steps of ours: objects that nothing refers to yet are not taken from us."""
    stop = threading.Event()

    def tidy() -> None:
        while not stop.is_set():
            repo.git("repack", "-a", "-d", "--quiet", check=False)
            repo.git("gc", "--quiet", check=False)
            repo.git("pack-refs", "--all", check=False)

    interposed("commit-tree", "sleep 0.05")
    person = threading.Thread(target=tidy)
    person.start()
    try:
        for number in range(2, 8):
            create(repo, item(number))
            time.sleep(0.01)
    finally:
        stop.set()
        person.join()
    assert repo.git("fsck", "--strict", "--full", "--no-dangling") == ""
    assert repo.git("status", "--porcelain") == ""


@pytest.mark.sampled(3)
@pytest.mark.parametrize("moved", ["symbolic-ref HEAD refs/heads/side", "reset --soft HEAD~1", "switch -q -c new"])
def test_a_branch_that_is_changed_under_the_writer_takes_the_commit(
    repo: Repo, moved: str, tmp_path: Path, interposed: Callable[[str, str], None]
) -> None:
    """None of these needs the index, so nothing keeps them away; what they leave is built upon."""
    repo.write("README.md", "there\n")
    repo.commit("more", "README.md")
    repo.git("branch", "side", "HEAD~1")
    once = tmp_path / "once"
    interposed("update-ref", f'test -e {once} || "$git" {moved}; >{once}')
    commit = move(repo)
    assert repo.head() == commit
    assert repo.git("diff-tree", "-r", "--no-commit-id", "--name-only", "HEAD").split() == [_PATH]
    assert repo.git("diff-index", "--cached", "HEAD", "--", "items") == ""
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_who_heals_waits_for_the_git_that_stages(repo: Repo, interposed: Callable[[str, str], None]) -> None:
    """A staging git whose writer was killed must not write into what the next writer stages."""
    interposed(
        "update-index",
        'test -e .git/slow || { >.git/slow; kill -9 $PPID; sleep 0.3; "$git" "$@"; >.git/staged; exit; }',
    )
    child = os.fork()
    if not child:
        move(repo)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    store = open_store(repo, wait=60)
    with store.writing():
        held = store.get(item().id)
        store.commit([Write(held, held.item._replace(owner="bob"))], at(3))
    assert (repo.root / ".git/staged").exists()
    assert repo.git("status", "--porcelain") == ""
    assert "owner: bob" in repo.git("show", f"HEAD:{_PATH}")
    assert "status: open" in repo.git("show", f"HEAD:{_PATH}")


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("moved", "folders"),
    [
        (("symbolic-ref", "HEAD", "refs/heads/main"), ["refs/heads"]),
        (("switch", "-q", "-c", "team/ann/one"), ["refs/heads/team/ann", "refs/heads/team", "refs/heads"]),
        (("switch", "-q", "--detach"), [""]),
    ],
)
@pytest.mark.parametrize("hooked", [False, True])
def test_the_name_that_the_branch_is_given_last_is_on_disk(
    repo: Repo, moved: tuple[str, ...], folders: list[str], hooked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Git syncs what it writes into a branch's file, and then renames it."""
    repo.git(*moved)
    repo.git("pack-refs", "--all")
    if hooked:
        hook(repo, "post-commit", "true")
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    move(repo)
    assert synced[-len(folders) :] == [str(repo.root / ".git" / one).rstrip("/") for one in folders]
