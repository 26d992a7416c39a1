"""One state of the index while several statements read it, and while it is written to.

Facts about a commit never change, but another version of the tool, or another edge of a shallow clone, makes all of
them anew: then the numbers of commits mean others.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from backlogtool.stores.git.index.events_tables import seen_by

if TYPE_CHECKING:
    from backlogtool.stores.git.index.work import Progress
    from backlogtool.stores.git.runner import Git


#: KiB that may be held while facts are taken in, in no order: with the usual 2,000 each would be written many times.
_CACHE = 1 << 16
_USUAL_CACHE = 2000


class State(NamedTuple):
    """A commit with its number, and what the facts were read with: they are all the same or all others."""

    number: int
    head: str
    seen: str


def state_of(
    connection: sqlite3.Connection, git: Git, head: str, edge: frozenset[str], progress: Progress | None
) -> State:
    """A commit with its number, after all that leads to it has been taken into the index."""
    seen = seen_by(edge)
    asked = "SELECT number FROM commits, facts WHERE id = ? AND name = 'seen' AND value = ?"
    row = connection.execute(asked, (bytes.fromhex(head), seen)).fetchone()
    if row is None:
        from backlogtool.stores.git.index.events_build import take_in  # most commands find nothing new

        connection.execute(f"PRAGMA cache_size=-{_CACHE}")
        with writing(connection):
            take_in(connection, git, head, edge, progress)
            row = connection.execute(asked, (bytes.fromhex(head), seen)).fetchone()
        connection.execute(f"PRAGMA cache_size=-{_USUAL_CACHE}")
    return State(int(row[0]), head, seen)


@contextmanager
def reading(connection: sqlite3.Connection, state: State) -> Iterator[None]:
    """Everything that is read inside belongs together. Raises ``sqlite3.OperationalError`` if it is another state."""
    connection.execute("BEGIN")
    try:
        _refuse_another(connection, state)
        yield
    finally:
        connection.execute("COMMIT")


@contextmanager
def writing(connection: sqlite3.Connection, state: State | None = None) -> Iterator[None]:
    """Everything that is written inside, or nothing; in no other state than this one."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if state:
            _refuse_another(connection, state)
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _refuse_another(connection: sqlite3.Connection, state: State) -> None:
    asked = "SELECT 1 FROM commits, facts WHERE number = ? AND id = ? AND name = 'seen' AND value = ?"
    if not connection.execute(asked, (state.number, bytes.fromhex(state.head), state.seen)).fetchone():
        raise sqlite3.OperationalError("made anew by another process")
