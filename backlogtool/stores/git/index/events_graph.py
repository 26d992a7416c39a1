"""The graph of commits, held as its joints: between them each commit's one parent is the one numbered before it.

Git lists a line of commits in one piece, so a history of a hundred thousand commits has about two joints for each
merge, and a walk through it looks at these alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: The parents of a commit, and which of them has the same items, -1 if none has.
Joint = tuple[tuple[int, ...], int]


class Line(NamedTuple):
    """A commit and the nearest ancestors of each of its parents that are asked for, or that are merges; -1 is none."""

    commit: int
    parents: tuple[int, ...]


class Reach:
    """The commits that lead to one."""

    def __init__(self, starts: Sequence[int], joints: Sequence[Joint], head: int) -> None:
        """``starts`` are the numbers of the joints in their order."""
        self._starts = starts
        self._joints = joints
        self._head = head
        #: Place of a joint -> the last commit of its run that leads to the head.
        self.tops = self._reached(simply=False)

    @property
    def start(self) -> int:
        """The first commit of the run that the head is in: from there on each has one parent."""
        return self._starts[self._place(self._head)]

    def holds(self, commit: int) -> bool:
        """Whether the commit leads to the head."""
        return self.tops.get(self._place(commit), -1) >= commit

    def lines(self, wanted: Sequence[int]) -> Iterator[Line]:
        """The merges and the wanted commits (in order, all held), ancestors first."""
        bases: dict[int, int] = {}

        def nearest(commit: int) -> int:
            place = self._place(commit)
            last = bisect_right(wanted, commit) - 1
            return wanted[last] if last >= 0 and wanted[last] >= self._starts[place] else bases[place]

        for place in sorted(self.tops):
            start, (parents, _) = self._starts[place], self._joints[place]
            above = tuple(nearest(parent) for parent in parents)
            if len(parents) > 1:
                yield Line(start, above)
                bases[place] = start
            else:
                bases[place] = above[0] if above else -1
            last = bases[place]
            first = bisect_left(wanted, start + (len(parents) > 1))
            for commit in wanted[first : bisect_right(wanted, self.tops[place])]:
                yield Line(commit, (last,))
                last = commit

    def latest(self) -> Iterator[tuple[int, int]]:
        """The runs (first, last) of commits, newest first, as ``git rev-list --topo-order --no-merges`` lists them.

        Of the parents of a merge only the first with the same items is followed, if there is one.
        """
        entries, waiting = self._entries()
        ready = [self._head]
        while ready:
            last = ready.pop()
            place = self._place(last)
            inner = entries[place]
            below = bisect_left(inner, last)
            merge = not below and len(self._joints[place][0]) > 1
            yield (inner[below - 1] + 1 if below else self._starts[place] + merge), last
            for parent in (inner[below - 1],) if below else self._followed(place):
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)

    def _entries(self) -> tuple[dict[int, list[int]], Counter[int]]:
        """Place of a joint -> the commits of its run that something follows; and how many children each has."""
        tops = self._reached(simply=True)
        waiting = Counter(parent for place in tops for parent in self._followed(place))
        entries: dict[int, list[int]] = {}
        for commit in sorted({self._head, *waiting}):
            entries.setdefault(self._place(commit), []).append(commit)
        for inner in entries.values():
            waiting.update(inner[:-1])
        return entries, waiting

    def _reached(self, *, simply: bool) -> dict[int, int]:
        tops: dict[int, int] = {}
        ready = [self._head]
        while ready:
            commit = ready.pop()
            place = self._place(commit)
            if place not in tops:
                ready += self._followed(place) if simply else self._joints[place][0]
            tops[place] = max(tops.get(place, commit), commit)
        return tops

    def _followed(self, place: int) -> tuple[int, ...]:
        parents, same = self._joints[place]
        return parents if same < 0 else parents[same : same + 1]

    def _place(self, commit: int) -> int:
        return bisect_right(self._starts, commit) - 1
