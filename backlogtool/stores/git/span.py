"""What the commits after a revision did to items: every commit, every parent edge (ROBUSTNESS.md 2.8).

Read from the object database alone. A version that cannot be read, or a deletion, does not make the tool
forget what the item was: the last readable version is carried on. What cannot be seen is an error (R12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from backlogtool.codec import quick
from backlogtool.domain.item import Item
from backlogtool.domain.merge import Side
from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores.git.differences import (
    ODD,
    ByItem,
    Difference,
    ask,
    between,
    changed,
    changes,
    deletions,
    listing,
)
from backlogtool.stores.git.objects import CommitObject, read_commits, read_objects
from backlogtool.stores.git.runner import Git

_UNSHALLOW = "git fetch --unshallow"


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


_NOTHING = Version()


class Span:
    """The commits that lead to ``head`` and that the commit ``since`` does not have; ``base`` is the merge base.

    ``edge`` are the commits where a shallow clone ends. Raises ``NotFoundError`` if there is no merge base,
    ``UnavailableError`` where the clone does not hold what should be judged.
    """

    def __init__(self, git: Git, head: str, since: str, edge: frozenset[str]) -> None:
        self._git = git
        self._edge = edge
        self.head = head
        bases = self._merge_bases(since, head)
        if not bases:
            hint = f"a shallow clone does not hold it: {_UNSHALLOW}"
            raise NotFoundError(f"HEAD and {since[:10]} have no common ancestor here", hint=hint)
        self.base = bases[0]
        self._parents = self._graph(since)
        self._read: dict[tuple[str, str], tuple[Item | None, str]] = {}
        #: The items that are touched, as they were at the base and as they are at the head.
        self.first: Mapping[str, Version] = {}
        self.last: Mapping[str, Version] = {}

    def changed(self, *folders: str) -> list[str]:
        """The files in these folders that differ between base and head."""
        return changed(self._git, self.base, self.head, *folders)

    def made(self) -> list[Made]:
        """What each commit made of each item that it touches, ancestors first."""
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
        return bool(did.get(made.item_id)) and _applied(befores, _backwards(did[made.item_id])) == made.after.files

    def _graph(self, since: str) -> dict[str, tuple[str, ...]]:
        """commit -> parents, ancestors first; not one commit is simplified away."""
        out = ask(self._git, "rev-list", "--topo-order", "--reverse", "--parents", self.head, f"^{since}", "--")
        lines = [line.split() for line in out.decode().splitlines()]
        if not self._edge.isdisjoint(line[0] for line in lines):
            message = f"this clone is shallow: not every commit after {self.base[:10]} can be judged"
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
        commits = read_commits(self._git, self._parents)
        waiting = Counter(parent for parents in self._parents.values() for parent in parents)
        found: list[Made] = []
        for commit, parents in self._parents.items():
            ids = sorted({item_id for parent in parents or ("",) for item_id in edges[parent, commit]})
            befores = {one: tuple(states[parent].get(one, _NOTHING) for parent in parents) for one in ids}
            first = edges[(*parents, "")[0], commit]
            afters = {one: self._after(one, befores[one], first.get(one, ())) for one in ids}
            states[commit] = {**(states[parents[0]] if parents else {}), **afters}
            found += [Made(commits[commit], one, befores[one], afters[one]) for one in ids]
            waiting.subtract(parents)
            for parent in (parent for parent in parents if not waiting[parent]):
                del states[parent]
        self.last = states.get(self.head, {})
        return found

    def _after(self, item_id: str, befores: Sequence[Version], steps: Iterable[Difference]) -> Version:
        files = _applied(befores[0].files if befores else {}, steps)
        known: list[Item] = []
        for item in (item for before in befores for item in before.known):
            known += [] if item in known else [item]
        return self._version(item_id, files, tuple(known))

    def _start(self, touched: frozenset[str]) -> dict[str, Mapping[str, Version]]:
        """The touched items at every commit where the span begins."""
        outside = {parent for parents in self._parents.values() for parent in parents} - self._parents.keys()
        steps = between(self._git, [(self.base, commit) for commit in sorted(outside - {self.base})])
        listed = listing(self._git, self.base, touched)
        base = {one: listed.get(one, ()) for one in touched}
        self._load([base, *steps.values()])
        files = {self.base: {one: _applied({}, some) for one, some in base.items()}}
        for (_, commit), differing in steps.items():
            files[commit] = {one: _applied(files[self.base][one], differing.get(one, ())) for one in touched}
        earlier = self._earlier(files.values())
        states: dict[str, Mapping[str, Version]] = {
            commit: {one: self._version(one, held, earlier.get(one, ())) for one, held in of_items.items()}
            for commit, of_items in files.items()
        }
        self.first = states[self.base]
        return states

    def _earlier(self, states: Iterable[Mapping[str, Mapping[str, str]]]) -> dict[str, tuple[Item, ...]]:
        """The last readable versions of items that are not there, or cannot be read, where the span begins."""
        lost = [(one, files) for held in states for one, files in held.items() if not self._parsed(one, files)[0]]
        if not lost:
            return {}
        if self._edge:
            message = "this clone is shallow: what an item was before it was made anew cannot be seen"
            raise UnavailableError(message, hint=_UNSHALLOW)
        told = (changes if any(files for _, files in lost) else deletions)(self._git, self.base)
        wanted = {one: told[one] for one, _ in lost if one in told}
        self._load([wanted])
        return {one: self._newest(one, steps) for one, steps in wanted.items()}

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
        files = _applied(made.after.files, _backwards(steps.get(made.item_id, ())))
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
            self._read[blob, item_id] = _item(data.get(blob), item_id)


def _applied(files: Mapping[str, str], steps: Iterable[Difference]) -> dict[str, str]:
    """The files after the steps."""
    found = dict(files)
    for step in steps:
        found.pop(step.path, None)
        if step.after is not None:
            found[step.path] = step.after
    return found


def _backwards(steps: Iterable[Difference]) -> Iterator[Difference]:
    return (Difference(step.path, step.after, step.before) for step in steps)


def _item(data: bytes | None, item_id: str) -> tuple[Item | None, str]:
    """What a file says, or why it says nothing."""
    if data is None:
        return None, "it is not a regular file"
    item, findings = quick.item_of(data, item_id)
    return item, "" if item is not None else next(one.message for one in findings)
