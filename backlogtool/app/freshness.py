"""Which views differ from what stands in the repository, and whether they may be replaced.

What a person wrote is never lost: a file is replaced only if the tool made it, or if everything it says is in
items and git has it as it is (docs/decisions/0007-views-and-peoples-text.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from backlogtool.app import rendering
from backlogtool.app.rendering import Rendering
from backlogtool.app.workspace import Workspace
from backlogtool.codec import grouped
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import BacklogError, InvalidError, RefusedError
from backlogtool.interchange.groups import shown_preamble
from backlogtool.stores.base import Write
from backlogtool.stores.git.files import WorkTree
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.workfiles import WorkFiles
from backlogtool.views.marker import marker_date

_PROTECTED = ("items", "config", "templates")

#: Below the git directory.
_MEMORY = "backlogtool/views.json"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Views whose text differs from what stands in the repository, and those that are as they should be."""

    changed: dict[str, bytes]
    fresh: tuple[str, ...]


def stale(space: Workspace, names: Sequence[str], *, day: str = "") -> list[Finding]:
    """A finding for each view that is not what its items render to as of ``day``.

    Without a day, a report that names its own is judged as of that: time alone makes nothing stale.
    """
    held = {path: space.store.file(path) for path in names or rendering.of_backlog(space, space.today).outputs}
    by_day: dict[str, list[str]] = {}
    for path, data in held.items():
        by_day.setdefault(day or _day_in(data) or space.today, []).append(path)
    texts: dict[str, str] = {}
    for when, paths in by_day.items():
        texts |= rendering.of_backlog(space, when).texts(paths)
    fix = "run backlogtool render; if the file was edited by hand, import it first"
    return [
        Finding("BL701", "is not what the items render to", path=path, fix=fix)
        for path, data in held.items()
        if data != texts[path].encode()
    ]


def differing(space: Workspace, made: Rendering, names: Sequence[str], *, force: bool) -> Rendered:
    """The views that have to be written. A report that says the same as of an earlier day is left alone.

    Raises ``RefusedError`` (BL702) for files that may not be replaced, unless ``force``.
    """
    wanted = list(names or made.outputs)
    _refuse_paths(made.outputs.keys() & set(wanted), made.outputs)
    views = _data(made.texts(wanted))
    held = {path: space.store.file(path) for path in views}
    views |= _as_of_then(made, held, views)
    changed = {path: data for path, data in views.items() if held[path] != data}
    if not force:
        _refuse_loss(space, {path: data for path in changed if (data := held[path]) is not None})
    return Rendered(changed, tuple(path for path in views if path not in changed))


def after(space: Workspace, writes: Iterable[Write], names: Sequence[str] = ()) -> dict[str, bytes]:
    """The views (all, or those of ``names`` that are rendered here) that the writes make stale."""
    made = rendering.after(space, writes, space.today)
    wanted = [path for path in made.outputs if not names or path in names]
    return differing(space, made, wanted, force=False).changed if wanted else {}


def after_moves(space: Workspace, moves: Mapping[str, str]) -> dict[str, bytes]:
    """The views that are stale when files have moved from old path to new one: they lead to them."""
    made = rendering.of_backlog(space, space.today, moves=moves)
    return differing(space, made, (), force=False).changed


def _as_of_then(made: Rendering, held: Mapping[str, bytes | None], views: Mapping[str, bytes]) -> dict[str, bytes]:
    """The views that say the same as the file that is there but for the day that it names, as of that day."""
    by_day: dict[str, list[str]] = {}
    for path, data in views.items():
        before = _day_in(held[path])
        if before is not None and held[path] != data:
            by_day.setdefault(before, []).append(path)
    then: dict[str, bytes] = {}
    for day, paths in by_day.items():
        then |= _data(made.texts(paths, as_of=day))
    return {path: data for path, data in then.items() if held[path] == data}


def _data(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in texts.items()}


def _day_in(held: bytes | None) -> str | None:
    return None if held is None else marker_date(held.partition(b"\n")[0].decode("utf-8", "replace"))


def _refuse_loss(space: Workspace, replaced: Mapping[str, bytes]) -> None:
    """Raises ``RefusedError`` for files of which something would be lost: not ours, nor all in items and in git."""
    remembered = _remembered(space)
    doubtful = {
        path: held for path, held in replaced.items() if not _day_in(held) and remembered.get(path) != _digest(held)
    }
    if not doubtful:
        return
    today = rendering.of_backlog(space, space.today).texts(doubtful)
    findings = [
        _overwrites(path)
        for path, held in doubtful.items()
        if held != today[path].encode() and not _is_in_items(space, path, held)
    ]
    if findings:
        raise RefusedError(findings[0].message, findings, hint=findings[0].fix)


def _is_in_items(space: Workspace, path: str, held: bytes) -> bool:
    """Whether it is a grouped file that git has as it is, and all it says is in items."""
    store, rules = space.store, space.policy
    if path not in (rules.backlog_md.file, rules.todo.file):
        return False  # a heading alone would pass for a grouped file without groups
    if isinstance(store, GitStore) and store.repository.uncommitted(path):
        return False
    read, findings = grouped.read(held.decode("utf-8", "replace"), path, Words.of(rules))
    if read is None or errors(findings):
        return False
    if not read.groups and (findings or read.preamble not in ("", shown_preamble(rules.backlog_md))):
        return False  # a list of somebody's own that only looks like ours
    known = set(store.ids())
    return all(task.id in known for group in read.groups for task in group.tasks)


def _overwrites(path: str) -> Finding:
    fix = f"bring it into items first: backlogtool import {path}; or replace it with --force"
    return Finding("BL702", f"{path} holds text that no item has, so it is not replaced", path=path, fix=fix)


def _refuse_paths(paths: Iterable[str], views: Iterable[str]) -> None:
    """Raises ``InvalidError`` for paths at which no view may stand, nor on a disk that ignores case.

    Protected are what rules and items come from, hidden files such as git's own, names that look like options,
    and what lies below another view as if it were a folder (ROBUSTNESS.md 2.5).
    """
    taken = {path.lower() for path in views}
    for path in sorted(paths):
        parts = path.lower().split("/")
        above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        odd = "\\" in path or any(part.startswith((".", "-")) or not part for part in parts)
        if odd or parts[0] in _PROTECTED or above & taken:
            raise InvalidError(f"'{path}' cannot be the path of a view", hint="rename its template")


def remember(space: Workspace, files: Iterable[tuple[str, bytes]]) -> None:
    """Notes in the git directory what was written, so that the next run knows the file for its own."""
    if space.repository is not None:
        noted = {**_remembered(space), **{name: _digest(data) for name, data in files}}
        with suppress(BacklogError):  # a note that is lost only makes the next run look closer
            WorkFiles(space.repository.git_dir).write(_MEMORY, json.dumps(noted, sort_keys=True).encode())


def _remembered(space: Workspace) -> dict[str, str]:
    if space.repository is None:
        return {}
    for _, data in WorkTree(space.repository.git_dir).read([_MEMORY]):
        with suppress(ValueError):
            noted = json.loads(data) if isinstance(data, bytes) else {}
            return noted if isinstance(noted, dict) else {}
    return {}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
