"""What changes files without a commit needs a work tree, and leaves alone what somebody else has changed meanwhile."""

from __future__ import annotations

from functools import cached_property

from backlogtool.app.workspace import Workspace
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.workfiles import WorkFiles


def work_tree(space: Workspace) -> GitStore:
    """The store whose files stand in a work tree. Raises ``UnavailableError`` where they do not."""
    if not isinstance(space.store, GitStore) or space.repository is None or not space.repository.root or space.revision:
        raise UnavailableError("there is no work tree with files to change", hint="use a clone")
    return space.store


class Changing:
    """Changes texts of files: each is as it was or as it shall be, whenever the process is killed."""

    def __init__(self, store: GitStore) -> None:
        self._store = store
        self._files = WorkFiles(store.repository.root)

    def change(self, path: str, before: str, after: str) -> bool:
        """Whether the file could be changed: it is left alone if it says something else than ``before`` by now."""
        # To wait for the disk takes longer than all else, and git can give back after a power cut what it has.
        durable = not path.startswith(f"{ITEMS}/") or path in self._uncommitted
        changed = self._files.change(path, before.encode(), after.encode(), durable=durable)
        if not changed:
            self._uncommitted.add(path)
        return changed

    @cached_property
    def _uncommitted(self) -> set[str]:
        return self._store.uncommitted()
