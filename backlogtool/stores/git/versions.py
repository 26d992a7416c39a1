"""Items at one commit: the files that claim an id, what they say, and what a commit made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from backlogtool.codec import quick
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.stores.git.differences import Difference
from backlogtool.stores.git.objects import CommitObject


@dataclass(frozen=True, slots=True)
class Version:
    """One item at one commit. ``files`` maps every path that claims its id to a blob.

    ``item`` is what the one file says, ``fault`` why it says nothing; ``known`` the last versions that could be
    read, one for each line of history that leads here.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    item: Item | None = None
    fault: str = ""
    known: tuple[Item, ...] = ()

    @property
    def path(self) -> str:
        return min(self.files, default="")

    @property
    def blob(self) -> str | None:
        """The blob of its only file."""
        return next(iter(self.files.values())) if len(self.files) == 1 else None


@dataclass(frozen=True, slots=True)
class Made:
    """What one commit made of one item. ``befores`` has a version for each parent; ``sides`` only a merge has."""

    commit: CommitObject
    item_id: str
    befores: tuple[Version, ...]
    after: Version
    sides: tuple[Side, ...] = ()

    @property
    def path(self) -> str:
        return next((one.path for one in (self.after, *self.befores) if one.path), "")


def applied(files: Mapping[str, str], steps: Iterable[Difference]) -> dict[str, str]:
    """The files after the steps."""
    found = dict(files)
    for step in steps:
        found.pop(step.path, None)
        if step.after is not None:
            found[step.path] = step.after
    return found


def all_made(files: Mapping[str, str]) -> list[Difference]:
    """The files as if they had just been made."""
    return [Difference(path, None, blob) for path, blob in files.items()]


def backwards(steps: Iterable[Difference]) -> Iterator[Difference]:
    return (Difference(step.path, step.after, step.before) for step in steps)


def item_in(data: bytes | None, item_id: str) -> tuple[Item | None, str]:
    """What a file says, or why it says nothing."""
    if data is None:
        return None, "it is not a regular file"
    item, findings = quick.item_of(data, item_id)
    return item, "" if item is not None else next(one.message for one in findings)
