"""What the commits after a revision did to items: every commit, every parent edge (ROBUSTNESS.md 2.8).

Read from the object database alone. A version that cannot be read, or a deletion, does not make the tool
forget what the item was: the last readable version is carried on. What cannot be seen is an error (R12).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from backlogtool.codec.canonical import MAX_FILE
from backlogtool.domain.item import Item
from backlogtool.domain.layout import stem_of
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.bases import merge_bases, unrelated
from backlogtool.stores.git.brought import Brought, brought, brought_here
from backlogtool.stores.git.crossing import differing_from, unlike
from backlogtool.stores.git.differences import (
    ATTRIBUTES,
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
from backlogtool.stores.git.earlier import Earlier, Known
from backlogtool.stores.git.files import ITEMS, Tree
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.objects import all_commits, read_commits, read_within
from backlogtool.stores.git.parents import Parents
from backlogtool.stores.git.runner import Git
from backlogtool.stores.git.sound import refuse_odd_trees
from backlogtool.stores.git.versions import (
    NOTHING,
    Files,
    Made,
    Version,
    all_joined,
    all_made,
    applied,
    backwards,
    item_in,
    too_large,
)

_UNSHALLOW = "git fetch --unshallow"
_MOST_PARENTS = 100
#: All that is looked at in a commit.
_FOLDERS = (ITEMS, "config", "templates", ATTRIBUTES)
#: Which of these items the commits that lead to a commit, or any others but the excepted ones, may have touched.
Seen = Callable[[Collection[str], str, Collection[str]], Collection[str] | None]


def _unknown(ids: Collection[str], commit: str, without: Collection[str]) -> None:
    """Nobody knows."""


class Span:
    """The commits that lead to ``head`` and that the commit ``since`` does not have; ``base`` is the merge base.

    Where branches cross, ``bases`` has several, and none of them counts alone (``crossing``).
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
        bases = merge_bases(git, since, head) if since else [""]
        if not bases:
            raise unrelated(head[:10], since[:10], shallow=bool(edge))
        self.bases = bases
        self.base = bases[0]
        self._entries = Meanwhile(lambda: entries_of(git, head))
        self._parents = self._graph(since)
        self._commits = all_commits(git, {*self._parents, *(one for some in self._parents.values() for one in some)})
        self._sound = Meanwhile(lambda: refuse_odd_trees(git, self._commits, self._parents.keys()))
        self._read: dict[tuple[str, str], tuple[Item | None, str]] = {}
        self._removed: tuple[frozenset[str], Meanwhile[ByItem]] | None = None
        #: The items that are touched, as they were at each base, where they began and as they are at the head.
        self.starts: Sequence[Mapping[str, Version]] = ()
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
        return differing_from(self._git, self.bases, self.since, self.head, *_FOLDERS) if self.base else []

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
        found = self._walk(edges, self._start(touched))
        return Parents(self._git, self._load, self._parsed).with_sides(found, self._parents)

    def takes_back(self, made: Made, undone: str, parent: str = "") -> bool:
        """Whether it takes back exactly what its ancestor ``undone`` did to the item; a merge: to that ``parent``."""
        if self._git.read("merge-base", "--is-ancestor", undone, made.commit.id).status:
            return False
        parents = read_commits(self._git, [undone])[undone].parents
        if (len(parents) > 1 or parent) and parent not in parents:
            return False
        older = parent or "".join(parents)
        told = between(self._git, [(older, undone)])[older, undone] if older else listing(self._git, undone)
        did = told.get(made.item_id, ())
        befores = made.befores[0].files if made.befores else {}
        # Whatever came later on the same files would be taken back unseen.
        unchanged = all(befores.get(step.path) == step.after for step in did)
        return bool(did) and unchanged and applied(befores, backwards(did)) == made.after.files

    def _graph(self, since: str) -> dict[str, tuple[str, ...]]:
        """commit -> parents, ancestors first; not one commit is simplified away."""
        ends = (self.head, f"^{since}") if since else (self.head,)
        out = ask(self._git, "rev-list", "--topo-order", "--reverse", "--parents", *ends, "--")
        lines = [line.split() for line in out.decode().splitlines()]
        many = next((line for line in lines if len(line) > _MOST_PARENTS + 1), None)
        if many:  # where each parted from the others takes the square of their number
            raise UnavailableError(f"commit {many[0][:10]} has {len(many) - 1} parents: {_MOST_PARENTS} can be judged")
        if not self._edge.isdisjoint(line[0] for line in lines):
            after = f" after {self.base[:10]}" if self.base else ""
            message = f"this clone is shallow: not every commit{after} can be judged"
            raise UnavailableError(message, hint=_UNSHALLOW)
        return {line[0]: tuple(line[1:]) for line in lines}

    def _walk(self, edges: Mapping[tuple[str, str], ByItem], states: dict[str, Mapping[str, Version]]) -> list[Made]:
        """Goes through the commits with the state of every touched item wherever a child has still to come."""
        waiting = Counter(parent for parents in self._parents.values() for parent in parents)
        found: list[Made] = []
        for commit, parents in self._parents.items():
            ids = sorted({item_id for parent in parents or ("",) for item_id in edges[parent, commit]})
            befores = {one: tuple(states[parent].get(one, NOTHING) for parent in parents) for one in ids}
            first = edges[(*parents, "")[0], commit]
            afters = {one: self._after(one, befores[one], first.get(one, ())) for one in ids}
            states[commit] = {**all_joined([states[parent] for parent in parents]), **afters}
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
        return self._version(item_id, files, tuple(known), any(before.rooted for before in befores))

    def _start(self, touched: frozenset[str]) -> dict[str, Mapping[str, Version]]:
        """The touched items at every commit where the span begins."""
        if not self.base:
            self.first = dict.fromkeys(touched, NOTHING)
            self.starts = [self.first]
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
        states: dict[str, Mapping[str, Version]] = dict(self._states(files))
        self.starts = [states[one] for one in self.bases]
        self.first = states[self.base]
        if parted := unlike([files[one] for one in self.bases]):
            self.first = {**self.first, **self._at_since({one: base[one] for one in parted})}
        return states

    def _states(self, files: Mapping[str, Mapping[str, Files]]) -> Iterator[tuple[str, dict[str, Version]]]:
        """The versions of items at commits from which all begins."""
        earlier = self._earlier(files)
        for commit, held in files.items():
            known = {one: earlier.get(commit, {}).get(one, ()) for one in held}
            yield (
                commit,
                {one: self._version(one, of_it, known[one], bool(of_it or known[one])) for one, of_it in held.items()},
            )

    def _at_since(self, base: Mapping[str, Files]) -> dict[str, Version]:
        """Items at the tip that is named, from their files at the base."""
        steps = between(self._git, [(self.base, self.since)])
        self._load(steps.values())
        differ = steps[self.base, self.since]
        files = {one: applied(held, differ.get(one, ())) for one, held in base.items()}
        return dict(self._states({self.since: files}))[self.since]

    def _at_base(self, touched: Collection[str], steps: ByItem) -> dict[str, Mapping[str, str]]:
        """The files of items at the base, from those at the head and the steps that lead there."""
        at_head = self._names(touched)
        return {one: applied(applied({}, at_head.get(one, ())), backwards(steps.get(one, ()))) for one in touched}

    def _earlier(self, states: Mapping[str, Mapping[str, Files]]) -> Known:
        """The last readable versions of items that are not there, or cannot be read, where the span begins."""
        lost = {
            commit: some
            for commit, held in states.items()
            if (some := {one: files for one, files in held.items() if not self._parsed(one, files)[0]})
        }
        if not lost:
            return {}
        if self._edge:
            message = "this clone is shallow: what an item was before it was made anew cannot be seen"
            raise UnavailableError(message, hint=_UNSHALLOW)
        several = [pair for some in lost.values() for pair in some.items()]
        told = self._told({one for one, _ in several}, changes if any(files for _, files in several) else deletions)
        return Earlier(self._git, self._load, self._parsed).known(lost, told)

    def _told(
        self,
        lost: Collection[str],
        ask_git: Callable[[Git, Sequence[str], Collection[str]], ByItem],
    ) -> ByItem:
        """What history tells of lost items; it is read only for those that it may know."""
        if self._removed and ask_git is deletions and self._removed[0].issuperset(lost):
            return self._removed[1].result()
        wanted = self._wanted(lost)
        return ask_git(self._git, self.bases, wanted) if wanted else {}

    def _wanted(self, ids: Collection[str]) -> Collection[str]:
        """Those of which history may tell; whoever knows does so of one base."""
        known = self._seen(ids, self.base, self._parents) if len(self.bases) == 1 else None
        return ids if known is None else known

    def _removals(self) -> tuple[frozenset[str], Meanwhile[ByItem]] | None:
        """The new items, and a search for removals of them before the base: most likely it will be asked for."""
        new = frozenset(map(stem_of, self.added()))
        if not new or self._edge:
            return None
        wanted = self._wanted(new)
        return new, Meanwhile(lambda: deletions(self._git, self.bases, wanted) if wanted else {})

    def _version(self, item_id: str, files: Files, known: tuple[Item, ...], rooted: bool) -> Version:
        item, fault = self._parsed(item_id, files)
        return Version(files, item, fault, known if item is None else (item,), rooted)

    def _parsed(self, item_id: str, files: Mapping[str, str]) -> tuple[Item | None, str]:
        """What the files of an item say, or why they say nothing."""
        if len(files) > 1:
            return None, f"{' and '.join(sorted(files))} have one id"
        return next((self._read[blob, item_id] for blob in files.values()), (None, ""))

    def _load(self, several: Iterable[ByItem]) -> None:
        """Reads all blobs of the differences at once."""
        steps = [(item_id, step) for by_item in several for item_id, some in by_item.items() for step in some]
        names = {(blob, item_id) for item_id, step in steps for blob in (step.before, step.after) if blob is not None}
        wanted = sorted({blob for blob, _ in names - self._read.keys() if blob != ODD})
        data, large = read_within(self._git, wanted, MAX_FILE)
        for blob, item_id in names - self._read.keys():
            if blob in large:
                self._read[blob, item_id] = None, too_large(large[blob])
                continue
            if blob != ODD and blob not in data:
                message = f"a version of {item_id}, object {blob[:10]}, is missing here: not all can be judged"
                raise UnavailableError(message, hint="git fsck tells what is damaged or missing")
            self._read[blob, item_id] = item_in(data.get(blob), item_id)
