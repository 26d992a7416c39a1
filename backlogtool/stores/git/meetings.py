"""Which items have sides that met in a merge, and the graph of the commits that matter to such an item.

Only their stories need more than one look at each commit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Protocol


class Made(Protocol):
    """What one commit did to one item, by comparison with its first parent: the blob after it."""

    @property
    def commit(self) -> str: ...
    @property
    def item_id(self) -> str: ...
    @property
    def after(self) -> str | None: ...


#: commit -> its nearest ancestors that matter to one item.
Shape = Mapping[str, tuple[str, ...]]
#: item id -> the set of its commits so far, as bits, and its blob.
_State = Mapping[str, tuple[int, str | None]]


def met(lines: Sequence[Sequence[str]], steps: Iterable[Made]) -> set[str]:
    """The items that a merge holds otherwise than the one parent that knew all that the others knew.

    Each line is a commit and its parents, ancestors first.
    """
    by_commit: dict[str, dict[str, str | None]] = {}
    for step in steps:
        by_commit.setdefault(step.commit, {})[step.item_id] = step.after
    waiting = Counter(parent for line in lines for parent in line[1:])
    states: dict[str, dict[str, tuple[int, str | None]]] = {}
    found: set[str] = set()
    bits: Counter[str] = Counter()
    for commit, *parents in lines:
        sides = [states[parent] for parent in parents]
        waiting.subtract(parents)
        state = sides[0] if sides and not waiting[parents[0]] else dict(sides[0] if sides else {})
        made = by_commit.get(commit, {})
        if len(sides) > 1:
            found |= _merge(state, sides, made)
        else:
            for item_id, blob in made.items():
                state[item_id] = (state.get(item_id, (0, None))[0] | 1 << bits[item_id], blob)
                bits[item_id] += 1
        states[commit] = state
        for parent in (parent for parent in parents if not waiting[parent]):
            del states[parent]
    return found


def _merge(
    state: dict[str, tuple[int, str | None]], sides: Sequence[_State], made: Mapping[str, str | None]
) -> set[str]:
    """Makes the state of the first side that of the merge."""
    found = set()
    differing = {item_id for side in sides[1:] for item_id, _ in side.items() ^ sides[0].items()}
    for item_id in differing | made.keys():
        seen = [side.get(item_id, (0, None)) for side in sides]
        blob = made.get(item_id, seen[0][1])
        bits = reduce(or_, (one for one, _ in seen))
        if (bits, blob) not in seen:
            found.add(item_id)
        state[item_id] = (bits, blob)
    return found


def in_order(shape: Shape) -> dict[str, tuple[str, ...]]:
    """The same graph, ancestors first and the first parent's line before the others: by ancestry, never by a clock."""
    found: dict[str, tuple[str, ...]] = {}
    waiting = list(shape)
    while waiting:
        commit = waiting[-1]
        missing = [parent for parent in shape[commit] if parent in shape and parent not in found]
        if missing and commit not in found:
            waiting += missing[::-1]
            continue
        found.setdefault(waiting.pop(), shape[commit])
    return found


def shapes(
    lines: Sequence[Sequence[str]], steps: Iterable[Made]
) -> dict[str, tuple[dict[str, tuple[str, ...]], dict[str, str | None]]]:
    """item id -> (the graph of the commits that matter to it, its blob at each), for all items in the steps."""
    by_item: dict[str, dict[str, str | None]] = {}
    for step in steps:
        by_item.setdefault(step.item_id, {})[step.commit] = step.after
    return {item_id: _shape(lines, made) for item_id, made in by_item.items()}


def _shape(
    lines: Sequence[Sequence[str]], made: Mapping[str, str | None]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str | None]]:
    shape: dict[str, tuple[str, ...]] = {}
    blobs: dict[str, str | None] = {}
    nearest: dict[str, str] = {}  # commit -> the last one up to it that matters; empty before the first
    seen: dict[str, int] = {"": 0}  # a commit that matters -> the set of those before it, and itself, as bits
    for commit, *parents in lines:
        before = [nearest[parent] for parent in parents]
        sides = [one for one in dict.fromkeys(before) if one and not any(_knows(seen, other, one) for other in before)]
        blob = made.get(commit, blobs.get(before[0]) if before else None)
        here = blobs[sides[0]] if sides else None
        if len(sides) > 1 or blob != here or (commit in made and len(parents) < 2):
            shape[commit], blobs[commit] = tuple(sides), blob
            seen[commit] = reduce(or_, (seen[one] for one in sides), 1 << len(shape))
            nearest[commit] = commit
        else:
            nearest[commit] = sides[0] if sides else ""
    return shape, blobs


def _knows(seen: Mapping[str, int], one: str, other: str) -> bool:
    """Whether ``other`` is among the ancestors of ``one``."""
    return one != other and seen[one] & seen[other] == seen[other]
