"""Tells stories from the facts in the index of events, and keeps what it told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

from backlogtool.domain.event import Event
from backlogtool.domain.item import Item
from backlogtool.stores.base import Stamps
from backlogtool.stores.git.index import events_stories as stories
from backlogtool.stores.git.index.database import FAILURES, Connection, MalformedError
from backlogtool.stores.git.index.events_known import Legal, name_of
from backlogtool.stores.git.index.events_lines import lines_of_judged
from backlogtool.stores.git.index.events_state import State, reading, writing
from backlogtool.stores.git.index.events_stories import Told
from backlogtool.stores.git.index.events_tables import bytes_of, text_of
from backlogtool.stores.marks import Marks, marks_of

if TYPE_CHECKING:  # a story that is known, but for the commits since, needs none of what reads items
    from backlogtool.stores.git.graphs import Graph
    from backlogtool.stores.git.history import History
    from backlogtool.stores.git.index.events_walk import IndexWalk
    from backlogtool.stores.git.runner import Git

#: Milliseconds to wait before a story is told without being kept.
_KEEPING = 200
#: So many stories are kept in one transaction.
_AT_ONCE = 500
#: So many items are looked up in the graph of commits at a time: each has a graph of its own.
_GRAPHS = 2000


class Teller:
    """Tells what happened as seen from one commit of the index. Raises what a ``Walk`` and git may raise."""

    def __init__(self, connection: Connection, git: Git, state: State, legal: Legal, edge: frozenset[str]) -> None:
        self._connection = connection
        self._git = git
        self._state = state
        self._legal = legal
        self._edge = edge

    def timeline(self, item_id: str) -> list[Event]:
        """All events of one item, oldest first."""
        with reading(self._connection, self._state):
            known = stories.told(self._connection, item_id)
            unchanged = _unchanged(self._connection, item_id, self._state.number)
        story, events_of = known if known and known[0].holds(self._legal) else (None, list)
        if not (story and story.head in unchanged):
            graph = self._walk.graph_of(item_id)
            if graph is None:
                return []
            if story is None or graph.tip != story.tip:
                return next(told for _, _, told in self._tell({item_id: graph}))
            self._keep(stories.see_from, [(item_id, story.tip)], self._state.number)
        return events_of()

    def recent(self, since: str, limit: int | None) -> list[Event]:
        """The last ``limit`` events of all items from the moment ``since`` on, oldest first."""
        judge = _Judge(self._legal)
        found = self._history(judge).recent(limit, since)
        self._keep(stories.keep_answer, name_of(since, limit), self._state.head, judge.told(), found)
        return found

    def every(self) -> Iterator[Event]:
        """All events of all items, oldest first. What the index has to tell is known when this returns."""
        return self._history(self._legal).every()

    def deleted(self, start: str) -> set[str]:
        """The ids of items that were deleted once and start so, with or without their ``bl_``."""
        return self._history(self._legal).deleted(start)

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> dict[str, Stamps]:
        """id -> when each of the items last changed, and when it was closed."""
        wanted = {item.id: item for item in items}
        marks = {one: story.marks for one, story in self._all_told(wanted).items()}
        return {one: marks.get(one, Marks()).stamps(item, closed) for one, item in wanted.items()}

    def _all_told(self, wanted: Mapping[str, Item]) -> dict[str, Told]:
        """id -> its story, for those of the items that have one."""
        with reading(self._connection, self._state):
            held = stories.all_told(self._connection, wanted.keys())
            known = {one: story for one, story in held.items() if story.holds(self._legal)}
            unchanged = _all_unchanged(self._connection, known, self._state.number)
        found = {one: story for one, story in known.items() if story.head in unchanged[one]}
        unsure = iter(sorted(wanted.keys() - found.keys()))
        while some := [*islice(unsure, _GRAPHS)]:
            found |= self._told_anew(some, known)
        return found

    def _told_anew(self, some: Sequence[str], known: Mapping[str, Told]) -> dict[str, Told]:
        """The stories of items that may have changed; ``known`` are older ones."""
        graphs = self._walk.graphs(some)
        same = {one: known[one] for one, graph in graphs.items() if one in known and known[one].tip == graph.tip}
        self._keep(stories.see_from, [(one, story.tip) for one, story in same.items()], self._state.number)
        new = {one: graph for one, graph in graphs.items() if one not in same}
        return same | {one: story for one, story, _ in self._tell(new)}

    def _tell(self, graphs: Mapping[str, Graph]) -> Iterator[tuple[str, Told, list[Event]]]:
        """Tells stories anew, and keeps them."""
        judge = _Judge(self._legal)
        told = self._history(judge).stories(graphs)
        found = (
            (item_id, Told(self._state.number, graphs[item_id].tip, judge.told(), marks_of(events)), events)
            for item_id, events in told
        )
        while some := [*islice(found, _AT_ONCE)]:
            self._keep(stories.keep, some)
            yield from some

    def _keep(self, work: Callable[..., None], *values: Any) -> None:
        """Writes what would only be told again if it were lost: nobody waits for it."""
        patience = self._connection.execute("PRAGMA busy_timeout").fetchone()[0]
        self._connection.execute(f"PRAGMA busy_timeout={_KEEPING}")
        with suppress(*FAILURES), writing(self._connection, self._state):
            work(self._connection, *values)
        self._connection.execute(f"PRAGMA busy_timeout={patience:d}")

    @property
    def _walk(self) -> IndexWalk:
        from backlogtool.stores.git.index.events_walk import IndexWalk

        return IndexWalk(self._connection, self._state)

    def _history(self, legal: Legal) -> History:
        from backlogtool.stores.git.history import History

        return History(self._git, self._state.head, legal, self._edge, self._walk)


class _Judge:
    """Judges paths of statuses, and remembers what it said."""

    def __init__(self, legal: Legal) -> None:
        self._legal = legal
        self._asked: list[tuple[tuple[str, ...], bool]] = []

    def __call__(self, path: Sequence[str]) -> bool:
        self._asked.append((tuple(path), self._legal(path)))
        return self._asked[-1][1]

    def told(self) -> bytes:
        """What was judged since this was last asked."""
        asked, self._asked = self._asked, []
        return lines_of_judged(asked)


def _unchanged(connection: Connection, item_id: str, head: int) -> range:
    """The commits on the straight line to ``head`` from which an item looks the same as from there."""
    last = connection.execute(
        "SELECT MAX(number) FROM steps WHERE item = ? AND number <= ?", (bytes_of(item_id), head)
    ).fetchone()[0]
    return range(max(_start(connection, head), last or 0), head + 1)


def _all_unchanged(connection: Connection, known: Mapping[str, Told], head: int) -> dict[str, range]:
    """id -> the same for each item that has a story."""
    start = _start(connection, head)
    first = min((story.head for story in known.values() if start <= story.head <= head), default=head)
    asked = "SELECT item, MAX(number) FROM steps WHERE number > ? AND number <= ? GROUP BY item"
    last = {text_of(item): number for item, number in connection.execute(asked, (first, head))}
    return {one: range(max(first, last.get(one, 0)), head + 1) for one in known}


def _start(connection: Connection, head: int) -> int:
    """The first commit of the run that a commit is in: up from there each has one parent, the one before it."""
    start = connection.execute("SELECT MAX(number) FROM joints WHERE number <= ?", (head,)).fetchone()[0]
    if start is None:
        raise MalformedError("the first commit is missing")
    return int(start)
