"""The two sides of a merge that brought two files together, to be asked for what each had."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.objects import read_commits, read_objects
from backlogtool.stores.git.repository import Repository


class Parted(NamedTuple):
    """A commit of the side that had one file, and of the side that had the other."""

    own: str
    other: str


def of_merge(repository: Repository) -> Parted | None:
    """Their side and ours in the merge that is under way; None where there is none."""
    going_on = repository.in_progress()
    if not going_on or going_on[0] != "a merge":
        return None
    return Parted(repository.resolve("MERGE_HEAD"), repository.head())


def of_files(repository: Repository, path: str, others: Collection[str]) -> Parted | None:
    """The sides of the merge that goes on, or else of the first one, that brought a file and another one together.

    None if there is none: then the file was copied, or moved, on one branch.
    """
    found = repository.git.read("rev-list", "--topo-order", "--full-history", "--merges", "HEAD", "--", path, *others)
    if found.status:
        raise UnavailableError(f"git cannot read the history: {found.err}")
    commits = read_commits(repository.git, found.out.decode().split())
    under_way = of_merge(repository)
    several = [one.parents for one in reversed(list(commits.values()))]
    several += [(under_way.own, under_way.other)] if under_way else []
    return next((one for parents in several for one in _split(repository, parents, path, others)), None)


def texts(repository: Repository, commit: str, paths: Iterable[str]) -> dict[str, str]:
    """path -> what a commit has there; without those that it does not have, or that are no text."""
    names = {f"{commit}:{path}": path for path in paths}
    held = read_objects(repository.git, names, (b"blob",))
    return {names[name]: data.decode("utf-8", "replace") for name, data in held.items()}


def _split(repository: Repository, parents: Sequence[str], path: str, others: Collection[str]) -> list[Parted]:
    """The pair of parents of which one has the file alone and one has another one alone, if there is such a pair."""
    has = {one: texts(repository, one, [path, *others]).keys() for one in parents}
    own = [one for one, paths in has.items() if set(paths) == {path}]
    other = [one for one, paths in has.items() if paths and path not in paths]
    return [Parted(own[0], other[0])] if own and other else []
