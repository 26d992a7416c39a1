"""The index of events: what commits did to items, and the stories that were told from it (DESIGN.md §7).

It is never needed for an answer: whatever is wrong with it, or with the history that it should read, gives None,
and then git is asked. All work trees share it, since facts about commits never change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from backlogtool.domain.event import Event
from backlogtool.domain.item import Item
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stamps
from backlogtool.stores.git.index import events_stories as stories
from backlogtool.stores.git.index.database import FAILURES, Connection, Database, MalformedError
from backlogtool.stores.git.index.events_stories import Asked, Legal, Told
from backlogtool.stores.git.index.events_tables import SCHEMA, VERSION, bytes_of, seen_by, text_of
from backlogtool.stores.git.index.folder import cache_folder
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.marks import Marks, marks_of

if TYPE_CHECKING:  # what tells stories loads all that reads items: too much for a story that is known
    from backlogtool.stores.git.history import History
    from backlogtool.stores.git.index.events_walk import IndexWalk
    from backlogtool.stores.git.index.work import Progress
    from backlogtool.stores.git.meetings import Graph

Answer = TypeVar("Answer")
NAME = "events.db"
#: Milliseconds to wait before a story is told without being kept.
_KEEPING = 200
#: KiB that may be held while facts are taken in, in no order: with the usual 2,000 each would be written many times.
_CACHE = 1 << 16
#: So many stories are kept in one transaction.
_AT_ONCE = 500


class EventIndex:
    """The index of one repository. ``progress`` is called while a long history is read for the first time.

    Every method gives None where the index cannot answer.
    """

    def __init__(
        self,
        repository: Repository,
        legal: Legal,
        *,
        note: Callable[[str], object] = str,
        progress: Progress | None = None,
    ) -> None:
        self._repository = repository
        self._legal = legal
        self._progress = progress
        self._edge: frozenset[str] = frozenset()
        self._seen = ""
        folder = cache_folder(repository.common_dir)
        path = os.path.join(folder, NAME) if folder else ""
        self._database = Database(path, SCHEMA, VERSION, note=note) if folder else None

    def close(self) -> None:
        if self._database:
            self._database.close()

    def timeline(self, item_id: str, head: str) -> list[Event] | None:
        """All events of one item as seen from the commit ``head``, oldest first."""

        def work(connection: Connection) -> list[Event]:
            known = stories.remembered(connection, item_id, head, self._seen, self._legal)
            return self._timeline(connection, item_id, head) if known is None else known

        return self._answer(work)

    def recent(self, head: str, since: str, limit: int | None) -> list[Event] | None:
        """The last ``limit`` events of all items from the moment ``since`` on, oldest first; merges tell nothing."""

        def work(connection: Connection) -> list[Event]:
            walk = self._walk(connection, self._number(connection, head))
            return self._history(head, walk, self._legal).recent(limit, since)

        return self._answer(work)

    def deleted(self, start: str, head: str) -> set[str] | None:
        """The ids of items that were deleted once and start so, with or without their ``bl_``."""

        def work(connection: Connection) -> set[str]:
            walk = self._walk(connection, self._number(connection, head))
            return self._history(head, walk, self._legal).deleted(start)

        return self._answer(work)

    def stamps(self, items: Sequence[Item], head: str, closed: Sequence[str]) -> dict[str, Stamps] | None:
        """id -> when each of the items last changed, and when it was closed."""

        def work(connection: Connection) -> dict[str, Stamps]:
            number = self._number(connection, head)
            wanted = {item.id: item for item in items}
            found = self._all_told(connection, wanted, head, number)
            marks = {one: story.marks for one, story in found.items()}
            return {one: marks.get(one, Marks()).stamps(item, closed) for one, item in wanted.items()}

        return self._answer(work)

    def _answer(self, work: Callable[[Connection], Answer]) -> Answer | None:
        self._edge = self._repository.edge()
        self._seen = seen_by(self._edge)
        try:
            return self._database.do(work) if self._database else None
        except UnavailableError:  # git, asked directly, says what is wrong, or whether it matters at all
            return None

    def _number(self, connection: Connection, head: str) -> int:
        """The number of a commit, with all that leads to it in the index."""
        asked = "SELECT number FROM commits, facts WHERE id = ? AND name = 'seen' AND value = ?"
        values = (bytes.fromhex(head), self._seen)
        row = connection.execute(asked, values).fetchone()
        if row is None:
            from backlogtool.stores.git.index.events_build import take_in

            connection.execute(f"PRAGMA cache_size=-{_CACHE}")
            with _writing(connection):
                take_in(connection, self._repository.git, head, self._edge, self._progress)
                row = connection.execute(asked, values).fetchone()
        return int(row[0])

    def _timeline(self, connection: Connection, item_id: str, head: str) -> list[Event]:
        number = self._number(connection, head)
        known = stories.told(connection, item_id)
        story = known if known and known.holds(self._legal) else None
        if not (story and story.head in _unchanged(connection, item_id, number)):
            graph = self._walk(connection, number).graph_of(item_id)
            if graph is None:
                return []
            if story is None or graph.tip != story.tip:
                return next(events for _, _, events in self._tell(connection, {item_id: graph}, head, number))
            _keep(connection, partial(stories.see_from, connection, [item_id], number))
        return stories.events_of(connection, item_id)

    def _all_told(self, connection: Connection, wanted: Mapping[str, Item], head: str, number: int) -> dict[str, Told]:
        """id -> its story, for those of the items that have one."""
        held = stories.all_told(connection)
        known = {one: story for one, story in held.items() if one in wanted and story.holds(self._legal)}
        unchanged = _all_unchanged(connection, known, number)
        sure = {one: story for one, story in known.items() if story.head in unchanged[one]}
        if len(sure) == len(wanted):
            return sure
        unsure = self._walk(connection, number).graphs(wanted.keys() - sure.keys())
        same = {one: known[one] for one, graph in unsure.items() if one in known and known[one].tip == graph.tip}
        _keep(connection, partial(stories.see_from, connection, list(same), number))
        new = {one: graph for one, graph in unsure.items() if one not in same}
        return sure | same | {one: story for one, story, _ in self._tell(connection, new, head, number)}

    def _tell(
        self, connection: Connection, graphs: Mapping[str, Graph], head: str, number: int
    ) -> Iterator[tuple[str, Told, list[Event]]]:
        """Tells stories anew, and keeps them."""
        asked: Asked = []

        def judge(path: Sequence[str]) -> bool:
            asked.append((tuple(path), self._legal(path)))
            return asked[-1][1]

        told = self._history(head, self._walk(connection, number), judge).stories(graphs)
        while some := [*islice(self._new(told, graphs, number, asked), _AT_ONCE)]:
            _keep(connection, partial(stories.keep, connection, some))
            yield from some

    def _new(
        self, told: Iterator[tuple[str, list[Event]]], graphs: Mapping[str, Graph], number: int, asked: Asked
    ) -> Iterator[tuple[str, Told, list[Event]]]:
        for item_id, events in told:
            yield item_id, Told(number, graphs[item_id].tip, stories.as_text(asked), marks_of(events)), events
            asked.clear()

    def _walk(self, connection: Connection, number: int) -> IndexWalk:
        from backlogtool.stores.git.index.events_walk import IndexWalk

        return IndexWalk(connection, number, self._seen)

    def _history(self, head: str, walk: IndexWalk, legal: Legal) -> History:
        from backlogtool.stores.git.history import History

        return History(self._repository.git, head, legal, self._edge, walk)


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


@contextmanager
def _writing(connection: Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _keep(connection: Connection, work: Callable[[], object]) -> None:
    """Writes what would only be told again if it were lost: nobody waits for it."""
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout={_KEEPING}")
    with suppress(*FAILURES), _writing(connection):
        work()
    connection.execute(f"PRAGMA busy_timeout={patience:d}")
