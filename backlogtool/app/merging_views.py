"""Views in conflict: they are rendered from the merged items, never merged (ROBUSTNESS.md section 4).

A view that people may write into, such as ``BACKLOG.md``, is replaced only if each side has there exactly what its own
items render to, or did when it was last written. Else somebody's text would be lost, and it is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from backlogtool.app import freshness, rendering
from backlogtool.app.rendering import Rendering
from backlogtool.app.workspace import Workspace
from backlogtool.codec.merging_lines import stems_from
from backlogtool.domain.finding import Finding
from backlogtool.errors import BacklogError, NotFoundError
from backlogtool.stores.git.unmerged import Versions, WorkCopies
from backlogtool.views.marker import marker_date

#: What names the other side, by what is going on.
_OTHERS = ("MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD")
#: Where people write if the policy names no other files, or cannot be read.
_FILES = ("BACKLOG.md", "TODO.md")
_KEEP = "keep that, backlogtool import brings it into items; then render and git add"


class View(NamedTuple):
    """One view: what is to stand there, None if that stays; what a person has to do, empty if nothing.

    ``standing`` is what is replaced; None if nothing stands there.
    """

    path: str
    text: str | None
    left: str
    standing: str | None = None


def merged(space: Workspace, conflicts: Mapping[str, Versions], *, ready: bool, dry: bool) -> list[View]:
    """Those of the files in conflict that are views; ``ready`` tells that all items are merged.

    Nothing is written, and a ``dry`` run renders nothing either.
    """
    if not ready:
        left = "it is rendered when the items are merged: then once more, backlogtool merge"
        return [View(path, None, left) for path in sorted(conflicts) if _may_be_view(space, path, conflicts[path])]
    try:
        root = space.repository.root if space.repository else None
        now = Workspace.open(root, environment={}, flags={"now": space.now})
        made = rendering.of_backlog(now, now.today)
        paths = sorted(conflicts.keys() & made.outputs.keys())
        found = [_judged(space, made, path, conflicts[path]) for path in paths]
        texts = {} if dry else made.texts([one.path for one in found if not one.left])
    except BacklogError as error:  # an item, a rule or a template that cannot be read
        left = f"it cannot be rendered: {error}"
        return [View(path, None, left) for path in sorted(conflicts) if _may_be_view(space, path, conflicts[path])]
    freshness.remember(now, ((path, text.encode()) for path, text in texts.items()))
    return [one._replace(text=texts.get(one.path)) for one in found]


def _may_be_view(space: Workspace, path: str, versions: Versions) -> bool:
    """What can be told without rendering: the two files of the policy, and what says that the tool made it."""
    rules = space.loaded.policy
    files = (rules.backlog_md.file, rules.todo.file) if rules else _FILES
    return path in files or bool(marker_date(versions.ours or "") and marker_date(versions.theirs or ""))


def _judged(space: Workspace, made: Rendering, path: str, versions: Versions) -> View:
    """The view without its text: whether it can be rendered anew."""
    standing = WorkCopies(space.repository.root).text(path) if space.repository else None
    if isinstance(standing, Finding):
        return View(path, None, f"{standing.message}: git checkout --merge brings it back")
    left = _why_not(space, path, versions)
    if not left and standing is not None and _is_written(standing, made, path, versions):
        left = f"somebody has written into it since the merge: {_KEEP}"
    return View(path, None, left, standing)


def _is_written(standing: str, made: Rendering, path: str, versions: Versions) -> bool:
    """Whether what stands there has a line of no version, and is not the rendering of a run that was killed."""
    return not stems_from(standing, *filter(None, versions)) and standing != made.text(path)


def _why_not(space: Workspace, path: str, versions: Versions) -> str:
    """Why the sides of a view do not allow that; empty if they do."""
    if versions.ours is None or versions.theirs is None:
        return "one side deleted it: git rm it, or backlogtool render and git add"
    if marker_date(versions.ours) and marker_date(versions.theirs):
        return ""  # it says itself that the tool made it
    for whose, commit, text in zip(("our", "their"), _sides(space), versions[1:], strict=True):
        if not commit or not _is_rendered(space, commit, path, text or ""):
            return f"{whose} side has text in it that its items do not render to: {_KEEP}"
    return ""


def _sides(space: Workspace) -> Iterator[str]:
    """Our commit and theirs; empty where that is not known."""
    yield from ((space.repository.head() if space.repository else ""), _other(space))


def _other(space: Workspace) -> str:
    for name in _OTHERS if space.repository else ():
        try:
            return space.repository.resolve(name)  # type: ignore[union-attr]
        except NotFoundError:
            continue
    return ""


def _is_rendered(space: Workspace, commit: str, path: str, text: str) -> bool:
    """Whether a view is what the items of its commit render to, or did when it was last written."""
    repository = space.repository
    if repository is None:
        return False
    written = repository.last_change(commit, path)
    return any(_renders(space, one, path, text) for one in dict.fromkeys((commit, written)) if one)


def _renders(space: Workspace, commit: str, path: str, text: str) -> bool:
    at = Workspace.open(space.repository.root if space.repository else None, environment={}, revision=commit)
    try:
        return rendering.of_backlog(at, space.today).text(path) == text
    except BacklogError:
        return False
