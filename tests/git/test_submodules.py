"""A submodule below ``items/`` is one finding, whoever looks: a work tree, a range, a server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.session import BILLING, GATEWAY, Answer, item_text, run
from tests.repositories import Repo, make

RANGES = {"since": ("--since", "HEAD~1"), "base": ("--base", "HEAD~1", "--head", "HEAD")}
MODULE = "items/sub"


@pytest.fixture
def work(repo: Repo, tmp_path: Path) -> Repo:
    """A backlog, and another one as a submodule in it."""
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.commit("begin")
    other = make(tmp_path / "other")
    other.write(f"{BILLING}.md", item_text(BILLING))
    other.commit("theirs")
    add = ("submodule", "--quiet", "add", str(other.root), MODULE)
    repo.git("-c", "protocol.file.allow=always", *add)
    return repo


def judged(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), "validate", *words)


def _as_it_is(_: Repo) -> None:
    pass


def _not_checked_out(repo: Repo) -> None:
    repo.git("submodule", "--quiet", "deinit", "--force", MODULE)


STATES: dict[str, Callable[[Repo], None]] = {"checked out": _as_it_is, "not checked out": _not_checked_out}


@pytest.mark.sampled(5)
@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest.mark.parametrize("how", [(), *RANGES.values()], ids=["tree", *RANGES])
def test_it_is_told_alike_by_the_tree_and_by_every_range(
    how: tuple[str, ...], state: Callable[[Repo], None], work: Repo, tmp_path: Path
) -> None:
    work.commit("a submodule")
    state(work)
    told = judged(work, *how)
    assert told.status == 1
    assert [line for line in told.out.splitlines() if "BL113" in line and line.startswith(f"{MODULE}: error: ")]
    work.git("clone", "--quiet", "--bare", str(work.root), str(tmp_path / "bare"))
    bare = judged(Repo(tmp_path / "bare"), *(how if "--since" not in how else RANGES["base"]))
    assert bare.status == 1
    assert bare.out.count(f"{MODULE}: error: ") == told.out.count(f"{MODULE}: error: ") == 1


@pytest.mark.parametrize("how", [(), ("--since", "HEAD")], ids=["tree", "since"])
def test_it_is_told_before_it_is_committed(how: tuple[str, ...], work: Repo) -> None:
    assert f"{MODULE}: error: is a submodule" in judged(work, *how).out


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", [(), ("--since", "HEAD~1")], ids=["tree", "since"])
def test_one_that_was_taken_out_is_told_no_more(how: tuple[str, ...], work: Repo) -> None:
    work.commit("a submodule")
    work.git("rm", "--quiet", "--force", MODULE)
    shutil.rmtree(work.root / MODULE, ignore_errors=True)
    assert "BL113" not in judged(work, *how).out
    work.commit("none")
    assert judged(work, *how).status == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize("how", [(), *RANGES.values()], ids=["tree", *RANGES])
def test_one_that_no_item_could_stand_in_is_no_business_of_ours(how: tuple[str, ...], work: Repo) -> None:
    work.git("mv", MODULE, "vendor")
    work.commit("a submodule elsewhere")
    assert judged(work, *how).status == 0


@pytest.mark.sampled(3)
@pytest.mark.parametrize("how", [(), *RANGES.values()], ids=["tree", *RANGES])
def test_all_items_may_be_in_one_and_nobody_says_that_all_is_well(how: tuple[str, ...], repo: Repo, work: Repo) -> None:
    work.git("rm", "--quiet", "-r", "--force", "items")
    shutil.rmtree(repo.root / "items", ignore_errors=True)
    other = repo.root.parent / "other"
    repo.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        "--force",
        "--name",
        "all",
        str(other),
        "items",
    )
    repo.commit("all")
    assert "items: error: " in judged(repo, *how).out
