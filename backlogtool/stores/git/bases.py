"""Where commits parted: the merge bases of the parents of a merge."""

from __future__ import annotations

from collections.abc import Iterable

from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git.runner import Git


def merge_bases(git: Git, *commits: str) -> list[str]:
    """The best common ancestors of the first commit and a merge of the others; none where they have no history alike.

    Raises ``UnavailableError`` if git cannot read the history.
    """
    found = git.read("merge-base", "--all", *commits)
    if found.status > 1:
        raise UnavailableError(f"git cannot read the history: {found.err}", hint="git fsck tells what is missing")
    return found.out.decode().split()


def unrelated(one: str, other: str, *, shallow: bool) -> NotFoundError:
    """The error that two commits have no ancestor in common here; only a shallow clone may lack it."""
    hint = "name a commit that both have among their ancestors: these histories began apart"
    if shallow:
        hint = "a shallow clone does not hold it: git fetch --unshallow"
    return NotFoundError(f"{one} and {other} have no common ancestor here", hint=hint)


def parted_at(git: Git, one: str, parents: Iterable[str]) -> tuple[list[str], list[str]]:
    """Where one parent of a merge parted from the others; if that is several commits, also where these parted.

    None of several counts more than another: what orders them are dates, which anybody can write.
    """
    bases = merge_bases(git, one, *(other for other in parents if other != one))
    return bases, merge_bases(git, *bases) if len(bases) > 1 else []
