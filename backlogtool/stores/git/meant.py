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
        raise NotFoundError(f"no commit '{revision}'", hint="name a branch, a tag or a commit id")
    several = _AMBIGUOUS.search(found.err)
    if several and several[1] != "HEAD" and not _FULL_ID.fullmatch(several[1]):
        name = several[1]
        hint = f"say which: refs/remotes/{name}, refs/heads/{name}, refs/tags/{name}, or a commit's id"
        raise NotFoundError(f"'{name}' means several things here, a branch and a tag for instance", hint=hint)
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
