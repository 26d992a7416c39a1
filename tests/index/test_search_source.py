"""The index of words follows the files of a work tree, whoever changes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backlogtool.codec import markdown
from backlogtool.domain.ranking import Texts
from backlogtool.domain.search import Word
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.index.search_source import searching
from tests.domain.samples import item

FIRST, SECOND, THIRD = "bl_000000000001", "bl_000000000002", "bl_000000000003"
KEY = Word(("key",))


def _write(root: Path, item_id: str, title: str, folder: str = "") -> Path:
    file = root / "items" / folder / f"{item_id}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(markdown.write(item(id=item_id, title=title, tags=(), description="")))
    return file


def _found(tmp_path: Path) -> list[str]:
    """The ids that hold the word, in a process of its own as it were."""
    items = ItemIndex(str(tmp_path / "git"), str(tmp_path))
    with searching(items, str(tmp_path / "git"), str(tmp_path)) as index:
        assert index is not None
        found = index.best([KEY], limit=None)
    items.close()
    return sorted(name for _, name in found.scored)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "git").mkdir()
    _write(tmp_path, FIRST, "a key")
    _write(tmp_path, SECOND, "a lock")
    assert _found(tmp_path) == [FIRST]
    return tmp_path


CHANGES: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    "nothing": (lambda root: None, [FIRST]),
    "an edit that adds the word": (lambda root: _write(root, SECOND, "a lock and a key"), [FIRST, SECOND]),
    "an edit that takes it away": (lambda root: _write(root, FIRST, "a kex"), []),
    "a new item": (lambda root: _write(root, THIRD, "key"), [FIRST, THIRD]),
    "an item that is gone": (lambda root: (root / f"items/{FIRST}.md").unlink(), []),
    "all items gone": (lambda root: (root / "items").rename(root / "other"), []),
    "a move": (lambda root: _moved(root, FIRST, "ab"), [FIRST]),
    "a rename": (lambda root: (root / f"items/{FIRST}.md").rename(root / f"items/{SECOND}.md"), []),
    "an id twice": (lambda root: _write(root, FIRST, "a key", "ab"), []),
    "an item that can no longer be read": (lambda root: (root / f"items/{FIRST}.md").write_text("key"), []),
}


def _moved(root: Path, item_id: str, folder: str) -> None:
    (root / "items" / folder).mkdir()
    (root / f"items/{item_id}.md").rename(root / f"items/{folder}/{item_id}.md")


@pytest.mark.sampled(3)
@pytest.mark.parametrize("change", CHANGES)
def test_the_index_follows(change: str, root: Path) -> None:
    act, meant = CHANGES[change]
    act(root)
    assert _found(root) == meant
    assert _found(root) == meant
    (root / "git/backlogtool/cache/search.db").unlink()
    assert _found(root) == meant


def test_the_last_item_can_be_replaced_unseen(root: Path) -> None:
    """Deleting it and adding another gives the index of items the same number of rows, and the same row."""
    for title, meant in (("a key", [FIRST, THIRD]), ("a lock", [FIRST]), ("key key", [FIRST, THIRD])):
        _write(root, THIRD, title)
        assert _found(root) == meant
        (root / f"items/{THIRD}.md").unlink()
        items = ItemIndex(str(root / "git"), str(root))
        items.blobs()
        items.close()


def test_an_index_of_items_that_was_made_anew_changes_no_answer(root: Path) -> None:
    (root / "git/backlogtool/cache/items.db").unlink()
    _write(root, SECOND, "key")
    assert _found(root) == [FIRST, SECOND]


def test_scores_are_those_of_reading(root: Path) -> None:
    read = [
        item(id=FIRST, title="a key", tags=(), description=""),
        item(id=SECOND, title="a lock", tags=(), description=""),
    ]
    items = ItemIndex(str(root / "git"), str(root))
    with searching(items, str(root / "git"), str(root)) as index:
        assert index is not None
        assert index.best([KEY], limit=None) == Texts(read).best([KEY], limit=None)
    items.close()
