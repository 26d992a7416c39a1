"""The quick way to find edits that are not committed says what the whole way says."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.differences import entries_of
from backlogtool.stores.git.edited import edited, looked
from backlogtool.stores.git.repository import Repository, discover
from backlogtool.stores.git.stamped import Look, look
from tests.cli.session import BILLING, GATEWAY, item_text
from tests.git import odd_repositories
from tests.repositories import Repo, make

IDS = (GATEWAY, BILLING)
OLD = tuple(f"items/{one}.md" for one in IDS)


#: Who compares stamps.
WAYS: Mapping[str, Callable[[Repository], Look | None]] = {
    "we": lambda one: look(one.root, one.index_path, len(one.head()) // 2),
    "git": lambda _: None,
    "either": looked,
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def both(request: pytest.FixtureRequest) -> Callable[[Path], tuple[set[str], set[str]]]:
    """What the quick way says, and what the whole way says."""

    def said(root: Path) -> tuple[set[str], set[str]]:
        repository = discover(str(root))
        head = repository.head()
        quick = edited(repository, head, lambda: entries_of(repository.git, head), lambda: request.param(repository))
        return quick, repository.uncommitted("items/", head=head)

    return said


def _racy(repo: Repo) -> None:
    """Changed in the same moment, to as many bytes, so that no stamp tells."""
    path = repo.root / OLD[0]
    seen = path.stat()
    path.write_bytes(path.read_bytes().replace(b"P2", b"P1"))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def _hidden(repo: Repo) -> None:
    repo.git("update-index", "--assume-unchanged", OLD[0])
    repo.write(OLD[0], "edited")


def _nested(repo: Repo) -> None:
    make(repo.root / "items/nested")
    repo.write("items/nested/bl_87e820f5b3c2.md", "x")


def _linked(repo: Repo) -> None:
    (repo.root / "items").rename(repo.root / "aside")
    (repo.root / "items").symlink_to("aside")


def _in_conflict(repo: Repo) -> None:
    blob = repo.git("rev-parse", f"HEAD:{OLD[0]}").strip()
    lines = [f"0 {'0' * len(blob)}\t{OLD[0]}", *(f"100644 {blob} {stage}\t{OLD[0]}" for stage in (1, 2, 3))]
    repo.git("update-index", "--index-info", stdin="".join(f"{line}\n" for line in lines).encode())


def _links(repo: Repo) -> None:
    (repo.root / OLD[0]).unlink()
    (repo.root / OLD[0]).symlink_to("x")


def _digs(repo: Repo) -> None:
    """An item below folders that no path is long enough to name: git warns of them and goes on."""
    before = os.getcwd()
    os.chdir(repo.root / "items")
    try:
        for _ in range(30):
            os.mkdir("d" * 200)
            os.chdir("d" * 200)
        Path("bl_87e820f5b3c2.md").write_text("x")
    finally:
        os.chdir(before)


def _makes_a_folder(repo: Repo) -> None:
    (repo.root / OLD[0]).unlink()
    repo.write(f"{OLD[0]}/x.md", "x")


CHANGES: Mapping[str, Callable[[Repo], object]] = {
    "nothing": lambda repo: repo,
    "an edit": lambda repo: repo.write(OLD[0], "edited"),
    "an edit that is staged": lambda repo: (repo.write(OLD[0], "edited"), repo.git("add", OLD[0])),
    "an edit that is staged and taken back": lambda repo: (
        repo.write(OLD[0], "edited"), repo.git("add", OLD[0]), repo.git("restore", "--source=HEAD", OLD[0]),
    ),
    "a deletion": lambda repo: (repo.root / OLD[0]).unlink(),
    "a deletion in the index only": lambda repo: repo.git("rm", "--quiet", "--cached", OLD[0]),
    "a new file": lambda repo: repo.write("items/deep/er/bl_87e820f5b3c2.md", "x"),
    "a new file that is ignored": lambda repo: (repo.write(".gitignore", "*.md\n"), repo.write("items/x.md", "x")),
    "a link": _links,
    "a folder in its place": _makes_a_folder,
    "folders without a bottom": _digs,
    "touched": lambda repo: os.utime(repo.root / OLD[0], (1, 1)),
    "racy": _racy,
    "hidden": _hidden,
    "in conflict": _in_conflict,
    "named like a conflict": lambda repo: repo.write("items/a 1\tb.md", "x"),
    "a repository inside": _nested,
    "items is a link": _linked,
}  # fmt: skip


@pytest.mark.sampled(48)
@pytest.mark.parametrize("seconds", [0, 0.03], ids=["at once", "after a while"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_says_what_the_whole_way_says(
    repo: Repo, change: Callable[[Repo], object], seconds: float, both: Callable[[Path], tuple[set[str], set[str]]]
) -> None:
    """Also where stamps alone tell that a file is the same, since git's index was written after a while."""
    for one, path in zip(IDS, OLD, strict=True):
        repo.write(path, item_text(one))
    time.sleep(seconds)
    repo.commit("items")
    change(repo)
    quick, whole = both(repo.root)
    assert quick == whole


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return odd_repositories.template(tmp_path_factory.mktemp("odd") / "repo")


@pytest.mark.sampled(60)
@pytest.mark.parametrize("odd", odd_repositories.ODD)
def test_it_does_so_in_odd_repositories(
    odd: str, template: Path, tmp_path: Path, both: Callable[[Path], tuple[set[str], set[str]]]
) -> None:
    repo = odd_repositories.enter(odd, template, tmp_path)
    for path in odd_repositories.OLD[:1]:
        if (repo.root / path).is_file():
            repo.write(path, repo.read(path) + "edited\n")
    try:
        quick, whole = both(repo.root)
    except UnavailableError:
        with pytest.raises(UnavailableError):
            discover(str(repo.root)).uncommitted("items/")
        return
    assert quick == whole
