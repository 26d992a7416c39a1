"""R12: a check that cannot see everything is never a check that has found nothing.

Every case is a branch with a step that the workflow does not allow, in a repository where something is amiss. In no
format, and in neither way of asking, does the answer say that all is well.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.runner import Git
from tests.cli.session import GATEWAY, POLICY, item_text, run
from tests.interchange import forms
from tests.repositories import Repo

PATH = f"items/{GATEWAY}.md"
OTHER = "bl_52c7050367b7"
FORMATS = ("text", "json", "gcc", "github", "gitlab", "junit", "sarif", "rdjson")
BOTH = (("--since", "base"), ("--base", "base", "--head", "main"))

#: Makes something amiss, and gives the repository to ask in.
Fault = Callable[[Repo, Path], Repo]


@pytest.fixture
def work(repo: Repo) -> Repo:
    """``base``, and on ``main`` an illegal step in the middle of two harmless ones."""
    for name, fields in (
        ("base", {}),
        ("before", {"owner": "bob"}),
        ("bad", {"status": "done"}),
        ("after", {"status": "done", "owner": "bob"}),
    ):
        repo.write(PATH, item_text(GATEWAY, **fields))
        repo.write(f"items/{OTHER}.md", item_text(OTHER, description=name))
        repo.commit(name)
        repo.git("branch", name)
    return repo


def asked(repo: Repo, *words: str, layout: str = "text") -> None:
    """Asks, and holds the answer to what this page is about."""
    done = run("-C", str(repo.root), "validate", *words, "--format", layout)
    said = f"{words} {layout}: {done.status}\n{done.out}{done.err}"
    assert done.status not in (0, 70), said
    assert "all well" not in said
    if done.status != 1 and layout == "github":  # an annotation says why there is no list of findings
        assert {kind for kind, _, _ in forms.github(done.out)} == {"error"}, said
    elif done.status != 1:  # no document is better than one that looks well
        assert done.out == "", said
        assert done.err.startswith("error"), said
    elif layout == "json":
        assert done.data, said


def _object(repo: Repo, name: str) -> Path:
    found = repo.git("rev-parse", name).strip()
    return repo.root / ".git/objects" / found[:2] / found[2:]


def missing(name: str) -> Fault:
    def fault(repo: Repo, place: Path) -> Repo:
        _object(repo, name).unlink()
        return repo

    return fault


def overwritten(name: str) -> Fault:
    def fault(repo: Repo, place: Path) -> Repo:
        path = _object(repo, name)
        path.chmod(0o600)
        path.write_bytes(b"\0" * 30)
        return repo

    return fault


def shallow(depth: int) -> Fault:
    def fault(repo: Repo, place: Path) -> Repo:
        repo.git("clone", "--quiet", "--no-single-branch", f"--depth={depth}", f"file://{repo.root}", str(place / "c"))
        clone = Repo(place / "c")
        clone.git("update-ref", "refs/heads/base", "refs/remotes/origin/base")
        return clone

    return fault


def made_anew(repo: Repo, place: Path) -> Repo:
    """The clone ends exactly at the base, and whether the new item was ever deleted before cannot be seen."""
    repo.git("checkout", "--quiet", "-B", "main", "base")
    repo.write("items/bl_87e820f5b3c2.md", item_text("bl_87e820f5b3c2"))
    repo.commit("new")
    repo.git("clone", "--quiet", "--depth=2", f"file://{repo.root}", str(place / "c"))
    clone = Repo(place / "c")
    clone.git("branch", "base", "HEAD~1")
    return clone


def unknown(repo: Repo, place: Path) -> Repo:
    repo.git("branch", "-D", "base")
    return repo


def unrelated(repo: Repo, place: Path) -> Repo:
    repo.git("checkout", "--quiet", "--orphan", "other")
    repo.commit("another beginning")
    repo.git("branch", "--force", "base")
    repo.git("checkout", "--quiet", "--force", "main")
    return repo


def policy(text: str, *, at_base: bool) -> Fault:
    def fault(repo: Repo, place: Path) -> Repo:
        repo.git("checkout", "--quiet", "base" if at_base else "main")
        repo.write(POLICY, text)
        repo.commit("policy")
        if at_base:
            repo.git("checkout", "--quiet", "-B", "main")
            (repo.root / POLICY).unlink()
            repo.write(PATH, item_text(GATEWAY, status="done"))
            repo.commit("mended, and bad")
        return repo

    return fault


def lost_policy(repo: Repo, place: Path) -> Repo:
    """Its content is not here, so the packaged one must not judge in its place."""
    policy("version: 1\nworkflow: {squashed: path}\n", at_base=True)(repo, place)
    _object(repo, f"base:{POLICY}").unlink()
    return repo


def corrupt_pack(repo: Repo, place: Path) -> Repo:
    repo.git("gc", "--quiet", "--prune=now")
    (pack,) = (repo.root / ".git/objects/pack").glob("*.pack")
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[12 : len(data) - 20] = bytes(len(data) - 32)
    pack.write_bytes(data)
    return repo


FAULTS: Mapping[str, Fault] = {
    "shallow, the base is not there": shallow(1),
    "shallow, the edge lies inside": shallow(2),
    "shallow, the edge is the base": made_anew,
    "unknown base": unknown,
    "unrelated base": unrelated,
    "the policy of the base is broken": policy("version: [\n", at_base=True),
    "the policy of the base has an unknown key": policy("version: 1\nworkflov: {}\n", at_base=True),
    "the policy of the base is no text": policy("\ufffe\0\n", at_base=True),
    "the policy of the base is missing": lost_policy,
    "the policy of the head is broken": policy("version: [\n", at_base=False),
    "missing item of the base": missing(f"base:{PATH}"),
    "missing item on the way": missing(f"bad:{PATH}"),
    "missing item of the head": missing(f"after:{PATH}"),
    "missing tree of the base": missing("base:items"),
    "missing tree on the way": missing("bad:items"),
    "missing tree of the head": missing("after^{tree}"),
    "missing commit of the base": missing("base"),
    "missing commit on the way": missing("bad"),
    "missing commit of the head": missing("after"),
    "damaged item on the way": overwritten(f"bad:{PATH}"),
    "damaged tree on the way": overwritten("bad:items"),
    "damaged commit on the way": overwritten("bad"),
    "corrupt pack": corrupt_pack,
}


#: In the ordinary suite each fault is met once, and either way of asking by every other fault.
_CASES = [
    pytest.param(fault, words, id=f"{way}-{name}", marks=[pytest.mark.exhaustive] if (number + side) % 2 else [])
    for number, (name, fault) in enumerate(FAULTS.items())
    for side, (way, words) in enumerate(zip(("since", "between"), BOTH, strict=True))
]


@pytest.mark.parametrize(("fault", "words"), _CASES)
def test_what_cannot_be_seen_is_not_well(work: Repo, tmp_path: Path, fault: Fault, words: tuple[str, ...]) -> None:
    repo = fault(work, tmp_path)
    for layout in ("text", "json", "github"):  # the others are asked below
        asked(repo, *words, layout=layout)


# --- the process itself


def command(repo: Repo, *words: str) -> list[str]:
    return [sys.executable, "-m", "backlogtool", "-C", str(repo.root), "validate", *words]


def ended(done: subprocess.CompletedProcess[str]) -> None:
    said = f"{done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode != 0, said
    assert "all well" not in said
    assert '"data": []' not in done.stdout


@pytest.fixture
def slow_git(tmp_path: Path) -> Path:
    """A folder with a git that stops to think when it is to read objects."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "git"
    script.write_text(
        f'#!/bin/sh\ncase " $* " in *" cat-file "*) touch {folder}/there; exec sleep 60;; esac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    script.chmod(0o755)
    return folder


@pytest.mark.sampled(3)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
@pytest.mark.parametrize("words", BOTH, ids=("since", "between"))
def test_who_is_killed_on_the_way_says_nothing(
    work: Repo, slow_git: Path, words: tuple[str, ...], number: signal.Signals
) -> None:
    process = subprocess.Popen(
        [*command(work, *words), "--json"],
        env={**os.environ, "PATH": f"{slow_git}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for _ in range(3000):
            if (slow_git / "there").exists():
                break
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(60)
    finally:
        with suppress(ProcessLookupError):  # the command has ended its git as well
            os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
    assert (slow_git / "there").exists()
    ended(subprocess.CompletedProcess([], process.returncode, out, err))
    assert out == ""


def test_a_git_that_does_not_answer_in_time_is_an_error(
    work: Repo, slow_git: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{slow_git}:{os.environ['PATH']}")
    with pytest.raises(UnavailableError, match="does not answer"):
        Git(str(work.root)).read("cat-file", "--batch", patience=0.2)


@pytest.mark.exhaustive
@pytest.mark.parametrize("words", BOTH, ids=("since", "between"))
def test_without_enough_memory_there_is_no_good_news(work: Repo, words: tuple[str, ...]) -> None:
    for mebibytes in (30, 60, 100, 200):
        done = subprocess.run(
            command(work, *words),
            check=False,
            capture_output=True,
            text=True,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20)),
        )
        ended(done)


@pytest.mark.parametrize("words", BOTH, ids=("since", "between"))
def test_without_git_there_is_no_good_news(
    work: Repo, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    for layout in FORMATS:
        asked(work, *words, layout=layout)
