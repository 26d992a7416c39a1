"""Where the parents of merges parted, and what items were there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.stores.git.bases import parted_at
from backlogtool.stores.git.differences import ByItem, between, changes
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.versions import Files, Made, applied, backwards

#: (older, newer) -> how the item files of the two commits differ.
_Steps = Mapping[tuple[str, str], ByItem]
#: For each parent of a merge: where it and the others parted, and where those did.
_Partings = Sequence[tuple[Sequence[str], Sequence[str]]]


class Parents:
    """Gives merges their sides. ``load`` reads all blobs of differences, ``parsed`` then gives the item in files."""

    def __init__(
        self,
        git: Git,
        load: Callable[[Iterable[ByItem]], None],
        parsed: Callable[[str, Files], tuple[Item | None, str]],
    ) -> None:
        self._git, self._load, self._parsed = git, load, parsed

    def with_sides(self, found: Sequence[Made], parents: Mapping[str, Sequence[str]]) -> list[Made]:
        """The same, with sides where a commit has several of the ``parents``."""
        merges = {one.commit.id: parents[one.commit.id] for one in found if len(one.befores) > 1}
        partings = {
            commit: [parted_at(self._git, one, several) for one in several] for commit, several in merges.items()
        }
        pairs = {(one, commit) for commit, some in partings.items() for both in some for one in (*both[0], *both[1])}
        steps = between(self._git, sorted(pairs))
        self._load(steps.values())
        seen = [
            replace(one, sides=tuple(self._sides(one, partings[one.commit.id], steps)))
            if one.commit.id in merges
            else one
            for one in found
        ]
        return self._with_beginnings(seen, merges)

    def _sides(self, made: Made, partings: _Partings, steps: _Steps) -> Iterator[Side]:
        for before, (bases, oldest) in zip(made.befores, partings, strict=True):
            olds, older = (tuple(self._at(one, made, steps) for one in some) for some in (bases, oldest))
            for item in before.known or (None,):
                yield Side(item, not before.files, olds, older, before.rooted)

    def _at(self, commit: str, made: Made, steps: _Steps) -> Item | None:
        """The item at an older commit, from the steps that lead from there to what was made."""
        differ = steps[commit, made.commit.id].get(made.item_id, ())
        return self._parsed(made.item_id, applied(made.after.files, backwards(differ)))[0]

    def _with_beginnings(self, several: Sequence[Made], merges: Mapping[str, Sequence[str]]) -> list[Made]:
        """Items that came about on several sides with the same words, as a commit that is picked does, parted there."""
        alone: dict[str, set[str]] = {}
        for one in (one for one in several if _begun_apart(one)):
            alone.setdefault(one.commit.id, set()).add(one.item_id)
        begun = {commit: self._beginnings(merges[commit], ids) for commit, ids in alone.items()}
        return [_parted_there(one, begun.get(one.commit.id, {}).get(one.item_id)) for one in several]

    def _beginnings(self, parents: Sequence[str], ids: Collection[str]) -> dict[str, Item]:
        """item id -> the last version that came about as it is on the line of each of the parents that knows it."""
        told = [changes(self._git, [parent], ids) for parent in parents]
        self._load(told)
        found = {}
        for item_id in ids:
            made = [[step.after for step in some[item_id] if not step.before] for some in told if item_id in some]
            alike = (
                next((blob for blob in made[0] if blob and all(blob in other for other in made)), None)
                if made
                else None
            )
            item = self._parsed(item_id, {item_id: alike})[0] if alike else None
            if item is not None:
                found[item_id] = item
        return found


def _begun_apart(made: Made) -> bool:
    """Whether several sides have an item, not all the same, that none had where they parted."""
    there = [side for side in made.sides if side.there]
    apart = len(there) > 1 and not any(any(side.origins) for side in there)
    return apart and any(side.item != made.after.item for side in there)


def _parted_there(made: Made, item: Item | None) -> Made:
    if item is None or not _begun_apart(made):
        return made
    return replace(made, sides=tuple(one._replace(origins=(item,)) if one.there else one for one in made.sides))
