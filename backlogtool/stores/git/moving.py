"""Files that only move: what a commit takes away in one place and puts down unchanged in another.

They are renamed, so that ten thousand of them cost no writing and keep their modes.
"""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.stores.git.journal import Change


def origins(changes: Sequence[Change]) -> dict[str, Change]:
    """New path -> the change that takes the same content away elsewhere; each such change is the origin of one."""
    gone = {change.seen: change for change in changes if change.seen is not None and change.data is None}
    made = [change for change in changes if change.seen is None and change.data is not None]
    return {change.path: gone.pop(change.data) for change in made if change.data in gone}


def folders(changes: Sequence[Change]) -> tuple[list[str], list[str]]:
    """The folders in which files are made or replaced, and those that files leave."""
    come = {change.path.rpartition("/")[0] for change in changes if change.data is not None}
    left = {change.path.rpartition("/")[0] for change in changes if change.data is None}
    return sorted(come), sorted(left)
