"""What keeps git from answering: a pipe, or a terminal, in the place of a file that it reads (ROBUSTNESS.md 2.2).

Git opens whatever stands in the place of an object and waits for somebody to write into it. No option keeps it from
that, so a repository is looked through when git is silent for long, and not before: that would cost every command.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.refs import small_file

#: What git reads at the top of its directories; other programs may keep pipes of their own beside these.
_NAMES = ("HEAD", "index", "config", "config.worktree", "packed-refs", "shallow", "commondir")
_FOLDERS = ("objects", "refs", "info")
_MOST_LENT = 5  # repositories that lend objects, one to the other; git follows as many


def refuse_waiting(directory: str, options: Sequence[str]) -> None:
    """Raises ``UnavailableError`` that names a file for which git would wait that runs there with these options."""
    for place in _read_by_git(_git_dir(directory, options)):
        if _keeps_waiting(place):
            hint = "take it away; git fsck tells what is missing then"
            raise UnavailableError(f"{place} is no file, and git would wait for it", hint=hint)


def _git_dir(directory: str, options: Sequence[str]) -> str:
    if "--git-dir" in options:
        return options[options.index("--git-dir") + 1]
    inside = os.path.join(directory, ".git")
    if os.path.isdir(inside):
        return inside
    named = (small_file(inside) or "").removeprefix("gitdir:").strip()
    return os.path.join(directory, named)


def _read_by_git(git_dir: str) -> Iterator[str]:
    """Every path in the git directory, and in that which it shares, that is no plain file but may be read."""
    shared = (small_file(os.path.join(git_dir, "commondir")) or "").strip()
    common = os.path.normpath(os.path.join(git_dir, shared))
    for place in dict.fromkeys((git_dir, common)):
        yield from (os.path.join(place, name) for name in _NAMES)
        for folder in _FOLDERS:
            yield from _odd_below(os.path.join(place, folder))
    for objects in _lent(os.path.join(common, "objects"), _MOST_LENT):
        yield from _odd_below(objects)


def _lent(objects: str, most: int) -> Iterator[str]:
    """The folders of objects that are borrowed."""
    for line in (small_file(os.path.join(objects, "info", "alternates")) or "").splitlines():
        if line and not line.startswith("#") and most:
            place = os.path.join(objects, line)
            yield place
            yield from _lent(place, most - 1)


def _odd_below(folder: str) -> Iterator[str]:
    """What is neither a plain file nor a folder. A link to a folder is not entered: git holds nothing behind one."""
    folders = [folder]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif not entry.is_file(follow_symlinks=False):
                    yield entry.path


def _keeps_waiting(place: str) -> bool:
    """Whether this is a pipe or a device, by a link too; the one that is always empty keeps nobody waiting."""
    try:
        seen = os.stat(place)
        nothing = os.stat(os.devnull)
    except OSError:
        return False
    if stat.S_ISFIFO(seen.st_mode):
        return True
    return stat.S_ISCHR(seen.st_mode) and seen.st_rdev != nothing.st_rdev
