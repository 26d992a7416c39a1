"""The git store: items are files, a change is a commit, history is git's.

Reads look at the work tree, where people edit; in a bare repository, or at a revision, at a commit.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace

from backlogtool.codec import markdown, trailers
from backlogtool.domain.event import Event, diff
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item, usual_path
from backlogtool.domain.query import Query
from backlogtool.errors import BacklogError, ConflictError, NotFoundError, UnavailableError
from backlogtool.stores import base
from backlogtool.stores.base import Commit, Committed, Found, Stamps, Stored, Write
from backlogtool.stores.git import lock
from backlogtool.stores.git.commit import Outcome, commit_files
from backlogtool.stores.git.files import ITEMS, Files, Listing, Tree, WorkTree, listing
from backlogtool.stores.git.healing import heal
from backlogtool.stores.git.history import History
from backlogtool.stores.git.journal import Change
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.span import Span

MAX_VIEW = 1 << 26  # bytes of a file that is no item


class GitStore:
    """The backlog of one repository. ``revision`` reads that commit instead of the work tree.

    ``on_heal`` is called when a writer has found and healed what an interrupted one left.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        legal: Callable[[Sequence[str]], bool] = lambda path: False,  # noqa: ARG005
        revision: str = "",
        lock_wait: float = lock.WAIT,
        on_heal: Callable[[], None] = lambda: None,
    ) -> None:
        self.repository = repository
        self._legal = legal
        self._wait = lock_wait
        self._on_heal = on_heal
        self._revision = revision or ("" if repository.root else repository.head())
        self._files: Files = (
            Tree(repository.git, self._revision) if self._revision or not repository.root else WorkTree(repository.root)
        )
        self._listed: Listing | None = None
        self._writing = False
        #: What was left of an interrupted write, and how it was mended.
        self.healed = ""

    def get(self, item_id: str) -> Stored:
        paths = self._paths(item_id)
        stored, findings = self._read_one(item_id, paths)
        if stored is None:
            if not findings:
                raise NotFoundError(f"no item {item_id}")
            raise base.unreadable(item_id, findings)
        return stored

    def ids(self) -> list[str]:
        return sorted(self.listed().paths)

    def listed(self) -> Listing:
        """Which item files there are; looked up once, and again when a writer begins."""
        if self._listed is None:
            self._listed = listing(self._files) if self._revision or self.repository.root else Listing({}, [])
        return self._listed

    def find(self, query: Query) -> Found:
        listing = self.listed()
        unreadable = list(listing.findings)
        single = {paths[0]: item_id for item_id, paths in listing.paths.items() if len(paths) == 1}
        stored = []
        for path, data in self._files.read(single):
            one, findings = _parsed(single[path], path, data)
            if one is None:
                unreadable += findings
            elif query.matches(one.item):
                stored.append(one)
        return Found(tuple(stored), tuple(unreadable))

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        return base.tally(self.find(query).items, by)

    @contextmanager
    def writing(self, *, dry: bool = False) -> Iterator[None]:
        if self._writing:
            yield
            return
        path = os.path.join(self.repository.common_dir, "backlogtool", "lock")
        with nullcontext() if dry else lock.exclusive(path, self._wait):
            self._listed = None
            if not dry:
                self._heal()
            self._writing = True
            try:
                yield
            finally:
                self._writing = False

    def _heal(self) -> None:
        """What was read before an interrupted write is healed may be a half of it."""
        told = heal(self.repository, self._wait)
        if told:
            self.healed = told
            self._on_heal()

    def commit(
        self,
        writes: Sequence[Write],
        commit: Commit,
        *,
        files: Mapping[str, bytes | None] | None = None,
        views: Mapping[str, bytes] | None = None,
        with_edits: bool = False,
    ) -> Committed:
        with self.writing():
            changes = [self._change(write) for write in writes]
            changes += [Change(path, self.file(path), data) for path, data in (files or {}).items()]
            changes += [Change(path, self.file(path), data, derived=True) for path, data in (views or {}).items()]
            told = {
                write.item_id: self._told(write, change, with_edits)
                for write, change in zip(writes, changes, strict=False)
            }
            events = [event for some in told.values() for event in some]
            message = trailers.compose(commit.subject, commit.note, commit.actor, events, commit.undoes)
            outcome = commit_files(
                self.repository, changes, message, at=commit.at, with_edits=with_edits, wait=self._wait
            )
            self._listed = None
            return Committed(outcome.id, tuple(self._events_of(outcome, told)), outcome.output)

    def _events_of(self, outcome: Outcome, told: Mapping[str, Sequence[Event]]) -> Sequence[Event]:
        """What a commit of ours did. A hook may have changed it, and then what stands there counts.

        Where that cannot be read now it is as we meant it, for the commit itself stands.
        """
        history = self._history(outcome.id)
        if outcome.commit is not None:
            return [
                event for item_id, events in told.items() for event in history.stamped(item_id, events, outcome.commit)
            ]
        try:
            return history.events_of(outcome.id)
        except BacklogError:
            return [event for events in told.values() for event in events]

    def committed(self, item_id: str) -> Item | None:
        return self.committed_items([item_id]).get(item_id)

    def committed_items(self, item_ids: Iterable[str]) -> dict[str, Item | None]:
        """id -> the item in the last commit, None where it is not there or cannot be read."""
        wanted = set(item_ids)
        head = self.repository.head() if wanted else ""
        if not head:
            return dict.fromkeys(sorted(wanted))
        tree = Tree(self.repository.git, head)
        paths = {several[0]: item_id for item_id, several in listing(tree).paths.items() if item_id in wanted}
        found: dict[str, Item | None] = dict.fromkeys(sorted(wanted))
        for path, data in tree.read(paths):
            found[paths[path]] = markdown.read(data, paths[path]).item if isinstance(data, bytes) else None
        return found

    def edited(self) -> set[str]:
        """The ids of items whose files differ from the last commit, new and deleted ones included."""
        if self._revision or not self.repository.root:
            return set()
        return {_stem(path) for path in self.repository.uncommitted(f"{ITEMS}/") if path.endswith(".md")}

    def events(self, item_id: str | None = None, *, since: str = "", limit: int | None = None) -> list[Event]:
        history = self.history()
        if item_id is None:
            return base.last(history.recent(None if since else limit), since, limit)
        return base.last(history.timeline(item_id), since, limit)

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> Mapping[str, Stamps]:
        return self.history().stamps(items, closed)

    def history(self) -> History:
        """The history that leads to the commit this store reads."""
        return self._history(self._revision or self.repository.head())

    def _history(self, head: str) -> History:
        return History(self.repository.git, head, self._legal, self.repository.edge())

    def span(self, since: str) -> Span:
        """The commits that lead to the one this store reads and that the revision ``since`` does not have."""
        head = self._revision or self.repository.head()
        return Span(self.repository.git, head, self.repository.resolve(since), self.repository.edge())

    def file(self, path: str) -> bytes | None:
        for _, data in self._files.read([path], MAX_VIEW):
            if isinstance(data, Finding):
                raise base.unreadable(path, [data])
            return data
        return None

    def names(self, folder: str) -> list[str]:
        if not self._revision and not self.repository.root:
            return []
        return sorted(path for path, regular in self._files.entries(folder) if regular)

    def put(self, files: Mapping[str, bytes]) -> None:
        """Writes files into the work tree without a commit."""
        if self._revision or not self.repository.root:
            raise UnavailableError("there is no work tree to write to", hint="use a clone, without --at")
        for path, data in files.items():
            WorkTree(self.repository.root).write(path, data)

    def close(self) -> None:
        """Nothing is held open."""

    def _paths(self, item_id: str) -> list[str]:
        """Where the item's file stands: at its usual place, else wherever below items/ it is.

        A writer looks everywhere: of two files with one id it must not change either.
        """
        usual = usual_path(item_id)
        if self._listed is None and not self._revision and not self._writing:
            for _, data in self._files.read([usual]):
                if data is not None:
                    return [usual]
        return self.listed().paths.get(item_id, [usual])

    def _read_one(self, item_id: str, paths: Sequence[str]) -> tuple[Stored | None, list[Finding]]:
        if len(paths) > 1:
            return None, [finding for finding in self.listed().findings if finding.item == item_id]
        for path, data in self._files.read(paths):
            return _parsed(item_id, path, data)
        return None, []

    def _change(self, write: Write) -> Change:
        if write.before is None:
            path, seen = usual_path(write.item_id), None
            if write.item_id in self.listed().paths or self.file(path) is not None:
                raise ConflictError(f"{write.item_id} exists already")
        else:
            path, seen = write.before.path, write.before.text.encode()
            if self.file(path) != seen:
                raise base.stale(write.item_id)
        text = base.new_text(write)
        return Change(path, seen, None if text is None else text.encode())

    def _told(self, write: Write, change: Change, with_edits: bool) -> list[Event]:
        """The events that the commit will claim; with uncommitted edits taken along, those as well."""
        after = markdown.read(change.data, write.item_id).item if change.data is not None else None
        if write.before is None:
            return diff(None, after)
        return diff(self.committed(write.item_id) if with_edits else write.before.item, after)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".md")


def _parsed(item_id: str, path: str, data: bytes | Finding | None) -> tuple[Stored | None, list[Finding]]:
    if data is None:
        return None, []
    if isinstance(data, Finding):
        return None, [replace(data, item=item_id)]
    reading = markdown.read(data, item_id)
    findings = [replace(reading.locate(finding, path), item=item_id) for finding in reading.findings]
    if reading.item is None or reading.document is None:
        return None, findings
    version = hashlib.sha256(data).hexdigest()
    return Stored(reading.item, version, reading.document.whole, path, tuple(findings)), []
