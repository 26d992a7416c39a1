"""Who tells the story of items: the index of events where it can, else git, with the same words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from backlogtool.domain.event import Event
from backlogtool.domain.item import Item
from backlogtool.stores.base import Stamps
from backlogtool.stores.git.index.folder import EVENTS, is_kept
from backlogtool.stores.git.repository import Repository

if TYPE_CHECKING:  # a story that the index knows needs neither git nor what reads items
    from backlogtool.stores.git.history import History
    from backlogtool.stores.git.index.events import EventIndex

Legal = Callable[[Sequence[str]], bool]


class Telling:
    """The stories of one repository, each as seen from a commit ``head``; empty is a branch without one.

    ``legal`` judges a path of statuses, ``index`` opens the index: None where there is to be none.
    """

    def __init__(self, repository: Repository, legal: Legal, index: Callable[[], EventIndex] | None) -> None:
        self._repository = repository
        self._legal = legal
        self._opened = index
        self._index: EventIndex | None = None

    def timeline(self, item_id: str, head: str) -> list[Event]:
        """All events of one item, oldest first."""
        index = self._of_index()
        told = index.timeline(item_id, head) if index and head else None
        return self.history(head).timeline(item_id) if told is None else told

    def recent(self, head: str, since: str, limit: int | None) -> list[Event]:
        """The last ``limit`` events of all items from the moment ``since`` on, oldest first."""
        index = self._of_index()
        told = index.recent(head, since, limit) if index and head else None
        return self.history(head).recent(limit, since) if told is None else told

    def every(self, head: str) -> Iterator[Event]:
        """What ``recent`` tells of everything, for more than should be held at once."""
        index = self._of_index()
        told = index.every(head) if index and head else None
        return self.history(head).every() if told is None else told

    def deleted(self, start: str, head: str) -> set[str]:
        """The ids of items that were deleted once and start so, with or without their ``bl_``."""
        index = self._of_index()
        told = index.deleted(start, head) if index and head else None
        return self.history(head).deleted(start) if told is None else told

    def stamps(self, items: Sequence[Item], head: str, closed: Sequence[str]) -> dict[str, Stamps]:
        """id -> its stamps."""
        index = self._of_index()
        told = index.stamps(items, head, closed) if index and head else None
        return self.history(head).stamps(items, closed) if told is None else told

    def touched(self, ids: Collection[str], head: str, without: Collection[str]) -> set[str] | None:
        """Those of the items that commits up to ``head``, or others but the excepted ones, have touched.

        None if only git can tell. No index is made for that but on a server, which is asked again and again.
        """
        wanted = not self._repository.root or is_kept(self._repository.common_dir, EVENTS)
        index = self._of_index() if wanted else None
        return index.touched(ids, head, without) if index else None

    def history(self, head: str) -> History:
        """What git tells."""
        from backlogtool.stores.git.history import History

        return History(self._repository.git, head, self._legal, self._repository.edge())

    def close(self) -> None:
        if self._index:
            self._index.close()
            self._index = None

    def _of_index(self) -> EventIndex | None:
        if self._index is None and self._opened:
            self._index = self._opened()
        return self._index
