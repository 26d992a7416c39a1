"""Views as texts: the templates of the tool and of the repository, rendered over the items.

Nothing is written here. The same items, policy, templates and day give the same bytes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

from backlogtool.app import packaged
from backlogtool.app.reading import readable
from backlogtool.app.workspace import Workspace
from backlogtool.codec import plain
from backlogtool.domain.item import Item
from backlogtool.domain.query import sort_key
from backlogtool.errors import InvalidError, NotFoundError
from backlogtool.insight import dashboard
from backlogtool.interchange import grouped
from backlogtool.stores.base import Write
from backlogtool.views import context
from backlogtool.views.engine import SUFFIX, Engine
from backlogtool.views.marker import marker

GENERATED_ITEM = "_generated_item.md.j2"
_FOLDER = f"{packaged.TEMPLATES}/"


class Rendering:
    """The views of some items as of a day. ``paths`` maps an item's id to its file."""

    def __init__(self, space: Workspace, items: Sequence[Item], day: str, paths: Mapping[str, str], env: str) -> None:
        self._space = space
        self._items = sorted(items, key=lambda item: sort_key(item, space.policy))
        self._day = day
        self._paths = paths
        self._env = env
        own = own_templates(space)
        self._own = frozenset(own)
        with _in_repository(self._own):
            self._engine = Engine({**packaged.templates(), **own})

    @property
    def outputs(self) -> dict[str, str]:
        """path of each view in the repository -> name of its template."""
        rules = self._space.policy
        renamed = {"BACKLOG.md": rules.backlog_md.file, "TODO.md": rules.todo.file}
        names = [name for name in self._engine.outputs() if name not in rules.views.skip]
        return {renamed.get(name, name): f"{name}{SUFFIX}" for name in names}

    def text(self, path: str, *, as_of: str = "") -> str:
        """The view that stands at a path; ``as_of`` is another day for it to bear, with the figures of this one.

        Raises ``NotFoundError`` if there is no such view, ``InvalidError`` if its template fails.
        """
        if path not in self.outputs:
            raise NotFoundError(f"no view '{path}'", hint="views: " + ", ".join(self.outputs))
        with _in_repository(self._own):
            return self._engine.render(self.outputs[path], _dated(self.context, as_of) if as_of else self.context)

    @cached_property
    def context(self) -> dict[str, Any]:
        """What every template sees: plain data, nothing else."""
        policy = self._space.policy
        board = dashboard.build(self._items, policy, self._day, self._env)
        return {
            "as_of": self._day,
            "items": [{**plain.item(item), "path": self._paths.get(item.id, "")} for item in self._items],
            "dashboard": context.dashboard(board, policy, self._day, self._paths),
            "backlog": grouped.grouped_view(self._items, policy),
            "todo": grouped.todo_view(self._items, policy),
        }


def of_backlog(space: Workspace, day: str, env: str = dashboard.ALL) -> Rendering:
    """The views of the whole backlog. Raises ``InvalidError`` if an item cannot be read: a view would lack it."""
    found = readable(space)
    return Rendering(space, found.items, day, {one.item.id: one.path for one in found.stored}, env)


def after(space: Workspace, writes: Iterable[Write], day: str) -> Rendering:
    """The views as they will be when the writes are done."""
    found = readable(space)
    items = {one.item.id: one.item for one in found.stored}
    paths = {one.item.id: one.path for one in found.stored}
    for write in writes:
        if write.after is None:
            del items[write.item_id]
        else:
            items[write.item_id] = write.after
            paths.setdefault(write.item_id, f"items/{write.item_id}.md")
    return Rendering(space, list(items.values()), day, paths, dashboard.ALL)


def templates(space: Workspace) -> dict[str, str]:
    """name -> text: the repository's own templates in front of the tool's."""
    return {**packaged.templates(), **own_templates(space)}


def own_templates(space: Workspace) -> dict[str, str]:
    """name -> text of the templates in the repository; a name is the path below ``templates/``."""
    found = {}
    for path in space.store.names(packaged.TEMPLATES):
        data = space.store.file(path) if path.endswith(SUFFIX) else None
        if data is not None:
            found[path.removeprefix(_FOLDER)] = _text(path, data)
    return found


@contextmanager
def _in_repository(own: Container[str]) -> Iterator[None]:
    """Names a template that fails by its path in the repository."""
    try:
        yield
    except InvalidError as error:
        findings = [replace(one, path=_FOLDER + one.path) if one.path in own else one for one in error.findings]
        named = error.message.partition(":")[0] in own
        message = _FOLDER + error.message if named else error.message
        raise InvalidError(message, findings, hint=error.hint) from error


def _dated(seen: Mapping[str, Any], day: str) -> dict[str, Any]:
    """The context with another day wherever a view says as of when it is."""
    board = seen["dashboard"]
    dated = {"marker": marker(day), "as_of": day, "picture": {**board["picture"], "as_of": day}}
    return {**seen, "as_of": day, "dashboard": {**board, **dated}}


def _text(path: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 text") from error
