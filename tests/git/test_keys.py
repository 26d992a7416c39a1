"""Who has a dedupe key is found whether there is an index or none, and whether the search began early or not."""

from __future__ import annotations

import pytest

from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.stores.git.index.folder import ITEMS, is_kept
from backlogtool.stores.git.keys import begun, holders_standing
from backlogtool.stores.git.store import GitStore
from tests.cli.session import BILLING, GATEWAY, ROUTER, SEARCH, item_text
from tests.repositories import Repo

#: Values of the setting ``index``, and whether one is made before.
INDEXES = {"no index": ("auto", False), "an index": ("auto", True), "an index that is not wanted": ("off", True)}


def _write(repo: Repo, item: str, key: str) -> str:
    path = f"items/{item}.md"
    repo.write(path, item_text(item, dedupe_key=key))
    return path


@pytest.fixture
def work(repo: Repo) -> Repo:
    """Two items with keys of their own, tagged base."""
    _write(repo, GATEWAY, "wk:one")
    _write(repo, BILLING, "wk:two")
    repo.commit("base")
    repo.git("tag", "base")
    return repo


def _space(repo: Repo, index: str) -> Workspace:
    setting, made = INDEXES[index]
    if made:
        Workspace.open(repo.root, environment={}).store.sharing()
        assert is_kept(str(repo.root / ".git"), ITEMS)
    return Workspace.open(repo.root, flags={"index": setting}, environment={})


def _duplicates(repo: Repo, index: str) -> set[str]:
    told = validate(_space(repo, index), "base")
    return {one.item for one in told if one.field == "dedupe_key"}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("index", INDEXES)
def test_a_new_item_with_a_key_that_an_older_one_has_is_told(work: Repo, index: str) -> None:
    _write(work, ROUTER, "wk:one")
    _write(work, SEARCH, "wk:three")
    work.commit("new")
    assert _duplicates(work, index) == {ROUTER}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("index", INDEXES)
def test_so_are_edits_that_are_not_committed_and_that_nobody_could_search_for_early(work: Repo, index: str) -> None:
    _write(work, ROUTER, "wk:three")
    work.commit("new")
    _write(work, ROUTER, "wk:two")
    _write(work, SEARCH, "wk:one")
    assert _duplicates(work, index) == {ROUTER, SEARCH}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("index", INDEXES)
def test_new_items_that_share_nothing_are_well(work: Repo, index: str) -> None:
    _write(work, ROUTER, "wk:three")
    work.commit("new")
    assert _duplicates(work, index) == set()


@pytest.mark.sampled(5)
@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("keys", [{"wk:one"}, {"wk:one", "wk:two"}, {"wk:two"}, {"wk:nobody"}, {"wk: odd"}])
def test_a_search_that_was_begun_changes_no_answer(work: Repo, index: str, keys: set[str]) -> None:
    """Whether it is for these keys, for some of them, for more or for others."""
    path = _write(work, ROUTER, "wk:one")
    head = work.commit("new")
    store = _space(work, index).store
    assert isinstance(store, GitStore)
    search = begun(store, [path])
    assert search is not None
    found = holders_standing(store, head, keys, search)
    plain = holders_standing(store, head, keys)
    shared = {key: sorted(ids) for key, ids in found.items()}
    assert shared == {key: sorted(ids) for key, ids in plain.items()}
    if "wk:one" in keys:
        assert shared["wk:one"] == sorted([GATEWAY, ROUTER])


def test_nothing_is_begun_for_items_without_a_key_and_for_paths_that_are_not_there(work: Repo) -> None:
    path = _write(work, ROUTER, "")
    store = _space(work, "no index").store
    assert isinstance(store, GitStore)
    assert begun(store, [path, f"items/{SEARCH}.md"]) is None
    assert begun(store, []) is None
