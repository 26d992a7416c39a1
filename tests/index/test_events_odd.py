"""What is told of odd commits is the same wherever it is told: with an index, without one, by every verb."""

from __future__ import annotations

import os

import pytest

from backlogtool.app.result import Options
from backlogtool.app.undoing import undo
from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown
from backlogtool.domain.event import CREATED
from backlogtool.errors import RefusedError
from tests.index.event_histories import opened
from tests.repositories import Repo
from tests.stores.test_contract import item

PATH = f"items/{item().id}.md"


@pytest.fixture
def merge(repo: Repo) -> str:
    """A merge whose result has an item that is in neither of its sides."""
    repo.write("notes.txt", "0\n")
    repo.commit("begin")
    repo.git("checkout", "--quiet", "-b", "side")
    repo.write("side.txt", "1\n")
    repo.commit("aside")
    repo.git("checkout", "--quiet", "-")
    repo.write("notes.txt", "2\n")
    repo.commit("on")
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    repo.write(PATH, markdown.write(item()))
    return repo.commit("merge, and an item")


@pytest.mark.parametrize("indexed", [False, True])
def test_an_item_that_a_merge_makes_of_nothing_is_created_by_it(repo: Repo, merge: str, indexed: bool) -> None:
    store = opened(repo, merge, indexed=indexed)
    (event,) = store.events(item().id)
    assert event.type == CREATED
    assert store.stamps([item()], ())[item().id].updated_at == event.ts
    assert opened(repo, f"{merge}^1", indexed=False).events(item().id) == []


def test_such_a_merge_is_valid_and_undone_as_merges_are(repo: Repo, merge: str) -> None:
    space = Workspace.open(str(repo.root), environment=dict(os.environ))
    assert not [one for one in validate(space, f"{merge}^1") if one.severity == "error"]
    with pytest.raises(RefusedError, match="is a merge"):
        undo(space, merge, Options())
