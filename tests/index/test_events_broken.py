"""The index of events is never needed: gone, broken, half built or fought over, the answers are the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.index.event_histories import Histories, answers, opened, refuse_differences, stories
from tests.repositories import Repo

ROOT = Path(__file__).resolve().parent.parent.parent
_BUILDER = """
import sys
from backlogtool.stores.git.repository import discover
from backlogtool.stores.git.store import GitStore
store = GitStore(discover(sys.argv[1]), revision=sys.argv[2])
print(len(store.events()), [event.id for event in store.events("bl_000000000001")])
"""


@pytest.fixture
def history(repo: Repo) -> Histories:
    """A history with an index of it."""
    histories = Histories(repo, 11)
    histories.grow(40)
    repo.git("update-ref", "HEAD", "refs/heads/main")
    refuse_differences(repo, repo.head(), histories.choose)
    return histories


def database(repo: Repo) -> Path:
    return repo.root / ".git/backlogtool/cache/events.db"


@pytest.mark.exhaustive
def test_an_index_that_is_deleted_is_made_anew(repo: Repo, history: Histories) -> None:
    database(repo).unlink()
    refuse_differences(repo, repo.head(), history.choose)
    assert database(repo).exists()


@pytest.mark.exhaustive
def test_an_index_that_is_cut_off_anywhere_is_made_anew(repo: Repo, history: Histories) -> None:
    whole = database(repo).read_bytes()
    expected = stories(opened(repo, repo.head(), indexed=False))
    for place in [0, 1, 99, 100, 4095, 4096, *random.Random(1).sample(range(len(whole)), 44)]:
        database(repo).write_bytes(whole[:place])
        held = opened(repo, repo.head(), indexed=True)
        assert stories(held) == expected, f"cut off at {place}"
        held.close()


def test_a_story_with_other_bytes_is_told_anew(repo: Repo, history: Histories) -> None:
    """Bytes that turn over inside of SQLite's pages are seen in stories, which have a sum."""
    expected = stories(opened(repo, repo.head(), indexed=False))
    data = database(repo).read_bytes()
    assert b"=created" in data
    database(repo).write_bytes(data.replace(b"=created", b"=deleted"))
    assert stories(opened(repo, repo.head(), indexed=True)) == expected


@pytest.mark.sampled(5)
@pytest.mark.parametrize("what", ["link", "folder", "pipe", "linked folder", "file for a folder"])
def test_what_stands_in_its_place_is_not_touched(repo: Repo, history: Histories, tmp_path: Path, what: str) -> None:
    path = database(repo)
    outside = tmp_path / "outside"
    path.rename(outside)
    if what in ("linked folder", "file for a folder"):
        (path.parent / "events.db.lock").unlink()
        for other in path.parent.iterdir():
            other.unlink()
        path.parent.rmdir()
        (tmp_path / "elsewhere").mkdir()
    {
        "link": lambda: path.symlink_to(outside),
        "folder": path.mkdir if path.parent.exists() else None,
        "pipe": lambda: os.mkfifo(path),
        "linked folder": lambda: path.parent.symlink_to(tmp_path / "elsewhere"),
        "file for a folder": lambda: path.parent.write_text("mine"),
    }[what]()  # type: ignore[misc]
    before = outside.read_bytes()
    held, plain = (opened(repo, repo.head(), indexed=one) for one in (True, False))
    assert stories(held) == stories(plain)
    assert not answers(held, repo.head())
    assert outside.read_bytes() == before
    assert not (tmp_path / "elsewhere").exists() or not list((tmp_path / "elsewhere").iterdir())


def test_without_an_index_nothing_is_kept(repo: Repo) -> None:
    Histories(repo, 4).grow(10)
    revision = repo.git("rev-parse", "main").strip()
    stories(opened(repo, revision, indexed=False))
    assert not database(repo).exists()


@pytest.mark.exhaustive
def test_several_that_build_at_once_all_tell_the_same(repo: Repo, history: Histories) -> None:
    expected = _finished(_started(repo))
    database(repo).unlink()
    running = [_started(repo) for _ in range(4)]
    assert {_finished(one) for one in running} == {expected}
    refuse_differences(repo, repo.head(), history.choose)


@pytest.mark.exhaustive
def test_a_builder_that_is_killed_leaves_nothing_wrong(repo: Repo, history: Histories) -> None:
    choose = random.Random(3)
    for _ in range(6):
        database(repo).unlink(missing_ok=True)
        running = _started(repo)
        time.sleep(choose.uniform(0.08, 0.25))
        running.send_signal(signal.SIGKILL)
        running.communicate()
        refuse_differences(repo, repo.head(), history.choose)


def _started(repo: Repo) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _BUILDER, str(repo.root), repo.head()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _finished(running: subprocess.Popen[bytes]) -> bytes:
    out, complaints = running.communicate(timeout=60)
    assert running.returncode == 0, complaints.decode()
    return out
