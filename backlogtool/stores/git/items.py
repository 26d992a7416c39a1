"""The items of a work tree or a commit: read from their files, through the index where there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from backlogtool.codec.quick import item_of
from backlogtool.domain.finding import Finding
from backlogtool.domain.layout import stem_of, usual_paths
from backlogtool.domain.query import Query
from backlogtool.errors import NotFoundError
from backlogtool.stores import base
from backlogtool.stores.base import Briefs, Found, Judge, Stored
from backlogtool.stores.git.files import Files, Listing, listing

if TYPE_CHECKING:  # showing one item needs no index
    from backlogtool.stores.git.index.items import ItemIndex


class Items:
    """What ``files`` hold; None is a place without files. ``layout`` says where items usually stand.

    ``index`` opens the index when it is first asked; None where there is to be none.

    ``look`` gives every path at which one item stands, without a list of all: what a writer needs.
    """

    def __init__(
        self,
        files: Files | None,
        index: Callable[[], ItemIndex] | None,
        layout: Callable[[], str],
        look: Callable[[str], list[str]] | None = None,
    ) -> None:
        self._files = files
        self._opened = index
        self._index: ItemIndex | None = None
        self._layout = layout
        self._look = look
        self._known: dict[str, list[str]] = {}
        self._listed: Listing | None = None
        self._held = False

    @property
    def index(self) -> ItemIndex | None:
        """The index; None where there is none."""
        if self._index is None and self._opened:
            self._index = self._opened()
            if self._held:
                self._index.hold(True)
        return self._index

    def forget(self, *, held: bool) -> None:
        """Looks again at what is asked for next; while it is ``held``, nothing but the caller changes it."""
        self._listed, self._known = None, {}
        self._held = held
        if self._index is not None:
            self._index.hold(held)

    def know(self, paths: Mapping[str, list[str]]) -> None:
        """Takes over where a write left some items."""
        self._known.update(paths)

    def close(self) -> None:
        if self._index is not None:
            self._index.close()

    def listed(self) -> Listing:
        """Which item files there are; looked up once."""
        if self._listed is None:
            told = self.index.listing() if self.index else None
            self._listed = told or (listing(self._files) if self._files else Listing({}, []))
        return self._listed

    def paths(self, item_id: str) -> list[str]:
        """Every path at which a file with this id stands."""
        if self._listed is None and self._held and self._look:
            if item_id not in self._known:
                self._known[item_id] = self._look(item_id)
            return self._known[item_id]
        told = self.index.paths(item_id) if self.index and self._listed is None else None
        return self.listed().paths.get(item_id, []) if told is None else told

    def starting(self, start: str) -> list[str]:
        """See ``Store.ids_starting``."""
        told = self.index.ids_starting(start) if self.index and self._listed is None else None
        return base.starting(sorted(self.listed().paths), start) if told is None else told

    def get(self, item_id: str) -> Stored:
        """See ``Store.get``."""
        stored, findings = self._one(item_id, self._places(item_id))
        if stored is None:
            if not findings:
                raise NotFoundError(f"no item {item_id}")
            raise base.unreadable(item_id, findings)
        return stored

    def several(self, item_ids: Iterable[str]) -> list[Stored]:
        """Those of the items that have one file which can be read, all read at once."""
        held = (self.listed().paths.get(one, []) for one in item_ids)
        return [one for one, _ in self._read([some[0] for some in held if len(some) == 1]) if one is not None]

    def find(self, query: Query) -> Found:
        """See ``Store.find``."""
        told = self.index.found(query) if self.index and query.terms else None
        if told is None:
            listed = self.listed()
            paths: Iterable[str] = (several[0] for several in listed.paths.values() if len(several) == 1)
            unreadable = list(listed.findings)
        else:
            paths, unreadable = told
        stored = []
        for one, findings in self._read(paths):
            unreadable += findings
            if one is not None and query.matches(one.item):
                stored.append(one)
        return Found(tuple(stored), tuple(unreadable))

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        """See ``Store.count``."""
        told = self.index.count(query, by) if self.index else None
        return base.tally(self.find(query).items, by) if told is None else told

    def briefs(self, query: Query, order: Sequence[str], limit: int | None, offset: int) -> Briefs:
        """See ``Store.briefs``."""
        told = self.index.page(query, order, limit, offset) if self.index else None
        return told or base.briefs_of(self.find(query), order, limit, offset)

    def holders(self, keys: Sequence[str]) -> dict[str, str]:
        """See ``Store.holders``."""
        told = self.index.holders(keys) if self.index else None
        if told is None:
            return base.holders(self.find(Query()), keys)
        held, unreadable = told
        base.refuse_unknown(keys, unreadable)
        return held

    def sharing(self) -> list[Stored]:
        """See ``Store.sharing``."""
        told = self.index.sharing() if self.index else None
        if told is None:
            return base.sharing(self.find(Query()).stored)
        return base.sharing(one for one, _ in self._read(told) if one is not None)

    def judged(self, rules: str, judge: Judge) -> base.Judged:
        """See ``Store.judged``."""
        told = self.index.judged(rules, lambda paths: self._judgements(paths, judge)) if self.index else None
        return told or base.judged(self.find(Query()), judge)

    def blobs(self) -> Mapping[str, str]:
        """path -> git blob id (SHA-1) of the item files as they stand, as far as that is known without reading them."""
        return (self.index.blobs() if self.index else None) or {}

    def _judgements(self, paths: Iterable[str], judge: Judge) -> Iterator[tuple[str, bytes, list[Finding]]]:
        """(path, content, findings) of each item that can be read."""
        for stored, _ in self._read(paths):
            if stored is not None:
                yield stored.path, stored.text.encode(), list(judge(stored))

    def _places(self, item_id: str) -> list[str]:
        """Where the item's file stands: at one of its usual places, else wherever below items/ it is.

        A writer looks everywhere: of two files with one id it must not change either.
        """
        usual = usual_paths(item_id, self._layout())
        if self._listed is None and not self._held and self._files is not None:
            standing = [path for path, data in self._files.read(usual) if isinstance(data, bytes)]
            if len(standing) == 1:
                return standing
        return self.paths(item_id) or [usual[0]]

    def _one(self, item_id: str, paths: Sequence[str]) -> tuple[Stored | None, Sequence[Finding]]:
        if len(paths) > 1:
            return None, [finding for finding in self.listed().findings if finding.item == item_id]
        return next(self._read(paths), (None, ()))

    def _read(self, paths: Iterable[str]) -> Iterator[tuple[Stored | None, Sequence[Finding]]]:
        """Each item with its doubts in it, or why it cannot be read; neither where nothing is there."""
        for path, data in self._files.read(paths) if self._files is not None else ():
            yield parsed(path, data)


def parsed(path: str, data: bytes | Finding | None) -> tuple[Stored | None, Sequence[Finding]]:
    """The item that a file holds, or why it cannot be read."""
    item_id = stem_of(path)
    if data is None:
        return None, ()
    if isinstance(data, Finding):
        return None, (data._replace(item=item_id),)
    item, found = item_of(data, item_id)
    findings = tuple(one._replace(path=path, item=item_id) for one in found)
    return (None, findings) if item is None else (Stored(item, data.decode(), path, findings), ())
