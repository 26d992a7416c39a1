"""Finds the repository that holds a directory without starting git, where everything about it is plain.

Plain is: a ``.git`` of our own in a work tree of our own, as ``git init``, ``git clone`` and ``git worktree add``
make it, whose configuration holds nothing that leads elsewhere. For anything else the answer is None, and git has
to be asked. What is found here is what git finds: tests/startup compares the two.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from backlogtool.domain.value import Value
from backlogtool.stores.git import refs

_CONFIG = 1 << 16  # bytes
#: What tells how the repository is laid out, and what it says where that is plain; absent is the empty text.
_TELLING = ("core.bare", "core.repositoryformatversion", "extensions.objectformat")
_PLAIN = (("false", "0", ""), ("false", "1", ""), ("false", "1", "sha1"), ("false", "1", "sha256"))
#: What leads elsewhere, or is not known here; the empty name is that of a line that is not plain.
_ODD = ("", "core.worktree")
_ODD_SECTIONS = ("extensions.", "include.", "includeif.")


class Place(Value):
    """Real paths: of the work tree, of its own git directory, and of the one that all work trees share."""

    root: str
    git_dir: str
    common_dir: str


def plain_repository(directory: str) -> Place | None:
    """The repository that holds a directory; None if it is not plain, not there, or git is not installed.

    Raises ``FileNotFoundError`` if the current directory is gone.
    """
    ceilings = _ceilings(os.environ.get("GIT_CEILING_DIRECTORIES", ""))
    start = os.path.realpath(directory)
    if ceilings is None or "\n" in start or not (os.path.isdir(start) and _has_git()):
        return None
    try:
        return _above(start, ceilings)
    except OSError:
        return None


def is_told(absolute: str) -> bool:
    """Whether git has started us in its git directory and named that, as it does with the hooks of a server.

    Nothing is checked out for them, even where there is a work tree around it.
    """
    told = os.environ.get("GIT_DIR", "")
    held = all(os.path.isdir(os.path.join(absolute, name)) for name in ("objects", "refs"))
    return bool(told) and held and os.path.realpath(told) == absolute and os.path.isfile(os.path.join(absolute, "HEAD"))


def _above(folder: str, ceilings: frozenset[str]) -> Place | None:
    """The repository of the folder, or of the nearest one above it on the same file system."""
    device = os.lstat(folder).st_dev
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return _standing(folder)
        # A git directory without a work tree around it, perhaps.
        if os.path.lexists(os.path.join(folder, "HEAD")):
            return None
        above = os.path.dirname(folder)
        if above == folder or above in ceilings or os.lstat(above).st_dev != device:
            return None
        folder = above


def _standing(root: str) -> Place | None:
    """The repository whose ``.git`` stands in a folder."""
    place = os.path.join(root, ".git")
    seen = os.lstat(place)
    if stat.S_ISDIR(seen.st_mode):
        found = Place(root, place, place)
        plain = not os.path.lexists(os.path.join(place, "commondir"))
    else:
        linked = _linked(root, place)
        if linked is None:
            return None
        found, plain = linked, True
    ours = all(os.lstat(one).st_uid == os.geteuid() for one in (root, place, found.git_dir, found.common_dir))
    return found if plain and ours and _is_git_directory(found) and _is_plain(found.common_dir) else None


def _linked(root: str, place: str) -> Place | None:
    """The repository of a linked work tree, whose ``.git`` is a file that names its git directory."""
    told = refs.small_file(place)
    if told is None or not told.startswith("gitdir: /") or told.count("\n") != 1 or not told.endswith("\n"):
        return None
    if "\0" in told:  # no path holds one
        return None
    git_dir = told.removeprefix("gitdir: ").removesuffix("\n")
    shared = refs.small_file(os.path.join(git_dir, "commondir"))
    if shared != "../..\n" or os.path.realpath(git_dir) != git_dir:
        return None
    return Place(root, git_dir, os.path.dirname(os.path.dirname(git_dir)))


def _is_git_directory(found: Place) -> bool:
    """What git asks of a git directory: a HEAD that says something, objects and refs."""
    if refs.head(found.git_dir, found.common_dir) is None:
        return False
    folders = (os.path.join(found.common_dir, name) for name in ("objects", "refs"))
    return all(os.path.isdir(one) and os.access(one, os.X_OK) for one in folders)


def _is_plain(common_dir: str) -> bool:
    """Whether the configuration says that this is a repository with a work tree around it, and nothing odd."""
    text = refs.small_file(os.path.join(common_dir, "config"), _CONFIG)
    if text is None:
        return False
    told: dict[str, str] = {}
    for name, value in _settings(text):
        if name in _TELLING and name not in told:
            told[name] = value
        elif name in _TELLING or name in _ODD or name.startswith(_ODD_SECTIONS):
            return False
    return tuple(told.get(name, "") for name in _TELLING) in _PLAIN


def _settings(text: str) -> Iterator[tuple[str, str]]:
    """(section.name, value) of each line; the name is empty for a line that is not plain."""
    section = ""
    for raw in text.split("\n"):
        line = raw.strip(" \t")
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            section = _section(line)
            if not section:
                yield "", line
            continue
        name, _, value = (part.strip(" \t") for part in line.partition("="))
        plain = section and _is_name(name) and "\\" not in line and "\0" not in line and value.count('"') % 2 == 0
        yield (f"{section}.{name.lower()}" if plain else ""), value


def _section(line: str) -> str:
    """The name of the section that a line begins, with its subsection; empty if that is not all, or not plain."""
    head, blank, rest = line[1:].partition(" ")
    if not blank:
        name = head.removesuffix("]")
        return name.lower() if name != head and _is_name(name) else ""
    inner = rest[1:-2]
    quoted = len(rest) > 2 and rest[0] == '"' and rest.endswith('"]') and '"' not in inner and "\\" not in inner
    return f"{head.lower()}.{inner}" if quoted and _is_name(head) else ""


def _is_name(text: str) -> bool:
    return text.isascii() and text[:1].isalpha() and text.replace("-", "").isalnum()


def _ceilings(told: str) -> frozenset[str] | None:
    """The directories that git does not look into for a repository; None if they are told in an odd way."""
    paths = told.split(":") if told else []
    if not all(path.startswith("/") for path in paths):
        return None
    return frozenset((*paths, *map(os.path.realpath, paths)))


def _has_git() -> bool:
    """Whether there is a git to ask: without it no command works, so that all of them say the same."""
    folders = os.environ.get("PATH", os.defpath).split(":")
    return any(os.access(os.path.join(folder, "git"), os.X_OK) for folder in folders)
