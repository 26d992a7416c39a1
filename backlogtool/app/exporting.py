"""The verb ``export``: the whole backlog as a SQLite database, for people who want SQL.

What it holds follows from the commit, and from edits that are not committed: no clock is asked. The schema stands
in ``interchange.tables``.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from typing import NamedTuple

from backlogtool.app.validation import validate
from backlogtool.app.workspace import Workspace
from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding
from backlogtool.errors import NotFoundError, RefusedError, UnavailableError
from backlogtool.interchange import records, tables
from backlogtool.interchange.records import Row
from backlogtool.interchange.tables import Table
from backlogtool.stores.base import Stored
from backlogtool.stores.git.objects import read_commits
from backlogtool.stores.git.store import GitStore

#: So many events are written at once.
_AT_ONCE = 5000


class Exported(NamedTuple):
    """How many rows each table has, the commit, and the findings about what could not be read, and so is missing."""

    rows: Mapping[str, int]
    commit: str
    unreadable: tuple[Finding, ...]


def export_sqlite(space: Workspace, path: str, *, force: bool) -> Exported:
    """Writes the database; it stands at ``path`` whole or not at all.

    Raises ``RefusedError`` if there is a file already, unless ``force``; ``NotFoundError`` if its folder is not
    there; ``UnavailableError`` if it cannot be written.
    """
    space.require("list")
    space.require_backlog()
    if os.path.lexists(path) and not force:
        raise _exists(path)
    found = space.store.find(space.query())
    stored = sorted(found.stored, key=lambda one: one.item.id)
    unreadable, meta = found.unreadable, _meta(space)
    del found  # it holds every item, which the events need the room of
    with _put_in_place(path, force=force) as temporary, _database(path, temporary) as database:
        rows = dict(_filled(database, space, stored, meta))
        for statement in _statements():
            database.execute(statement)
    return Exported(rows, str(meta[1] or ""), unreadable)


def _filled(
    database: sqlite3.Connection, space: Workspace, stored: list[Stored], meta: Row
) -> Iterator[tuple[str, int]]:
    """(name, number of rows) of every table; rows are made while they are written, and items forgotten then."""
    items = [one.item for one in stored]
    ids = {one.id for one in items}
    yield _fill(database, tables.ITEMS, _items(space, stored))
    yield _fill(database, tables.TAGS, (row for one in items for row in records.tags(one)))
    yield _fill(database, tables.DEPENDENCIES, (row for one in items for row in records.dependencies(one)))
    yield _fill(database, tables.EVIDENCE, (row for one in items for row in records.evidence(one)))
    yield _fill(database, tables.CRITERIA, (row for one in items for row in records.criteria(one)))
    yield _fill(database, tables.COMMENTS, (row for one in items for row in records.comments(one)))
    items.clear()
    stored.clear()
    yield from _fill_events(database, _events(space), ids)
    yield _fill(database, tables.FINDINGS, records.findings(validate(space), ids))
    yield _fill(database, tables.META, [meta])


def _events(space: Workspace) -> Iterator[Event]:
    return space.store.every_event() if isinstance(space.store, GitStore) else iter(space.store.events())


def _items(space: Workspace, stored: Sequence[Stored]) -> Iterator[Row]:
    closed = space.policy.workflow.closed_statuses
    stamps = space.store.stamps([one.item for one in stored], closed)
    for one in stored:
        told = stamps[one.item.id]
        yield records.item(one.item, one.path, closed=closed, updated_at=told.updated_at, closed_at=told.closed_at)


def _meta(space: Workspace) -> Row:
    """The row of ``meta``."""
    if not isinstance(space.store, GitStore):
        return tables.SCHEMA_VERSION, None, None, 0
    repository = space.store.repository
    head = repository.head()
    moment = read_commits(repository.git, [head])[head].at if head else None
    return tables.SCHEMA_VERSION, head or None, moment, len(space.store.edited())


def _statements() -> Iterator[str]:
    """What is done once the rows stand: indexes are made faster then."""
    for table in tables.TABLES:
        yield from tables.further(table)
    yield from map(tables.create_view, tables.VIEWS)


def _fill(database: sqlite3.Connection, table: Table, rows: Iterable[Row]) -> tuple[str, int]:
    database.execute(tables.create(table))
    return table.name, _add(database, table, rows)


def _fill_events(
    database: sqlite3.Connection, events: Iterator[Event], ids: Collection[str]
) -> Iterator[tuple[str, int]]:
    """Both tables of events, in one pass: there may be more events than should be held at once."""
    counts = dict(_fill(database, table, ()) for table in (tables.EVENTS, tables.CHANGES))
    while some := [*islice(events, _AT_ONCE)]:
        first = counts[tables.EVENTS.name] + 1
        counts[tables.EVENTS.name] += _add(database, tables.EVENTS, records.events(some, ids, first))
        counts[tables.CHANGES.name] += _add(database, tables.CHANGES, records.changes(some, first))
    yield from counts.items()


def _add(database: sqlite3.Connection, table: Table, rows: Iterable[Row]) -> int:
    return max(database.executemany(tables.insert(table), rows).rowcount, 0)


@contextmanager
def _database(path: str, temporary: str) -> Iterator[sqlite3.Connection]:
    """A database in one transaction. Nobody else sees the file yet, so it needs no journal."""
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as database:
            for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN"):
                database.execute(statement)
            yield database
            database.execute(f"PRAGMA user_version = {tables.SCHEMA_VERSION}")
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise UnavailableError(f"{path} cannot be written: {error}") from error


@contextmanager
def _put_in_place(path: str, *, force: bool) -> Iterator[str]:
    """A new file beside ``path`` that takes its place, durably, once it is whole."""
    folder, name = os.path.split(os.path.abspath(path))
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFoundError(f"there is no folder {folder}", hint="make it first") from error
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}") from error
    try:
        yield temporary
        _sync(temporary)
        _rename(temporary, path, force=force)
        _sync(folder)
    except OSError as error:
        raise UnavailableError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _rename(temporary: str, path: str, *, force: bool) -> None:
    """Raises ``RefusedError`` if somebody has made the file meanwhile."""
    if force:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError as error:
        raise _exists(path) from error


def _sync(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _exists(path: str) -> RefusedError:
    return RefusedError(f"{path} exists already", hint="--force replaces it")
