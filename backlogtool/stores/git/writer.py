"""The writing half of the git store: a turn at writing, and what one command commits. Readers do not load it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from backlogtool.codec import trailers
from backlogtool.domain.event import Event, diff
from backlogtool.domain.item import Item
from backlogtool.domain.layout import path_of
from backlogtool.errors import BacklogError, ConflictError
from backlogtool.stores import base
from backlogtool.stores.base import Commit, Committed, Write
from backlogtool.stores.git import lock
from backlogtool.stores.git.commit import commit_files
from backlogtool.stores.git.healing import heal
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.marking import marked
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.underway import Outcome
from backlogtool.stores.git.workfiles import WorkFiles

if TYPE_CHECKING:
    from backlogtool.stores.git.store import GitStore

#: For more items than this all are listed once, rather than each looked for.
_FEW = 8


@contextmanager
def turn(repository: Repository, wait: float) -> Iterator[str]:
    """A turn at writing in this clone; gives what was healed of a write that did not come to its end.

    Raises ``UnavailableError`` if somebody else has it for ``wait`` seconds.
    """
    with lock.exclusive(lock.path(repository), wait):
        yield heal(repository, wait)


def put(repository: Repository, files: Mapping[str, bytes]) -> None:
    """Writes files into the work tree without a commit."""
    for path, data in files.items():
        WorkFiles(repository.root).write(path, data)


def commit(
    store: GitStore,
    writes: Sequence[Write],
    commit: Commit,
    files: Mapping[str, bytes | None],
    views: Mapping[str, bytes],
    *,
    with_edits: bool,
    wait: float,
    make: Callable[..., Outcome] = commit_files,
) -> Committed:
    """What ``Store.commit`` says, inside a turn. ``make`` commits the files; it takes what ``commit_files`` does."""
    if len(writes) > _FEW:
        store.listed()
    changes = [_change(store, write) for write in writes]
    told = _told(store, writes, changes, with_edits)
    held = store.files([*files, *views])  # at once: a branch that is not checked out is asked by a process
    changes += [Change(path, held.get(path), data) for path, data in files.items()]
    changes += [Change(path, held.get(path), data, derived=True) for path, data in views.items()]
    events = [event for some in told.values() for event in some]
    message = trailers.compose(commit.subject, commit.note, commit.actor, events, commit.undoes)
    outcome = make(store.repository, changes, message, at=commit.at, with_edits=with_edits, wait=wait)
    return Committed(outcome.id, tuple(_events_of(store, outcome, told)), outcome.output)


def places_after(writes: Sequence[Write], layout: str) -> dict[str, list[str]]:
    """id -> where its file stands once the changes are written."""
    return {write.item_id: [_path(write, layout)] if write.after is not None else [] for write in writes}


def _path(write: Write, layout: str) -> str:
    return write.before.path if write.before else path_of(write.item_id, layout)


def _change(store: GitStore, write: Write) -> Change:
    path, seen = _path(write, store.layout()), None
    if write.before is None:
        if store.standing(write.item_id) or store.file(path) is not None:
            raise ConflictError(f"{write.item_id} exists already")
    else:
        seen = write.before.text.encode()
        if store.file(path) != seen:
            raise base.stale(write.item_id)
    text = base.new_text(write)
    return Change(path, seen, None if text is None else text.encode())


def _told(
    store: GitStore, writes: Sequence[Write], changes: Sequence[Change], with_edits: bool
) -> dict[str, list[Event]]:
    """id -> the events that the commit will claim; with uncommitted edits taken along, those as well."""
    before: dict[str, Item | None] = {write.item_id: write.before.item if write.before else None for write in writes}
    if with_edits:
        before |= store.committed_items([write.item_id for write in writes if write.before])
    after = {
        write.item_id: None if change.data is None else base.read_item(change.data.decode(), write.item_id)
        for write, change in zip(writes, changes, strict=True)
    }
    return {item_id: diff(before[item_id], item) for item_id, item in after.items()}


def _events_of(store: GitStore, outcome: Outcome, told: Mapping[str, Sequence[Event]]) -> Sequence[Event]:
    """What a commit of ours did. A hook may have changed it, and then what stands there counts.

    Where that cannot be read now it is as we meant it, for the commit itself stands.
    """
    if outcome.commit is not None:
        made, legal = outcome.commit, store.legal
        return [event for item_id, events in told.items() for event in marked(item_id, events, made, legal)]
    try:
        return store.history_of(outcome.id).events_of(outcome.id)
    except BacklogError:
        return [event for events in told.values() for event in events]
