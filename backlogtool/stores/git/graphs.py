"""For each item the graph of the commits that matter to it, and where its sides meet.

One walk through the history serves all items at once. What holds at a commit is kept in trees that share all but
what differs, so a branch copies nothing, and a merge looks only at items that its sides hold otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any, NamedTuple, Protocol


class Made(Protocol):
    """What one commit did to one item, by comparison with its first parent: the blob after it."""

    @property
    def commit(self) -> str: ...
    @property
    def item_id(self) -> str: ...
    @property
    def after(self) -> str | None: ...


class Graph(NamedTuple):
    """The commits that matter to one item, each with its nearest ancestors that do, and the blob at each.

    Ancestors stand before their descendants; all of them lead to the last one.
    """

    shape: dict[str, tuple[str, ...]]
    blobs: dict[str, str | None]

    @property
    def tip(self) -> str:
        """The last commit, which with all that leads to it decides the story."""
        return next(reversed(self.shape), "")


_BITS = 5
_WIDTH = 1 << _BITS
#: A tree of nothing; its slots hold smaller trees, those of the lowest ones the names of commits.
_NOTHING: tuple[Any, ...] = (None,) * _WIDTH


def in_order(shape: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
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


def graphs(lines: Iterable[Sequence[str]], steps: Iterable[Made]) -> dict[str, Graph]:
    """item id -> the graph of its commits, for all items in the steps.

    Each line is a commit and its parents, ancestors first; an empty parent is one without any item. Commits without
    a step that have one parent may be left out. A file that only moves is no matter to its item.
    """
    lines = list(lines)
    walk = _Walk(steps)
    waiting = Counter(chain.from_iterable(line[1:] for line in lines))
    states = {"": _NOTHING}
    for commit, *parents in lines:
        states[commit] = walk.after(commit, [states[parent] for parent in parents])
        for parent in parents:
            waiting[parent] -= 1
            if parent and not waiting[parent]:
                states.pop(parent, None)
    return {item_id: one.graph for item_id, one in zip(walk.numbers, walk.items, strict=True)}


class _Walk:
    """All items on the way through the history."""

    def __init__(self, steps: Iterable[Made]) -> None:
        self.numbers: dict[str, int] = {}
        self.items: list[_OneItem] = []
        self._made: dict[str, dict[int, str | None]] = {}
        for step in steps:
            number = self.numbers.setdefault(step.item_id, len(self.numbers))
            if number == len(self.items):
                self.items.append(_OneItem())
            self._made.setdefault(step.commit, {})[number] = step.after
        self._top = 0
        while len(self.items) > _WIDTH << self._top:
            self._top += _BITS

    def after(self, commit: str, sides: Sequence[tuple[Any, ...]]) -> tuple[Any, ...]:
        """What holds at a commit: for each item the nearest commit that matters to it, as at each of the parents."""
        state = sides[0] if sides else _NOTHING
        made = self._made.get(commit, {})
        numbers = {number for side in sides[1:] for number in _differing(sides[0], side, self._top)}
        for number in numbers.union(made):
            before = [_held(side, number, self._top) for side in sides]
            nearest = self.items[number].meet(commit, before, made, number)
            state = _with(state, number, nearest, self._top)
        return state


class _OneItem:
    """The graph of one item as far as it is known."""

    def __init__(self) -> None:
        self.graph = Graph({}, {})
        #: A commit that matters -> the set of those before it, and itself, as bits.
        self._seen: dict[str, int] = {}

    def meet(
        self, commit: str, before: Sequence[str | None], made: Mapping[int, str | None], number: int
    ) -> str | None:
        """The commit that is nearest at ``commit``; ``before`` are the nearest ones at its parents."""
        shape, blobs = self.graph
        names = dict.fromkeys(one for one in before if one is not None)
        sides = [one for one in names if not any(self._knows(other, one) for other in names)]
        first = blobs[before[0]] if before and before[0] is not None else None
        blob = made.get(number, first)
        here = blobs[sides[0]] if sides else None
        if len(sides) < 2 and blob == here:
            return sides[0] if sides else None
        shape[commit], blobs[commit] = tuple(sides), blob
        self._seen[commit] = reduce(or_, (self._seen[one] for one in sides), 1 << len(shape))
        return commit

    def _knows(self, one: str, other: str) -> bool:
        """Whether ``other`` is among the ancestors of ``one``."""
        return one != other and self._seen[one] & self._seen[other] == self._seen[other]


def _held(tree: tuple[Any, ...], number: int, level: int) -> str | None:
    held: Any = tree
    while level >= 0 and held is not None:
        held = held[number >> level & _WIDTH - 1]
        level -= _BITS
    return held if isinstance(held, str) else None


def _with(tree: tuple[Any, ...], number: int, value: str | None, level: int) -> tuple[Any, ...]:
    """The same tree with another value; nothing in the old one changes."""
    slot = number >> level & _WIDTH - 1
    inner = _with(tree[slot] or _NOTHING, number, value, level - _BITS) if level else value
    return (*tree[:slot], inner, *tree[slot + 1 :])


def _differing(one: tuple[Any, ...], other: tuple[Any, ...], level: int, above: int = 0) -> Iterator[int]:
    """The numbers for which two trees have different values."""
    if one is other:
        return
    for slot, (left, right) in enumerate(zip(one, other, strict=True)):
        if level:
            yield from _differing(left or _NOTHING, right or _NOTHING, level - _BITS, above + (slot << level))
        elif left != right:
            yield above + slot
