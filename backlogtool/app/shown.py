"""What views show: every item without its texts, and of those that are not closed their blocks.

Of a backlog with an index, blocks are read that were kept, and whole items only where there is none; of any other,
every item. Both give the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from functools import partial
from typing import Any, NamedTuple

from backlogtool.app import packaged
from backlogtool.app.reading import readable
from backlogtool.app.workspace import Workspace
from backlogtool.domain.brief import Brief
from backlogtool.domain.item import Item
from backlogtool.domain.layout import path_of
from backlogtool.domain.policy import Policy
from backlogtool.interchange.grouped import is_shown, task_of
from backlogtool.stores.base import Write
from backlogtool.stores.git.index.items import ItemIndex
from backlogtool.stores.git.index.tasks import TaskIndex, Tasks, is_begun
from backlogtool.stores.git.store import GitStore


class Shown(NamedTuple):
    """Items by id, whole or without their texts; id -> file; and blocks of those that are not whole."""

    items: Mapping[str, Item | Brief]
    paths: Mapping[str, str]
    tasks: Mapping[str, dict[str, Any]]

    @property
    def whole(self) -> dict[str, Item] | None:
        """The items, if all of them are whole."""
        found = {item_id: one for item_id, one in self.items.items() if isinstance(one, Item)}
        return found if len(found) == len(self.items) else None

    def task(self, one: Item | Brief, policy: Policy) -> dict[str, Any]:
        """What ``task_of`` says of an item that is not closed."""
        return task_of(one, policy) if isinstance(one, Item) else self.tasks[one.id]

    def after(self, writes: Iterable[Write], layout: str) -> Shown:
        """The same when the writes are done; ``layout`` says where new items go."""
        items, paths = dict(self.items), dict(self.paths)
        for write in writes:
            if write.after is None:
                del items[write.item_id]
            else:
                items[write.item_id] = write.after
                paths.setdefault(write.item_id, path_of(write.item_id, layout))
        return Shown(items, paths, self.tasks)

    def moved(self, moves: Mapping[str, str]) -> Shown:
        """The same when files have moved from old path to new one."""
        return self._replace(paths={item_id: moves.get(path, path) for item_id, path in self.paths.items()})


def shown(space: Workspace) -> Shown:
    """The items as they stand. Raises ``InvalidError`` if one cannot be read: a view would lack it."""
    known = _known(space)
    if known is None:
        return whole(space)
    return Shown({one.id: one for one in known.briefs}, {one.id: one.path for one in known.briefs}, known.tasks)


def whole(space: Workspace) -> Shown:
    """The same with all texts."""
    stored = readable(space).stored
    return Shown({one.item.id: one.item for one in stored}, {one.item.id: one.path for one in stored}, {})


def _known(space: Workspace) -> Tasks | None:
    """What the index has; None where there is none."""
    store, repository, policy = space.store, space.repository, space.policy
    if not isinstance(store, GitStore) or repository is None or not repository.root or space.revision:
        return None
    if space.settings["index"] != "auto":
        return None
    if not is_begun(repository.git_dir):
        store.briefs(space.query(), order=(), limit=0)  # the store tells how far a long reading has come
    # What a block shows depends on nothing beside its file but on these two.
    rules = hashlib.sha256(f"{packaged.build()} {policy!r}".encode()).hexdigest()
    place = repository.git_dir, repository.root
    note, shows, show = store.notes.append, partial(is_shown, policy=policy), partial(task_of, policy=policy)
    with closing(ItemIndex(*place, note=note)) as items, closing(TaskIndex(items, *place, note=note)) as tasks:
        return tasks.read(policy.enums.priority, rules, shows, show)
