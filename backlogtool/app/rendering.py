"""Views as texts: the templates of the tool and of the repository, rendered over the items.

Nothing is written here. The same items, policy, templates and day give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any

from backlogtool.app import packaged
from backlogtool.app.shown import Shown, shown, whole
from backlogtool.app.templates import irregular_templates
from backlogtool.app.workspace import Workspace
from backlogtool.codec import plain
from backlogtool.domain.finding import Finding
from backlogtool.domain.query import sort_key
from backlogtool.errors import InvalidError, NotFoundError
from backlogtool.insight import dashboard
from backlogtool.interchange import grouped
from backlogtool.stores.base import Write
from backlogtool.views import context
from backlogtool.views.engine import Engine
from backlogtool.views.limited import Limited
from backlogtool.views.marker import marker
from backlogtool.views.renderer import SUFFIX, Job, Renderer

GENERATED_ITEM = "_generated_item.md.j2"
_FOLDER = f"{packaged.TEMPLATES}/"
_MAX_TEMPLATES = 4 << 20  # bytes of all templates of a repository


class Rendering:
    """The views of a backlog as of a day, with what ``change`` makes of the items that there are."""

    def __init__(self, space: Workspace, day: str, env: str, change: Callable[[Shown], Shown]) -> None:
        self._space = space
        self._day = day
        self._env = env
        self._change = change
        self._shown = change(shown(space))
        own = own_templates(space)
        self._own = frozenset(own)
        with in_repository(self._own):
            self._renderer = renderer(own)

    @property
    def outputs(self) -> dict[str, str]:
        """path of each view in the repository -> name of its template.

        Raises ``InvalidError`` if the policy gives a grouped file the path of another view.
        """
        rules = self._space.policy
        renamed = {"BACKLOG.md": rules.backlog_md.file, "TODO.md": rules.todo.file}
        names = [name for name in self._renderer.outputs() if name not in rules.views.skip]
        found = {renamed.get(name, name): f"{name}{SUFFIX}" for name in names}
        if len(found) < len(names):
            twice = next(name for name in names if found[renamed.get(name, name)] != f"{name}{SUFFIX}")
            raise InvalidError(f"two views would stand at {renamed.get(twice, twice)}", hint="skip one of them")
        return found

    def text(self, path: str) -> str:
        """The view that stands at a path; raises what ``texts`` raises."""
        return self.texts([path])[path]

    def texts(self, paths: Iterable[str], *, as_of: str = "") -> dict[str, str]:
        """path -> the view that stands there; ``as_of`` is another day to bear, with the figures of this one.

        Raises ``NotFoundError`` if there is no such view, ``InvalidError`` with every template that fails.
        """
        outputs, wanted = self.outputs, list(dict.fromkeys(paths))
        for path in wanted:
            if path not in outputs:
                raise NotFoundError(f"no view '{path}'", hint="views: " + ", ".join(outputs))
        seen = self._figures if isinstance(self._renderer, Engine) else self.context
        seen = _dated(seen, as_of) if as_of else seen
        with in_repository(self._own):
            made = self._renderer.texts([Job(outputs[path], seen) for path in wanted])
        return dict(zip(wanted, made, strict=True))

    @cached_property
    def context(self) -> dict[str, Any]:
        """What every template sees: plain data, nothing else."""
        held, policy = self._shown, self._space.policy
        if held.whole is None:
            held = self._change(whole(self._space))
        items = sorted((held.whole or {}).values(), key=lambda item: sort_key(item, policy))
        listed = [{**plain.item(item), "path": held.paths.get(item.id, "")} for item in items]
        return {**self._figures, "items": listed}

    @cached_property
    def _figures(self) -> dict[str, Any]:
        """What the templates of the tool see, which name no item by itself: most of a context is its items."""
        policy, held = self._space.policy, self._shown
        items = sorted(held.items.values(), key=lambda one: sort_key(one, policy))
        task = partial(held.task, policy=policy)
        board = dashboard.build(items, policy, self._day, self._env)
        return {
            "as_of": self._day,
            "dashboard": context.dashboard(board, policy, self._day, held.paths),
            "backlog": grouped.grouped_view(items, policy, task),
            "todo": grouped.todo_view(items, policy, task),
        }


def of_backlog(
    space: Workspace, day: str, env: str = dashboard.ALL, moves: Mapping[str, str] = MappingProxyType({})
) -> Rendering:
    """The views of the whole backlog, when its files have made these ``moves`` from old path to new one.

    Raises ``InvalidError`` if an item cannot be read: a view would lack it.
    """
    return Rendering(space, day, env, lambda held: held.moved(moves) if moves else held)


def after(space: Workspace, writes: Iterable[Write], day: str) -> Rendering:
    """The views as they will be when the writes are done."""
    done = list(writes)
    return Rendering(space, day, dashboard.ALL, lambda held: held.after(done, space.policy.layout))


def renderer(own: Mapping[str, str], *, texts_are_ours: bool = True) -> Renderer:
    """Renders the repository's own templates in front of the tool's, and template texts.

    What the tool brings along is rendered in this process. As soon as anything else is among it, all of it is
    rendered in a limited one (ROBUSTNESS.md 2.5).
    """
    ours = packaged.templates()
    kind = Engine if texts_are_ours and own.items() <= ours.items() else Limited
    return kind({**ours, **own})


def own_templates(space: Workspace) -> dict[str, str]:
    """name -> text of the templates in the repository; a name is the path below ``templates/``.

    Raises ``InvalidError`` for one that is not UTF-8 or no regular file, or if they are too large.
    """
    odd = irregular_templates(space)
    if odd:
        raise InvalidError(f"{odd[0].path} {odd[0].message}", odd, hint=odd[0].fix)
    found, room = {}, _MAX_TEMPLATES
    for path in space.store.names(packaged.TEMPLATES):
        data = space.store.file(path) if path.endswith(SUFFIX) else None
        if data is not None:
            room -= len(data)
            if room < 0:
                raise _unusable(path, f"brings the templates to more than {_MAX_TEMPLATES >> 20} MiB")
            found[path.removeprefix(_FOLDER)] = _text(path, data)
    return found


@contextmanager
def in_repository(own: Container[str]) -> Iterator[None]:
    """Names a template that fails by its path in the repository."""
    try:
        yield
    except InvalidError as error:
        findings = [one._replace(path=_FOLDER + one.path) if one.path in own else one for one in error.findings]
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
        raise _unusable(path, "is not UTF-8 text") from error


def _unusable(path: str, why: str) -> InvalidError:
    return InvalidError(f"{path} {why}", [Finding("BL703", why, path=path)])
