"""The tables of the index of items, and items as their rows."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any

from backlogtool.domain.brief import SINGLE, Brief
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.stores.git.index.database import MalformedError
from backlogtool.stores.git.index.where import BETWEEN

#: Raised with every change of the schema, of what a row holds, or of how an item is read from its file.
VERSION = 3

_single = attrgetter(*SINGLE)
_COLUMNS = ", ".join(f'"{name}" {"INTEGER" if name == "rank" else "TEXT NOT NULL"}' for name in SINGLE)

#: The last one has all that the usual filters look at, in the order of a list.
INDEXES = {
    "items_by_id": "id, folder",
    "items_by_key": "dedupe_key, id",
    "items_in_order": "priority, due, id, status, service, owner, env, category, list",
}

#: ``due`` is the day by which items are ordered, those without one last. A blob is a git blob id in bytes, by SHA-1
#: in every repository; findings are JSON. ``names``, ``stamps``: see ``folders.Folder``;
#: ``total`` is that of the row: a name in which a bit has flipped would hide a file, and only that.
SCHEMA = f"""
CREATE TABLE folders (number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, stamp INTEGER NOT NULL,
 names TEXT NOT NULL, stamps BLOB NOT NULL, odd TEXT NOT NULL, total INTEGER NOT NULL);
CREATE TABLE items (number INTEGER PRIMARY KEY, folder INTEGER NOT NULL, blob BLOB NOT NULL, findings TEXT NOT NULL,
 due TEXT NOT NULL, {_COLUMNS}, tags TEXT NOT NULL);
{"".join(f"CREATE INDEX {name} ON items ({columns});" for name, columns in INDEXES.items())}
CREATE TABLE texts (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE unreadable (id TEXT NOT NULL, folder INTEGER NOT NULL, blob BLOB NOT NULL, findings TEXT NOT NULL,
 PRIMARY KEY (id, folder));
CREATE TABLE verdicts (number INTEGER PRIMARY KEY, findings TEXT NOT NULL);
CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

#: What ``brief`` wants of a row.
BRIEF = ", ".join(("folder", *(f'"{name}"' for name in SINGLE), "tags"))
INSERT = f"INSERT INTO items VALUES ({', '.join('?' * (len(SINGLE) + 6))})"


def row(number: int, folder: int, blob: bytes, findings: str, item: Item) -> tuple[Any, ...]:
    """The item's row in ``items``; the findings are packed."""
    tags = f"{BETWEEN}{BETWEEN.join(item.tags)}{BETWEEN}" if item.tags else ""
    return (number, folder, blob, findings, item.due_date or "~", *_single(item), tags)


def folder(path: str, stamp: int, names: str, stamps: bytes, odd: Iterable[Finding]) -> tuple[Any, ...]:
    """What is kept of a folder beside its number."""
    held = (os.fsencode(path), stamp, names, stamps, packed(odd))
    return (*held, total(*held))


def total(path: bytes, stamp: int, names: str, stamps: bytes, odd: str) -> int:
    """The checksum of a folder's row: the rest that its bytes, as a number, leave by the prime 2**61 - 1."""
    held = b"/".join((path, b"%d" % stamp, names.encode(), stamps, odd.encode()))
    return hash(int.from_bytes(held, "little"))


def text(item: Item) -> str:
    """What a ``text:`` term looks at (``domain.query``)."""
    return f"{item.id}\n{item.title}\n{item.description}".casefold()


def brief(held: Sequence[Any], folders: dict[int, str]) -> Brief:
    """The brief in a row of the columns ``BRIEF``."""
    folder, *single, tags = held
    names = tuple(tags[1:-1].split(BETWEEN)) if tags else ()
    return Brief._make((*single, names, f"{folders[folder]}/{single[0]}.md"))


def packed(findings: Iterable[Finding]) -> str:
    """Findings as text; empty if there are none."""
    some = [list(one) for one in findings]
    if not some:
        return ""
    import json  # most items have no findings

    return json.dumps(some)


def unpacked(held: str) -> list[Finding]:
    """Raises ``MalformedError`` if the text holds something else."""
    if not held:
        return []
    import json

    try:
        return [_finding(one) for one in json.loads(held)]
    except (ValueError, TypeError, KeyError) as error:
        raise MalformedError("findings that are none") from error


def _finding(held: list[Any]) -> Finding:
    code, message, path, line, column, item, field, allowed, fix, severity = held
    return Finding(code, message, path, line, column, item, field, tuple(allowed), fix, severity)


def blob_id(data: bytes) -> bytes:
    """The id that git gives to a file's content, by SHA-1."""
    sha1 = (sys.modules.get("hashlib") or _quickly_loaded()).sha1
    return bytes(sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).digest())


def expect_many() -> None:
    """Makes ``blob_id`` quick from now on, which takes as long as a few hundred of them otherwise do."""
    import hashlib  # noqa: F401  # it is what counts that it is there


def _quickly_loaded() -> Any:
    """Most Pythons have an SHA-1 of their own beside that of OpenSSL, which is slow to load."""
    try:
        import _sha1 as found  # type: ignore[import-not-found]  # it is no documented module
    except ImportError:
        import hashlib as found
    return found
