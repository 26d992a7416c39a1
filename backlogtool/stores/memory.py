"""A store that lives as long as its process: the test double, and a backlog to play with."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from backlogtool.codec import markdown
from backlogtool.domain.event import DELETED, Event, diff, stamped
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item, starts
from backlogtool.domain.layout import FLAT, path_of
from backlogtool.domain.query import Query
from backlogtool.errors import ConflictError, NotFoundError
from backlogtool.stores import base
from backlogtool.stores.base import Briefs, Commit, Committed, Found, Judge, Judged, Stamps, Stored, Write
from backlogtool.stores.marks import stamps_of


class MemoryStore:
    """Keeps the texts of item files, so that edits preserve bytes here as anywhere."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._files: dict[str, bytes] = {}
        self._events: list[Event] = []
        self._commits = 0
        self._lock = threading.RLock()

    def get(self, item_id: str) -> Stored:
        if item_id not in self._texts:
            raise NotFoundError(f"no item {item_id}")
        text = self._texts[item_id]
        reading = markdown.read(text, item_id)
        if reading.item is None:
            raise base.unreadable(item_id, reading.findings)
        path = path_of(item_id, FLAT)
        findings = tuple(reading.locate(finding, path) for finding in reading.findings)
        return Stored(reading.item, text, path, findings)

    def ids(self) -> list[str]:
        return sorted(self._texts)

    def ids_starting(self, start: str) -> list[str]:
        return base.starting(self.ids(), start)

    def find(self, query: Query) -> Found:
        stored = [self.get(item_id) for item_id in self.ids()]
        return Found(tuple(one for one in stored if query.matches(one.item)), ())

    def briefs(self, query: Query, *, order: Sequence[str], limit: int | None = None, offset: int = 0) -> Briefs:
        return base.briefs_of(self.find(query), order, limit, offset)

    def holders(self, keys: Sequence[str]) -> dict[str, str]:
        return base.holders(self.find(Query()), keys)

    def sharing(self) -> list[Stored]:
        return base.sharing(self.find(Query()).stored)

    def judged(self, rules: str, judge: Judge) -> Judged:  # noqa: ARG002 - nothing is kept here
        return base.judged(self.find(Query()), judge)

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        return base.tally(self.find(query).items, by)

    @contextmanager
    def writing(self, *, dry: bool = False) -> Iterator[None]:  # noqa: ARG002
        with self._lock:
            yield

    def commit(
        self,
        writes: Sequence[Write],
        commit: Commit,
        *,
        files: Mapping[str, bytes | None] | None = None,
        views: Mapping[str, bytes] | None = None,
        with_edits: bool = False,  # noqa: ARG002 - nothing here is ever uncommitted
    ) -> Committed:
        with self._lock:
            texts = {write.item_id: self._checked(write) for write in writes}
            self._commits += 1
            name = hashlib.sha1(f"{self._commits}".encode(), usedforsecurity=False).hexdigest()
            events = [event for write in writes for event in self._told(write, texts[write.item_id], commit, name)]
            self._texts.update({item_id: text for item_id, text in texts.items() if text is not None})
            for item_id in (item_id for item_id, text in texts.items() if text is None):
                del self._texts[item_id]
            for path, data in {**(files or {}), **(views or {})}.items():
                self._files.pop(path, None)
                if data is not None:
                    self._files[path] = data
            self._events += events
            return Committed(name, tuple(events))

    def committed(self, item_id: str) -> Item | None:
        return self.get(item_id).item if item_id in self._texts else None

    def events(self, item_id: str | None = None, *, since: str = "", limit: int | None = None) -> list[Event]:
        chosen = [event for event in self._events if item_id in (None, event.item_id)]
        return base.last(chosen, since, limit)

    def deleted(self, start: str) -> set[str]:
        gone = {event.item_id for event in self._events if event.type == DELETED}
        return {one for one in gone if starts(one, start)}

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> Mapping[str, Stamps]:
        return {item.id: stamps_of(self.events(item.id), item, closed) for item in items}

    def file(self, path: str) -> bytes | None:
        return self._files.get(path)

    def files(self, paths: Sequence[str], limit: int = base.MAX_VIEW) -> Mapping[str, bytes]:
        found = {path: self._files[path] for path in paths if path in self._files}
        for path, data in found.items():
            if len(data) > limit:
                raise base.unreadable(path, [Finding("BL107", f"{len(data)} bytes; it may have {limit}", path=path)])
        return found

    def names(self, folder: str) -> list[str]:
        return sorted(path for path in self._files if path.startswith(f"{folder}/"))

    def close(self) -> None:
        """Nothing is held open."""

    def _checked(self, write: Write) -> str | None:
        held = self._texts.get(write.item_id)
        if write.before is None and held is not None:
            raise ConflictError(f"{write.item_id} exists already")
        if write.before is not None and (held is None or _version(held) != write.before.version):
            raise base.stale(write.item_id)
        return base.new_text(write)

    def _told(self, write: Write, text: str | None, commit: Commit, name: str) -> list[Event]:
        after = base.read_item(text, write.item_id) if text is not None else None
        events = diff(write.before.item if write.before else None, after)
        return stamped(events, (), commit=name, ts=commit.at, author=commit.actor, said=commit.note)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
