"""What ``doctor --fix`` does: only what is safe, and under the writer's lock, so that no live writer loses anything.

It heals an interrupted write of this work tree, and takes away what nobody owns any more. It never touches a lock
of somebody else's, a file of a person's, or another work tree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from backlogtool.app.health.check import some
from backlogtool.app.health.seen import Seen
from backlogtool.app.health.traces import derived, leftovers, unfinished, views_note
from backlogtool.errors import BacklogError
from backlogtool.stores.git.staging import Staging
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.unfinished import interrupted
from backlogtool.stores.git.workfiles import WorkFiles, answered


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done, and why something was left as it is; one sentence each."""

    done: tuple[str, ...]
    left: tuple[str, ...] = ()


def repair(store: GitStore, now: float) -> Repair:
    """Mends what is safe to mend; what stands in the way is told and ends it."""
    done: list[str] = []
    seen = Seen(store.repository, now)
    begun = interrupted(store.repository)
    try:
        with answered("not all can be mended"), store.writing():
            if begun:
                done.append(store.healed or "nothing is left of an interrupted write")
            done.extend(_clean(seen))
    except BacklogError as error:
        return Repair(tuple(done), (f"{error}; {error.hint}" if error.hint else str(error),))
    return Repair(tuple(done))


def _clean(seen: Seen) -> Iterator[str]:
    """The caller holds the writer's lock, and has healed."""
    repository = seen.repository
    if any(leftovers(seen)):
        Staging(repository, ()).remove()
        yield f"private files of a dead writer were removed from {seen.private}"
    old = [path for path, done_with in unfinished(seen) if done_with]
    for path in old:
        WorkFiles(repository.root).remove(path)
    if old:
        yield f"unfinished files were removed: {some(old)}"
    if any(derived(seen)):
        with suppress(FileNotFoundError):
            os.unlink(views_note(repository))
        yield "what was noted about views was damaged and is forgotten; the next render notes it again"
