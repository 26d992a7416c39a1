"""The verb ``renumber``: an id that two branches took, given up by one of the two items, with what refers to it.

The other item keeps id, file and story. Which of the two a reference means is told from the side that wrote its line;
where that cannot be told it stays as it is, and is named (docs/decisions/0025-merging.md).
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shlex
from collections.abc import Mapping
from typing import NamedTuple

from backlogtool.app.merging import is_one_item
from backlogtool.app.result import Options, Preview, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply, unified
from backlogtool.codec import quick, references
from backlogtool.codec.merging_lines import stems_from
from backlogtool.domain.layout import id_of, layout_of, path_of
from backlogtool.domain.outcome import UPDATED
from backlogtool.errors import InvalidError, NotFoundError, RefusedError, UnavailableError
from backlogtool.stores.base import Stored, Write
from backlogtool.stores.git import lock, parted
from backlogtool.stores.git.objects import read_objects
from backlogtool.stores.git.parted import Parted
from backlogtool.stores.git.store import GitStore
from backlogtool.stores.git.unmerged import Versions, WorkCopies, settle, unmerged


class Reference(NamedTuple):
    """A line, from 1, of an item's file that names the id."""

    path: str
    line: int


class Renumbered(NamedTuple):
    """What became of one item: ``was`` and ``path`` are its old and its new file.

    In the files of ``rewritten`` references lead to the new id; ``unclear`` ones may mean either item. ``staged`` tells
    that it is a part of the merge under way; git does not have yet what changed in the files of ``unstaged``.
    """

    old: str
    new: str
    was: str
    path: str
    rewritten: tuple[str, ...]
    unclear: tuple[Reference, ...]
    result: Result
    staged: bool = False
    unstaged: tuple[str, ...] = ()


class _Plan(NamedTuple):
    """``text`` is the item's under its new id. ``before`` and ``after`` are the files with references that change."""

    old: str
    new: str
    was: str
    path: str
    text: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    unclear: tuple[Reference, ...]
    sides: Parted | None


def renumber(space: Workspace, named: str, options: Options, *, ours: bool = False) -> Renumbered:
    """Gives one of two items with one id another one.

    ``named`` is the id, and theirs, or ``ours``, changes in a merge that has both in one file; else it is the path of
    the one that changes. Raises ``RefusedError`` where only one item has the id, or it is not said which is meant.
    """
    space.require("upsert")
    store = space.store
    if not isinstance(store, GitStore) or not store.repository.root or space.revision:
        raise UnavailableError("there is no work tree with files to renumber", hint="use a clone")
    item_id, path = _asked(space, store, named)
    both = {one: held for one, held in unmerged(store.repository).items() if id_of(one) == item_id}
    if ours and not both:
        hint = "name the file that changes, if two have the id"
        raise RefusedError(f"no merge has {item_id} in conflict, so none is ours", hint=hint)
    if not both and not parted.of_merge(store.repository):
        with store.writing(dry=options.dry_run):
            plan = _of_files(store, item_id, path)
            return _told(plan, _committed(space, store, plan, options))
    with lock.exclusive(lock.path(store.repository), space.settings.lock_wait):
        return _in_merge(store, item_id, path, both, options, ours=ours)


def _asked(space: Workspace, store: GitStore, named: str) -> tuple[str, str]:
    """The id and, if a file was named, its path in the repository."""
    if not named.endswith(".md"):
        return space.find_id(named), ""
    here = os.path.relpath(os.path.realpath(named), os.path.realpath(store.repository.root)).replace(os.sep, "/")
    path = next((one for one in (here, named) if id_of(one)), "")
    if not path:
        hint = "give an id, or a path such as items/bl_0123456789ab.md"
        raise NotFoundError(f"'{named}' is not the file of an item", hint=hint)
    return id_of(path), path


# --- two files


def _of_files(store: GitStore, item_id: str, path: str) -> _Plan:
    was = _chosen(store, item_id, path)
    others = [one for one in store.listed().paths[item_id] if one != was]
    text = _text(WorkCopies(store.repository.root), was)
    return _planned(store, item_id, was, text, parted.of_files(store.repository, was, others))


def _chosen(store: GitStore, item_id: str, path: str) -> str:
    """The file whose item gets another id."""
    standing = sorted(store.listed().paths.get(item_id, ()))
    if not standing or (path and path not in standing):
        hint = f"{item_id} stands in {' and '.join(standing)}" if standing else "backlogtool list shows every item"
        raise NotFoundError(f"there is no {path or f'item {item_id}'}", hint=hint)
    if len(standing) == 1:
        hint = "an id changes only where two items have it"
        raise RefusedError(f"only one item has the id {item_id}", hint=hint)
    if not path:
        odd = next((one for one in standing if layout_of(one) != store.layout()), standing[-1])
        hint = f"name the one that gets another id, such as: {shlex.join(('backlogtool', 'renumber', odd))}"
        raise RefusedError(f"{item_id} stands in {' and '.join(standing)}", hint=hint)
    return path


def _committed(space: Workspace, store: GitStore, plan: _Plan, options: Options) -> Result:
    """One commit: the item's file under its new name, and the items that refer to it."""
    writes = []
    for path, text in plan.after.items():
        before: Stored = store.get(id_of(path))
        after = quick.item_of(text.encode(), before.item.id)[0]
        writes.append(Write(before, after or before.item, text))
    files = {plan.path: plan.text.encode(), plan.was: None}
    return apply(space, writes, f"{plan.old} renumbered {plan.new}", options, action=UPDATED, files=files)


# --- in a merge


def _in_merge(
    store: GitStore, item_id: str, path: str, both: Mapping[str, Versions], options: Options, *, ours: bool
) -> Renumbered:
    """What is written is staged, and a part of the merge then."""
    repository = store.repository
    sides = parted.of_merge(repository)
    if sides is None:
        told = repository.in_progress() or ("a merge that git does not know of", "git reset --merge")
        hint = f"{told[1]}; then bring both together with git merge"
        raise UnavailableError(f"whose item is whose cannot be told in the middle of {told[0]}", hint=hint)
    kept = {}
    if both:
        conflict, versions = next(iter(both.items()))
        if path not in ("", conflict):
            raise NotFoundError(f"{path} is not in conflict", hint=shlex.join(("backlogtool", "renumber", conflict)))
        mine, other = _two_items(store, conflict, versions)
        changes, stays = (mine, other) if ours else (other, mine)
        plan = _planned(store, item_id, conflict, changes, Parted(*reversed(sides)) if ours else sides)
        kept = {conflict: stays}
    else:
        plan = _of_files(store, item_id, path)
    texts = {plan.path: plan.text, **plan.after, **kept}
    staged = _as_staged(store, plan)
    if options.dry_run:
        diff = "".join(unified(one, _standing(store, one), text) for one, text in texts.items())
        return _told(plan, Result(UPDATED, (), preview=Preview(diff, "")))._replace(staged=True)
    copies = WorkCopies(repository.root)
    for one, text in texts.items():
        copies.write(one, text.encode())
    if not kept:
        copies.remove(plan.was)
    copies.remove_temporary(texts)
    settle(repository, [plan.path, *staged, plan.was])
    unstaged = tuple(one for one in plan.after if one not in staged)
    return _told(plan, Result(UPDATED, ()))._replace(staged=True, unstaged=unstaged)


def _two_items(store: GitStore, path: str, versions: Versions) -> tuple[str, str]:
    """Our version and theirs. Raises ``RefusedError`` if these are not two items that stand as git left them."""
    _, ours, theirs = versions
    if ours is None or theirs is None or versions.base is not None:
        raise RefusedError(f"{path} is in conflict, but not because two branches made it", hint="backlogtool merge")
    standing = WorkCopies(store.repository.root).text(path)
    if not isinstance(standing, str) or not stems_from(standing, ours, theirs):
        again = shlex.join(("git", "checkout", "--merge", "--", path))
        hint = f"{again} brings both versions back, without that"
        raise RefusedError(f"somebody has written into {path} since the merge", hint=hint)
    if is_one_item(ours, theirs, id_of(path)):
        hint = f"mend {path} by hand, then git add it"
        told = "its dedupe_key is the same, or that tells nothing and its created_at is"
        raise RefusedError(f"both sides have one item in {path}: {told}", hint=hint)
    return ours, theirs


def _as_staged(store: GitStore, plan: _Plan) -> list[str]:
    """The files with references that the index has as they stood: what else was edited is nobody's to stage.

    Also those that were rewritten by a run that was killed before it had staged them.
    """
    standing = {**_naming(store, plan.new), **plan.before}
    names = {f":0:{path}": path for path in standing if path != plan.path}
    held = read_objects(store.repository.git, names, (b"blob",))
    texts = {path: held[name].decode("utf-8", "replace") for name, path in names.items() if name in held}
    followed = _followed(store, plan.sides, texts, plan.old, plan.new)
    return [
        path for path, text in texts.items() if _plain(standing[path]) in (_plain(text), _plain(followed[path].text))
    ]


# --- the plan


def _planned(store: GitStore, old: str, was: str, text: str, sides: Parted | None) -> _Plan:
    """What is to be written; nothing is yet. Raises ``InvalidError`` for an item that cannot be read."""
    new, path, renamed = _elsewhere(store, old, was, text)
    for data, item_id in ((text, old), (renamed, new)):
        item, findings = quick.item_of(data.encode(), item_id)
        if item is None:
            raise InvalidError(f"{was}: what would get another id cannot be read", findings)
    naming = _naming(store, old)
    found = _followed(store, sides, naming, old, new)
    after = {one: followed.text for one, followed in found.items() if followed.text != naming[one]}
    unclear = tuple(Reference(one, line) for one, followed in found.items() for line in followed.unclear)
    return _Plan(old, new, was, path, renamed, {one: naming[one] for one in after}, after, unclear, sides)


def _followed(
    store: GitStore, sides: Parted | None, files: Mapping[str, str], old: str, new: str
) -> dict[str, references.Followed]:
    """Each file with the references that the side of the item wrote."""
    own, other = (parted.texts(store.repository, one, files) for one in sides) if sides else ({}, {})
    return {
        path: references.follow(text, old, new, own.get(path, ""), other.get(path, "")) for path, text in files.items()
    }


def _elsewhere(store: GitStore, old: str, was: str, text: str) -> tuple[str, str, str]:
    """A free id, the path and the text of the item with it.

    It follows from the item, so whoever does the same in another clone, or once more after being killed, gets the same.
    """
    for number in itertools.count():
        new = f"bl_{hashlib.sha256(f'{number} {old} {_plain(text)}'.encode()).hexdigest()[:12]}"
        layout = layout_of(was)
        path = path_of(new, layout) if layout else f"{was.rpartition('/')[0]}/{new}.md"
        renamed = references.renamed(text, old, new)
        if not store.standing(new) or _standing(store, path) == renamed:
            return new, path, renamed
    raise AssertionError("unreachable")


def _plain(text: str) -> str:
    """Without the line ends that git gives files in some clones (``core.autocrlf``)."""
    return text.replace("\r\n", "\n")


def _naming(store: GitStore, old: str) -> dict[str, str]:
    """path -> text of every other item that names the id."""
    copies = WorkCopies(store.repository.root)
    paths = sorted(path for item, several in store.listed().paths.items() if item != old for path in several)
    texts = {path: copies.text(path) for path, data in copies.read(paths) if _holds(data, old)}
    return {path: text for path, text in texts.items() if isinstance(text, str) and references.names(text, old)}


def _holds(data: object, item_id: str) -> bool:
    return isinstance(data, bytes) and item_id.encode() in data


def _standing(store: GitStore, path: str) -> str | None:
    text = WorkCopies(store.repository.root).text(path)
    return text if isinstance(text, str) else None


def _text(copies: WorkCopies, path: str) -> str:
    text = copies.text(path)
    if not isinstance(text, str):
        raise InvalidError(f"{path} cannot be read", [text] if text else [])
    return text


def _told(plan: _Plan, result: Result) -> Renumbered:
    return Renumbered(plan.old, plan.new, plan.was, plan.path, tuple(plan.after), plan.unclear, result)
