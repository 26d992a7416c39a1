"""Reading objects: one ``git cat-file --batch`` for as many as are wanted.

Nothing that a repository configures runs on this path, and nothing is checked out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from backlogtool.domain import calendar
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.refs import content
from backlogtool.stores.git.runner import Git

#: Bytes of a commit that is looked at here; git is asked about a larger one.
_LARGEST = 1 << 20


class CommitObject(NamedTuple):
    """A commit as git stores it; names are the raw ones, no mailmap."""

    id: str
    parents: tuple[str, ...]
    author: str
    at: str
    message: str
    tree: str


def read_objects(git: Git, names: Iterable[str], kinds: Sequence[bytes] = (b"blob", b"commit")) -> dict[str, bytes]:
    """name -> content, for every name (an id, or ``commit:path``) that exists and is of one of the kinds."""
    wanted = list(dict.fromkeys(name for name in names if "\n" not in name))
    if not wanted:
        return {}
    result = git.read("cat-file", "--batch", stdin=os.fsencode("".join(f"{name}\n" for name in wanted)))
    if result.status:
        raise UnavailableError(f"git cannot read its objects: {result.err}")
    return dict(_answers(result.out, wanted, kinds))


def read_commits(git: Git, ids: Iterable[str]) -> dict[str, CommitObject]:
    """id -> commit, for every id that exists."""
    return {name: parse_commit(name, data) for name, data in read_objects(git, ids).items()}


def all_commits(git: Git, ids: Iterable[str]) -> dict[str, CommitObject]:
    """The same. Raises ``UnavailableError`` if one is not here."""
    wanted = sorted(ids)
    found = read_commits(git, wanted)
    missing = next((one for one in wanted if one not in found), "")
    if missing:
        raise UnavailableError(f"commit {missing[:10]} is missing here", hint="git fetch --unshallow")
    return found


def _answers(out: bytes, wanted: list[str], kinds: Sequence[bytes]) -> Iterable[tuple[str, bytes]]:
    """Each answer. Raises ``UnavailableError`` if they end too early: git ends with 0 when nobody takes its output."""
    position = 0
    for name in wanted:
        end = out.find(b"\n", position)
        if end < 0:
            raise _cut_off()
        header = out[position:end].split(b" ")
        position = end + 1
        if len(header) < 3 or not header[-1].isdigit() or header[-2] not in (b"blob", b"commit", b"tree", b"tag"):
            continue  # "<name> missing", "<name> ambiguous"
        size = int(header[-1])
        if position + size >= len(out):
            raise _cut_off()
        if header[-2] in kinds:
            yield name, out[position : position + size]
        position += size + 1


def _cut_off() -> UnavailableError:
    return UnavailableError("git stopped in the middle of an answer", hint="repeat the command")


def parse_commit(name: str, data: bytes) -> CommitObject:
    """What a commit object of that id says: of several lines with one key the first counts, as it does for git.

    So do parents only where git reads them, right behind the tree.
    """
    head, _, message = data.partition(b"\n\n")
    lines = [line.partition(b" ")[::2] for line in head.split(b"\n")]
    first = dict(reversed(lines))
    parents = takewhile(lambda line: line[0] == b"parent", lines[1:])
    author, encoding = first.get(b"author", b""), first.get(b"encoding", b"utf-8").decode("ascii", "replace")
    return CommitObject(
        name,
        tuple(_id(one) for _, one in parents),
        _text(author.rpartition(b"> ")[0].partition(b" <")[0], encoding),
        calendar.from_seconds(_seconds(author)),
        _text(message, encoding),
        _id(first.get(b"tree", b"")),
    )


def _id(written: bytes) -> str:
    """A name as git tells it: an object may have it in capital letters."""
    return written.decode("ascii", "replace").lower()


def author_seconds(head: bytes) -> int:
    """The author's time, in seconds, in what stands before the message of a commit object."""
    _, found, author = head.rpartition(b"\nauthor ")
    return _seconds(author.partition(b"\n")[0] if found else b"")


def _seconds(author: bytes) -> int:
    seconds = author.rpartition(b"> ")[2].split(b" ")[0].decode("ascii", "replace")
    return int(seconds) if _is_number(seconds) else 0


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 15


def loose_commit(common_dir: str, commit: str) -> CommitObject | None:
    """A commit that stands in a file of its own and is whole: its content has the id that its name says.

    None also for one that is packed or borrowed, so git has to be asked. Nothing is started.
    """
    # Who asks has a commit to build upon; a command that only reads asks the index.
    import hashlib
    import zlib

    packed = content(os.path.join(common_dir, "objects", commit[:2], commit[2:]), _LARGEST)
    unpack = zlib.decompressobj()
    try:
        data = unpack.decompress(packed or b"", _LARGEST)
    except zlib.error:
        return None
    head, _, body = data.partition(b"\0")
    kind = "sha256" if len(commit) == 64 else "sha1"
    whole = unpack.eof and head == b"commit %d" % len(body)
    same = whole and hashlib.new(kind, data, usedforsecurity=False).hexdigest() == commit
    return parse_commit(commit, body) if same else None


def _text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):  # some encodings complain in ways of their own
        return data.decode("utf-8", "replace")
