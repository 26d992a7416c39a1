"""Remotes: which one a branch goes to, and what a forge wants to hear. Nothing here reaches the network.

A remote is told by its name only. Its URL may hold a password, and never leaves this module but for the address in it.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from typing import NamedTuple

from backlogtool.stores.git import forges, refs
from backlogtool.stores.git.repository import Repository

_LOGIN = re.compile(r"(://)[^\s/'\"]*@")


class Upstream(NamedTuple):
    """What a branch follows: the remote's name and the whole name of the branch there; empty where it says none."""

    remote: str
    ref: str

    @property
    def name(self) -> str:
        """The branch's short name."""
        return self.ref.removeprefix("refs/heads/")


class Opening(NamedTuple):
    """How a branch becomes a pull request: the command that pushes it, and the page that opens it (or empty)."""

    push: str
    link: str


def names(repository: Repository) -> list[str]:
    """The names of all remotes, sorted."""
    told = repository.git.read("remote")
    return sorted(os.fsdecode(line) for line in told.out.splitlines())


def value(repository: Repository, name: str) -> str:
    """What git is configured to; empty where it says nothing. The last value counts."""
    told = repository.git.read("config", "--get", name)
    return told.out.decode("utf-8", "surrogateescape").removesuffix("\n") if told.status == 0 else ""


def settings(repository: Repository) -> Callable[[str], str]:
    """As ``value``, for several of them: git is asked once."""
    told = repository.git.read("config", "--list", "-z").out.decode("utf-8", "surrogateescape")
    held = {name: found for name, _, found in (entry.partition("\n") for entry in told.split("\0"))}
    return lambda name: held.get(_spelled(name), "")


def _spelled(name: str) -> str:
    """The name of a setting as git lists it."""
    section, _, rest = name.partition(".")
    inner, _, key = rest.rpartition(".")
    return ".".join(part for part in (section.lower(), inner, key.lower()) if part)


def upstream(repository: Repository, branch: str) -> Upstream:
    """What the branch follows."""
    told = settings(repository)
    remote, ref = (told(f"branch.{branch}.{name}") for name in ("remote", "merge"))
    return Upstream(remote, ref if ref.startswith("refs/heads/") else "")


def current(repository: Repository) -> str:
    """The short name of the branch that is checked out; empty when HEAD is detached. Git is seldom asked."""
    plain = refs.head(repository.git_dir, repository.common_dir)
    return repository.branch() if plain is None else plain.branch.removeprefix("refs/heads/")


def target(repository: Repository, branch: str, current: str) -> str:
    """The remote that a branch is pushed to: as git chooses it, else that of the ``current`` branch, else the usual.

    Empty if there is none, or none that has a name.
    """
    known = names(repository)
    if not known:
        return ""
    asked = settings(repository)
    wanted = [f"branch.{branch}.pushRemote", "remote.pushDefault", f"branch.{branch}.remote"]
    wanted += [f"branch.{current}.remote"] if current else []
    told = next((found for one in wanted if (found := asked(one))), "")
    if told in known:
        return told
    return "origin" if "origin" in known else known[0] if len(known) == 1 else ""


def opening(repository: Repository, branch: str) -> Opening | None:
    """How to push the branch and to open a pull request of it; None if there is no remote."""
    checked_out = current(repository)
    remote = target(repository, branch, checked_out)
    if not remote:
        return None
    push = shlex.join(["git", "push", "-u", remote, branch])
    return Opening(push, link(repository, remote, into(repository, remote, checked_out), branch))


def link(repository: Repository, remote: str, base: str, branch: str) -> str:
    """The page that opens a pull request; empty where the remote's forge is not known."""
    told = repository.git.read("remote", "get-url", "--push", remote)
    url = told.out.decode("utf-8", "replace").partition("\n")[0]
    place = forges.address(url)
    if told.status or place is None or not base:
        return ""
    return forges.link(url, base, branch, value(repository, f"backlogtool.{place.host}.forge").lower())


def into(repository: Repository, remote: str, current: str) -> str:
    """The branch that a pull request goes into: what the ``current`` one follows there, else the remote's first."""
    follows = upstream(repository, current) if current else Upstream("", "")
    if follows.remote == remote and follows.ref:
        return follows.name
    return default(repository, remote) or current


def default(repository: Repository, remote: str) -> str:
    """The branch that a remote shows first, as this clone knows it; empty if it does not."""
    start = f"refs/remotes/{remote}/"
    # Not --short, which says something else where a tag has the same name.
    told = repository.git.read("symbolic-ref", "--quiet", f"{start}HEAD").out.decode("utf-8", "replace").strip()
    return told.removeprefix(start) if told.startswith(start) else ""


def holding(repository: Repository, commit: str) -> str:
    """The branch that ours goes to, or into, and that has the commit already, as people call it; empty if none has."""
    branch = current(repository)
    follows, remote = upstream(repository, branch), target(repository, branch, branch)
    names = [f"{follows.remote}/{follows.name}"] if follows.ref and follows.remote != "." else []
    names += [f"{remote}/{into(repository, remote, branch)}"] if remote else []
    refs_of = {one: f"refs/remotes/{one}" for one in names}
    refs_of |= {follows.name: follows.ref} if follows.remote == "." and follows.ref else {}
    ask = repository.git.read
    return next(
        (name for name, ref in refs_of.items() if ask("merge-base", "--is-ancestor", commit, ref).status == 0), ""
    )


def without_logins(text: str) -> str:
    """What git said, without the part of an address that may be a password."""
    return _LOGIN.sub(r"\1", text)
