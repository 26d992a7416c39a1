"""The commit that a person means by a revision, for who judges commits: there it must not be another one.

A tag ``origin/main`` comes before the branch of that name for git, and anybody who may push a tag can make one: the
range would be empty, and all well. And a pipe in place of a file that git reads would have it wait for minutes.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator

from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git import refs
from backlogtool.stores.git.no_commit import names, no_commit
from backlogtool.stores.git.packs import is_there
from backlogtool.stores.git.repository import Repository

#: What git reads before it can tell anything, in the git directory that all work trees share.
_SHARED = (
    *("HEAD", "config", "packed-refs", "shallow", "objects/info/alternates", "objects/info/commit-graph"),
    "objects/info/commit-graphs/commit-graph-chain",
)
#: Where git looks for a name, and what it takes for the end of one.
_PLACES = ("{}", "refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")
_END = re.compile(r"[~^:@\0]")
_FULL_ID = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_ID = re.compile(r"[0-9a-fA-F]{4,64}")
_AMBIGUOUS = re.compile(r"refname '(.*)' is ambiguous")


def commit_meant(repository: Repository, revision: str) -> str:
    """The full id of the commit.

    Raises ``NotFoundError`` if that is none or several things, ``UnavailableError`` if git could not answer.
    """
    refuse_pipes(repository, revision)
    asked = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    found = repository.git.read("-c", "core.warnAmbiguousRefs=true", *asked)
    commit = found.out.decode("ascii", "replace").strip()
    if found.status or not _FULL_ID.fullmatch(commit):
        _refuse_damage(repository, revision)
        raise no_commit(repository, revision)
    several = _AMBIGUOUS.search(found.err)
    if several and several[1] != "HEAD" and not _FULL_ID.fullmatch(several[1]):
        places = [place.format(several[1]) for place in _PLACES]
        standing = [one for one in names(repository, *places) if one in places]
        hint = f"say which: {', '.join(standing)}{', or ' if standing else ''}a commit's id"
        raise NotFoundError(f"'{several[1]}' means several things here, a branch and a tag for instance", hint=hint)
    return commit


def refuse_pipes(repository: Repository, revision: str = "") -> None:
    """Raises ``UnavailableError`` where git would wait for what is no file."""
    for place in _read_by_git(repository, revision):
        try:
            mode = os.stat(place).st_mode
        except (OSError, ValueError):
            continue
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise UnavailableError(f"{place} is no file, and git would wait for it", hint="take it away")


def _refuse_damage(repository: Repository, revision: str) -> None:
    """Raises ``UnavailableError`` where git finds no commit because what leads there is damaged or missing.

    To say then that there is no such commit would be a guess. This takes long in a long history, for who is told of an
    error anyway.
    """
    head = repository.head()
    name = _END.split(revision)[0]
    start = _start(repository, name) if name else head
    if not start and _ID.fullmatch(name):  # it may be what is missing
        start = head
    if start and repository.git.read("rev-list", "--quiet", start, "--").status:
        raise _damaged(revision)


def _start(repository: Repository, name: str) -> str:
    """The id that a name stands for, where the object should be here; empty if it stands for nothing."""
    found = repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if found.status == 0:
        told = found.out.decode("ascii", "replace").strip()
        # Git repeats a full id, whether there is such an object or not.
        return told if told != name.lower() or is_there(repository.common_dir, told) else ""
    if found.status > 1 or any(_is_broken(repository.common_dir, place.format(name)) for place in _PLACES):
        raise _damaged(name)
    return ""


def _is_broken(common_dir: str, name: str) -> bool:
    """Whether a branch or tag, of which git knows no commit, has a file all the same.

    One that names another that is not there, as ``origin/HEAD`` after a renaming, is whole.
    """
    path = os.path.join(common_dir, name)
    if not name.startswith("refs/") or ".." in name or not os.path.lexists(path) or os.path.isdir(path):
        return False
    told = refs.small_file(path) or ""
    other = told.removeprefix("ref:").strip()
    is_whole = told.startswith("ref:") and other.startswith("refs/")
    return not is_whole or os.path.lexists(os.path.join(common_dir, other))


def _damaged(revision: str) -> UnavailableError:
    hint = "git fsck tells what is damaged or missing"
    return UnavailableError(f"cannot tell what '{revision}' is: the history cannot be read", hint=hint)


def _read_by_git(repository: Repository, revision: str) -> Iterator[str]:
    common = repository.common_dir
    yield from (os.path.join(repository.git_dir, name) for name in ("HEAD", "index"))
    yield from (os.path.join(common, name) for name in _SHARED)
    here = refs.small_file(os.path.join(repository.git_dir, "HEAD")) or ""
    names = [_END.split(revision)[0], here.removeprefix("ref:").strip()]
    yield from (os.path.join(common, place.format(name)) for name in names if name for place in _PLACES)
    packs = os.path.join(common, "objects", "pack")
    if os.path.isdir(packs):
        with os.scandir(packs) as several:
            odd = [one.path for one in several if not one.is_file(follow_symlinks=False)]
        yield from odd
