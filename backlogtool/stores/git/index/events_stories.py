"""Stories that were told before: the events of an item, kept beside the facts that they were told from.

A story holds as long as the last commit that matters to its item is the same, and the paths of statuses that were
judged when it was told are judged the same.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from backlogtool.domain.event import Event
from backlogtool.stores.git.index.database import MalformedError
from backlogtool.stores.git.index.events_tables import bytes_of, text_of
from backlogtool.stores.marks import Marks

Legal = Callable[[Sequence[str]], bool]
#: The paths of statuses that were judged, with the answers.
Asked = list[tuple[tuple[str, ...], bool]]
_TOLD = "SELECT item, head, tip, asked, updated_at, moved_at, moved_to FROM stories"


class Told(NamedTuple):
    """What is known of a story without its events. ``head`` is the number of the commit it was seen from."""

    head: int
    tip: str
    asked: str
    marks: Marks

    def holds(self, legal: Legal) -> bool:
        """Whether the policy judges as it did."""
        return not self.asked or all(legal(path) == answer for path, answer in _judged(self.asked))


def remembered(connection: sqlite3.Connection, item_id: str, head: str, seen: str, legal: Legal) -> list[Event] | None:
    """The events of an item as seen from ``head``; None if that is not known. One statement and no more."""
    asked = "SELECT asked, sum, events FROM stories, facts WHERE item = ? AND name = 'seen' AND value = ?"
    asked += " AND head = (SELECT number FROM commits WHERE id = ?)"
    row = connection.execute(asked, (bytes_of(item_id), seen, bytes.fromhex(head))).fetchone()
    if row is None or (row[0] and not all(legal(path) == answer for path, answer in _judged(row[0]))):
        return None
    return _events(item_id, row[1], row[2])


def told(connection: sqlite3.Connection, item_id: str) -> Told | None:
    """The story of one item, as seen from wherever it was told."""
    found = _told(connection.execute(f"{_TOLD} WHERE item = ?", (bytes_of(item_id),)))
    return found.get(item_id)


def all_told(connection: sqlite3.Connection) -> dict[str, Told]:
    """id -> its story."""
    return _told(connection.execute(_TOLD))


def events_of(connection: sqlite3.Connection, item_id: str) -> list[Event]:
    """The events of the story that is kept."""
    row = connection.execute("SELECT sum, events FROM stories WHERE item = ?", (bytes_of(item_id),)).fetchone()
    if row is None:
        raise sqlite3.OperationalError("made anew by another process")
    return _events(item_id, *row)


def keep(connection: sqlite3.Connection, several: Iterable[tuple[str, Told, Sequence[Event]]]) -> None:
    """Remembers stories, but for those that would not come back the same. Inside a transaction of the caller's."""
    import json  # a story that is known is only read

    for item_id, story, events in several:
        text = json.dumps([[one.id, one.ts, one.type, one.message, one.actor, one.meta] for one in events])
        check = zlib.crc32(text.encode())
        if _events(item_id, check, text) == list(events):
            values = (bytes_of(item_id), story.head, story.tip, story.asked, *story.marks, check, text)
            connection.execute("INSERT OR REPLACE INTO stories VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def see_from(connection: sqlite3.Connection, item_ids: Sequence[str], head: int) -> None:
    """Stories that are the same as seen from another commit. Inside a transaction of the caller's."""
    values = ((head, bytes_of(item_id)) for item_id in item_ids)
    connection.executemany("UPDATE stories SET head = ? WHERE item = ?", values)


def as_text(asked: Asked) -> str:
    """How what was judged is kept; empty if nothing was."""
    import json

    return json.dumps(asked) if asked else ""


def _told(rows: Iterable[Any]) -> dict[str, Told]:
    return {text_of(item): Told(head, tip, asked, Marks(*marks)) for item, head, tip, asked, *marks in rows}


def _judged(asked: str) -> list[tuple[list[str], bool]]:
    import json

    return [(path, answer) for path, answer in json.loads(asked)]


def _events(item_id: str, check: int, text: str) -> list[Event]:
    import json

    if zlib.crc32(text.encode()) != check:
        raise MalformedError(f"the story of {item_id} has changed")
    return [Event(name, item_id, *rest) for name, *rest in json.loads(text)]
