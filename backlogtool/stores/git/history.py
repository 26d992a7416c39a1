"""The story of items, read from commits.

Every event is the difference between two versions of an item; trailers add only who and why. Order is
ancestry, never the clock. A merge tells nothing new unless its result is not what its sides together say:
then the difference is its own event, so that replaying the events always gives the item (DESIGN.md §4).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backlogtool.codec import markdown, trailers
from backlogtool.domain.event import Event, along_claims, diff, replay, stamped
from backlogtool.domain.item import Item
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stamps, stamps_of
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.meetings import in_order, met, shapes
from backlogtool.stores.git.objects import CommitObject, parse_commit, read_commits, read_objects
from backlogtool.stores.git.runner import Git

Legal = Callable[[Sequence[str]], bool]
#: Whether an item's file is there, and what it says if it can be read.
_Held = tuple[bool, Item | None]
#: The modes of regular files; other entries are links and submodules, whose ids name nothing to read here.
_FILES = ("100644", "100755")
#: Up to so many items the timeline of each is read by itself.
_FEW = 2
_DAMAGED = "git fsck tells what is damaged or missing"


@dataclass(frozen=True, slots=True)
class Step:
    """What one commit did to one item: blob before and after, None where there is none."""

    commit: str
    item_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """What one commit did to one file: blob before and after, None where there is none, and git's modes of them."""

    path: str
    before: str | None
    after: str | None
    modes: tuple[str, str]


class History:
    """Reads the history that leads to one commit. ``legal`` judges a path of statuses (squashed commits).

    ``edge`` are the commits where a shallow clone ends: what they did is not known, so they tell nothing (D-1).
    """

    def __init__(self, git: Git, head: str, legal: Legal, edge: frozenset[str] = frozenset()) -> None:
        self._git = git
        self._head = head
        self._legal = legal
        self._edge = edge
        self._items: dict[str, Item | None] = {}

    def timeline(self, item_id: str) -> list[Event]:
        """All events of one item, oldest first."""
        if not self._head:
            return []
        lines = self._lines()
        steps = self._steps([" ".join(line[:2]) for line in lines], _spec(item_id), pathspecs="glob")
        return self._stories_of(lines, steps).get(item_id, [])

    def _stories_of(self, lines: Sequence[Sequence[str]], steps: Sequence[Step]) -> dict[str, list[Event]]:
        """id -> its events, oldest first, for the items in the steps, each looked at by itself."""
        self._load(steps)
        graphs = shapes(lines, steps)
        commits = read_commits(self._git, {commit for shape, _ in graphs.values() for commit in shape})
        stories = {}
        for item_id, (shape, blobs) in graphs.items():
            held = {one: (blob is not None, self._items.get(f"{blob}:{item_id}")) for one, blob in blobs.items()}
            stories[item_id] = _fold(item_id, in_order(shape), held, commits, self._legal, self._edge)
        return stories

    def events_of(self, commit: str) -> list[Event]:
        """What one commit did to all items, by comparison with its first parent."""
        return [event for _, events in self._told(self._steps([commit])) for event in events]

    def stamped(self, item_id: str, events: Sequence[Event], commit: CommitObject) -> list[Event]:
        """The events of an item with the marks of the commit that made them."""
        return _stamped(item_id, list(events), commit, self._legal)

    def files_of(self, commit: str) -> list[PathStep]:
        """Every file that one commit changed, by comparison with its first parent."""
        arguments = ("-r", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-commit-id")
        fields = iter(self._ask("diff-tree", *arguments, commit).split(b"\0"))
        found = []
        for head in fields:
            if head.startswith(b":"):
                mode, then, old, new, _ = head.decode().removeprefix(":").split(" ")
                found.append(PathStep(os.fsdecode(next(fields)), _blob(old), _blob(new), (mode, then)))
        return found

    def last_commit(self) -> str:
        """The last commit that changed items, merges left out; empty if there is none."""
        if not self._head:
            return ""
        specs = (f":(top,glob){ITEMS}/**/*.md", f":(top,exclude,glob){ITEMS}/**/README.md")
        found = self._ask("rev-list", "--no-merges", "--max-count=1", self._head, "--", *specs, pathspecs="glob")
        return found.decode().strip()

    def recent(self, limit: int | None) -> list[Event]:
        """The last events of all items, oldest first; merges tell nothing here."""
        events: list[Event] = []
        for steps in self._batches():
            for _, told in self._told(steps):
                events += reversed(told)
            if limit is not None and len(events) >= limit:
                break
        newest = events if limit is None else events[:limit]
        return newest[::-1]

    def stamps(self, items: Iterable[Item], closed: Sequence[str]) -> dict[str, Stamps]:
        """id -> when it last changed (a comment is no change) and when it was closed, by the events of its timeline."""
        wanted = {item.id: item for item in items}
        stories = self._stories(wanted) if len(wanted) > _FEW else {one: self.timeline(one) for one in wanted}
        return {one: stamps_of(stories.get(one, ()), item, closed) for one, item in wanted.items()}

    def _stories(self, wanted: Container[str]) -> dict[str, list[Event]]:
        """id -> its events, oldest first: for many items at once what ``timeline`` tells of each.

        Only items whose sides met in a merge, or with a version that cannot be read, need to be folded.
        """
        lines = self._lines()
        steps = [step for step in self._steps([" ".join(line[:2]) for line in lines]) if step.item_id in wanted]
        self._load(steps)
        hard = met(lines, steps) | {step.item_id for step in steps if self._is_unreadable(step)}
        stories = self._stories_of(lines, [step for step in steps if step.item_id in hard])
        merges = {line[0] for line in lines if len(line) > 2}
        for item_id, events in self._told(
            [step for step in steps if step.item_id not in hard and step.commit not in merges]
        ):
            stories.setdefault(item_id, []).extend(events)
        return stories

    def _is_unreadable(self, step: Step) -> bool:
        return any(blob and self._version(step, blob) is None for blob in (step.before, step.after))

    def _lines(self) -> list[list[str]]:
        """Each commit that matters to items with those of its ancestors that do, ancestors first."""
        if not self._head:
            return []
        arguments = ("--topo-order", "--reverse", "--full-history", "--simplify-merges", "--parents")
        found = self._ask("rev-list", *arguments, self._head, "--", f"{ITEMS}/")
        return [line.split() for line in found.decode().splitlines()]

    def _batches(self, first: int = 64) -> Iterator[list[Step]]:
        """The steps of all items, newest first, in growing batches of commits."""
        if not self._head:
            return
        listed = self._ask("rev-list", "--topo-order", "--no-merges", self._head, "--", f"{ITEMS}/").decode().split()
        start = 0
        while start < len(listed):
            some = listed[start : start + first]
            start, first = start + first, first * 4
            yield self._steps(some)

    def _steps(self, commits: Sequence[str], spec: str = f"{ITEMS}/", pathspecs: str = "literal") -> list[Step]:
        """What commits did to items, each by comparison with the parent that stands behind it, else with its own."""
        return list(_parse_steps(self._changes(commits, spec, pathspecs=pathspecs)))

    def _changes(
        self, commits: Iterable[str], spec: str, *options: str, pathspecs: str = "literal"
    ) -> Iterator[tuple[str, str]]:
        """(modes and blobs, path) of every file that each commit changed, after (the commit, nothing)."""
        arguments = ("--stdin", "-r", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", *options)
        sent = "".join(f"{commit}\n" for commit in commits).encode()
        fields = iter(self._ask("diff-tree", *arguments, "--", spec, stdin=sent, pathspecs=pathspecs).split(b"\0"))
        for head in fields:
            yield (head.decode(), os.fsdecode(next(fields))) if head.startswith(b":") else (head.decode().strip(), "")

    def _ask(self, *arguments: str, stdin: bytes = b"", pathspecs: str = "literal") -> bytes:
        """What git says. Raises ``UnavailableError`` if it cannot: half a history would be a wrong answer."""
        result = self._git.read(*arguments, stdin=stdin, pathspecs=pathspecs)
        if result.status:
            raise UnavailableError(f"git cannot read the history: {result.err.partition(chr(10))[0]}", hint=_DAMAGED)
        return result.out

    def _told(self, steps: Sequence[Step]) -> Iterator[tuple[str, list[Event]]]:
        """(item id, events) of each step."""
        commits = self._load(steps, {step.commit for step in steps})
        for step in (one for one in steps if one.commit not in self._edge):
            events = diff(self._version(step, step.before), self._version(step, step.after))
            yield step.item_id, _stamped(step.item_id, events, commits[step.commit], self._legal)

    def _load(self, steps: Sequence[Step], commits: Collection[str] = ()) -> dict[str, CommitObject]:
        """Reads the blobs of the steps that are not known yet, and commits. Raises ``UnavailableError``."""
        names = [(blob, step.item_id) for step in steps for blob in (step.before, step.after) if blob]
        new = [(blob, item_id) for blob, item_id in names if f"{blob}:{item_id}" not in self._items]
        wanted = [*commits, *(blob for blob, _ in new)]
        found = read_objects(self._git, wanted)
        missing = next((name for name in wanted if name not in found), "")
        if missing:
            raise UnavailableError(f"git does not have {missing[:10]}, a part of this history", hint=_DAMAGED)
        for blob, item_id in new:
            self._items[f"{blob}:{item_id}"] = markdown.read(found[blob], item_id).item
        return {name: parse_commit(name, found[name]) for name in commits}

    def _version(self, step: Step, blob: str | None) -> Item | None:
        return self._items.get(f"{blob}:{step.item_id}") if blob else None


def _spec(item_id: str) -> str:
    """The item's file at any depth; an id holds no character that a glob takes for magic."""
    return f":(top,glob){ITEMS}/**/{item_id}.md"


def _parse_steps(changes: Iterable[tuple[str, str]]) -> Iterator[Step]:
    """The steps that ``History._changes`` tells of. A file that moved within ``items/`` is one step of one item."""
    commit = ""
    found: dict[str, list[str | None]] = {}
    for head, path in changes:
        if path:
            name = path.rpartition("/")[2]
            if name.endswith(".md"):
                pair = found.setdefault(name.removesuffix(".md"), [None, None])
                old, new = _blobs(head)
                pair[0] = pair[0] or old
                pair[1] = pair[1] or new
        else:
            yield from (Step(commit, name, before, after) for name, (before, after) in found.items())
            commit, found = head, {}
    yield from (Step(commit, name, before, after) for name, (before, after) in found.items())


def _blobs(head: str) -> tuple[str | None, str | None]:
    """The blobs before and after of a line such as ``:100644 100644 <id> <id> M``; only files count."""
    modes_and_ids = head.removeprefix(":").split(" ")
    before, after = (
        _blob(name) if mode in _FILES else None
        for mode, name in zip(modes_and_ids[:2], modes_and_ids[2:4], strict=True)
    )
    return before, after


def _blob(name: str) -> str | None:
    """A blob's id; git writes zeros where there is none."""
    return name if name.strip("0") else None


def _fold(
    item_id: str,
    shape: Mapping[str, tuple[str, ...]],
    versions: Mapping[str, _Held],
    commits: Mapping[str, CommitObject],
    legal: Legal,
    edge: frozenset[str],
) -> list[Event]:
    """The events of the versions, in the order of ``shape``."""
    order = list(shape)
    bit = {commit: 1 << place for place, commit in enumerate(order)}
    ancestry: dict[str, int] = {}
    items: dict[str, Item | None] = {}
    told: list[tuple[int, Event]] = []
    for commit in order:
        parents = [parent for parent in shape[commit] if parent in bit]
        ancestry[commit] = bit[commit]
        for parent in parents:
            ancestry[commit] |= ancestry[parent]
        there, item = versions[commit]
        before = _expected(commit, parents, items, ancestry, told)
        after = (item or before) if there else None
        items[commit] = after
        events = [] if commit in edge else _stamped(item_id, diff(before, after), commits[commit], legal)
        told += [(bit[commit], event) for event in events]
    return [event for _, event in told]


def _expected(
    commit: str,
    parents: Sequence[str],
    items: Mapping[str, Item | None],
    ancestry: Mapping[str, int],
    told: Sequence[tuple[int, Event]],
) -> Item | None:
    """The item before the commit; for a merge, what the events of both sides together make of it."""
    if len(parents) < 2:
        return items[parents[0]] if parents else None
    try:
        return replay(event for bit, event in told if bit & ancestry[commit])
    except ValueError:  # one side deleted what the other changed: the merge's own result is the story
        return items[parents[0]]


def _stamped(item_id: str, events: list[Event], commit: CommitObject, legal: Legal) -> list[Event]:
    said, claims = trailers.read(commit.message)
    mine = [claim for claim in claims if claim.item_id == item_id]
    if claims:
        said = said.partition("\n\n")[2]  # the subject of our own commits only repeats the facts
    steps = along_claims(events, mine, legal)
    return stamped(steps, mine, commit=commit.id, ts=commit.at, author=commit.author, said=said)
