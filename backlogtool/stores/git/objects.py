"""Reading objects: one ``git cat-file --batch`` for as many as are wanted.

Nothing that a repository configures runs on this path, and nothing is checked out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from backlogtool.domain import calendar
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.refs import content
from backlogtool.stores.git.runner import Git

if TYPE_CHECKING:
    from backlogtool.stores.git.hearing import Enough

#: Bytes of a commit that is looked at here; git is asked about a larger one.
_LARGEST = 1 << 20
#: Bytes that an object may have: a folder of a million files has fewer, as do views.
_MOST = 1 << 26
_KINDS = (b"blob", b"commit", b"tree", b"tag")
_HEAD = 1 << 13  # bytes in which an answer's first line ends, but for very long names
_UTF_8 = "utf-8"
#: The encodings of messages, by Python's names: those that people have set as ``i18n.commitEncoding``. Python knows
#: others that are no charsets, which git shows as they are, and one that takes time by the square of the length.
_ENCODINGS = frozenset(
    (
        *("ascii", _UTF_8, "koi8-r", "koi8-u", "mac-roman"),
        *(f"iso8859-{part}" for part in range(1, 17) if part != 12),  # there is none
        *(f"cp{page}" for page in (437, 850, 852, 866, 874, 932, 949, 950, *range(1250, 1259))),
        *("big5", "big5hkscs", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "iso2022_jp", "iso2022_kr", "shift_jis"),
    )
)
_LONGEST_NAME = 40


class CommitObject(NamedTuple):
    """A commit as git stores it; names are the raw ones, no mailmap."""

    id: str
    parents: tuple[str, ...]
    author: str
    at: str
    message: str
    tree: str


def read_objects(git: Git, names: Iterable[str], kinds: Sequence[bytes] = (b"blob", b"commit")) -> dict[str, bytes]:
    """name -> content, for every name (an id, or ``commit:path``) that exists and is of one of the kinds.

    Raises ``UnavailableError`` if one of them is larger than anybody would make it.
    """
    found, large = read_within(git, names, _MOST, kinds)
    for name, size in large.items():
        hint = f"it is made to be too large: objects may have {_MOST} bytes here, and files of items fewer"
        raise UnavailableError(f"object {name} has {size} bytes, and is not read", hint=hint)
    return found


def read_within(
    git: Git, names: Iterable[str], most: int, kinds: Sequence[bytes] = (b"blob",)
) -> tuple[dict[str, bytes], dict[str, int]]:
    """name -> content of every object that exists, is of one of the kinds and has at most so many bytes.

    And name -> size of each that has more: it takes a few bytes to push an object that fills all memory. Sizes are
    asked for only once such a one is met, since that takes another process.
    """
    wanted = list(dict.fromkeys(name for name in names if "\n" not in name))
    if not wanted:
        return {}, {}
    sizes = _Sizes(most)
    out = _asked(git, "--batch", wanted, sizes)
    found = dict(_answers(out, wanted[: sizes.passed] if sizes.met else wanted, kinds))
    if not sizes.met:
        return found, {}
    rest = wanted[sizes.passed :]
    lines = _asked(git, "--batch-check=%(objecttype) %(objectsize)", rest).split(b"\n")
    told = {name: _size_of(line) for name, line in zip(rest, lines, strict=False) if line.startswith(tuple(kinds))}
    large = {name: size for name, size in told.items() if size is not None and size > most}
    more, _ = read_within(git, (name for name in told if name not in large), most, kinds)
    return found | more, large


class _Sizes:
    """Looks through the answers of ``cat-file --batch`` as they come, for one that is too large."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._head = b""
        self._left = 0
        #: How many answers went before, and whether one was too large.
        self.passed = 0
        self.met = False

    def __call__(self, part: bytes) -> bool:
        place = 0
        while place < len(part):
            if self._left:
                step = min(self._left, len(part) - place)
                place, self._left = place + step, self._left - step
                continue
            head, end, _ = part[place : place + _HEAD].partition(b"\n")
            self._head += head
            place += len(head) + len(end)
            if not end:
                continue
            size = _size_of(self._head)
            self._head = b""
            if size is not None and size > self._most:
                self.met = True
                return True
            self._left = 0 if size is None else size + 1
            self.passed += 1
        return False


def _asked(git: Git, how: str, names: Sequence[str], enough: Enough | None = None) -> bytes:
    result = git.read("cat-file", how, stdin=os.fsencode("".join(f"{name}\n" for name in names)), enough=enough)
    if result.status:
        raise UnavailableError(f"git cannot read its objects: {result.err}")
    return result.out


def _size_of(head: bytes) -> int | None:
    """The size that an answer begins with; None for "<name> missing" and "<name> ambiguous"."""
    *_, kind, size = (b"", *head.split(b" "))
    return int(size) if kind in _KINDS and size.isdigit() else None


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
        header = out[position:end]
        position = end + 1
        size = _size_of(header)
        if size is None:
            continue
        if position + size >= len(out):
            raise _cut_off()
        if header.split(b" ")[-2] in kinds:
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
    """A text in the encoding that its commit names, if that is one for text; else as UTF-8, as git shows it."""
    try:
        return data.decode(encoding if encoding == _UTF_8 or _is_for_text(encoding) else _UTF_8)
    except ValueError:
        return data.decode(_UTF_8, "replace")


def _is_for_text(encoding: str) -> bool:
    import codecs  # hardly any commit names one

    try:
        return len(encoding) <= _LONGEST_NAME and codecs.lookup(encoding).name in _ENCODINGS
    except (LookupError, ValueError):  # a zero byte in it
        return False
