"""The branch and the commit that it names, read from the files in which git keeps them.

Only what is plain is read here: a ``HEAD`` that names a branch or a commit, a branch in a file of its own or in
``packed-refs``. Everything else (links, branches that name branches, other ways to store them) is None: then git
has to be asked. No process is started, and nothing is followed out of the git directory.
"""

from __future__ import annotations

import os
import stat

from backlogtool.domain.value import Value

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SMALL = 1 << 12  # bytes of a file that holds one line
_HEAD = 255  # bytes of HEAD that git looks at to know a git directory
_PACKED = 1 << 20  # bytes of the file that holds all branches and tags; git finds one in a larger file sooner
#: How git has begun that file for years: it looks at some of the lines only.
_SORTED = b"# pack-refs with: peeled fully-peeled sorted"
_BLANK = " \t\n\r"
_BRANCHES = "refs/heads/"
_HEX = frozenset("0123456789abcdef")
#: What git allows in no name, and what means more than itself in one.
_ODD = frozenset(" ~^:?*[\\\x7f") | frozenset(map(chr, range(0x20)))


class Head(Value):
    """Where HEAD is. ``branch`` is the whole name, such as refs/heads/main; empty when HEAD is detached.

    ``commit`` is the id that stands there; empty on a branch without one. Whether there is such a commit, and
    whether it can be read, is not known.
    """

    branch: str
    commit: str


def head(git_dir: str, common_dir: str) -> Head | None:
    """Where HEAD of this work tree is; None if that is not plain."""
    told = small_file(os.path.join(git_dir, "HEAD"), _HEAD)
    if told is None:
        return None
    if not told.startswith("ref:"):
        commit = told.rstrip(_BLANK)
        return Head("", commit) if is_name(commit) else None
    branch = told.removeprefix("ref:").strip(_BLANK)
    found = at(common_dir, branch)
    return None if found is None else Head(branch, found)


def at(common_dir: str, branch: str) -> str | None:
    """The id at which a branch, by its whole name, stands; empty if there is none, None if that is not plain."""
    if not is_plain(branch):
        return None
    found = _loose(os.path.join(common_dir, branch))
    return _packed(os.path.join(common_dir, "packed-refs"), branch) if found == "" else found


def small_file(path: str, limit: int = _SMALL) -> str | None:
    """The text of a small regular file, as paths are text; None if there is anything else, or nothing."""
    data = content(path, limit)
    return os.fsdecode(data) if data else None


def _loose(path: str) -> str | None:
    """The id in a branch's own file; empty if there is no file, None if there is something else."""
    data = content(path, _SMALL)
    if not data:
        return None if data is None else ""
    commit = data.decode("ascii", "replace").removesuffix("\n")
    return commit if is_name(commit) else None


def _packed(path: str, branch: str) -> str | None:
    """The id of a branch among the packed ones; empty if nothing is packed, None if that is not certain."""
    data = content(path, _PACKED)
    if not data:
        return None if data is None else ""
    # A last line without an end is damage, on which git has the last word.
    if not data.startswith(_SORTED) or not data.endswith(b"\n"):
        return None
    # Lines that begin with ^ tell more of the line before.
    held = [line.partition(b" ")[::2] for line in data.split(b"\n")[1:-1] if not line.startswith(b"^")]
    names = [name for _, name in held]
    # Where the branch is not there, the list may be damaged: git says what is to be made of that.
    if not _is_sorted(names) or os.fsencode(branch) not in names:
        return None
    commit = held[names.index(os.fsencode(branch))][0].decode("ascii", "replace")
    return commit if is_name(commit) else None


def _is_sorted(names: list[bytes]) -> bool:
    """Whether these are names of branches and the like in order, so that git finds each of them."""
    ordered = bool(names) and names == sorted(set(names))
    return ordered and names[0].startswith(b"refs/") and names[-1].startswith(b"refs/")


def content(path: str, limit: int) -> bytes | None:
    """What a regular file holds; empty if there is none, None for anything else, empty or of more than ``limit``."""
    try:
        handle = os.open(path, _READ)
    except FileNotFoundError:
        return b""
    except OSError:
        return None
    try:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode) or not 0 < seen.st_size <= limit:
            return None
        return _whole(handle, seen.st_size)
    except OSError:
        return None
    finally:
        os.close(handle)


def _whole(handle: int, size: int) -> bytes | None:
    """The bytes of a file of that size; None if somebody changes it at this moment."""
    data = os.read(handle, size + 1)
    return data if len(data) == size else None


def is_name(text: str) -> bool:
    """Whether this is the whole name of an object, in either of git's two kinds."""
    return len(text) in (40, 64) and _HEX.issuperset(text)


def is_plain(branch: str) -> bool:
    """Whether this is a branch whose name git allows, and so a path that leads nowhere else."""
    if not branch.startswith(_BRANCHES) or not _ODD.isdisjoint(branch) or ".." in branch or "@{" in branch:
        return False
    parts = branch.split("/")
    return not any(not part or part.startswith(".") or part.endswith((".lock", ".")) for part in parts)
