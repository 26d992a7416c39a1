"""The verb ``merge``: conflicts in item files, merged field by field; and the merge driver of a clone.

One process for as many files as there are: git's index has the versions of a merge that goes on, and markers in a file
show those of one that ended elsewhere. What a person changed in a file since then stays.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeGuard

from backlogtool.app.merge_driver import told
from backlogtool.app.workspace import Workspace
from backlogtool.codec import quick
from backlogtool.codec.merging import Merged, merge
from backlogtool.codec.merging_head import Conflict
from backlogtool.codec.merging_judged import holds_more
from backlogtool.codec.merging_lines import sides, stems_from
from backlogtool.domain.body import lines_outside_code
from backlogtool.domain.finding import Finding
from backlogtool.domain.layout import id_of
from backlogtool.errors import UnavailableError
from backlogtool.stores.git import lock, parted, remotes
from backlogtool.stores.git.files import listing
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.unmerged import (
    Versions,
    WorkCopies,
    configure,
    configured,
    forget,
    require_module,
    settle,
    unmerged,
)

ATTRIBUTE = "items/**/*.md merge=backlogtool"
SECTION = "merge.backlogtool"
_BEGIN = "<<<<<<< "
#: Without modules from the work tree, in which git starts it (ROBUSTNESS.md 2.3).
PYTHON = (sys.executable, "-I")
MODULE = "backlogtool.app.merge_driver"


class Outcome(NamedTuple):
    """What became of one file. ``left`` says what a person has to do; empty if nothing.

    ``text`` is what is to stand there in place of ``standing``, None if that stays; ``staged`` tells that git's
    conflict ends with it, and ``marked`` that what is left stands between markers.
    """

    path: str
    item: str
    left: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    text: str | None = None
    staged: bool = False
    standing: str | None = None
    marked: bool = False


def merge_files(space: Workspace, *, dry: bool = False, clean: bool = False) -> list[Outcome]:
    """Merges every item file in conflict, writes the results and stages those of git's conflicts that are clean.

    With ``clean`` a file in which something is left stays as it is. Views in conflict follow when all items are merged.
    Raises ``UnavailableError`` without a work tree, or if git cannot read or change its index.
    """
    repository = _repository(space)
    if dry:
        found = _outcomes(repository)
        return [*found, *_views(space, found, dry=True)]
    with lock.exclusive(lock.path(repository), space.settings.lock_wait):
        found = _outcomes(repository)
        copies = WorkCopies(repository.root)
        found = [one if clean and one.left else replaced(copies, one) for one in found]
        settle(repository, [one.path for one in found if one.staged])
        made = [] if clean else _views(space, found, dry=False)
        made = [replaced(copies, one) for one in made]
        settle(repository, [one.path for one in made if one.staged])
        copies.remove_temporary(one.path for one in found if one.text is not None)
    return [*found, *made]


def replaced(copies: WorkCopies, one: Outcome) -> Outcome:
    """The outcome once its text stands there; what somebody has saved since it was read stays."""
    if one.text is None:
        return one
    if one.standing is None:
        copies.write(one.path, one.text.encode())
        return one
    if copies.change(one.path, one.standing.encode(), one.text.encode()):
        return one
    return Outcome(one.path, one.item, ("somebody wrote into it meanwhile: once more, backlogtool merge",))


def _views(space: Workspace, found: Sequence[Outcome], *, dry: bool) -> list[Outcome]:
    """The views in conflict, if there are any: only then the templates' engine is loaded."""
    others = {path: held for path, held in unmerged(_repository(space), "").items() if not id_of(path)}
    if not others:
        return []
    from backlogtool.app import merging_views

    told = merging_views.merged(space, others, ready=not any(one.left for one in found), dry=dry)
    return [
        Outcome(one.path, "", (one.left,) if one.left else (), (), one.text, not one.left, one.standing) for one in told
    ]


def _repository(space: Workspace) -> Repository:
    if space.repository is None or not space.repository.root or space.revision:
        raise UnavailableError("there is no work tree with files to merge", hint="use a clone")
    return space.repository


def _outcomes(repository: Repository) -> list[Outcome]:
    """Git's conflicts; where it has none, every file is looked through for markers that somebody committed."""
    copies = WorkCopies(repository.root)
    known = {path: versions for path, versions in unmerged(repository).items() if id_of(path)}
    if known:
        twice = "" if all(one.base or not (one.ours and one.theirs) for one in known.values()) else _twice(repository)
        return [_of_index(path, versions, copies.text(path), twice) for path, versions in sorted(known.items())]
    paths = sorted(path for several in listing(copies).paths.values() for path in several)
    texts = ((path, data.decode("utf-8")) for path, data in copies.read(paths) if _may_be_marked(data))
    return [_of_markers(path, text) for path, text in texts if _is_marked(path, text)]


def _may_be_marked(data: bytes | Finding | None) -> TypeGuard[bytes]:
    return isinstance(data, bytes) and _BEGIN.encode() in data and not _is_broken(data)


def _is_broken(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _is_marked(path: str, text: str) -> bool:
    """Whether it is a conflict for ``validate`` too, and not an example in fenced code."""
    _, findings = quick.item_of(text.encode(), id_of(path))
    return any(one.code == "BL118" for one in findings)


def _of_index(path: str, versions: Versions, standing: str | Finding | None, twice: str) -> Outcome:
    """A file that git holds in conflict. What stands between its markers counts: a person may have begun to mend it.

    ``twice`` is the way out where two branches made an item each with this id.
    """
    item = id_of(path)
    base, ours, theirs = versions
    if ours is None or theirs is None or base is None:
        return Outcome(path, item, (_odd(versions, item, twice),))
    if not isinstance(standing, str):
        return Outcome(path, item, ("the file is gone or cannot be read: git checkout --merge brings it back",))
    marked = None if any(_BEGIN in version for version in (base, ours, theirs)) else sides(standing)
    if marked is not None:
        merged = merge(base, marked.ours, marked.theirs, item)
        if not merged.problem and not _is_mixed(merged.text, standing, base, ours, theirs, item):
            return _outcome(path, merged, standing, staged=merged.clean)
    # Markers in the middle of a value, as git may set them, or an example of markers in the text, or git took lines of
    # a text and of a comment for the same ones.
    merged = merge(base, ours, theirs, item)
    if merged.clean and standing == merged.text:
        return Outcome(path, item, staged=True)
    if _BEGIN in standing and stems_from(standing, base, ours, theirs):
        return _outcome(path, merged, standing, staged=merged.clean)
    if _BEGIN in standing:
        return Outcome(path, item, ("somebody has written between its markers: mend it, then git add it",))
    return Outcome(path, item, ("it has no markers any more: git add it when it is as it should be",))


def _is_mixed(text: str, standing: str, base: str, ours: str, theirs: str, item: str) -> bool:
    """Whether a merge on top of git's holds what no side has, though nobody has written into the file."""
    return stems_from(standing, base, ours, theirs) and holds_more(text, base, ours, theirs, item)


def _twice(repository: Repository) -> str:
    """The way out for an id that two branches took: the item that others know by it already keeps it."""
    merging = parted.of_merge(repository)
    if merging is None:
        return (
            "take this back with --abort, and bring both together with git merge; there backlogtool renumber {0} helps"
        )
    known = remotes.holding(repository, merging.own)
    if known:
        return f"backlogtool renumber {{0}} --ours gives ours another one; theirs is known to others, in {known}"
    return "backlogtool renumber {0} gives theirs another one, --ours ours"


def _odd(versions: Versions, item: str, twice: str) -> str:
    base, ours, theirs = versions
    if base is not None or ours is None or theirs is None:
        return "one side deleted it, or it is no text: git add or git rm it"
    if is_one_item(ours, theirs, item):
        return "both branches made this item: put its two versions together, then git add it"
    return f"two branches made an item with this id: {twice.replace('{0}', item)}"


def is_one_item(ours: str, theirs: str, item: str) -> bool:
    """Whether two versions without a common one are one item: by a key, unless that only names the id, else by time."""
    mine, other = (quick.item_of(text.encode(), item)[0] for text in (ours, theirs))
    if mine is None or other is None or mine.dedupe_key != other.dedupe_key:
        return False
    tells = bool(mine.dedupe_key) and item not in mine.dedupe_key
    return tells or mine.created_at == other.created_at


def _of_markers(path: str, text: str) -> Outcome:
    """A file with markers that git knows nothing of: a forge, or somebody, committed them."""
    item, held = id_of(path), sides(text)
    if held is None or any(line.startswith(_BEGIN) for _, line, outside in lines_outside_code(text) if not outside):
        return Outcome(path, item, ("its markers are not in their order, or stand in an example too: mend it by hand",))
    merged = merge(held.base or None, held.ours, held.theirs, item)
    if merged.problem and held.base:
        merged = merge(None, held.ours, held.theirs, item)
    return _outcome(path, merged, text, staged=False)


def _outcome(path: str, merged: Merged, standing: str, *, staged: bool) -> Outcome:
    text = merged.text if not merged.problem and merged.text != standing else None
    left = tuple(told(merged))
    return Outcome(path, id_of(path), left, merged.conflicts, text, staged, standing, marked=bool(left))


# --- the driver of a clone


def driver() -> Mapping[str, str]:
    """What a clone's configuration has to say, so that git merges items field by field."""
    program = shlex.join([*PYTHON, "-m", MODULE])
    return {f"{SECTION}.name": "backlog items, field by field", f"{SECTION}.driver": f"{program} %O %A %B %P"}


def is_installed(repository: Repository, *, somehow: bool = False) -> bool:
    """Whether this clone's configuration has the driver as it is now, or ``somehow``: another one by that name."""
    held = settings(repository)
    return any(held.values()) if somehow else held == driver()


def settings(repository: Repository) -> Mapping[str, str]:
    """What this clone's configuration says of the driver; empty where it says nothing."""
    return {name: configured(repository, name) for name in driver()}


def install_driver(repository: Repository) -> None:
    """Puts the driver into this clone's configuration. Raises ``UnavailableError`` if git could not start it."""
    require_module(PYTHON, MODULE)
    configure(repository, driver())


def remove_driver(repository: Repository) -> None:
    """Takes it out again."""
    forget(repository, SECTION)


def with_attribute(text: str) -> str:
    """A file of attributes that sends items to the driver."""
    if ATTRIBUTE in text.splitlines():
        return text
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{ATTRIBUTE}\n"


def without_attribute(text: str) -> str:
    """The same without that line; every other byte stays."""
    return "".join(line for line in text.splitlines(keepends=True) if line.strip() != ATTRIBUTE)
