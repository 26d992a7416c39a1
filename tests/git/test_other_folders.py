"""Folders that are ours where letters of either case are the same hold nothing of ours, in a tree and in a range."""

from __future__ import annotations

from pathlib import Path

import pytest

from backlogtool.stores.git.files import folded
from tests.cli.session import BILLING, GATEWAY, Answer, item_text, run
from tests.repositories import Repo

RANGES = {"since": ("--since", "HEAD~1"), "base": ("--base", "HEAD~1", "--head", "HEAD")}
EVERY = {"tree": (), **RANGES}
every = pytest.mark.parametrize("how", EVERY.values(), ids=EVERY)


@pytest.fixture
def work(repo: Repo) -> Repo:
    repo.write(f"items/{GATEWAY}.md", item_text(GATEWAY))
    repo.write("config/backlog_policy.yml", "version: 1\n")
    repo.commit("begin")
    return repo


def judged(repo: Repo, *words: str) -> Answer:
    return run("-C", str(repo.root), "validate", *words)


def bare(repo: Repo, place: Path) -> Repo:
    repo.git("clone", "--quiet", "--bare", str(repo.root), str(place))
    return Repo(place)


#: A file -> the folder that is named.
OURS = {
    f"Items/{BILLING}.md": "Items",
    f"ITEMS/deep/{BILLING}.md": "ITEMS",
    f"items./{BILLING}.md": "items.",
    f"ｉtems/{BILLING}.md": "ｉtems",
    "Items/notes.md": "Items",
    "Config/backlog_policy.yml": "Config",
    "CONFIG/Backlog_Policy.YML": "CONFIG",
    "Config/rbac.yml": "Config",
    "Templates/BACKLOG.md.j2": "Templates",
    "Items": "Items",
    "Config": "Config",
    "config/Backlog_Policy.yml": "config/Backlog_Policy.yml",
    "config/RBAC.yml": "config/RBAC.yml",
}


@pytest.mark.sampled(12)
@every
@pytest.mark.parametrize(("path", "name"), OURS.items(), ids=OURS)
def test_what_would_stand_in_ours_elsewhere_is_told(
    path: str, name: str, how: tuple[str, ...], work: Repo, tmp_path: Path
) -> None:
    work.write(path, item_text(BILLING))
    work.commit("more")
    repo = work if how != RANGES["base"] else bare(work, tmp_path / "bare")
    told = judged(repo, *how)
    assert told.status == 1
    lines = [line for line in told.out.splitlines() if "[BL120]" in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: error: is {folded(name)} where letters of either case are the same")
    assert name == path or f", and {path} would be read there" in lines[0]
    assert f"move it to {folded(name)}, or name it otherwise" in told.out


def test_a_bare_repository_tells_it_of_its_tree(work: Repo, tmp_path: Path) -> None:
    work.write(f"Items/{BILLING}.md", item_text(BILLING))
    work.commit("more")
    assert "[BL120]" in judged(bare(work, tmp_path / "bare")).out


@pytest.mark.sampled(3)
@every
def test_a_link_in_such_a_place_is_told(how: tuple[str, ...], work: Repo) -> None:
    (work.root / "Templates").symlink_to("elsewhere")
    work.commit("link")
    assert "Templates: error: " in judged(work, *how).out


@pytest.mark.sampled(12)
@every
@pytest.mark.parametrize(
    "path",
    [
        "Config/app.json",
        "config/app.json",
        "config/deep/RBAC.yml",
        "Items/sword.png",
        "Items/README.md",
        "Templates/mail.html",
        "TEMPLATES",
        "item/x.md",
        "Items2/x.md",
    ],
)
def test_other_peoples_folders_are_none_of_our_business(path: str, how: tuple[str, ...], work: Repo) -> None:
    work.write(path, "x\n")
    work.commit("theirs")
    assert judged(work, *how).status == 0


@pytest.mark.sampled(2)
@pytest.mark.parametrize("how", RANGES.values(), ids=RANGES)
def test_a_range_tells_what_it_brings_and_not_what_was_there(how: tuple[str, ...], work: Repo) -> None:
    work.write(f"Items/{BILLING}.md", item_text(BILLING))
    work.commit("before")
    work.write("notes.txt", "x\n")
    work.commit("another matter")
    assert judged(work, *how).status == 0
    work.write("Items/more.md", "x\n")
    work.commit("one more")
    told = judged(work, *how)
    assert "and Items/more.md would" in told.out
    work.git("rm", "--quiet", "-r", "Items")
    work.git("commit", "--quiet", "--message", "gone")
    assert judged(work, *how).status == 0


@pytest.mark.parametrize("how", [(), ("--since", "HEAD")], ids=["tree", "since"])
def test_it_is_told_before_it_is_committed(how: tuple[str, ...], work: Repo) -> None:
    work.write(f"Items/{BILLING}.md", item_text(BILLING))
    assert "[BL120]" in judged(work, *how).out


def test_of_many_files_a_few_are_named(work: Repo) -> None:
    for number in range(9):
        work.write(f"Items/bl_00000000000{number}.md", "x\n")
    assert "and 6 more would be read there" in judged(work).out
