"""Items at two ends: two commits, read from the object database alone, or a commit and what stands in the work tree.

What is read follows what differs; beside it only names are looked through, because a file that did not change may
claim the id of one that did.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.codec.quick import item_of
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.layout import stem_of
from backlogtool.errors import InvalidError, NotFoundError, UnavailableError
from backlogtool.stores.git.bases import unrelated
from backlogtool.stores.git.differences import ODD, ByItem, Difference, between, listing
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.objects import read_within
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.versions import too_large


class Version(NamedTuple):
    """An item at one end: ``item`` is None where it is not there, or cannot be read for the reason ``fault``."""

    path: str = ""
    item: Item | None = None
    fault: str = ""


#: id -> what it is at the older end and at the newer one.
Ends = Mapping[str, tuple[Version, Version]]

_NOT_THERE = Version()
#: Keys that are worth looking for one by one, and the characters of those that YAML writes as they are.
_FEW = 50
_LONGEST = 200  # characters of a key that git is asked for: it refuses very long ones
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:._-+/@")


def common_base(repository: Repository, one: str, other: str) -> str:
    """The best common ancestor of two commits. Raises ``NotFoundError`` if there is none to be seen."""
    found = repository.git.read("merge-base", one, other)
    if found.status:
        raise unrelated(one[:10], other[:10], shallow=bool(repository.edge()))
    return found.out.decode().strip()


def of_commits(git: Git, older: str, newer: str) -> Ends:
    """Every item of which a file differs between two commits."""
    steps = between(git, [(older, newer)])[older, newer]
    if not steps:
        return {}
    every = listing(git, newer, steps)
    whole = {item_id: [*some, *_kept(every.get(item_id, ()), some)] for item_id, some in steps.items()}
    read = _read(git, whole)
    return {
        item_id: (
            _version(item_id, {step.path: step.before for step in some if step.before is not None}, read),
            _version(item_id, {step.path: step.after for step in some if step.after is not None}, read),
        )
        for item_id, some in whole.items()
    }


def of_work_tree(store: GitStore, older: str) -> Ends:
    """Every item that may differ between a commit (empty: nothing) and the work tree; some may not."""
    git, head = store.repository.git, store.repository.head()
    touched = {one for one in store.edited() if is_id(one)}
    if older != head:
        touched |= between(git, [(older, head)])[older, head].keys()
    held = listing(git, older, touched) if older and touched else {}
    befores = {one: held.get(one, ()) for one in sorted(touched)}
    read = _read(git, befores)
    odd = {one.path: one.message for one in store.listed().findings} if touched else {}
    return {
        one: (
            _version(one, {step.path: step.after for step in some if step.after is not None}, read),
            _standing(store, one, odd),
        )
        for one, some in befores.items()
    }


def holders(git: Git, commit: str, keys: Collection[str]) -> dict[str, list[str]]:
    """dedupe key -> ids of the items of a commit that have it, for these keys.

    Git finds the files that can have one; only those are read. Many keys, and odd ones, are looked for everywhere.
    """
    files = listing(git, commit, set(map(stem_of, mentioning(git, commit, keys))) if searchable(keys) else None)
    read = _read(git, files)
    found: dict[str, list[str]] = {}
    for item_id, some in sorted(files.items()):
        item = _version(item_id, {step.path: step.after for step in some}, read).item
        if item is not None and item.dedupe_key in keys:
            found.setdefault(item.dedupe_key, []).append(item_id)
    return found


def in_statuses(git: Git, commit: str, statuses: Collection[str]) -> list[Item]:
    """The items of a commit that are in one of these statuses, which are plain names; found as ``holders`` are."""
    files = listing(git, commit, set(map(stem_of, mentioning(git, commit, statuses))))
    read = _read(git, files)
    versions = (_version(one, {step.path: step.after for step in some}, read) for one, some in sorted(files.items()))
    return [one.item for one in versions if one.item is not None and one.item.status in statuses]


def searchable(keys: Collection[str]) -> bool:
    """Whether git can search for the keys: they are few, and YAML writes them as they are."""
    return len(keys) <= _FEW and all(_PLAIN.issuperset(key) for key in keys)


def mentioning(git: Git, commit: str, keys: Collection[str]) -> list[str]:
    """The item files in which a key stands as it is, or a backslash: YAML can write such a key in no third way.

    Of a long key its beginning, so there may be others as well: whoever asks looks into them.

    Those of a commit are named ``commit:path``; an empty one is the work tree, as far as git's index names its files.
    """
    wanted = "".join(f"{key[:_LONGEST]}\n" for key in (*keys, "\\")).encode()
    options = ("--text", "--fixed-strings", "--files-with-matches", "-z", "--full-name", "--no-recurse-submodules")
    # Small files are read sooner by one thread than handed to several; other work goes on beside it.
    where = (commit, "--") if commit else ("--threads=1", "--")
    found = git.read("grep", *options, "--no-color", "-f", "-", *where, f"{ITEMS}/", stdin=wanted)
    failed = next((line for line in found.err.splitlines() if line.startswith(("error:", "fatal:"))), "")
    if failed:  # git goes on to the next file, and says in the end that it found nothing
        hint = "git fsck tells what is damaged or missing"
        raise UnavailableError(f"git cannot search its objects: {failed}", hint=hint)
    return [os.fsdecode(name) for name in found.out.split(b"\0") if name]


def _standing(store: GitStore, item_id: str, odd: Mapping[str, str]) -> Version:
    """The item in the work tree; ``odd`` says what is wrong with paths that are no item files."""
    paths = store.listed().paths.get(item_id, [])
    if not paths:
        found = [(path, why) for path, why in odd.items() if path.rpartition("/")[2] == f"{item_id}.md"]
        return Version(found[0][0], None, found[0][1]) if found else _NOT_THERE
    if len(paths) > 1:
        return _twice(paths)
    try:
        stored = store.get(item_id)
    except InvalidError as error:
        return Version(paths[0], None, error.findings[0].message if error.findings else error.message)
    except NotFoundError:  # somebody has just deleted it
        return _NOT_THERE
    return Version(stored.path, stored.item)


def _kept(every: Iterable[Difference], steps: Iterable[Difference]) -> list[Difference]:
    """The files of an item that did not change."""
    changed = {step.path for step in steps}
    return [Difference(one.path, one.after, one.after) for one in every if one.path not in changed]


def _twice(paths: Collection[str]) -> Version:
    return Version(min(paths), None, f"{' and '.join(sorted(paths))} have one id")


def _read(git: Git, steps: ByItem) -> Mapping[tuple[str, str], tuple[Item | None, str]]:
    """(blob, id) -> the item in it, or why there is none. Raises ``UnavailableError`` if a blob is not here."""
    sides = ((one, side) for one, some in steps.items() for step in some for side in (step.before, step.after))
    names = {(blob, one) for one, blob in sides if blob}
    data, large = read_within(git, sorted({blob for blob, _ in names}), MAX_FILE)
    missing = next((f"{one}, object {blob[:10]}," for blob, one in sorted(names) if blob not in data | large), "")
    if missing:
        message = f"a version of {missing} is missing here: not all can be compared"
        raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
    found: dict[tuple[str, str], tuple[Item | None, str]] = {}
    for blob, item_id in names:
        if blob in large:
            found[blob, item_id] = None, too_large(large[blob])
            continue
        item, findings = item_of(data[blob], item_id)
        found[blob, item_id] = item, "" if item is not None else next(one.message for one in findings)
    return found


def _version(
    item_id: str, files: Mapping[str, str | None], read: Mapping[tuple[str, str], tuple[Item | None, str]]
) -> Version:
    """What the files of an item say together."""
    path = min(files, default="")
    if len(files) > 1:
        return _twice(files)
    for blob in files.values():
        if blob == ODD or blob is None:
            return Version(path, None, "it is not a regular file")
        return Version(path, *read[blob, item_id])
    return _NOT_THERE
