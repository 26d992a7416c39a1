"""Where a file of one item stands, without a list of all: a writer asks before it changes or makes one."""

from __future__ import annotations

import os
import stat

from backlogtool.stores.git.files import ITEMS

#: What a folder without folders has: its own name, and the ``.`` in it.
_LEAF = 2


def places(root: str, item_id: str) -> list[str]:
    """Every path below ``items/`` at which ``files.listing`` would find the item; nothing below a link counts."""
    found: list[str] = []
    folders = [(folder, leaf) for folder, leaf in _inner(root, "") if folder == ITEMS]
    while folders:
        folder, leaf = folders.pop()
        path = f"{folder}/{item_id}.md"
        if _is_file(os.path.join(root, path)):
            found.append(path)
        if not leaf:
            folders += _inner(root, folder)
    return found


def _inner(root: str, folder: str) -> list[tuple[str, bool]]:
    """The folders in a folder, and whether each is known to hold none.

    Most file systems count a folder's folders in its number of links, and some do not. Where the number of this one
    is right, that of the folders in it is believed, so neither 256 full folders nor a full one need be listed.
    """
    place = os.path.join(root, folder)
    try:
        held = os.stat(place, follow_symlinks=False)
        names = [entry.name for entry in os.scandir(place) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    counts = bool(names) and held.st_nlink == _LEAF + len(names)
    known = [name for name in names if not name.startswith(".")]
    above = f"{folder}/" if folder else ""
    return [(f"{above}{name}", counts and _is_leaf(os.path.join(place, name), held.st_dev)) for name in known]


def _is_leaf(place: str, device: int) -> bool:
    try:
        held = os.stat(place, follow_symlinks=False)
    except OSError:
        return False
    return held.st_nlink == _LEAF and held.st_dev == device


def _is_file(place: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(place, follow_symlinks=False).st_mode)
    except OSError:
        return False
