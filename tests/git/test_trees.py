"""Tree objects made by hand are those that git makes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backlogtool.stores.git import trees
from backlogtool.stores.git.trees import FOLDER, Entry
from tests.repositories import Repo, make

_NAMES = st.sampled_from(["a", "a-", "a.md", "a0", "b", "items", "items.md", "zz", "é", "A"])
_BLOBS = ("1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222")
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_FILES = st.dictionaries(_PATHS, st.sampled_from(_BLOBS), min_size=1, max_size=8)


def _fitting(files: dict[str, str]) -> dict[str, str]:
    """Without the files that stand where others need a folder."""
    return {path: blob for path, blob in files.items() if not any(one.startswith(f"{path}/") for one in files)}


@pytest.fixture(scope="module")
def repo() -> Repo:
    return make(Path(tempfile.mkdtemp()) / "repo")


def _write_tree(repo: Repo, files: dict[str, str]) -> str:
    """The tree as git's own index makes it."""
    index = {"GIT_INDEX_FILE": str(repo.root / ".git/other")}
    repo.git("read-tree", "--empty", extra=index)
    lines = "".join(f"100644 {blob}\t{path}\0" for path, blob in files.items())
    repo.git("update-index", "-z", "--add", "--index-info", stdin=lines.encode(), extra=index)
    return repo.git("write-tree", "--missing-ok", extra=index).strip()


def _read(repo: Repo, tree: str, paths: list[str]) -> trees.Folders | None:
    found = {}
    for path in trees.folders_of(paths):
        name = f"{tree}:{path}" if path else tree
        if repo.git("cat-file", "-t", name, check=False).strip() == "tree":
            found[path] = repo.git("cat-file", "tree", name).encode("utf-8", "surrogateescape")
    return trees.read(found, bytes.fromhex(tree))


@given(before=_FILES.map(_fitting), new=_FILES, gone=st.sets(_PATHS, max_size=4))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_tree_with_other_files_is_what_git_makes_of_them(
    repo: Repo, before: dict[str, str], new: dict[str, str], gone: set[str]
) -> None:
    """Or it is left to git, where a file would stand in a folder's place, and where nothing is left."""
    changes: dict[str, Entry | None] = {path: Entry(b"100644", bytes.fromhex(blob)) for path, blob in new.items()}
    changes |= dict.fromkeys(gone & before.keys() - new.keys())
    after = {**before, **new}
    for path in gone & before.keys() - new.keys():
        del after[path]
    held = _read(repo, _write_tree(repo, before), list(changes))
    assert held is not None
    made = trees.rebuilt(held, changes, 20)
    if made is None:
        assert not after or _fitting({**before, **new}) != {**before, **new}
    elif _fitting(after) == after:
        assert made[-1][0].hex() == _write_tree(repo, after)


def test_a_tree_that_is_broken_or_out_of_order_is_left_to_git() -> None:
    one, two = b"100644 a\0" + b"x" * 20, b"100644 b\0" + b"y" * 20
    assert trees.folder(one + two, 20) is not None
    for data in (two + one, one + one, one[:-1], b"!" + one, one + b"100644 c"):
        assert trees.folder(data, 20) is None


def test_a_folder_is_sorted_as_if_its_name_ended_in_a_slash() -> None:
    empty = trees.folder(b"", 20)
    assert empty is not None
    names = empty.changed(
        {b"a": Entry(FOLDER, b"1" * 20), b"a.md": Entry(b"100644", b"2" * 20), b"a0": Entry(b"100644", b"3" * 20)}
    ).data.split(b"\0")[:-1]
    assert [name.rpartition(b" ")[2] for name in names] == [b"a.md", b"a", b"a0"]


def test_a_folder_that_its_parent_does_not_name_is_left_to_git() -> None:
    inner = b"100644 b\0" + b"y" * 20
    outer = b"40000 items\0" + b"z" * 20
    assert trees.read({"": outer, "items": inner}, 20) is None
    outer = b"40000 items\0" + trees.object_id(b"tree", inner, 20)
    assert trees.read({"": outer, "items": inner}, 20) is not None
