"""The check of a long history: whether git can look through it quickly."""

from __future__ import annotations

import os
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, Check
from backlogtool.app.health.seen import Seen
from backlogtool.stores.git.survey import commits

#: From so many commits on it takes git a second and more to find those that changed one file.
LONG = 20_000
_FIX = "git commit-graph write --reachable --changed-paths"


def history(seen: Seen, long: int = LONG) -> Iterator[Check]:
    """Whether a history of ``long`` commits and more has a commit-graph; nothing about a shorter one."""
    repository = seen.repository
    if _has_graph(repository.common_dir):
        return
    if commits(repository, long) >= long:
        yield Check(
            "long history",
            NOTE,
            f"{long} commits and more, and no commit-graph",
            "git writes one only when it is told to, or by git maintenance",
            "git log of a file, undo and validate --since take seconds; list, show and log have an index of their own",
            _FIX,
        )


def _has_graph(common_dir: str) -> bool:
    """Also a graph without changed paths counts: somebody has decided how to keep it."""
    info = os.path.join(common_dir, "objects", "info")
    places = ("commit-graph", os.path.join("commit-graphs", "commit-graph-chain"))
    return any(os.path.lexists(os.path.join(info, place)) for place in places)
