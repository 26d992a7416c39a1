"""Where branches cross a span begins at several commits, and dates, which anybody can write, order them.

None of them counts alone: what differs at all of them has changed, and where they do not agree the tip decides that
is named, as only those who keep that branch can move it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from backlogtool.stores.git.differences import Difference, differing
from backlogtool.stores.git.runner import Git

Key = TypeVar("Key")
Held = TypeVar("Held")


def differing_from(git: Git, bases: Sequence[str], since: str, head: str, *folders: str) -> list[Difference]:
    """What differs in these folders at ``head``."""
    several = [_by_path(git, base, head, *folders) for base in bases]
    if len(several) == 1:
        return list(several[0].values())
    named = _by_path(git, since, head, *folders)
    paths = sorted({path for some in several for path in some})
    decided = (several[0][path] if all(path in some for some in several) else named.get(path) for path in paths)
    return [one for one in decided if one is not None]


def unlike(several: Sequence[Mapping[Key, Held]]) -> set[Key]:
    """The keys under which they do not all hold the same."""
    first, *others = several
    return {key for other in others for key in {*first, *other} if first.get(key) != other.get(key)}


def _by_path(git: Git, older: str, newer: str, *folders: str) -> dict[str, Difference]:
    return {one.path: one for one in differing(git, older, newer, *folders)}
