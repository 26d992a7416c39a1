"""Reading objects: one ``git cat-file --batch`` for as many as are wanted.

Nothing that a repository configures runs on this path, and nothing is checked out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from backlogtool.domain import calendar
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.runner import Git

_SECONDS = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class CommitObject:
    """A commit as git stores it; names are the raw ones, no mailmap."""

    id: str
    parents: tuple[str, ...]
    author: str
    at: str
    message: str
    tree: str


def read_objects(git: Git, names: Iterable[str]) -> dict[str, bytes]:
    """name -> content, for every name (an id, or ``commit:path``) that exists and is a blob or a commit."""
    wanted = list(dict.fromkeys(name for name in names if "\n" not in name))
    if not wanted:
        return {}
    result = git.read("cat-file", "--batch", stdin=os.fsencode("".join(f"{name}\n" for name in wanted)))
    if result.status:
        raise UnavailableError(f"git cannot read its objects: {result.err}")
    return dict(_answers(result.out, wanted))


def read_commits(git: Git, ids: Iterable[str]) -> dict[str, CommitObject]:
    """id -> commit, for every id that exists."""
    return {name: parse_commit(name, data) for name, data in read_objects(git, ids).items()}


def _answers(out: bytes, wanted: list[str]) -> Iterable[tuple[str, bytes]]:
    position = 0
    for name in wanted:
        end = out.index(b"\n", position)
        header = out[position:end].split(b" ")
        position = end + 1
        if len(header) < 3 or not header[-1].isdigit() or header[-2] not in (b"blob", b"commit", b"tree", b"tag"):
            continue  # "<name> missing", "<name> ambiguous"
        size = int(header[-1])
        if header[-2] in (b"blob", b"commit"):
            yield name, out[position : position + size]
        position += size + 1


def parse_commit(name: str, data: bytes) -> CommitObject:
    """What a commit object of that id says."""
    head, _, message = data.partition(b"\n\n")
    parents, author, encoding, tree = [], b"", "utf-8", ""
    for line in head.split(b"\n"):
        key, _, rest = line.partition(b" ")
        if key == b"parent":
            parents.append(rest.decode())
        elif key == b"tree":
            tree = rest.decode()
        elif key == b"author":
            author = rest
        elif key == b"encoding":
            encoding = rest.decode("ascii", "replace")
    person, _, when = author.rpartition(b"> ")
    seconds = when.split(b" ")[0].decode("ascii", "replace")
    return CommitObject(
        name,
        tuple(parents),
        _text(person.partition(b" <")[0], encoding),
        calendar.from_seconds(int(seconds) if _SECONDS.fullmatch(seconds) else 0),
        _text(message, encoding),
        tree,
    )


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):  # some encodings complain in ways of their own
        return data.decode("utf-8", "replace")
