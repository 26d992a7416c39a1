"""Items at one commit: the files that claim an id, what they say, and what a commit made of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backlogtool.codec import quick
from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.stores.git.differences import Difference
from backlogtool.stores.git.objects import CommitObject

#: path -> blob, of the files of one item.
Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """One item at one commit. ``files`` maps every path that claims its id to a blob.

    ``item`` is what the one file says, ``fault`` why it says nothing; ``known`` the last versions that could be
    read, one for each line of history that leads here. ``rooted`` says that some line began before what is looked at.
    ``joined`` are the versions on several lines that a merge left alone, which are alike but may have another past.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    item: Item | None = None
    fault: str = ""
    known: tuple[Item, ...] = ()
    rooted: bool = False
    joined: tuple[Version, ...] = ()

    @property
    def path(self) -> str:
        return min(self.files, default="")

    @property
    def blob(self) -> str | None:
        """The blob of its only file."""
        return next(iter(self.files.values())) if len(self.files) == 1 else None


NOTHING = Version()


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


def all_joined(several: Sequence[Mapping[str, Version]]) -> dict[str, Version]:
    """item id -> its version after a merge of lines on which it has the same files: what it was on each counts."""
    found = dict(several[0]) if several else {}
    for item_id in {one for some in several[1:] for one in some}:
        versions = {id(one): one for some in several for one in (some.get(item_id, NOTHING),)}
        if len(versions) > 1:
            found[item_id] = _joined(list(versions.values()))
    return found


def _joined(several: Sequence[Version]) -> Version:
    parts = {id(part): part for one in several for part in one.joined or (one,)}
    known: list[Item] = []
    for item in (item for one in several for item in one.known):
        known += [] if item in known else [item]
    rooted = any(one.rooted for one in several)
    return replace(several[0], known=tuple(known), rooted=rooted, joined=tuple(parts.values()))


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


def too_large(size: int) -> str:
    """Why a file says nothing that was not read."""
    return f"{size} bytes; it may have {MAX_FILE}"


def item_in(data: bytes | None, item_id: str) -> tuple[Item | None, str]:
    """What a file says, or why it says nothing."""
    if data is None:
        return None, "it is not a regular file"
    item, findings = quick.item_of(data, item_id)
    return item, "" if item is not None else next(one.message for one in findings)
