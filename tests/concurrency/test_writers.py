"""Many writers in one clone, a person and git's housekeeping beside them (ROBUSTNESS.md R4)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import Session
from tests.concurrency import ledger
from tests.concurrency.crowd import prepare, shared_id
from tests.conftest import ROOT
from tests.repositories import Repo, make
from tests.tiers import amounts

Plant = Callable[[Repo, Path], None]


def worked(place: Path, *, writers: int, amount: int, items: int, seed: int) -> tuple[Repo, Path]:
    """A repository in which a crowd has worked, and the folder of what they were told."""
    repo, logs = make(place / "repo"), place / "logs"
    logs.mkdir()
    prepare(repo, items)
    numbers = (f"--writers={writers}", f"--amount={amount}", f"--items={items}", f"--seed={seed}")
    command = [sys.executable, "-m", "tests.concurrency.crowd", str(repo.root), str(logs), *numbers]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return repo, logs


@pytest.mark.parametrize("amount", amounts(4, exhaustive=25))
def test_eight_writers_lose_nothing_and_mix_nothing(tmp_path: Path, amount: int) -> None:
    """Every acknowledged command is in the history with its effect, its file and nothing else."""
    repo, logs = worked(tmp_path, writers=8, amount=amount, items=12, seed=1)
    found = ledger.audit(repo, logs)
    assert found.faults == []
    figures = found.figures
    # How much got done depends on the machine; that all of them were at work does not.
    assert figures["acknowledged"] > 2 * amount
    assert figures["person done"] > 0
    assert figures["gc done"] > 0
    assert Session(repo)("validate").out == ""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repo, Path]:
    return worked(tmp_path_factory.mktemp("small"), writers=2, amount=4, items=1, seed=3)


def _reset(repo: Repo, logs: Path) -> None:
    repo.git("reset", "--hard", "--quiet", "HEAD~2")


def _foreign(repo: Repo, logs: Path) -> None:
    repo.write("items/x.md", "---\nid: x\ndedupe_key: x\n---\n")
    repo.commit("person 1000")
    told(logs, kind="person", path="notes/0.txt", text="", subject="person 1000", added=False, status=0)


def _reverted(repo: Repo, logs: Path) -> None:
    """A commit that was told as a comment and changes the owner."""
    path = f"items/{shared_id(0)}.md"
    repo.write(path, repo.read(path).replace("owner: ", "owner: not "))
    repo.git("commit", "--quiet", "--message", "backlog: comment", "--only", "--", path)
    told(logs, kind="comment", item=shared_id(0), value="new", key="", status=0, commit=repo.head(), error="")


def _doubled(repo: Repo, logs: Path) -> None:
    text = repo.read(f"items/{shared_id(0)}.md")
    repo.write("items/bl_00000000ffff.md", text)
    repo.commit("person 1000")


def _staged(repo: Repo, logs: Path) -> None:
    repo.write(f"items/{shared_id(0)}.md", "changed\n")
    repo.git("add", "items")


def _strange(repo: Repo, logs: Path) -> None:
    told(logs, kind="comment", item="x", value="x", key="", status=5, commit="", error="no")


def told(logs: Path, **what: object) -> None:
    with (logs / "planted.jsonl").open("a") as file:
        file.write(json.dumps(what) + "\n")


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (_reset, "lost: "),
        (_foreign, "foreign: "),
        (_reverted, "wrong: "),
        (_doubled, "duplicate dedupe_key"),
        (_staged, "staged: "),
        (_strange, "was answered 5"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_the_audit_sees_a_planted_fault(small: tuple[Repo, Path], tmp_path: Path, plant: Plant, fault: str) -> None:
    root, logs = (Path(shutil.copytree(one, tmp_path / one.name)) for one in (small[0].root, small[1]))
    assert ledger.audit(Repo(root), logs).faults == []
    plant(Repo(root), logs)
    assert any(fault in one for one in ledger.audit(Repo(root), logs).faults)
