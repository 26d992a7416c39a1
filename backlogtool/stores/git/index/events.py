"""The index of events: what commits did to items, and the stories that were told from it (DESIGN.md §7).

It is never needed for an answer: whatever is wrong with it, or with the history that it should read, gives None,
and then git is asked. All work trees share it, since facts about commits never change.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from backlogtool.domain.event import Event
from backlogtool.domain.item import Item
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stamps
from backlogtool.stores.git.index import events_known as known
from backlogtool.stores.git.index.database import Connection, Database
from backlogtool.stores.git.index.events_known import Legal
from backlogtool.stores.git.index.events_tables import SCHEMA, VERSION, bytes_of, seen_by
from backlogtool.stores.git.index.folder import EVENTS, cache_folder
from backlogtool.stores.git.repository import Repository

if TYPE_CHECKING:  # what tells stories loads all that reads items: too much for a story that is known
    from backlogtool.stores.git.index.events_telling import Teller
    from backlogtool.stores.git.index.work import Progress

Answer = TypeVar("Answer")


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
        path = os.path.join(folder, EVENTS) if folder else ""
        self._database = Database(path, SCHEMA, VERSION, note=note) if folder else None

    def close(self) -> None:
        if self._database:
            self._database.close()

    def timeline(self, item_id: str, head: str) -> list[Event] | None:
        """All events of one item as seen from the commit ``head``, oldest first."""

        def work(connection: Connection) -> list[Event]:
            told = known.story(connection, item_id, head, self._seen, self._legal)
            return self._teller(connection, head).timeline(item_id) if told is None else told

        return self._answer(work)

    def recent(self, head: str, since: str, limit: int | None) -> list[Event] | None:
        """The last ``limit`` events of all items from the moment ``since`` on, oldest first; merges tell nothing."""

        def work(connection: Connection) -> list[Event]:
            told = known.answer(connection, known.name_of(since, limit), head, self._seen, self._legal)
            return self._teller(connection, head).recent(since, limit) if told is None else told

        return self._answer(work)

    def every(self, head: str) -> Iterator[Event] | None:
        """What ``recent`` tells of everything. The index is asked at once, git while the events are taken."""
        return self._answer(lambda connection: self._teller(connection, head).every())

    def deleted(self, start: str, head: str) -> set[str] | None:
        """The ids of items that were deleted once and start so, with or without their ``bl_``."""
        return self._answer(lambda connection: self._teller(connection, head).deleted(start))

    def stamps(self, items: Sequence[Item], head: str, closed: Sequence[str]) -> dict[str, Stamps] | None:
        """id -> when each of the items last changed, and when it was closed."""
        return self._answer(lambda connection: self._teller(connection, head).stamps(items, closed))

    def touched(self, ids: Collection[str], head: str, without: Collection[str]) -> set[str] | None:
        """Those of the items that any commit but the excepted ones has touched; all up to ``head`` are known."""

        def work(connection: Connection) -> set[str]:
            from backlogtool.stores.git.index.events_state import reading, state_of

            state = state_of(connection, self._repository.git, head, self._edge, self._progress)
            asked = "SELECT hex(id) FROM steps JOIN commits USING (number) WHERE item = ?"
            with reading(connection, state):
                told = {one: connection.execute(asked, (bytes_of(one),)).fetchall() for one in ids}
            return {one for one, rows in told.items() if any(commit.lower() not in without for (commit,) in rows)}

        return self._answer(work)

    def _answer(self, work: Callable[[Connection], Answer]) -> Answer | None:
        self._edge = self._repository.edge()
        self._seen = seen_by(self._edge)
        try:
            return self._database.do(work) if self._database else None
        except UnavailableError:  # git, asked directly, says what is wrong, or whether it matters at all
            return None

    def _teller(self, connection: Connection, head: str) -> Teller:
        from backlogtool.stores.git.index.events_state import state_of
        from backlogtool.stores.git.index.events_telling import Teller

        state = state_of(connection, self._repository.git, head, self._edge, self._progress)
        return Teller(connection, self._repository.git, state, self._legal, self._edge)
