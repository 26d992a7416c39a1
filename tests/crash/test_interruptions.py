"""Signals, editors and full disks in the middle of a write: all or nothing, and whoever was told knows which."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.session import BILLING, NOW, template
from tests.conftest import ROOT
from tests.crash.crashes import copy, do
from tests.repositories import Repo

__all__ = ["template"]

_PATH = f"items/{BILLING}.md"


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> Repo:
    made = copy(template, tmp_path / "work")
    made.git("config", "--unset", "core.hooksPath")
    made.write("mine", "staged\n")
    made.git("add", "mine")
    return made


def start(repo: Repo, *command: str) -> subprocess.Popen[bytes]:
    """A command in a process group of its own, as a shell starts it."""
    arguments = [sys.executable, "-m", "backlogtool", "-C", str(repo.root), "--now", NOW, *command]
    # Who starts the tests may have it ignored, as nohup does, and what is ignored stays so.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
    finally:
        signal.signal(signal.SIGHUP, before)


def hook(repo: Repo, name: str) -> Path:
    """A hook that says when it runs, and then takes its time."""
    ran = repo.root / ".git/ran"
    path = repo.root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\ntouch {ran}\nsleep 1\n")
    path.chmod(0o755)
    return ran


def wait_for(path: Path) -> None:
    for _ in range(6000):
        if path.exists():
            return
        time.sleep(0.01)
    raise AssertionError(f"{path.name} never came")


def left(repo: Repo) -> list[str]:
    """What a write that is over must not leave."""
    ours = [path.name for path in (repo.root / ".git/backlogtool").iterdir() if path.name not in ("lock", "cache")]
    return ours + [path.name for path in (repo.root / ".git").rglob("*.lock")]


@pytest.mark.sampled(6)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("group", [True, False], ids=["terminal", "process"])
def test_a_signal_before_the_commit_undoes_the_write(repo: Repo, number: int, group: bool) -> None:
    ran = hook(repo, "pre-commit")
    text, head, index = repo.read(_PATH), repo.head(), (repo.root / ".git/index").read_bytes()
    process = start(repo, "assign", BILLING, "bob")
    wait_for(ran)
    (os.killpg if group else os.kill)(process.pid, number)
    process.communicate()
    assert process.returncode == 128 + number
    assert (repo.read(_PATH), repo.head(), (repo.root / ".git/index").read_bytes()) == (text, head, index)
    assert left(repo) == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_commit_comes_too_late(repo: Repo, number: int) -> None:
    ran = hook(repo, "post-commit")
    process = start(repo, "assign", BILLING, "bob")
    wait_for(ran)
    os.killpg(process.pid, number)
    process.communicate()
    assert process.returncode == 0
    assert "owner: bob" in repo.git("show", f"HEAD:{_PATH}")
    repo.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--message", "a person")
    assert repo.git("show", "--name-only", "--format=").split() == ["mine"]
    assert left(repo) == []


def assign_while_an_editor_saves(repo: Repo, moment: str, place: Path, patch: pytest.MonkeyPatch) -> tuple[int, str]:
    """The exit code of a command, and what was saved: a git on the PATH saves the file before it runs that command."""
    saved = repo.read(_PATH).replace("priority: P2", "priority: P0")
    (place / "saved").write_text(saved)
    real = shutil.which("git")
    shim = place / "bin/git"
    shim.parent.mkdir()
    shim.write_text(
        f'#!/bin/sh\ncase "$*" in *"{moment}"*) cp {place}/saved {repo.root}/{_PATH};; esac\nexec {real} "$@"\n'
    )
    shim.chmod(0o755)
    with patch.context() as patched:
        patched.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
        return do(repo, ("assign", BILLING, "bob")), saved


@pytest.mark.sampled(3)
@pytest.mark.parametrize("moment", [" update-index --add", " ls-files -v", " hash-object -t", " commit-tree"])
def test_what_an_editor_saves_while_a_command_writes_stays_and_is_a_conflict(
    repo: Repo, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = repo.head()
    status, saved = assign_while_an_editor_saves(repo, moment, tmp_path, monkeypatch)
    assert status == 5
    assert (repo.read(_PATH), repo.head()) == (saved, head)
    assert repo.git("status", "--porcelain").splitlines() == [f" M {_PATH}", "A  mine"]
    assert left(repo) == []


@pytest.mark.sampled(2)
@pytest.mark.parametrize("moment", [" add --all", " commit --only"])
def test_that_is_so_where_git_itself_makes_the_commit(
    repo: Repo, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(repo, "post-commit").unlink(missing_ok=True)
    head = repo.head()
    status, saved = assign_while_an_editor_saves(repo, moment, tmp_path, monkeypatch)
    assert status == 5
    assert (repo.read(_PATH), repo.head()) == (saved, head)
    assert repo.git("status", "--porcelain").splitlines() == [f" M {_PATH}", "A  mine"]
    assert left(repo) == []


def test_what_an_editor_saves_as_the_branch_moves_is_an_edit_of_what_was_committed(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, saved = assign_while_an_editor_saves(repo, " update-ref", tmp_path, monkeypatch)
    assert status == 0
    assert "owner: bob" in repo.git("show", f"HEAD:{_PATH}")
    assert repo.read(_PATH) == saved
    assert repo.git("status", "--porcelain").splitlines() == [f" M {_PATH}", "A  mine"]
    assert left(repo) == []


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="only root can mount a small disk")
def test_a_full_disk_changes_nothing_and_is_no_trouble_later(template: Path, tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        repo = copy(template, place / "work")
        text, head = repo.read(_PATH), repo.head()
        refused = 0
        for free in (0, 4096, 8192, 16384, 24576, 32768):
            filler = place / "filler"
            size = shutil.disk_usage(place).free - free
            filler.write_bytes(b"x" * max(size, 0))
            status = do(repo, ("assign", BILLING, f"bob{free}"))
            refused += status != 0
            filler.unlink()
            if status:
                assert status == 7
                assert (repo.read(_PATH), repo.head(), repo.git("status", "--porcelain")) == (text, head, "")
            text, head = repo.read(_PATH), repo.head()
        assert refused
        assert do(repo, ("assign", BILLING, "carol")) == 0
        assert repo.git("fsck", "--strict", "--no-dangling") == ""
        assert left(repo) == []
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_a_lock_that_git_could_not_remove_does_not_block_the_next_command(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git on the PATH that commits and leaves what it should have removed."""
    real = shutil.which("git")
    shim = tmp_path / "bin/git"
    shim.parent.mkdir()
    left_over = f"touch {repo.root}/.git/HEAD.lock {repo.root}/.git/next-index-1.lock"
    shim.write_text(
        f'#!/bin/sh\n{real} "$@"\nstatus=$?\ncase "$*" in *" commit --only"*) {left_over};; esac\nexit $status\n'
    )
    shim.chmod(0o755)
    with monkeypatch.context() as patched:
        patched.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")
        assert do(repo, ("assign", BILLING, "bob")) == 0
    assert left(repo) == []
    assert do(repo, ("assign", BILLING, "carol")) == 0
