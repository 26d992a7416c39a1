"""Checks of what the machine allows: permission to write, and space."""

from __future__ import annotations

import os
from collections.abc import Iterator

from backlogtool.app.health.check import NOTE, PROBLEM, Check, command
from backlogtool.app.health.seen import Seen

_LITTLE = 50 << 20  # bytes
#: Folders of the git directory that a commit writes to.
_GIT = ("", "objects", "refs", "refs/heads", "backlogtool")


def permission(seen: Seen) -> Iterator[Check]:
    """Whether this user can write where a commit has to."""
    repository = seen.repository
    wanted = [os.path.join(repository.common_dir, name) for name in _GIT]
    wanted += [repository.git_dir, seen.private]
    wanted += [repository.root, os.path.join(repository.root, "items")] if repository.root else []
    shut = [path for path in dict.fromkeys(map(os.path.normpath, wanted)) if os.path.isdir(path) and not _open(path)]
    if shut:
        yield of_shut(shut[0], fixed=bool(os.statvfs(shut[0]).f_flag & os.ST_RDONLY))


def of_shut(path: str, *, fixed: bool) -> Check:
    """A folder that cannot be written to; ``fixed`` says that its whole file system cannot."""
    cause = "its file system is mounted read-only" if fixed else "its permissions or its owner do not let you"
    fix = command("mount", "-o", "remount,rw", path) if fixed else f'sudo chown -R "$(id -un)" {command(path)}'
    return Check("permission", PROBLEM, f"{path} cannot be written to", cause, "reading works, writing does not", fix)


def _open(path: str) -> bool:
    return os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids)


def space(seen: Seen) -> Iterator[Check]:
    """Whether the disk has room for more commits."""
    held = os.statvfs(seen.repository.common_dir)
    yield from of_space(seen.repository.common_dir, held.f_bavail * held.f_frsize)


def of_space(path: str, free: int) -> Iterator[Check]:
    """A disk with this many free bytes."""
    if free < _LITTLE:
        told = f"{free >> 20} MiB are free on the disk of {path}"
        risk = "a write that finds no room is taken back and refused"
        yield Check(
            "disk", NOTE, told, "the disk is nearly full", risk, f"make room; {command('df', '-h', path)} shows"
        )
