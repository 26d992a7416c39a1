"""Branches by name: which there are, where they are checked out, and whether one may be committed to from elsewhere."""

from __future__ import annotations

import os
from itertools import chain, count

from backlogtool.errors import ConflictError, NotFoundError, RefusedError, UnavailableError, UsageError
from backlogtool.stores.git import refs, remotes
from backlogtool.stores.git.objects import loose_commit
from backlogtool.stores.git.repository import Repository

HEADS = "refs/heads/"
#: Where git notes, in the git directory of a work tree, which branch it will go back to.
_LEFT = (("rebase-merge", "head-name"), ("rebase-apply", "head-name"), ("BISECT_START",))
_LONGEST = 1 << 16  # bytes of such a note


def tip(repository: Repository, name: str) -> str:
    """The commit that a branch stands at; empty if there is no such branch."""
    told = refs.at(repository.common_dir, f"{HEADS}{name}")
    if told is not None and (not told or loose_commit(repository.common_dir, told)):
        return told
    found = repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{HEADS}{name}^{{commit}}")
    return found.out.decode().strip() if found.status == 0 else ""


def start(repository: Repository, name: str) -> str:
    """The commit on which a change for the branch is made: its tip, or the last commit where it is to be new.

    Raises ``NotFoundError`` where nothing is committed yet.
    """
    found = (tip(repository, name) if name else "") or repository.head()
    if not found:
        raise NotFoundError("there is no commit yet that a branch could begin at", hint="commit something first")
    return found


def refuse_name(repository: Repository, name: str) -> None:
    """Raises ``UsageError`` for a name that no branch can have."""
    odd = name.startswith(("-", "refs/", "@{")) or name in ("HEAD", "@") or not name.isprintable()
    plain = refs.is_plain(f"{HEADS}{name}")
    if odd or (not plain and repository.git.read("check-ref-format", f"{HEADS}{name}").status):
        raise UsageError(f"'{name}' cannot be the name of a branch", hint="such as --branch=backlog/tls-renewal")


def refuse_checked_out(repository: Repository, name: str) -> None:
    """Raises ``ConflictError`` if the branch is checked out: the files there would not follow the commit."""
    place = _checked_out(repository).get(name)
    if place is not None:
        here = os.path.realpath(place) == os.path.realpath(repository.root)
        where = "here, so leave out --branch" if here else f"in {place}: make the change there"
        gone = "" if os.path.isdir(place) else "; if that folder is gone for good: git worktree prune"
        raise ConflictError(f"the branch {name} is checked out {where}", hint=f"or choose another name{gone}")
    if name in _worked_on(repository):
        hint = "end that first (git worktree list tells where), or choose another name"
        raise ConflictError(f"the branch {name} is in the middle of a rebase or bisect", hint=hint)


def refuse_taken(repository: Repository, name: str) -> None:
    """Raises ``RefusedError`` for a branch that is only on a remote, where a new one of that name could not be pushed.

    Also if the name of another branch stands in its way; ``UsageError`` if it means something else to git.
    """
    if tip(repository, name):
        return
    known = _known(repository)
    elsewhere = [one for remote in _remotes(repository, known) if (one := f"refs/remotes/{remote}/{name}") in known]
    if elsewhere:
        there = elsewhere[0].removeprefix("refs/remotes/")
        hint = f"to go on with it: git branch {name} {there}, and repeat the command; or choose another name"
        raise RefusedError(f"{there} is there already, and {name} would be another branch", hint=hint)
    blocking = _blocking(known, name)
    if blocking:
        raise RefusedError(f"the branch {blocking} leaves no room for {name}", hint="choose another name")
    _refuse_meaning(repository, name)


def _refuse_meaning(repository: Repository, name: str) -> None:
    """Raises ``UsageError`` for a new name by which git knows a commit already: a tag, an id, a remote's branch.

    Git could not push a branch of that name by it, and who says it may have meant the commit.
    """
    found = repository.git.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found.status == 0:
        commit = found.out.decode()[:10]
        raise UsageError(f"'{name}' already means the commit {commit}, and not a branch", hint="choose another name")


def unused(repository: Repository, wanted: str) -> str:
    """The name, with a number behind it if there is such a branch here or on a remote."""
    known = _known(repository)
    known |= {HEADS + one.removeprefix(f"refs/remotes/{remote}/") for remote in _remotes(repository, known)
              for one in known if one.startswith(f"refs/remotes/{remote}/")}  # fmt: skip
    first = wanted.partition("/")[0]
    if f"{HEADS}{first}" in known:
        wanted = wanted.replace("/", "-")
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(one for one in names if f"{HEADS}{one}" not in known and not _blocking(known, one))


def usual(repository: Repository) -> str:
    """The branch that most repositories begin with, ``main`` or ``master``; empty if there is neither."""
    wanted = (f"{HEADS}main", f"{HEADS}master")
    told = repository.git.read("for-each-ref", "--format=%(refname)", *wanted)
    found = (os.fsdecode(line) for line in told.out.splitlines())  # also of branches in a folder of that name
    return next((one.removeprefix(HEADS) for one in found if one in wanted), "")


def _remotes(repository: Repository, known: set[str]) -> list[str]:
    """The remotes of which branches may be known."""
    return remotes.names(repository) if any(one.startswith("refs/remotes/") for one in known) else []


def _blocking(known: set[str], name: str) -> str:
    """A branch whose name is the folder of this one, or lies in it: git keeps them like files."""
    parts = name.split("/")
    above = {f"{HEADS}{'/'.join(parts[:depth])}" for depth in range(1, len(parts))}
    found = [one for one in known if one in above or one.startswith(f"{HEADS}{name}/")]
    return min(found, default="").removeprefix(HEADS)


def _known(repository: Repository) -> set[str]:
    told = repository.git.read("for-each-ref", "--format=%(refname)", "refs/heads/", "refs/remotes/")
    if told.status:
        raise UnavailableError(f"git cannot list its branches: {told.err}")
    return {os.fsdecode(line) for line in told.out.splitlines()}


def _checked_out(repository: Repository) -> dict[str, str]:
    """branch -> the work tree in which it is checked out."""
    linked = os.path.join(repository.common_dir, "worktrees")
    alone = repository.root and repository.git_dir == repository.common_dir and not os.path.lexists(linked)
    here = refs.head(repository.git_dir, repository.common_dir) if alone else None
    if here is not None:
        return {here.branch.removeprefix(HEADS): repository.root} if here.branch else {}
    told = repository.git.read("worktree", "list", "--porcelain")
    if told.status:
        raise UnavailableError(f"git cannot list its work trees: {told.err}")
    found, place = {}, ""
    for line in map(os.fsdecode, told.out.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "worktree":
            place = rest
        elif word == "branch":
            found[rest.removeprefix(HEADS)] = place
    return found


def _worked_on(repository: Repository) -> set[str]:
    """The branches that are rebased or bisected in some work tree: its HEAD is on none, and goes back to them."""
    linked = os.path.join(repository.common_dir, "worktrees")
    places = [os.path.join(linked, one) for one in os.listdir(linked)] if os.path.isdir(linked) else []
    files = [os.path.join(place, *name) for place in (repository.common_dir, *places) for name in _LEFT]
    told = (os.fsdecode(refs.content(file, _LONGEST) or b"").strip().removeprefix(HEADS) for file in files)
    return {name for name in told if name}
