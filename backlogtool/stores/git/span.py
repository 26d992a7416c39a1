"""What the commits after a revision did to items: every commit, every parent edge (ROBUSTNESS.md 2.8).

Read from the object database alone. A version that cannot be read, or a deletion, does not make the tool
forget what the item was: the last readable version is carried on. What cannot be seen is an error (R12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git.brought import Brought, brought, brought_here
from backlogtool.stores.git.differences import (
    ODD,
    ByItem,
    Difference,
    ask,
    between,
    by_item,
    changes,
    deletions,
    differing,
    entries_of,
    listed,
    listing,
)
from backlogtool.stores.git.files import ITEMS, Tree
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.objects import all_commits, read_commits, read_objects
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.sound import refuse_odd_trees
from backlogtool.stores.git.versions import Made, Version, all_made, applied, backwards, item_in

_UNSHALLOW = "git fetch --unshallow"


_NOTHING = Version()
#: All that is looked at in a commit.
_FOLDERS = (ITEMS, "config", "templates")
#: Which of these items the commits that lead to a commit, or any others but the excepted ones, may have touched.
Seen = Callable[[Collection[str], str, Collection[str]], Collection[str] | None]


def _unknown(ids: Collection[str], commit: str, without: Collection[str]) -> None:
    """Nobody knows."""


class Span:
    """The commits that lead to ``head`` and that the commit ``since`` does not have; ``base`` is the merge base.

    ``edge`` are the commits where a shallow clone ends. With an empty ``since`` nothing lies before: ``base`` is empty,
    and every commit is judged. ``seen`` may know which items history can tell of. Raises ``NotFoundError`` if there is
    no merge base, ``UnavailableError`` where the clone does not hold what should be judged.
    """

    def __init__(self, git: Git, head: str, since: str, edge: frozenset[str], seen: Seen = _unknown) -> None:
        self._git = git
        self._seen = seen
        self._edge = edge
        self.head = head
        self.since = since
        bases = self._merge_bases(since, head) if since else [""]
        if not bases:
            hint = f"a shallow clone does not hold it: {_UNSHALLOW}"
            raise NotFoundError(f"{head[:10]} and {since[:10]} have no common ancestor here", hint=hint)
        self.base = bases[0]
        self._entries = Meanwhile(lambda: entries_of(git, head))
        self._parents = self._graph(since)
        self._commits = all_commits(git, {*self._parents, *(one for some in self._parents.values() for one in some)})
        self._sound = Meanwhile(lambda: refuse_odd_trees(git, self._commits, self._parents.keys()))
        self._read: dict[tuple[str, str], tuple[Item | None, str]] = {}
        self._removed: tuple[frozenset[str], Meanwhile[Mapping[str, Sequence[Difference]]]] | None = None
        #: The items that are touched, as they were at the base and as they are at the head.
        self.first: Mapping[str, Version] = {}
        self.last: Mapping[str, Version] = {}

    @property
    def commits(self) -> int:
        """How many commits are judged."""
        return len(self._parents)

    @property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """The commits that are judged, ancestors first, with their parents."""
        return self._parents

    def changed(self, *folders: str) -> list[str]:
        """The files in these folders that differ between base and head; none where there is no base."""
        starts = tuple(f"{folder}/" for folder in folders)
        return [one.path for one in self._differing if one.path.startswith(starts) or one.path in folders]

    @cached_property
    def _differing(self) -> list[Difference]:
        """What differs between base and head among all that we look at."""
        return differing(self._git, self.base, self.head, *_FOLDERS) if self.base else []

    def added(self) -> list[str]:
        """The paths of item files at the head that the base does not have; none where there is no base."""
        return [one.path for some in by_item(self._differing).values() for one in some if one.before is None]

    def brought(self, root: str = "", edited: Collection[str] = ()) -> Brought:
        """What stands at the head, or in a work tree with some edited paths, and not so at the base."""
        steps = [one for one in self._differing if one.path == ITEMS or one.path.startswith(f"{ITEMS}/")]
        if not self.base:
            steps = differing(self._git, "", self.head, ITEMS)
        if not root:
            return brought(Tree(self._git, self.head), steps, self._names, {})
        return brought_here(self._git, root, steps, self._names, edited)

    def _names(self, ids: Collection[str]) -> ByItem:
        """The files of items at the head."""
        return listed(self.entries(), ids)

    def entries(self) -> bytes:
        """All item files at the head, as git lists them."""
        return self._entries.result()

    def key_at_base(self, item_id: str) -> str:
        """The dedupe key that an item has at the base, after all was asked what was made; empty if it has none."""
        first = self.first.get(item_id)
        return first.item.dedupe_key if first and first.item else ""

    def made(self) -> list[Made]:
        """What each commit made of each item that it touches, ancestors first."""
        self._removed = self._removals()
        self._sound.result()
        edges = between(self._git, [(one, commit) for commit, parents in self._parents.items() for one in parents])
        edges |= {("", commit): listing(self._git, commit) for commit, parents in self._parents.items() if not parents}
        touched = frozenset(item_id for edge in edges.values() for item_id in edge)
        if not touched:
            return []
        self._load(edges.values())
        return self._with_sides(self._walk(edges, self._start(touched)))

    def takes_back(self, made: Made, undone: str) -> bool:
        """Whether it takes back exactly what the commit ``undone``, one of its ancestors, did to the item."""
        if self._git.read("merge-base", "--is-ancestor", undone, made.commit.id).status:
            return False
        parents = read_commits(self._git, [undone])[undone].parents
        if len(parents) > 1:
            return False
        did = between(self._git, [(parents[0], undone)])[parents[0], undone] if parents else listing(self._git, undone)
        befores = made.befores[0].files if made.befores else {}
        return bool(did.get(made.item_id)) and applied(befores, backwards(did[made.item_id])) == made.after.files

    def _graph(self, since: str) -> dict[str, tuple[str, ...]]:
        """commit -> parents, ancestors first; not one commit is simplified away."""
        ends = (self.head, f"^{since}") if since else (self.head,)
        out = ask(self._git, "rev-list", "--topo-order", "--reverse", "--parents", *ends, "--")
        lines = [line.split() for line in out.decode().splitlines()]
        if not self._edge.isdisjoint(line[0] for line in lines):
            after = f" after {self.base[:10]}" if self.base else ""
            message = f"this clone is shallow: not every commit{after} can be judged"
            raise UnavailableError(message, hint=_UNSHALLOW)
        return {line[0]: tuple(line[1:]) for line in lines}

    def _merge_bases(self, *commits: str) -> list[str]:
        """The best common ancestors of the first commit and a merge of the others."""
        found = self._git.read("merge-base", "--all", *commits)
        if found.status > 1:
            raise UnavailableError(f"git cannot read the history: {found.err}")
        return found.out.decode().split()

    def _walk(self, edges: Mapping[tuple[str, str], ByItem], states: dict[str, Mapping[str, Version]]) -> list[Made]:
        """Goes through the commits with the state of every touched item wherever a child has still to come."""
        waiting = Counter(parent for parents in self._parents.values() for parent in parents)
        found: list[Made] = []
        for commit, parents in self._parents.items():
            ids = sorted({item_id for parent in parents or ("",) for item_id in edges[parent, commit]})
            befores = {one: tuple(states[parent].get(one, _NOTHING) for parent in parents) for one in ids}
            first = edges[(*parents, "")[0], commit]
            afters = {one: self._after(one, befores[one], first.get(one, ())) for one in ids}
            states[commit] = {**(states[parents[0]] if parents else {}), **afters}
            found += [Made(self._commits[commit], one, befores[one], afters[one]) for one in ids]
            waiting.subtract(parents)
            for parent in (parent for parent in parents if not waiting[parent]):
                del states[parent]
        self.last = states.get(self.head, {})
        return found

    def _after(self, item_id: str, befores: Sequence[Version], steps: Iterable[Difference]) -> Version:
        files = applied(befores[0].files if befores else {}, steps)
        known: list[Item] = []
        for item in (item for before in befores for item in before.known):
            known += [] if item in known else [item]
        return self._version(item_id, files, tuple(known))

    def _start(self, touched: frozenset[str]) -> dict[str, Mapping[str, Version]]:
        """The touched items at every commit where the span begins."""
        if not self.base:
            self.first = dict.fromkeys(touched, _NOTHING)
            return {}
        outside = {parent for parents in self._parents.values() for parent in parents} - self._parents.keys()
        begins = sorted(outside - {self.base})
        steps = between(self._git, [(self.base, commit) for commit in (*begins, self.head)])
        base = self._at_base(touched, steps[self.base, self.head])
        self._load([{one: all_made(files) for one, files in base.items()}, *steps.values()])
        files = {self.base: base}
        for commit in begins:
            differ = steps[self.base, commit]
            files[commit] = {one: applied(base[one], differ.get(one, ())) for one in touched}
        earlier = self._earlier(files.values())
        states: dict[str, Mapping[str, Version]] = {
            commit: {one: self._version(one, held, earlier.get(one, ())) for one, held in of_items.items()}
            for commit, of_items in files.items()
        }
        self.first = states[self.base]
        return states

    def _at_base(self, touched: Collection[str], steps: ByItem) -> dict[str, Mapping[str, str]]:
        """The files of items at the base, from those at the head and the steps that lead there."""
        at_head = self._names(touched)
        return {one: applied(applied({}, at_head.get(one, ())), backwards(steps.get(one, ()))) for one in touched}

    def _earlier(self, states: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, tuple[Item, ...]]:
        """The last readable versions of items that are not there, or cannot be read, where the span begins."""
        lost = [(one, files) for held in states for one, files in held.items() if not self._parsed(one, files)[0]]
        if not lost:
            return {}
        if self._edge:
            message = "this clone is shallow: what an item was before it was made anew cannot be seen"
            raise UnavailableError(message, hint=_UNSHALLOW)
        told = self._told({one for one, _ in lost}, changes if any(files for _, files in lost) else deletions)
        wanted = {one: told[one] for one, _ in lost if one in told}
        self._load([wanted])
        return {one: self._newest(one, steps) for one, steps in wanted.items()}

    def _told(
        self, lost: Collection[str], ask_git: Callable[[Git, str, Collection[str]], Mapping[str, Sequence[Difference]]]
    ) -> Mapping[str, Sequence[Difference]]:
        """What history tells of lost items; it is read only for those that it may know."""
        if self._removed and ask_git is deletions and self._removed[0].issuperset(lost):
            return self._removed[1].result()
        known = self._seen(lost, self.base, self._parents)
        wanted = lost if known is None else known
        return ask_git(self._git, self.base, wanted) if wanted else {}

    def _removals(self) -> tuple[frozenset[str], Meanwhile[Mapping[str, Sequence[Difference]]]] | None:
        """The new items, and a search for removals of them before the base: most likely it will be asked for."""
        new = frozenset(path.rpartition("/")[2].removesuffix(".md") for path in self.added())
        if not new or self._edge:
            return None
        known = self._seen(new, self.base, self._parents)
        wanted = new if known is None else known
        return new, Meanwhile(lambda: deletions(self._git, self.base, wanted) if wanted else {})

    def _newest(self, item_id: str, steps: Iterable[Difference]) -> tuple[Item, ...]:
        blobs = (blob for step in steps for blob in (step.after, step.before) if blob)
        items = (self._read[blob, item_id][0] for blob in blobs)
        return next(((item,) for item in items if item is not None), ())

    def _with_sides(self, found: Sequence[Made]) -> list[Made]:
        """The same, merges with the points where their parents parted."""
        parents = {made.commit.id: self._parents[made.commit.id] for made in found if len(made.befores) > 1}
        origins = {commit: [self._origins(one, several) for one in several] for commit, several in parents.items()}
        pairs = {(one, commit) for commit, several in origins.items() for some in several for one in some[0] + some[1]}
        steps = between(self._git, sorted(pairs))
        self._load(steps.values())
        return [
            replace(made, sides=tuple(self._sides(made, origins[made.commit.id], steps)))
            if made.commit.id in origins
            else made
            for made in found
        ]

    def _origins(self, parent: str, parents: Sequence[str]) -> tuple[list[str], list[str]]:
        """Where a parent parted from the others; if that is several commits, where these parted."""
        bases = self._merge_bases(parent, *(other for other in parents if other != parent))
        older = self._merge_bases(*bases)[:1] if len(bases) > 1 else []
        return bases, older

    def _sides(
        self, made: Made, origins: Sequence[tuple[list[str], list[str]]], steps: Mapping[tuple[str, str], ByItem]
    ) -> Iterator[Side]:
        for before, (bases, oldest) in zip(made.befores, origins, strict=True):
            olds = tuple(self._at(made, steps[commit, made.commit.id]) for commit in bases)
            older = next((self._at(made, steps[commit, made.commit.id]) for commit in oldest), None)
            for item in before.known or (None,):
                yield Side(item, not before.files, olds, older)

    def _at(self, made: Made, steps: ByItem) -> Item | None:
        """The item at an older commit, from the steps that lead from there to what was made."""
        files = applied(made.after.files, backwards(steps.get(made.item_id, ())))
        return self._parsed(made.item_id, files)[0]

    def _version(self, item_id: str, files: Mapping[str, str], known: tuple[Item, ...]) -> Version:
        item, fault = self._parsed(item_id, files)
        return Version(files, item, fault, known if item is None else (item,))

    def _parsed(self, item_id: str, files: Mapping[str, str]) -> tuple[Item | None, str]:
        """What the files of an item say, or why they say nothing."""
        if len(files) > 1:
            return None, f"{' and '.join(sorted(files))} have one id"
        return next((self._read[blob, item_id] for blob in files.values()), (None, ""))

    def _load(self, several: Iterable[ByItem]) -> None:
        """Reads all blobs of the differences at once."""
        steps = [(item_id, step) for by_item in several for item_id, some in by_item.items() for step in some]
        names = {(blob, item_id) for item_id, step in steps for blob in (step.before, step.after) if blob is not None}
        data = read_objects(self._git, sorted({blob for blob, _ in names - self._read.keys() if blob != ODD}))
        for blob, item_id in names - self._read.keys():
            if blob != ODD and blob not in data:
                message = f"a version of {item_id}, object {blob[:10]}, is missing here: not all can be judged"
                raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
            self._read[blob, item_id] = item_in(data.get(blob), item_id)
