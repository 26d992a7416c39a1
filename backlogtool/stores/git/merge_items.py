"""A merge, made or under way, and every item that it brings together: at its parents, where they parted, and after it.

Read from the object database alone but for the result of a merge that is under way, which is the work tree.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from backlogtool.domain.item import is_id
from backlogtool.domain.layout import stem_of
from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git.bases import parted_at
from backlogtool.stores.git.differences import ODD, ByItem, Difference, between
from backlogtool.stores.git.files import ITEMS, WorkTree
from backlogtool.stores.git.objects import read_commits, read_objects
from backlogtool.stores.git.refs import content, is_name
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.versions import applied

_UNSHALLOW = "git fetch --unshallow"
#: What stands for the blob of an item that has more than one file.
_SEVERAL = "several"
_HEADS = 1 << 16  # bytes of the file that names what is being merged


class Meeting(NamedTuple):
    """One item in a merge, by the texts of its file; None where it has none, or none that is read.

    ``sides`` are those of the parents. ``origins`` has for each side the texts where it and the others parted, several
    where branches cross, and ``older`` then that where these parted. ``path`` is where it stands, or stood.
    """

    item_id: str
    path: str
    sides: tuple[str | None, ...]
    origins: tuple[tuple[str | None, ...], ...]
    older: tuple[tuple[str | None, ...], ...]
    after: str | None


class Merge(NamedTuple):
    """The parents, for each where it and the others parted and where these did, and the commit; empty if under way."""

    parents: tuple[str, ...]
    origins: tuple[tuple[str, ...], ...]
    older: tuple[tuple[str, ...], ...]
    commit: str


def merge_of(repository: Repository) -> Merge:
    """The merge that is under way, else the last commit.

    Raises ``NotFoundError`` if that is none, ``UnavailableError`` where the clone does not hold what it was made of.
    """
    head = repository.head()
    others = _under_way(repository)
    edge = repository.edge()
    if not head:
        raise NotFoundError("nothing is committed here yet, so there is no merge", hint="commit something first")
    if not others and head in edge:
        raise UnavailableError("what HEAD was made of is not known here", hint=_UNSHALLOW)
    parents = (head, *others) if others else read_commits(repository.git, [head])[head].parents
    if len(parents) < 2:
        hint = "run it on the merge commit, or while git merge goes on"
        raise NotFoundError("HEAD is no merge, and none is under way", hint=hint)
    partings = [parted_at(repository.git, one, parents) for one in parents]
    if edge and not all(bases for bases, _ in partings):
        raise UnavailableError("this clone is shallow: where the sides parted is not known here", hint=_UNSHALLOW)
    origins = tuple(tuple(bases) for bases, _ in partings)
    older = tuple(tuple(some) for _, some in partings)
    return Merge(parents, origins, older, "" if others else head)


def meetings(repository: Repository, merge: Merge, standing: Mapping[str, Sequence[str]]) -> Iterator[Meeting]:
    """Every item that not all parents, where they parted, and the result hold alike, and that has one file at most.

    ``standing`` are the paths of each item in the work tree, for a merge that is under way.
    """
    anchor = merge.parents[0]
    commits = [*merge.parents, *(one for some in (*merge.origins, *merge.older) for one in some), merge.commit]
    wanted = [one for one in dict.fromkeys(commits) if one and one != anchor]
    pairs = between(repository.git, [(anchor, one) for one in wanted])
    steps = {newer: by_item for (_, newer), by_item in pairs.items()}
    edited = {} if merge.commit else _edited(repository, steps.values(), standing)
    held = _held(steps.values())
    states = {one: {item: _blob(held[item], by_item.get(item, ())) for item in held} for one, by_item in steps.items()}
    states[anchor] = {item: _blob(files, ()) for item, files in held.items()}
    texts = _texts(repository, states.values())
    paths = {item: one.path for by_item in reversed(steps.values()) for item, some in by_item.items() for one in some}

    def at(commit: str, item_id: str) -> str | None:
        return texts.get(states[commit].get(item_id) or ODD) if commit else None

    for item_id in sorted(held if merge.commit else edited):
        if merge.commit and states[merge.commit].get(item_id) in (_SEVERAL, ODD):
            continue  # that is told of the tree
        sides = tuple(at(one, item_id) for one in merge.parents)
        origins = tuple(tuple(at(one, item_id) for one in some) for some in merge.origins)
        path, after = paths.get(item_id, ""), at(merge.commit, item_id)
        if not merge.commit:
            path, after = edited[item_id]
        older = tuple(tuple(at(one, item_id) for one in some) for some in merge.older)
        yield Meeting(item_id, path, sides, origins, older, after)


def _under_way(repository: Repository) -> tuple[str, ...]:
    data = content(os.path.join(repository.git_dir, "MERGE_HEAD"), _HEADS)
    named = (data or b"").decode("ascii", "replace").split()
    if not all(map(is_name, named)):
        raise UnavailableError("what is being merged cannot be read", hint="git merge --abort, and merge again")
    return tuple(named)


def _held(steps: Iterable[ByItem]) -> dict[str, dict[str, str]]:
    """item -> path -> blob at the commit that all the steps start from."""
    held: dict[str, dict[str, str]] = {}
    for by_item in steps:
        for item, some in by_item.items():
            files = held.setdefault(item, {})
            files |= {one.path: one.before for one in some if one.before is not None}
    return held


def _blob(files: Mapping[str, str], steps: Sequence[Difference]) -> str | None:
    """The blob of the item's file after the steps; None if there is none."""
    found = applied(files, steps)
    return _SEVERAL if len(found) > 1 else next(iter(found.values()), None)


def _texts(repository: Repository, states: Iterable[Mapping[str, str | None]]) -> dict[str, str]:
    """blob -> its text, for those that are text. Raises ``UnavailableError`` if one is missing."""
    names = {blob for state in states for blob in state.values() if blob not in (None, ODD, _SEVERAL)}
    held = read_objects(repository.git, sorted(filter(None, names)), (b"blob",))
    if missing := names - held.keys():
        told = f"object {min(filter(None, missing))[:10]} is missing here: not all can be judged"
        raise UnavailableError(told, hint="git fsck tells what is damaged or missing")
    return {name: data.decode("utf-8", "replace") for name, data in held.items()}


def _edited(
    repository: Repository, steps: Iterable[ByItem], standing: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, str | None]]:
    """item -> where it stands in the work tree, and its text, for each that the merge or a person may have changed."""
    changed = repository.uncommitted(f"{ITEMS}/")
    ids = {item for by_item in steps for item in by_item}
    ids |= {stem for path in changed if path.endswith(".md") and is_id(stem := stem_of(path))}
    one = {item: next(iter(standing.get(item, ("",)))) for item in ids if len(standing.get(item, ())) < 2}
    read = dict(WorkTree(repository.root).read(sorted(filter(None, one.values()))))
    texts = {path: data.decode("utf-8", "replace") for path, data in read.items() if isinstance(data, bytes)}
    return {item: (path, texts.get(path)) for item, path in one.items() if not path or path in texts}
