"""The git store: items are files, a change is a commit, history is git's.

Reads look at the work tree, where people edit; in a bare repository, or at a revision, at a commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from backlogtool.codec import quick
from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.layout import FLAT, stem_of
from backlogtool.domain.query import Query
from backlogtool.errors import NotFoundError, UnavailableError
from backlogtool.stores import base
from backlogtool.stores.base import Briefs, Commit, Committed, Found, Judge, Judged, Stamps, Stored, Write
from backlogtool.stores.git.files import ITEMS, Files, Listing, Tree, WorkTree, is_hidden, listing
from backlogtool.stores.git.items import Items
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.telling import Telling

if TYPE_CHECKING:
    from backlogtool.stores.git.edits import Edits
    from backlogtool.stores.git.history import History
    from backlogtool.stores.git.index.events import EventIndex
    from backlogtool.stores.git.index.items import ItemIndex
    from backlogtool.stores.git.index.search import SearchIndex
    from backlogtool.stores.git.index.work import Progress
    from backlogtool.stores.git.span import Span

_WAIT = 10.0  # seconds for another writer to come to its end


class GitStore:
    """The backlog of one repository. ``revision`` reads that commit instead of the work tree.

    ``legal`` judges a path of statuses; ``layout`` says where new items go (``domain.layout``).

    ``on_heal`` is called when a writer has found and healed what an interrupted one left. ``indexed`` lets it keep
    what it derives in the git directory; ``progress`` is told how far a reading of many files has come.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        legal: Callable[[Sequence[str]], bool] = lambda path: False,  # noqa: ARG005
        layout: Callable[[], str] = lambda: FLAT,
        revision: str = "",
        lock_wait: float = _WAIT,
        on_heal: Callable[[], None] = lambda: None,
        indexed: bool = True,
        progress: Progress | None = None,
    ) -> None:
        self.repository = repository
        self.legal = legal
        self._layout = layout
        self._wait = lock_wait
        self._on_heal = on_heal
        self._revision = revision or ("" if repository.root else repository.head())
        self._files: Files = (
            Tree(repository.git, self._revision) if self._revision or not repository.root else WorkTree(repository.root)
        )
        standing = self._files if self._revision or repository.root else None
        here = bool(repository.root) and not self._revision
        #: Whether an index of the items may be asked.
        self.indexed = indexed and here
        look = self._places if here else None
        self._items = Items(standing, self._item_index if self.indexed else None, layout, look)
        self._telling = Telling(repository, legal, self._event_index if indexed else None)
        self._progress = progress
        self._writing = False
        #: What there is to say about the index.
        self.notes: list[str] = []
        #: What was left of an interrupted write, and how it was mended.
        self.healed = ""

    @property
    def revision(self) -> str:
        """The commit that is read; empty is what stands in the work tree."""
        return self._revision

    def get(self, item_id: str) -> Stored:
        return self._items.get(item_id)

    def several(self, item_ids: Iterable[str]) -> list[Stored]:
        """Those of the items that have one file which can be read, all read at once."""
        return self._items.several(item_ids)

    def ids(self) -> list[str]:
        return sorted(self.listed().paths)

    def ids_starting(self, start: str) -> list[str]:
        return self._items.starting(start)

    def listed(self) -> Listing:
        """Which item files there are; looked up once, and again when a writer begins."""
        return self._items.listed()

    def find(self, query: Query) -> Found:
        return self._items.find(query)

    def briefs(self, query: Query, *, order: Sequence[str], limit: int | None = None, offset: int = 0) -> Briefs:
        return self._items.briefs(query, order, limit, offset)

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        return self._items.count(query, by)

    def holders(self, keys: Sequence[str]) -> dict[str, str]:
        return self._items.holders(keys)

    def sharing(self) -> list[Stored]:
        return self._items.sharing()

    def judged(self, rules: str, judge: Judge) -> Judged:
        return self._items.judged(rules, judge)

    def searching(self) -> AbstractContextManager[SearchIndex | None]:
        """The index of words, over items that are looked at once meanwhile; None where there is none."""
        index = self._items.index
        if index is None or not self.repository.root:
            return nullcontext()
        from backlogtool.stores.git.index.search_source import searching  # nothing else needs it

        place = self.repository.git_dir, self.repository.root
        return searching(index, *place, note=self._note, progress=self._progress, held=self._writing)

    @contextmanager
    def writing(self, *, dry: bool = False) -> Iterator[None]:
        if self._writing:
            yield
            return
        with nullcontext("") if dry else self._turn() as told:
            if told:  # what was read before may be a half of the interrupted write
                self.healed = told
                self._on_heal()
            self._items.forget(held=True)
            self._writing = True
            try:
                yield
            finally:
                self._writing = False
                self._items.forget(held=False)

    def _turn(self) -> AbstractContextManager[str]:
        from backlogtool.stores.git import writer  # readers do not load what writes

        return writer.turn(self.repository, self._wait)

    def commit(
        self,
        writes: Sequence[Write],
        commit: Commit,
        *,
        files: Mapping[str, bytes | None] | None = None,
        views: Mapping[str, bytes] | None = None,
        with_edits: bool = False,
    ) -> Committed:
        from backlogtool.stores.git import writer  # readers do not load what writes

        with self.writing():
            done = writer.commit(self, writes, commit, files or {}, views or {}, with_edits=with_edits, wait=self._wait)
            self._items.forget(held=True)
            self._items.know(writer.places_after(writes, self.layout()))
            return done

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
            found[paths[path]] = quick.item_of(data, paths[path])[0] if isinstance(data, bytes) else None
        return found

    def edited(self) -> set[str]:
        """The ids of items whose files differ from the last commit, new and deleted ones included."""
        return {stem_of(path) for path in self.uncommitted() if path.endswith(".md")}

    def uncommitted(self) -> set[str]:
        """The paths below ``items/`` that differ from the last commit."""
        return self.edits().paths

    def edits(self) -> Edits:
        """The same, and the submodules there."""
        from backlogtool.stores.git import edits  # most readers compare nothing

        if self._revision or not self.repository.root:
            return edits.Edits(set(), set())
        place = self.repository
        return edits.uncommitted(place.git, place.head(), place.root, (f"{ITEMS}/",), self._items.blobs())

    def events(self, item_id: str | None = None, *, since: str = "", limit: int | None = None) -> list[Event]:
        if item_id is None:
            return base.last(self._telling.recent(self._told_from(), since, limit), since, limit)
        return base.last(self._telling.timeline(item_id, self._told_from()), since, limit)

    def every_event(self) -> Iterator[Event]:
        """What ``events`` tells of everything, for more than should be held at once."""
        return self._telling.every(self._told_from())

    def deleted(self, start: str) -> set[str]:
        return self._telling.deleted(start, self._head())

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> Mapping[str, Stamps]:
        return self._telling.stamps(items, self._told_from(), closed)

    def history(self) -> History:
        """The history that leads to the commit this store reads."""
        return self.history_of(self._head())

    def history_of(self, head: str) -> History:
        """The history that leads to a commit."""
        return self._telling.history(head)

    def span(self, since: str) -> Span:
        """The commits that lead to the one this store reads and that the revision ``since`` does not have.

        An empty ``since`` has none.
        """
        from backlogtool.stores.git.meant import commit_meant  # only what judges commits needs these
        from backlogtool.stores.git.span import Span  # the same

        older = commit_meant(self.repository, since) if since else ""
        head = self._head()
        if older and not head:
            raise NotFoundError(
                "nothing is committed on this branch yet", hint="commit first, or run it without --since"
            )
        return Span(self.repository.git, head, older, self.repository.edge(), self._telling.touched)

    def file(self, path: str) -> bytes | None:
        return self.files([path]).get(path)

    def files(self, paths: Sequence[str], limit: int = base.MAX_VIEW) -> Mapping[str, bytes]:
        found = {}
        for path, data in self._files.read(paths, limit):
            if isinstance(data, Finding):
                raise base.unreadable(path, [data])
            if data is not None:
                found[path] = data
        return found

    def names(self, folder: str) -> list[str]:
        if not self._revision and not self.repository.root:
            return []
        return sorted(path for path, regular in self._files.entries(folder) if regular and not is_hidden(path))

    def put(self, files: Mapping[str, bytes]) -> None:
        """Writes files into the work tree without a commit."""
        if self._revision or not self.repository.root:
            raise UnavailableError("there is no work tree to write to", hint="use a clone, without --at")
        from backlogtool.stores.git import writer  # readers do not load what writes

        writer.put(self.repository, files)

    def close(self) -> None:
        self._items.close()
        self._telling.close()

    def _head(self) -> str:
        return self._revision or self.repository.head()

    def _told_from(self) -> str:
        """As ``_head``, for what the index may know: a commit that was read once need not be read again."""
        return self._revision or self.repository.sighted() or self.repository.head()

    def _item_index(self) -> ItemIndex:
        from backlogtool.stores.git.index.items import ItemIndex  # showing one item needs no index

        return ItemIndex(self.repository.git_dir, self.repository.root, note=self._note, progress=self._progress)

    def _event_index(self) -> EventIndex:
        from backlogtool.stores.git.index.events import EventIndex  # a list needs no history

        return EventIndex(self.repository, self.legal, note=self._note, progress=self._progress)

    def _note(self, text: str) -> None:
        self.notes.append(text)

    def standing(self, item_id: str) -> list[str]:
        """Every path at which a file of the item stands."""
        return self._items.paths(item_id)

    def layout(self) -> str:
        """Where new items go (``domain.layout``)."""
        return self._layout()

    def _places(self, item_id: str) -> list[str]:
        from backlogtool.stores.git.places import places  # only a writer looks everywhere

        return places(self.repository.root, item_id)
