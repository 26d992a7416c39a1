"""The tables of the index of events: facts about commits, which never change, and stories told from them."""

from __future__ import annotations

from collections.abc import Iterable

from backlogtool import __version__

#: Raised with every change of the tables, of what stands in them, or of how stories are told.
VERSION = 3

#: ``facts``: ``seen`` says by which tool, and with which edge of a shallow clone, everything else was read.
#: ``commits``: ids as bytes; ``at`` is the author's time in seconds. Numbers rise from ancestors to descendants.
#: ``joints``: the commits whose only parent is not the one numbered just before: the parents' numbers, and the place
#: among these of the first with the same items, -1 if there is none.
#: ``steps``: what a commit did to an item by comparison with its first parent; blobs as bytes.
#: ``heads``: the commits up to which history was read, the last one with the highest ``turn``.
#: ``stories``: the events of an item as seen from the commit ``head``, and their sum (CRC-32). ``tip`` is the last
#: commit that matters to the item, ``judged`` the paths of statuses that were judged for it, with the answers.
#: ``answers``: what was told last of all items, as seen from ``head``, alike; ``asked`` says how much of it.
SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE commits (number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, at INTEGER NOT NULL);
CREATE TABLE joints (number INTEGER PRIMARY KEY, parents TEXT NOT NULL, same INTEGER NOT NULL);
CREATE TABLE steps (
    item BLOB NOT NULL, number INTEGER NOT NULL, place INTEGER NOT NULL, before BLOB, after BLOB,
    PRIMARY KEY (item, number)
) WITHOUT ROWID;
CREATE INDEX steps_of_commits ON steps (number, place);
CREATE TABLE heads (turn INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE);
CREATE TABLE stories (
    item BLOB PRIMARY KEY, head INTEGER NOT NULL, tip TEXT NOT NULL, judged BLOB NOT NULL,
    updated_at TEXT, moved_at TEXT, moved_to TEXT, sum INTEGER NOT NULL, events BLOB NOT NULL
);
CREATE TABLE answers (
    turn INTEGER PRIMARY KEY, asked TEXT NOT NULL UNIQUE, head BLOB NOT NULL, judged BLOB NOT NULL,
    sum INTEGER NOT NULL, events BLOB NOT NULL
);
"""


def seen_by(edge: Iterable[str]) -> str:
    """The value of the fact ``seen``: another one makes everything anew."""
    return " ".join([__version__, *sorted(edge)])


def bytes_of(item_id: str) -> bytes:
    """An item's id as it stands in the tables: a file name in a repository may hold bytes that are no text."""
    return item_id.encode("utf-8", "surrogateescape")


def text_of(name: bytes) -> str:
    """The id that ``bytes_of`` made bytes of."""
    return name.decode("utf-8", "surrogateescape")
