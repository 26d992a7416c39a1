"""Tree objects made by hand are those that git makes, or are left to git."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest

from backlogtool.stores.git import trees
from backlogtool.stores.git.trees import FOLDER, Entry
from tests.git import tree_cases
from tests.repositories import Repo, make


@pytest.fixture(scope="module", params=[20, 32], ids=["sha1", "sha256"])
def kept(request: pytest.FixtureRequest) -> tuple[Repo, int]:
    """A repository, and how many bytes its ids have."""
    size: int = request.param
    repo = make(Path(tempfile.mkdtemp()) / "repo")
    if size == 32:
        repo = Repo(repo.root / "new")
        repo.root.mkdir()
        repo.git("init", "--quiet", "--object-format=sha256")
    return repo, size


@pytest.mark.sampled(2)
def test_a_tree_with_other_files_is_what_git_makes_of_them(kept: tuple[Repo, int]) -> None:
    """Or it is left to git: exactly where a file would stand in a folder's place, is odd, or nothing is left."""
    repo, size = kept
    some = tree_cases.cases(1, 400, size)
    wanted = [tree_cases.after(case) for case in some]
    made = tree_cases.rebuilt(repo, some, size)
    names = iter(tree_cases.written(repo, [files for files in wanted if files is not None], size))
    for case, files, name in zip(some, wanted, made, strict=True):
        assert name == (None if files is None else next(names)), case
    assert sum(files is not None for files in wanted) > 100


@pytest.mark.sampled(2)
def test_a_folder_of_ten_thousand_files_is_what_the_index_writes(kept: tuple[Repo, int]) -> None:
    repo, size = kept
    blob, other = b"1" * size, b"2" * size
    files = {f"items/bl_{number:012x}.md": Entry(b"100644", blob) for number in range(10_000)}
    changes = {f"items/bl_{number:012x}.md": Entry(b"100755", other) for number in (0, 5000, 9999, 10_000, 70_000)}
    (name,) = tree_cases.rebuilt(repo, [tree_cases.Case(files, changes)], size)
    index = {"GIT_INDEX_FILE": str(repo.root / "index")}
    told = "".join(f"{one.mode.decode()} {one.id.hex()}\t{path}\0" for path, one in {**files, **changes}.items())
    repo.git("update-index", "-z", "--add", "--index-info", stdin=told.encode(), extra=index)
    assert name is not None
    assert name.hex() == repo.git("write-tree", "--missing-ok", extra=index).strip()


_FILE, _OTHER = b"100644 a\0" + b"x" * 20, b"100644 b\0" + b"y" * 20


@pytest.mark.parametrize(
    "data",
    [
        _OTHER + _FILE,
        _FILE + _FILE,
        _FILE[:-1],
        b"!" + _FILE,
        _FILE + b"100644 c",
        b"100644 \0" + b"x" * 20,
        b"100644 a/b\0" + b"x" * 20,
        b"100664 a\0" + b"x" * 20,
        b"040000 a\0" + b"x" * 20,
        _FILE + b"40000 a\0" + b"y" * 20,
        _FILE + b"100644 a.b\0" + b"z" * 20 + b"40000 a\0" + b"y" * 20,
    ],
)
def test_a_tree_that_git_would_not_write_is_left_to_git(data: bytes) -> None:
    assert trees.folder(_FILE + _OTHER, 20) is not None
    assert trees.folder(data, 20) is None


def test_a_damaged_tree_is_never_half_kept() -> None:
    """Whatever is done to its bytes: it is refused, or nothing is missing. Under its own name it is always refused."""
    chance = random.Random(1)
    refused = 0
    for case in tree_cases.cases(2, 2000, 20):
        whole = trees.Folder([], []).changed(
            {path.encode("utf-8", "surrogateescape"): one for path, one in case.before.items() if "/" not in path}
        )
        data, damaged = whole.data, bytearray(whole.data)
        for _ in range(chance.randint(1, 3)):
            place, what = chance.randint(0, len(damaged)), chance.randrange(3)
            damaged[place : place + (what > 0)] = chance.randbytes(what < 2)
        found = trees.folder(bytes(damaged), 20)
        assert found is None or found.data == damaged
        refused += found is None
        if damaged != data:
            assert trees.read({"": bytes(damaged)}, trees.object_id(b"tree", data, 20)) is None
    assert refused > 500


def test_a_folder_is_sorted_as_if_its_name_ended_in_a_slash() -> None:
    empty = trees.folder(b"", 20)
    assert empty is not None
    names = empty.changed(
        {b"a": Entry(FOLDER, b"1" * 20), b"a.md": Entry(b"100644", b"2" * 20), b"a0": Entry(b"100644", b"3" * 20)}
    ).data.split(b"\0")[:-1]
    assert [name.rpartition(b" ")[2] for name in names] == [b"a.md", b"a", b"a0"]


def test_a_folder_that_the_one_above_it_does_not_name_is_left_to_git() -> None:
    def read(outer: bytes, inner: bytes) -> trees.Folders | None:
        return trees.read({"": outer, "items": inner}, trees.object_id(b"tree", outer, 20))

    inner = b"100644 b\0" + b"y" * 20
    name = trees.object_id(b"tree", inner, 20)
    assert read(b"40000 items\0" + name, inner) is not None
    assert read(b"40000 items\0" + b"z" * 20, inner) is None
    assert read(b"100644 items\0" + name, inner) is None
    assert trees.read({"items": inner}, name) is None, "without the outer one"
