"""A revision that is no commit: what to say, with the name that was meant, or what is missing here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from backlogtool.domain.spelling import nearest
from backlogtool.errors import NotFoundError

if TYPE_CHECKING:  # it asks for this module where a revision is none
    from backlogtool.stores.git.repository import Repository

#: What ends a name in a revision.
_END = re.compile(r"[~^:@\0]")
#: Among how many names the one that is meant is looked for.
_MANY = 2000


def no_commit(repository: Repository, revision: str) -> NotFoundError:
    """What to raise where a revision is none, with the way on: the nearest name, or what is missing here."""
    return NotFoundError(f"no commit '{revision}'", hint=_instead(repository, revision))


def _instead(repository: Repository, revision: str) -> str:
    name = _END.split(revision)[0] or "HEAD"
    if repository.tip() == "" and name in ("HEAD", repository.branch()):
        return "nothing is committed here yet: commit something first"
    if revision.startswith((f"{name}~", f"{name}^")) and _is_known(repository, name):
        return f"{name} has no such ancestor here{': git fetch --unshallow' if repository.edge() else ''}"
    known = {one: one.split("/", 2)[2] for one in names(repository, "refs/heads", "refs/tags", "refs/remotes")}
    close = nearest(name, dict.fromkeys(known.values()))
    if close:
        return f"did you mean '{close}'?"
    remote = name.partition("/")[0]
    if "/" in name and repository.git.read("config", "--get-regexp", rf"^remote\.{re.escape(remote)}\.").status == 0:
        return f"git fetch {remote} brings what it has; git branch -r lists what is here"
    return "name a branch, a tag or a commit id"


def _is_known(repository: Repository, name: str) -> bool:
    return repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").status == 0


def names(repository: Repository, *patterns: str) -> list[str]:
    """The whole names of branches and tags, as git chooses them by the start of a name; not more than some."""
    told = repository.git.read("for-each-ref", f"--count={_MANY}", "--format=%(refname)", *patterns)
    return told.out.decode("utf-8", "replace").splitlines()
