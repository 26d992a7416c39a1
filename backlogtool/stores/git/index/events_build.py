"""Takes the facts about new commits into the index of events: with two commands of git, however many they are.

Facts are taken in whole histories and in one transaction: whatever leads to a commit of the index is in it as well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.index.database import MalformedError
from backlogtool.stores.git.index.events_tables import bytes_of, seen_by
from backlogtool.stores.git.index.work import Progress
from backlogtool.stores.git.objects import author_seconds
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.steps import RAW, WHOLE, Step, changes, steps
from backlogtool.stores.git.streaming import parts_of

_LISTED = ("--topo-order", "--reverse", "--parents", "--header", "--encoding=none", "--ignore-missing")
#: So many heads are named to git as known; a history that none of them has is read again, and found known.
_HEADS = 16
_AT_ONCE = 2000
_EMPTYING = (
    "DELETE FROM commits", "DELETE FROM joints", "DELETE FROM steps", "DELETE FROM heads", "DELETE FROM stories",
    "DELETE FROM answers",
)  # fmt: skip


class _New(NamedTuple):
    """A commit, its parents, and the author's time in seconds; ids as git writes them."""

    id: str
    parents: tuple[str, ...]
    at: int


def take_in(
    connection: sqlite3.Connection, git: Git, head: str, edge: Iterable[str], progress: Progress | None = None
) -> None:
    """Reads the history that leads to ``head``, as far as it is not known, inside a transaction of the caller's.

    ``edge`` are the commits where a shallow clone ends; facts that were seen with another edge are dropped.
    ``progress`` is told how many of how many commits have been read. Raises
    ``UnavailableError`` where git cannot read the history.
    """
    _drop_unless_seen_by(connection, seen_by(edge))
    if not _known(connection, [head]):
        new = _listed(connection, git, head)
        numbers = _numbered(connection, new)
        _keep_commits(connection, new, numbers)
        changed = _keep_steps(connection, git, new, numbers, progress)
        _keep_joints(connection, new, numbers, _same_as(git, new, changed))
    _keep_head(connection, head)


def _drop_unless_seen_by(connection: sqlite3.Connection, seen: str) -> None:
    held = connection.execute("SELECT value FROM facts WHERE name = 'seen'").fetchone()
    if held is None or held[0] != seen:
        for emptying in _EMPTYING:
            connection.execute(emptying)
        connection.execute("INSERT OR REPLACE INTO facts VALUES ('seen', ?)", (seen,))


def _listed(connection: sqlite3.Connection, git: Git, head: str) -> list[_New]:
    """The commits that are not known, ancestors first."""
    heads = connection.execute("SELECT id FROM heads ORDER BY turn DESC LIMIT ?", (_HEADS,))
    known = [f"^{one.hex()}" for (one,) in heads]
    found = [_new(record) for record in parts_of(git, "rev-list", *_LISTED, head, *known, "--", end=b"\0")]
    if not any(one.id == head for one in found):
        raise UnavailableError(f"git does not tell of {head[:10]}")
    already = _known(connection, [one.id for one in found]) if known else {}
    return [one for one in found if one.id not in already]


def _new(record: bytes) -> _New:
    names, _, rest = record.partition(b"\n")
    commit, *parents = names.decode().split()
    return _New(commit, tuple(parents), author_seconds(rest.partition(b"\n\n")[0]))


def _known(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, int]:
    """id -> number, of those commits that are in the index."""
    found = {}
    for one in dict.fromkeys(ids):
        row = connection.execute("SELECT number FROM commits WHERE id = ?", (bytes.fromhex(one),)).fetchone()
        if row is not None:
            found[one] = row[0]
    return found


def _numbered(connection: sqlite3.Connection, new: Sequence[_New]) -> dict[str, int]:
    """id -> number of the new commits, and of the parents that they have among the known ones."""
    last = connection.execute("SELECT MAX(number) FROM commits").fetchone()[0]
    numbers = {one.id: number for number, one in enumerate(new, 0 if last is None else last + 1)}
    parents = {parent for one in new for parent in one.parents if parent not in numbers}
    numbers |= _known(connection, parents)
    if not parents <= numbers.keys():
        raise MalformedError("a commit that was read has gone")
    return numbers


def _keep_commits(connection: sqlite3.Connection, new: Sequence[_New], numbers: dict[str, int]) -> None:
    rows = ((numbers[one.id], bytes.fromhex(one.id), one.at) for one in new)
    connection.executemany("INSERT INTO commits VALUES (?, ?, ?)", rows)


def _keep_steps(
    connection: sqlite3.Connection, git: Git, new: Sequence[_New], numbers: dict[str, int], progress: Progress | None
) -> set[str]:
    """Keeps what the commits did to items; gives those merges that changed anything below ``items/`` at all."""
    merges = {one.id for one in new if len(one.parents) > 1}
    touched: set[str] = set()
    done = 0

    def watched(told: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        nonlocal done
        commit = ""
        for head, path in told:
            if not path:
                commit, done = head, done + 1
                if progress and done % _AT_ONCE == 0:
                    progress(done, len(new))
            elif commit in merges:
                touched.add(commit)
            yield head, path

    sent = (" ".join((one.id, *one.parents[:1])).encode() + b"\n" for one in new)
    found = steps(watched(changes(parts_of(git, *_diff(*RAW), end=b"\0", stdin=sent))))
    connection.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?)", _rows(found, numbers))
    if done != len(new):
        raise UnavailableError(f"git told of {done} commits, not of {len(new)}")
    return touched


def _diff(*options: str) -> tuple[str, ...]:
    return ("diff-tree", "--stdin", "--always", *options, "--", f"{ITEMS}/")


def _rows(
    found: Iterable[Step], numbers: dict[str, int]
) -> Iterator[tuple[bytes, int, int, bytes | None, bytes | None]]:
    for commit, some in groupby(found, key=lambda step: step.commit):
        for place, step in enumerate(some):
            yield bytes_of(step.item_id), numbers[commit], place, _bytes(step.before), _bytes(step.after)


def _bytes(blob: str | None) -> bytes | None:
    return bytes.fromhex(blob) if blob else None


def _same_as(git: Git, new: Iterable[_New], changed: set[str]) -> dict[str, int]:
    """merge -> the place of its first parent with the same items, for merges that have one."""
    found = {one.id: 0 for one in new if len(one.parents) > 1 and one.id not in changed}
    pairs = [(one.id, place) for one in new if one.id in changed for place in range(1, len(one.parents))]
    if pairs:
        parents = {one.id: one.parents for one in new if one.id in changed}
        sent = (f"{commit} {parents[commit][place]}\n".encode() for commit, place in pairs)
        # Without -r git compares the folder as a whole, which costs no more than reading two trees.
        told = changes(parts_of(git, *_diff("--raw", "-z", "--no-abbrev", WHOLE), end=b"\0", stdin=sent))
        differing: list[bool] = []
        for _, path in told:
            if path:
                differing[-1] = True
            else:
                differing.append(False)
        for (commit, place), differs in zip(pairs, differing, strict=True):
            if not differs:
                found.setdefault(commit, place)
    return found


def _keep_joints(
    connection: sqlite3.Connection, new: Iterable[_New], numbers: dict[str, int], same: dict[str, int]
) -> None:
    rows = []
    for one in new:
        number, parents = numbers[one.id], tuple(numbers[parent] for parent in one.parents)
        if parents != (number - 1,):
            rows.append((number, " ".join(map(str, parents)), same.get(one.id, -1)))
    connection.executemany("INSERT INTO joints VALUES (?, ?, ?)", rows)


def _keep_head(connection: sqlite3.Connection, head: str) -> None:
    """The head is the last one known now; of the older ones only as many stay as git is told of."""
    turn = connection.execute("SELECT COALESCE(MAX(turn), 0) + 1 FROM heads").fetchone()[0]
    connection.execute("INSERT OR REPLACE INTO heads VALUES (?, ?)", (turn, bytes.fromhex(head)))
    connection.execute("DELETE FROM heads WHERE turn <= ?", (turn - 4 * _HEADS,))
