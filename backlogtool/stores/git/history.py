"""The story of items, read from commits.

Every event is the difference between two versions of an item; trailers add only who and why. Order is
ancestry, never the clock. A merge tells nothing new unless its result is not what its sides together say:
then the difference is its own event, so that replaying the events always gives the item (DESIGN.md §4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from backlogtool.codec import quick
from backlogtool.domain.event import DELETED, Event, diff, replay
from backlogtool.domain.item import Item, starts
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import MAX_VIEW, Stamps
from backlogtool.stores.git.graphs import Graph, in_order
from backlogtool.stores.git.marking import Legal, marked
from backlogtool.stores.git.objects import CommitObject, parse_commit, read_within
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.steps import PathStep, Step
from backlogtool.stores.git.streaming import ahead
from backlogtool.stores.git.walk import DAMAGED, GitWalk, Walk
from backlogtool.stores.marks import stamps_of

#: Whether an item's file is there, and what it says if it can be read.
_Held = tuple[bool, Item | None]
#: Blobs, each with the id of the item whose version it is.
_Names = Sequence[tuple[str, str]]
#: Blobs and commits that are to be read.
_Wanted = tuple[_Names, Collection[str]]
#: Up to so many items the timeline of each is read by itself.
FEW = 2
#: So many stories are folded at a time: all versions of their items are held at once.
_AT_ONCE = 250
#: And so many steps of all items.
_STEPS_AT_ONCE = 2000


class History:
    """Reads the history that leads to one commit. ``legal`` judges a path of statuses (squashed commits).

    ``edge`` are the commits where a shallow clone ends: what they did is not known, so they tell nothing (D-1).
    ``walk`` knows which commits matter; without one git is asked.
    """

    def __init__(
        self, git: Git, head: str, legal: Legal, edge: frozenset[str] = frozenset(), walk: Walk | None = None
    ) -> None:
        self._git = git
        self._legal = legal
        self._edge = edge
        self._asked = GitWalk(git, head)
        self._walk = walk or self._asked
        self._items: dict[str, Item | None] = {}

    def timeline(self, item_id: str) -> list[Event]:
        """All events of one item, oldest first."""
        graph = self._walk.graph_of(item_id)
        return dict(self.stories({item_id: graph})).get(item_id, []) if graph else []

    def stories(self, graphs: Mapping[str, Graph]) -> Iterator[tuple[str, list[Event]]]:
        """(item id, its events, oldest first) for items with the graphs of their commits."""
        ids = list(graphs)
        parts = [{one: graphs[one] for one in ids[start : start + _AT_ONCE]} for start in range(0, len(ids), _AT_ONCE)]
        for some, (names, _, found) in zip(parts, self._read_in_turn(map(_wanted_by, parts)), strict=True):
            self._items.clear()
            self._know(names, found)
            for item_id, (shape, blobs) in some.items():
                held = {one: (blob is not None, self._version(item_id, blob)) for one, blob in blobs.items()}
                made = {one: parse_commit(one, found[one]) for one in shape}
                yield item_id, _fold(item_id, in_order(shape), held, made, self._legal, self._edge)

    def events_of(self, commit: str) -> list[Event]:
        """What one commit did to all items, by comparison with its first parent."""
        return [event for events in self._told(self._asked.steps_of(commit)) for event in events]

    def files_of(self, commit: str) -> list[PathStep]:
        """Every file that one commit changed, by comparison with its first parent."""
        return self._asked.files_of(commit)

    def last_commit(self) -> str:
        """The last commit that changed items, merges left out; empty if there is none."""
        return self._asked.last_commit()

    def recent(self, limit: int | None, since: str = "") -> list[Event]:
        """The last events of all items, oldest first; merges tell nothing here. None before the moment ``since``."""
        events: list[Event] = []
        for steps in self._walk.latest(since):
            for told in self._told(steps):
                events += (event for event in reversed(told) if event.ts >= since)
            if limit is not None and len(events) >= limit:
                break
        newest = events if limit is None else events[:limit]
        return newest[::-1]

    def every(self) -> Iterator[Event]:
        """What ``recent`` tells without a limit, while no more than a part of the versions is held at once."""
        steps = [step for some in self._walk.latest("") for step in some if step.before != step.after]
        return self._told_in_parts(steps[::-1])

    def _told_in_parts(self, steps: Sequence[Step]) -> Iterator[Event]:
        parts = [steps[start : start + _STEPS_AT_ONCE] for start in range(0, len(steps), _STEPS_AT_ONCE)]
        self._items.clear()
        last: dict[str, str] = {}
        for some, (names, _, found) in zip(parts, self._read_in_turn(_wanted_in_turn(parts)), strict=True):
            self._know(names, found)
            for events in self._events(some, found):
                yield from events
            last |= {step.item_id: f"{step.after}:{step.item_id}" for step in some}
            self._items = {name: self._items[name] for name in last.values() if name in self._items}

    def deleted(self, start: str) -> set[str]:
        """The ids of items that a commit deleted and that start so, with or without their ``bl_``."""
        found: set[str] = set()
        for steps in self._walk.latest(""):
            some = [step for step in steps if starts(step.item_id, start)]
            found |= {event.item_id for told in self._told(some) for event in told if event.type == DELETED}
        return found

    def stamps(self, items: Iterable[Item], closed: Sequence[str]) -> dict[str, Stamps]:
        """id -> when it last changed (a comment is no change) and when it was closed, by the events of its timeline."""
        wanted = {item.id: item for item in items}
        if len(wanted) > FEW:
            stories = self.stories(self._walk.graphs(wanted))
        else:
            stories = ((one, self.timeline(one)) for one in wanted)
        found = dict.fromkeys(wanted, Stamps())
        return found | {one: stamps_of(events, wanted[one], closed) for one, events in stories}

    def _told(self, steps: Iterable[Step]) -> Iterator[list[Event]]:
        """The events of each step; a file that only moves tells none."""
        steps = [step for step in steps if step.before != step.after]
        names = [(blob, step.item_id) for step in steps for blob in (step.before, step.after) if blob]
        new = [(blob, item_id) for blob, item_id in names if f"{blob}:{item_id}" not in self._items]
        found = self._read(new, {step.commit for step in steps})
        self._know(new, found)
        yield from self._events(steps, found)

    def _events(self, steps: Iterable[Step], found: Mapping[str, bytes]) -> Iterator[list[Event]]:
        for step in (one for one in steps if one.commit not in self._edge):
            before, after = (self._version(step.item_id, blob) for blob in (step.before, step.after))
            commit = parse_commit(step.commit, found[step.commit])
            yield marked(step.item_id, diff(before, after), commit, self._legal)

    def _read_in_turn(self, wanted: Iterable[_Wanted]) -> Iterator[tuple[_Names, Collection[str], dict[str, bytes]]]:
        """The same with what was read; what comes next is read meanwhile, if several are wanted."""
        several = list(wanted)
        works = [partial(self._read, *one) for one in several]
        made = ahead(works) if len(works) > 1 else (work() for work in works)
        return ((*one, found) for one, found in zip(several, made, strict=True))

    def _read(self, names: _Names, commits: Collection[str]) -> dict[str, bytes]:
        """id -> content of blobs and commits. Raises ``UnavailableError`` if one is missing."""
        wanted = [*commits, *(blob for blob, _ in names)]
        held, large = read_within(self._git, wanted, MAX_VIEW, (b"blob", b"commit"))
        found = {**held, **dict.fromkeys(large, b"")}  # nobody reads what is so large, and no item is
        missing = next((name for name in wanted if name not in found), "")
        if missing:
            raise UnavailableError(f"git does not have {missing[:10]}, a part of this history", hint=DAMAGED)
        return found

    def _know(self, names: _Names, found: Mapping[str, bytes]) -> None:
        """Keeps the versions of items that were read."""
        for blob, item_id in names:
            self._items[f"{blob}:{item_id}"] = quick.item_of(found[blob], item_id)[0]

    def _version(self, item_id: str, blob: str | None) -> Item | None:
        return self._items.get(f"{blob}:{item_id}") if blob else None


def _wanted_by(graphs: Mapping[str, Graph]) -> _Wanted:
    names = [(blob, item_id) for item_id, graph in graphs.items() for blob in graph.blobs.values() if blob]
    return list(dict.fromkeys(names)), {commit for graph in graphs.values() for commit in graph.shape}


def _wanted_in_turn(parts: Iterable[Sequence[Step]]) -> Iterator[_Wanted]:
    """What each part of the steps needs, where the last version of each item in the parts before is known."""
    last: dict[str, str | None] = {}
    for some in parts:
        names = [(blob, step.item_id) for step in some for blob in (step.before, step.after) if blob]
        new = dict.fromkeys((blob, item_id) for blob, item_id in names if last.get(item_id) != blob)
        last |= {step.item_id: step.after for step in some}
        yield list(new), {step.commit for step in some}


def _fold(
    item_id: str,
    shape: Mapping[str, tuple[str, ...]],
    versions: Mapping[str, _Held],
    commits: Mapping[str, CommitObject],
    legal: Legal,
    edge: frozenset[str],
) -> list[Event]:
    """The events of the versions, in the order of ``shape``."""
    order = list(shape)
    bit = {commit: 1 << place for place, commit in enumerate(order)}
    ancestry: dict[str, int] = {}
    items: dict[str, Item | None] = {}
    told: list[tuple[int, Event]] = []
    for commit in order:
        parents = [parent for parent in shape[commit] if parent in bit]
        ancestry[commit] = bit[commit]
        for parent in parents:
            ancestry[commit] |= ancestry[parent]
        there, item = versions[commit]
        before = _expected(commit, parents, items, ancestry, told)
        after = (item or before) if there else None
        items[commit] = after
        events = [] if commit in edge else marked(item_id, diff(before, after), commits[commit], legal)
        told += [(bit[commit], event) for event in events]
    return [event for _, event in told]


def _expected(
    commit: str,
    parents: Sequence[str],
    items: Mapping[str, Item | None],
    ancestry: Mapping[str, int],
    told: Sequence[tuple[int, Event]],
) -> Item | None:
    """The item before the commit; for a merge, what the events of both sides together make of it."""
    if len(parents) < 2:
        return items[parents[0]] if parents else None
    try:
        return replay(event for bit, event in told if bit & ancestry[commit])
    except ValueError:  # one side deleted what the other changed: the merge's own result is the story
        return items[parents[0]]
