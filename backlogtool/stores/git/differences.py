"""How the item files of commits differ, for as many pairs of commits as are wanted with one git process."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backlogtool.domain.item import is_id
from backlogtool.domain.layout import stem_of
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.objects import all_commits
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.steps import TREES

#: The modes of regular files.
_FILES = ("100644", "100755")
#: What stands for a link or a submodule where a file's blob would be.
ODD = ""
#: The files by which git may put other bytes into a work tree than a commit has.
ATTRIBUTES = ".gitattributes"
#: Patterns that git may be given.
_FEW = 50
_HEADER = re.compile(rb"[0-9a-f][0-9a-f ]*")


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that differs: its blob before and after, ``ODD`` for what is no file, None where there is nothing."""

    path: str
    before: str | None
    after: str | None


#: item id -> what differs among the files that claim the id.
ByItem = Mapping[str, Sequence[Difference]]


def ask(git: Git, *arguments: str, stdin: bytes = b"", pathspecs: str = "literal") -> bytes:
    """What git says. Raises ``UnavailableError`` if it cannot: a check that cannot see must not pass (R12)."""
    found = git.read(*arguments, stdin=stdin, pathspecs=pathspecs)
    if found.status:
        hint = "git fsck tells what is damaged or missing"
        lines = found.err.splitlines()  # hints may come first
        said = next((line for line in lines if line.startswith(("fatal:", "error:"))), found.err.partition("\n")[0])
        raise UnavailableError(f"git cannot read the history: {said}", hint=hint)
    return found.out


def between(git: Git, pairs: Sequence[tuple[str, str]], paths: Sequence[str] = ()) -> dict[tuple[str, str], ByItem]:
    """(older, newer) -> how the item files of the two commits differ, or those of ``paths_of`` some items."""
    commits = all_commits(git, {one for pair in pairs for one in pair})
    trees = {pair: f"{commits[pair[0]].tree} {commits[pair[1]].tree}" for pair in pairs}
    sent = "".join(f"{line}\n" for line in dict.fromkeys(trees.values())).encode()
    asked = ("diff-tree", "--stdin", *TREES, "--", *(paths or (f"{ITEMS}/",)))
    out = ask(git, *asked, stdin=sent, pathspecs="glob" if paths else "literal") if sent else b""
    told: dict[str, list[Difference]] = {}
    for header, one in _parsed(out):
        told.setdefault(header, []).extend([one] if one else [])
    return {pair: by_item(told[line]) for pair, line in all_told(trees, told).items()}


def all_told(asked: Mapping[tuple[str, str], str], told: Collection[str]) -> Mapping[tuple[str, str], str]:
    """The same pairs and what stands for each in git's answer. Raises ``UnavailableError`` if it says nothing of one.

    Git names every pair, also of two equal trees: whatever it does not name has not been compared.
    """
    silent = next((pair for pair, line in asked.items() if line not in told), None)
    if silent:
        message = f"git did not compare {silent[0][:10]} and {silent[1][:10]}: not all can be judged"
        raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
    return asked


def deletions(git: Git, commits: Sequence[str], ids: Collection[str]) -> dict[str, list[Difference]]:
    """item id -> the removals of its files in the history that leads to commits."""
    return _history(git, commits, ids, ("--diff-filter=D",))


def changes(git: Git, commits: Sequence[str], ids: Collection[str]) -> dict[str, list[Difference]]:
    """item id -> every change of its files in the history that leads to commits, the last one first."""
    return _history(git, commits, ids, ("--root",))


def paths_of(ids: Collection[str]) -> list[str]:
    """What tells git of the files of items. Of many everything is: git compares each path with each pattern."""
    few = len(ids) <= _FEW
    return [f":(glob){ITEMS}/**/{one}.md" for one in sorted(ids)] if few else [f":(glob){ITEMS}/**"]


def _history(
    git: Git, commits: Sequence[str], ids: Collection[str], options: Sequence[str]
) -> dict[str, list[Difference]]:
    paths = paths_of(ids)
    sent = ask(git, "rev-list", "--topo-order", "--full-history", *commits, "--", *paths, pathspecs="glob")
    asked = ("diff-tree", "--stdin", "-m", *TREES, *options, "--", *paths)
    told = ask(git, *asked, stdin=sent, pathspecs="glob") if sent else b""
    return by_item(one for _, one in _parsed(told) if one)


def listing(git: Git, commit: str, wanted: Collection[str] | None = None) -> dict[str, list[Difference]]:
    """The item files of a commit, or those of the wanted items, as if they had all been made by it."""
    return listed(entries_of(git, commit), wanted)


def entries_of(git: Git, commit: str) -> bytes:
    """The item files of a commit as git lists them."""
    return ask(git, "ls-tree", "-r", "-z", commit, "--", f"{ITEMS}/")


def listed(told: bytes, wanted: Collection[str] | None = None) -> dict[str, list[Difference]]:
    """``listing`` of what git has told."""
    entries = told.split(b"\0")
    if wanted is not None:
        names = {f"{one}.md".encode() for one in wanted}
        entries = [entry for entry in entries if entry.rpartition(b"/")[2] in names]
    return by_item(_entry(entry) for entry in entries if entry)


def differing(git: Git, older: str, newer: str, *folders: str) -> list[Difference]:
    """What differs in these folders between two commits; ``older`` empty: whatever the newer one has."""
    if not older:
        entries = ask(git, "ls-tree", "-r", "-z", newer, "--", *folders).split(b"\0")
        return [_entry(entry) for entry in entries if entry]
    return [one for _, one in _parsed(ask(git, "diff-tree", *TREES, older, newer, "--", *folders)) if one]


def by_item(differences: Iterable[Difference]) -> dict[str, list[Difference]]:
    """The differences of files whose names are ids of items."""
    found: dict[str, list[Difference]] = {}
    for one in differences:
        stem = stem_of(one.path)
        if one.path.endswith(".md") and is_id(stem):
            found.setdefault(stem, []).append(one)
    return found


def _entry(entry: bytes) -> Difference:
    head, _, path = entry.partition(b"\t")
    mode, _, name = head.decode().split(" ")
    return Difference(os.fsdecode(path), None, _blob(mode, name))


def _parsed(out: bytes) -> Iterator[tuple[str, Difference | None]]:
    """What ``--raw -z`` prints: each line that names commit or trees by itself, and with what stands below it."""
    for header, about, path in raw(out):
        before, after = map(_blob, about[:2], about[2:4]) if about else (None, None)
        yield header, Difference(path, before, after) if about else None


def raw(out: bytes) -> Iterator[tuple[str, Sequence[str], str]]:
    """What ``--raw -z`` prints: each line that names commit or trees, with nothing more, and then what stands below it.

    That is the line's two modes, two blobs and its letter, and the path.
    """
    header, place = "", 0
    while place < len(out):
        named = _HEADER.match(out, place)
        if named:
            header, place = named[0].decode(), named.end()
            yield header, (), ""
        elif out[place : place + 1] == b":":
            end = out.index(b"\0", place)
            last = out.index(b"\0", end + 1)
            yield header, out[place + 1 : end].decode().split(" "), os.fsdecode(out[end + 1 : last])
            place = last + 1
        else:
            place += 1  # the line end or zero byte behind a header


def _blob(mode: str, name: str) -> str | None:
    """A blob's id; git writes zeros where there is none."""
    if not name.strip("0"):
        return None
    return name if mode in _FILES else ODD
