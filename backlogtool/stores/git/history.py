"""The story of items, read from commits.

Every event is the difference between two versions of an item; trailers add only who and why. Order is
ancestry, never the clock. A merge tells nothing new unless its result is not what its sides together say:
then the difference is its own event, so that replaying the events always gives the item (DESIGN.md §4).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from backlogtool.codec import markdown, trailers
from backlogtool.domain.event import COMMENT, CREATED, Event, along_claims, diff, replay, stamped
from backlogtool.domain.item import Item
from backlogtool.errors import UnavailableError
from backlogtool.stores.base import Stamps
from backlogtool.stores.git.files import ITEMS
from backlogtool.stores.git.objects import CommitObject, read_commits, read_objects
from backlogtool.stores.git.runner import Git

Legal = Callable[[Sequence[str]], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """What one commit did to one item: blob before and after, None where there is none."""

    commit: str
    item_id: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class PathStep:
    """What one commit did to one file: blob before and after, None where there is none."""

    path: str
    before: str | None
    after: str | None


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
        shape = self._shape(item_id)
        paths = self._paths(item_id)
        blobs = read_objects(self._git, [f"{commit}:{path}" for commit in shape for path in paths])
        versions: dict[str, bytes | None] = {
            commit: next((blobs[f"{commit}:{path}"] for path in paths if f"{commit}:{path}" in blobs), None)
            for commit in shape
        }
        commits = read_commits(self._git, shape)
        return _fold(item_id, shape, versions, commits, self._legal, self._edge)

    def events_of(self, commit: str) -> list[Event]:
        """What one commit did to all items, by comparison with its first parent."""
        return [event for _, events in self._told(self._steps([commit])) for event in events]

    def files_of(self, commit: str) -> list[PathStep]:
        """Every file that one commit changed, by comparison with its first parent."""
        arguments = ("-r", "--root", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-commit-id")
        fields = iter(self._git.read("diff-tree", *arguments, commit).out.split(b"\0"))
        found = []
        for head in fields:
            if head.startswith(b":"):
                _, _, old, new, _ = head.decode().split(" ")
                found.append(PathStep(os.fsdecode(next(fields)), _blob(old), _blob(new)))
        return found

    def last_commit(self) -> str:
        """The last commit that changed items, merges left out; empty if there is none."""
        if not self._head:
            return ""
        specs = (f":(top,glob){ITEMS}/**/*.md", f":(top,exclude,glob){ITEMS}/**/README.md")
        found = self._git.read("rev-list", "--no-merges", "--max-count=1", self._head, "--", *specs, pathspecs="glob")
        return found.out.decode().strip()

    def since(self, base: str) -> list[Step]:
        """What the commits that ``base`` does not have did to items, oldest first; merges left out.

        Raises ``UnavailableError`` if a shallow clone does not hold what they were made from.
        """
        arguments = ("--topo-order", "--reverse", "--no-merges", f"{base}..{self._head}")
        listed = self._git.read("rev-list", *arguments, "--", f"{ITEMS}/").out.decode().split()
        if not self._edge.isdisjoint(listed):
            message = f"this clone is shallow: not every commit after {base[:10]} can be judged"
            raise UnavailableError(message, hint="git fetch --unshallow")
        steps = self._steps(listed) if listed else []
        self._load(steps)  # all at once: one process for each would be slow
        return steps

    def versions(self, step: Step) -> tuple[Item | None, Item | None]:
        """The item before and after a step; None where there is none or it cannot be read."""
        self._load([step])
        return self._version(step, step.before), self._version(step, step.after)

    def is_inverse(self, step: Step, undone: str) -> bool:
        """Whether the step takes back exactly what the commit ``undone`` did to its item."""
        return any(
            one.item_id == step.item_id and (one.before, one.after) == (step.after, step.before)
            for one in self._steps([undone])
        )

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
        """id -> when it last changed (a comment is no change) and when it was closed."""
        wanted = {item.id: item for item in items}
        updated: dict[str, str] = {}
        closings: dict[str, str] = {}
        for steps in self._batches():
            for item_id, events in self._told([step for step in steps if step.item_id in wanted]):
                for event in reversed(events):
                    if event.type != COMMENT:
                        updated.setdefault(item_id, event.ts)
                    if event.type == CREATED or event.meta.get("new_status") in closed:
                        closings.setdefault(item_id, event.ts)
            if all(one in updated and (one in closings or item.status not in closed) for one, item in wanted.items()):
                break
        return {
            one: Stamps(updated.get(one), closings.get(one) if item.status in closed else None)
            for one, item in wanted.items()
        }

    def _shape(self, item_id: str) -> dict[str, tuple[str, ...]]:
        """commit -> its nearest ancestors that matter to the item; ancestors come first."""
        arguments = ("--topo-order", "--reverse", "--full-history", "--simplify-merges", "--parents")
        found = self._git.read("rev-list", *arguments, self._head, "--", _spec(item_id), pathspecs="glob")
        lines = [line.split() for line in found.out.decode().splitlines()]
        return {line[0]: tuple(line[1:]) for line in lines}

    def _paths(self, item_id: str) -> list[str]:
        """Every path the item's file has had."""
        arguments = ("--format=", "--name-only", "-z", "--no-renames", "--full-history", self._head)
        found = self._git.read("log", *arguments, "--", _spec(item_id), pathspecs="glob")
        return sorted({os.fsdecode(path.strip(b"\n")) for path in found.out.split(b"\0") if path.strip(b"\n")})

    def _batches(self, first: int = 64) -> Iterator[list[Step]]:
        """The steps of all items, newest first, in growing batches of commits."""
        if not self._head:
            return
        listed = (
            self._git.read("rev-list", "--topo-order", "--no-merges", self._head, "--", f"{ITEMS}/")
            .out.decode()
            .split()
        )
        start = 0
        while start < len(listed):
            some = listed[start : start + first]
            start, first = start + first, first * 4
            yield self._steps(some)

    def _steps(self, commits: Sequence[str]) -> list[Step]:
        arguments = ("--stdin", "-r", "--root", "--raw", "-z", "--no-renames", "--no-abbrev")
        sent = "".join(f"{commit}\n" for commit in commits).encode()
        out = self._git.read("diff-tree", *arguments, "--", f"{ITEMS}/", stdin=sent).out
        return list(_parse_steps(out))

    def _told(self, steps: Sequence[Step]) -> Iterator[tuple[str, list[Event]]]:
        """(item id, events) of each step."""
        commits = read_commits(self._git, {step.commit for step in steps})
        self._load(steps)
        for step in (one for one in steps if one.commit not in self._edge):
            events = diff(self._version(step, step.before), self._version(step, step.after))
            yield step.item_id, _stamped(step.item_id, events, commits[step.commit], self._legal)

    def _load(self, steps: Sequence[Step]) -> None:
        """Reads the blobs of the steps that are not known yet."""
        names = [(blob, step.item_id) for step in steps for blob in (step.before, step.after) if blob]
        new = [(blob, item_id) for blob, item_id in names if f"{blob}:{item_id}" not in self._items]
        found = read_objects(self._git, (blob for blob, _ in new))
        for blob, item_id in new:
            data = found.get(blob)
            self._items[f"{blob}:{item_id}"] = markdown.read(data, item_id).item if data is not None else None

    def _version(self, step: Step, blob: str | None) -> Item | None:
        return self._items.get(f"{blob}:{step.item_id}") if blob else None


def _spec(item_id: str) -> str:
    """The item's file at any depth; an id holds no character that a glob takes for magic."""
    return f":(top,glob){ITEMS}/**/{item_id}.md"


def _parse_steps(out: bytes) -> Iterator[Step]:
    """``git diff-tree --stdin -z``: a commit, then a line of modes and blobs and a path for each change.

    A file that moved within ``items/`` is one step of one item.
    """
    commit = ""
    found: dict[str, list[str | None]] = {}
    fields = iter(out.split(b"\0"))
    for head in fields:
        if head.startswith(b":"):
            _, _, old, new, _ = head.decode().split(" ")
            name = os.fsdecode(next(fields)).rpartition("/")[2]
            if name.endswith(".md"):
                pair = found.setdefault(name.removesuffix(".md"), [None, None])
                pair[0] = pair[0] or _blob(old)
                pair[1] = pair[1] or _blob(new)
        else:
            yield from (Step(commit, name, before, after) for name, (before, after) in found.items())
            commit, found = head.decode().strip(), {}
    yield from (Step(commit, name, before, after) for name, (before, after) in found.items())


def _blob(name: str) -> str | None:
    """A blob's id; git writes zeros where there is none."""
    return name if name.strip("0") else None


def _fold(
    item_id: str,
    shape: Mapping[str, tuple[str, ...]],
    versions: Mapping[str, bytes | None],
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
        data = versions[commit]
        before = _expected(commit, parents, items, ancestry, told)
        after = None if data is None else markdown.read(data, item_id).item or before
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
