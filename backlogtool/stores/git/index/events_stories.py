"""What was told before: the events of an item, or the last of all items, beside the facts that they were told from.

A story holds as long as the last commit that matters to its item is the same, an answer about all items as long as
HEAD is; both only while the paths of statuses that were judged when they were told are judged the same.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

from backlogtool.domain.event import Event
from backlogtool.stores.git.index.events_known import Legal, events_of, holds
from backlogtool.stores.git.index.events_lines import lines_of
from backlogtool.stores.git.index.events_tables import bytes_of, text_of
from backlogtool.stores.marks import Marks

_TOLD = "SELECT item, head, tip, judged, updated_at, moved_at, moved_to"
#: Up to so many stories are sooner looked up one by one than all read.
_FEW = 500
#: So many answers about all items are kept, of at most so many events.
_ANSWERS = 8
_LONGEST = 500


class Told(NamedTuple):
    """What is known of a story without its events. ``head`` is the number of the commit it was seen from."""

    head: int
    tip: str
    judged: bytes
    marks: Marks

    def holds(self, legal: Legal) -> bool:
        """Whether the policy judges as it did."""
        return holds(self.judged, legal)


def told(connection: sqlite3.Connection, item_id: str) -> tuple[Told, Callable[[], list[Event]]] | None:
    """The story of one item, as seen from wherever it was told, and what reads its events: those of this story."""
    row = connection.execute(f"{_TOLD}, sum, events FROM stories WHERE item = ?", (bytes_of(item_id),)).fetchone()
    return None if row is None else (_told(row[1:-2]), lambda: events_of(*row[-2:]))


def all_told(connection: sqlite3.Connection, wanted: Collection[str]) -> dict[str, Told]:
    """id -> its story, for those of the wanted items that have one."""
    if len(wanted) > _FEW:
        rows = connection.execute(f"{_TOLD} FROM stories")
        return {name: _told(row) for name, row in ((text_of(item), row) for item, *row in rows) if name in wanted}
    one = f"{_TOLD} FROM stories WHERE item = ?"
    found = (connection.execute(one, (bytes_of(name),)).fetchone() for name in wanted)
    return {text_of(row[0]): _told(row[1:]) for row in found if row}


def keep(connection: sqlite3.Connection, several: Iterable[tuple[str, Told, Sequence[Event]]]) -> None:
    """Remembers stories, but for those that cannot be kept as they are. Inside a transaction of the caller's."""
    for item_id, story, events in several:
        kept = _kept(events)
        if kept:
            values = (bytes_of(item_id), story.head, story.tip, story.judged, *story.marks, *kept)
            connection.execute("INSERT OR REPLACE INTO stories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def keep_answer(connection: sqlite3.Connection, asked: str, head: str, judged: bytes, events: Sequence[Event]) -> None:
    """Remembers a short answer about all items, in place of an old one. Inside a transaction of the caller's."""
    kept = _kept(events) if len(events) <= _LONGEST else None
    if kept:
        turn = connection.execute("SELECT COALESCE(MAX(turn), 0) + 1 FROM answers").fetchone()[0]
        values = (turn, asked, bytes.fromhex(head), judged, *kept)
        connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)", values)
        connection.execute("DELETE FROM answers WHERE turn <= ?", (turn - _ANSWERS,))


def see_from(connection: sqlite3.Connection, tips: Iterable[tuple[str, str]], head: int) -> None:
    """Stories (item id, tip) that are the same as seen from another commit. Inside a transaction of the caller's.

    The tip is named because another process may have told another story meanwhile, as seen from a commit of its own.
    """
    values = ((head, bytes_of(item_id), tip) for item_id, tip in tips)
    connection.executemany("UPDATE stories SET head = ? WHERE item = ? AND tip = ?", values)


def _told(row: Sequence[Any]) -> Told:
    head, tip, judged, *marks = row
    return Told(head, tip, judged, Marks(*marks))


def _kept(events: Sequence[Event]) -> tuple[int, bytes] | None:
    """The sum and the lines of events; None if they cannot be kept as they are."""
    try:
        lines = lines_of(events)
    except ValueError:
        return None
    return zlib.crc32(lines), lines
