"""What items were before they were lost: the last readable version on every line of history that leads to a commit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from backlogtool.domain.item import Item
from backlogtool.stores.git.differences import ByItem, Difference, ask, between, paths_of
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.versions import Files, applied, backwards

#: commit -> item id -> its last versions.
Known = Mapping[str, Mapping[str, tuple[Item, ...]]]


class Earlier:
    """Looks for lost items. ``load`` reads all blobs of some differences, ``parsed`` then gives the item in files."""

    def __init__(
        self,
        git: Git,
        load: Callable[[Iterable[ByItem]], None],
        parsed: Callable[[str, Files], tuple[Item | None, str]],
    ) -> None:
        self._git, self._load, self._parsed = git, load, parsed

    def known(
        self, lost: Mapping[str, Mapping[str, Files]], told: Mapping[str, Sequence[Difference]]
    ) -> Mapping[str, Mapping[str, tuple[Item, ...]]]:
        """What items were, that cannot be read at commits. ``told`` has the changes of them that history tells of.

        Only one removal needs no look at lines: more may be those of branches that knew nothing of each other.
        """
        self._load([{one: steps for one, steps in told.items() if len(steps) == 1}])
        found: dict[str, dict[str, tuple[Item, ...]]] = {}
        for commit, items in lost.items():
            single = {one: self._removed(one, told) for one, files in items.items() if len(lost) == 1 and not files}
            found[commit] = {one: (item,) for one, item in single.items() if item is not None}
            rest = {one: files for one, files in items.items() if one in told and one not in found[commit]}
            found[commit] |= self._on_lines(commit, rest) if rest else {}
        return found

    def _removed(self, item_id: str, told: Mapping[str, Sequence[Difference]]) -> Item | None:
        """The item that was removed once."""
        steps = told.get(item_id, ())
        return self._parsed(item_id, dict(_before(steps)))[0] if len(steps) == 1 else None

    def _on_lines(self, commit: str, lost: Mapping[str, Files]) -> dict[str, tuple[Item, ...]]:
        """Goes back on every line, for each item until it can be read."""
        paths = paths_of(lost)
        arguments = ("--topo-order", "--full-history", "--parents", commit, "--", *paths)
        lines = [one.split() for one in ask(self._git, "rev-list", *arguments, pathspecs="glob").decode().splitlines()]
        parents = {one: several for one, *several in lines}
        pairs = [(parent, one) for one, several in parents.items() for parent in several]
        steps = between(self._git, pairs, paths)
        self._load(steps.values())
        start = lines[0][0] if lines else commit
        return {one: tuple(self._back(one, start, files, parents, steps)) for one, files in lost.items()}

    def _back(
        self,
        item_id: str,
        start: str,
        files: Files,
        parents: Mapping[str, Collection[str]],
        steps: Mapping[tuple[str, str], ByItem],
    ) -> list[Item]:
        found: list[Item] = []
        waiting, seen = [(start, files)], {start}
        while waiting:
            commit, held = waiting.pop()
            for parent in (one for one in parents.get(commit, ()) if one not in seen):
                seen.add(parent)
                before = applied(held, backwards(steps[parent, commit].get(item_id, ())))
                item = self._parsed(item_id, before)[0]
                if item is None:
                    waiting.append((parent, before))
                elif item not in found:
                    found.append(item)
        return found


def _before(steps: Iterable[Difference]) -> Iterable[tuple[str, str]]:
    return ((step.path, step.before) for step in steps if step.before is not None)
