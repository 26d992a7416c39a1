"""The check of where the files of items stand: whether folders pay, and whether the policy and the files agree."""

from __future__ import annotations

from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, Check, command
from backlogtool.app.layout import Standing, standing
from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import counted
from backlogtool.domain.layout import SHARDED
from backlogtool.stores.git.store import GitStore


def layout(space: Workspace) -> Iterator[Check]:
    """Whether ``backlogtool layout`` would help."""
    if isinstance(space.store, GitStore):
        yield from of_standing(standing(space))


def of_standing(told: Standing) -> Iterator[Check]:
    """What is to be said of files that stand so."""
    if told.astray:
        where = "in items/" if told.layout == SHARDED else "in the 256 folders"
        seen = f"{counted(told.astray, 'file')} {where}, the policy's layout is {told.layout}"
        cause = "a branch from before the move was merged, or they were put there by hand"
        risk = "none for the items: files are read wherever they stand"
        yield Check("layout", NOTE, seen, cause, risk, command("backlogtool", "layout", told.layout))
    if told.pays:
        seen = f"{told.flat} files stand side by side in items/"
        risk = f"every commit adds about {told.bytes_a_commit >> 10} KiB to the repository; in folders it is 24 KiB"
        fix = command("backlogtool", "layout", SHARDED)
        yield Check("layout", NOTE, seen, "git writes the list of a folder anew with every commit", risk, fix)
