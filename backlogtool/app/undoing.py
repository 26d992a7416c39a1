"""The verb ``undo``: a commit that takes back exactly what an earlier one did to items."""

from __future__ import annotations

from collections.abc import Mapping

from backlogtool.app import freshness, packaged, rendering
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.codec import markdown, trailers
from backlogtool.domain.layout import id_of
from backlogtool.errors import ConflictError, NotFoundError, RefusedError, UnavailableError
from backlogtool.stores.base import Stored, Write
from backlogtool.stores.git.objects import CommitObject, read_commits, read_objects
from backlogtool.stores.git.steps import PathStep
from backlogtool.stores.git.store import GitStore

#: The modes of files; everything else is a link or a submodule.
_EXECUTABLE = "100755"
_FILES = frozenset(("100644", _EXECUTABLE))


def undo(space: Workspace, revision: str, options: Options) -> Result:
    """Takes back a commit, by default the last one that changed items.

    A commit that the tool made is taken back whole, of a person's commit only the items: one that has our trailers
    but changes what the tool never writes, such as a squash merge, is a person's. Views follow from the items: one
    that has been rendered again since is rendered once more. Raises ``ConflictError`` if anything else has changed
    since or stands where a file would come back, ``RefusedError`` for a merge, a move, and for what is more than a
    file's content: links, submodules, modes.
    """
    space.require("upsert")
    store = space.store
    if not isinstance(store, GitStore):
        raise UnavailableError("only a git repository remembers what to undo")
    with store.writing(dry=options.dry_run):
        commit = store.repository.resolve(revision) if revision else _last(store)
        told = read_commits(store.repository.git, [commit])[commit]
        if len(told.parents) > 1:
            raise RefusedError(f"{commit[:10]} is a merge", hint="undo a commit of one of its sides, or git revert -m")
        if commit in store.repository.edge():
            message = f"this clone is shallow: what {commit[:10]} did is not known here"
            raise UnavailableError(message, hint="git fetch --unshallow")
        steps = _steps(space, store, told)
        if not any(id_of(one.path) for one in steps):
            raise NotFoundError(f"{commit[:10]} changed no items")
        _refuse_moves(steps, commit)
        _refuse_modes(steps, commit)
        steps = [_where_it_stands(store, one) for one in steps]
        blobs = read_objects(store.repository.git, (blob for one in steps for blob in (one.before, one.after) if blob))
        changed = _changed(store, steps, blobs)
        auto = space.policy.views.auto
        again = _views(space, [step.path for step in steps] if auto else changed)
        _refuse_changed([path for path in changed if path not in again], commit)
        writes = [_inverse(store, one, blobs) for one in steps if id_of(one.path)]
        files = {
            one.path: _content(blobs, one.before) for one in steps if not id_of(one.path) and one.path not in again
        }
        views = None if auto else freshness.after(space, writes, again) if again else {}
        summary = f"undo {told.message.partition(chr(10))[0].removeprefix('backlog: ')}"
        return apply(space, writes, summary, options, files=files, views=views, undoes=commit)


def _steps(space: Workspace, store: GitStore, commit: CommitObject) -> list[PathStep]:
    """What is taken back: all of a commit that only the tool can have made, else what it did to items."""
    steps = store.history().files_of(commit.id)
    if trailers.read(commit.message)[1]:
        others = [one.path for one in steps if not id_of(one.path) and one.path != packaged.POLICY_PATH]
        if len(_views(space, others)) == len(others):
            return steps
    return [one for one in steps if id_of(one.path)]


def _last(store: GitStore) -> str:
    found = store.history().last_commit()
    if not found:
        raise NotFoundError("there is nothing to undo: no commit has changed an item")
    return found


def _refuse_moves(steps: list[PathStep], commit: str) -> None:
    ids = [id_of(one.path) for one in steps if id_of(one.path)]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        told = ", ".join(twice) if len(twice) < 4 else f"{len(twice)} items"
        message = f"{commit[:10]} moved {told} to another folder"
        raise RefusedError(message, hint=f"git revert {commit[:10]} moves back what it moved")


def _where_it_stands(store: GitStore, step: PathStep) -> PathStep:
    """The step at the path that the item's file has now: it may have moved since, which is no change of it."""
    paths = store.listed().paths.get(id_of(step.path), []) if step.after else []
    return step._replace(path=paths[0]) if len(paths) == 1 else step


def _refuse_modes(steps: list[PathStep], commit: str) -> None:
    """A link's text is no file's content, and a mode is not in any content."""
    for step in steps:
        before, after = step.modes
        there = {mode for mode in (before, after) if mode.strip("0")}
        if len(there) > 1 or not there <= _FILES or before == _EXECUTABLE != after:
            message = f"{commit[:10]} changed more than the content of {step.path}: mode {before} became {after}"
            raise RefusedError(message, hint=f"git revert {commit[:10]} takes that back as well")


def _content(blobs: Mapping[str, bytes], blob: str | None) -> bytes | None:
    return None if blob is None else blobs[blob]


def _changed(store: GitStore, steps: list[PathStep], blobs: Mapping[str, bytes]) -> list[str]:
    """The paths that are no longer as the commit left them.

    Git compares, not we: a work tree may hold other line ends than its commits.
    """
    paths = [step.path for step in steps]
    edited = store.repository.uncommitted(*paths)
    head = store.repository.head()
    held = read_objects(store.repository.git, (f"{head}:{path}" for path in paths))
    return [
        step.path
        for step in steps
        if step.path in edited or held.get(f"{head}:{step.path}") != _content(blobs, step.after)
    ]


def _refuse_changed(changed: list[str], commit: str) -> None:
    if changed:
        message = f"{changed[0]} has changed since {commit[:10]}"
        raise ConflictError(message, hint="undo the later change first, or edit it by hand")


def _views(space: Workspace, paths: list[str]) -> list[str]:
    """Those of the paths that are views here; the templates are looked at only if one may be."""
    others = [path for path in paths if not id_of(path)]
    outputs = rendering.of_backlog(space, space.today).outputs if others else {}
    return [path for path in others if path in outputs]


def _inverse(store: GitStore, step: PathStep, blobs: Mapping[str, bytes]) -> Write:
    item_id = id_of(step.path)
    before: Stored | None = store.get(item_id) if step.after else None
    data = _content(blobs, step.before)
    if data is None:
        return Write(before, None)
    reading = markdown.read(data, item_id)
    if reading.item is None or reading.document is None:
        raise RefusedError(f"{item_id} could not be read before that commit", reading.findings)
    return Write(before, reading.item, reading.document.whole)
