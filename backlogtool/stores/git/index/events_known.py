"""What is known without a look at history: a story, or an answer about all items, as seen from this very commit.

On the way of every ``show`` and ``log``, so it loads as little as it can.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Sequence

from backlogtool.domain.event import Event
from backlogtool.stores.git.index.database import MalformedError
from backlogtool.stores.git.index.events_lines import events_in, judged_in
from backlogtool.stores.git.index.events_tables import bytes_of

Legal = Callable[[Sequence[str]], bool]


def story(connection: sqlite3.Connection, item_id: str, head: str, seen: str, legal: Legal) -> list[Event] | None:
    """The events of an item as seen from ``head``; None if that is not known. One statement and no more."""
    asked = "SELECT judged, sum, events FROM stories, facts WHERE item = ? AND name = 'seen' AND value = ?"
    asked += " AND head = (SELECT number FROM commits WHERE id = ?)"
    row = connection.execute(asked, (bytes_of(item_id), seen, bytes.fromhex(head))).fetchone()
    return None if row is None or not holds(row[0], legal) else events_of(*row[1:])


def answer(connection: sqlite3.Connection, asked: str, head: str, seen: str, legal: Legal) -> list[Event] | None:
    """What was told of all items as seen from ``head``; None if that is not known."""
    statement = "SELECT judged, sum, events FROM answers, facts WHERE asked = ? AND head = ?"
    statement += " AND name = 'seen' AND value = ?"
    row = connection.execute(statement, (asked, bytes.fromhex(head), seen)).fetchone()
    return None if row is None or not holds(row[0], legal) else events_of(*row[1:])


def name_of(since: str, limit: int | None) -> str:
    """How an answer about all items is called."""
    return f"{limit} {since}"


def holds(judged: bytes, legal: Legal) -> bool:
    """Whether the policy judges as it did."""
    return all(legal(path) == answer for path, answer in judged_in(judged))


def events_of(check: int, lines: bytes) -> list[Event]:
    """The events that are kept, if they are still as they were written."""
    if zlib.crc32(lines) != check:
        raise MalformedError("what was told has changed")
    return events_in(lines)
