"""The contract that every store keeps, and the parts that stores share.

A store hands out items with the version they have, and takes a commit: several changes at once, all or
nothing, each naming the version it was made from. Its events are the differences between versions, so
replaying them gives the items. ``tests/stores/test_contract.py`` holds every store to this page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from backlogtool.codec import quick
from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.domain.value import Value
from backlogtool.errors import ConflictError, InvalidError

if TYPE_CHECKING:
    from backlogtool.domain.brief import Brief


#: Bytes that a file may have which is no item.
MAX_VIEW = 1 << 26


class Stored(NamedTuple):
    """An item as a store has it. ``version`` names exactly this state of it and means nothing else.

    ``path`` is where it stands, relative to the repository, for stores that keep files; ``findings`` are
    the doubts that reading it raised.
    """

    item: Item
    text: str
    path: str
    findings: tuple[Finding, ...] = ()

    @property
    def version(self) -> str:
        """Worked out when it is asked for: most items are only read."""
        import hashlib

        return hashlib.sha256(self.text.encode()).hexdigest()


class Found(Value):
    """What a search gives: the items that match, in no particular order, and what could not be read."""

    stored: tuple[Stored, ...]
    unreadable: tuple[Finding, ...]

    @property
    def items(self) -> list[Item]:
        return [one.item for one in self.stored]


class Briefs(Value):
    """Some of the matching items in the order of ``query.sort_key``, how many match, and what could not be read."""

    briefs: tuple[Brief, ...]
    total: int
    unreadable: tuple[Finding, ...]


#: What there is to say about an item; depends on nothing but its argument and the rules that are named.
Judge = Callable[["Stored"], Iterable[Finding]]


class Judged(Value):
    """What a judge finds in all items that can be read, in no particular order, and what could not be read."""

    findings: tuple[Finding, ...]
    unreadable: tuple[Finding, ...]


class Stamps(NamedTuple):
    """When an item last changed and when it was closed, as canonical moments; None if it is not known (D-1)."""

    updated_at: str | None = None
    closed_at: str | None = None


class Write(Value):
    """One change: from a stored item (None: a new one) to another value (None: deleted).

    ``text`` is the exact text of the file where a person wrote it in an editor or an earlier one is
    restored; without it the store changes only what differs.
    """

    before: Stored | None
    after: Item | None
    text: str | None = None

    @property
    def item_id(self) -> str:
        item = self.after if self.after is not None else self.before.item if self.before else None
        if item is None:
            raise ValueError("a change needs an item before or after it")
        return item.id


class Commit(Value):
    """What a commit is about. ``at`` is a canonical moment, ``subject`` one line, ``note`` free text.

    ``undoes`` is the id of the commit that this one takes back.
    """

    actor: str
    at: str
    subject: str
    note: str = ""
    undoes: str = ""


class Committed(Value):
    """``id`` names the commit; ``events`` are what it did, ``output`` what hooks printed."""

    id: str
    events: tuple[Event, ...]
    output: str = ""


class Store(Protocol):
    """Where items live."""

    def get(self, item_id: str) -> Stored:
        """The item. Raises ``NotFoundError``, or ``InvalidError`` if it cannot be read."""

    def ids(self) -> list[str]:
        """Every id there is, sorted, readable or not."""

    def ids_starting(self, start: str) -> list[str]:
        """Those of the ids that start so, with or without the part before ``_``, sorted."""

    def find(self, query: Query) -> Found:
        """The items that match, and the findings about whatever could not be read."""

    def briefs(self, query: Query, *, order: Sequence[str], limit: int | None = None, offset: int = 0) -> Briefs:
        """The matching items without their texts, as they are listed: ``order`` has the priorities, highest first.

        ``limit`` None is no limit; the first ``offset`` are left out.
        """

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        """How many matching items have each value of the field ``by``."""

    def holders(self, keys: Sequence[str]) -> dict[str, str]:
        """dedupe key -> id of the first item, by id, that has it; without those that none has.

        Raises ``InvalidError`` if an item cannot be read: it may have such a key.
        """

    def sharing(self) -> list[Stored]:
        """Every item whose dedupe key another one has too."""

    def judged(self, rules: str, judge: Judge) -> Judged:
        """What the judge finds; ``rules`` name all that it goes by, so that what it said once may be kept."""

    def writing(self, *, dry: bool = False) -> AbstractContextManager[None]:
        """One writer at a time: what is read inside does not change until the commit.

        Waits a bounded time, then raises ``UnavailableError``. A ``dry`` one will not commit, so it waits for
        nobody and changes nothing.
        """

    def commit(
        self,
        writes: Sequence[Write],
        commit: Commit,
        *,
        files: Mapping[str, bytes | None] | None = None,
        views: Mapping[str, bytes] | None = None,
        with_edits: bool = False,
    ) -> Committed:
        """All the changes, or none. ``files`` are further files of the repository (None removes one).

        ``views`` are files that follow from items: uncommitted edits in them do not count.

        Raises ``ConflictError`` if an item is no longer what its change was made from, or a new one exists
        already; ``RefusedError`` if there are uncommitted edits in a file it would write, unless
        ``with_edits`` takes them along; ``UnavailableError`` if it cannot be written now.
        """

    def committed(self, item_id: str) -> Item | None:
        """The item as it stands in the last commit, without uncommitted edits; None if it is not there."""

    def events(self, item_id: str | None = None, *, since: str = "", limit: int | None = None) -> list[Event]:
        """Events, oldest first: of one item or of all, from moment ``since`` on, the last ``limit`` of them."""

    def deleted(self, start: str) -> set[str]:
        """The ids of items that were deleted once and start so, with or without their ``bl_``."""

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> Mapping[str, Stamps]:
        """id -> its stamps. A comment is no change (R-214); ``closed`` are the closed statuses."""

    def file(self, path: str) -> bytes | None:
        """A further file of the repository as it stands now; None if it is not there."""

    def files(self, paths: Sequence[str], limit: int = MAX_VIEW) -> Mapping[str, bytes]:
        """Those of several further files that are there. Raises ``InvalidError`` for more than ``limit`` bytes."""

    def names(self, folder: str) -> list[str]:
        """The paths of the regular files below a folder, sorted."""

    def close(self) -> None:
        """Lets go of whatever the store holds open."""


def new_text(write: Write) -> str | None:
    """The text that the change leaves in the item's file; None if it deletes it."""
    if write.after is None:
        return None
    if write.text is not None:
        return write.text
    if write.before is None:
        from backlogtool.codec import markdown  # a new file is rare beside all that is read

        return markdown.write(write.after)
    return quick.rewritten(write.before.text, write.before.item, write.after)


def read_item(text: str, item_id: str) -> Item | None:
    """The item in a text; None if it cannot be read."""
    return quick.item_of(text.encode("utf-8", "surrogatepass"), item_id)[0]


def briefs_of(found: Found, order: Sequence[str], limit: int | None, offset: int) -> Briefs:
    """``Store.briefs`` from whole items."""
    from backlogtool.domain.brief import brief_of  # only lists need it

    ranks = {priority: rank for rank, priority in reversed(list(enumerate(order)))}
    briefs = sorted(
        (brief_of(one.item, one.path) for one in found.stored),
        key=lambda one: (ranks.get(one.priority, len(order)), one.due_date or "~", one.id),
    )
    end = None if limit is None else offset + limit
    return Briefs(tuple(briefs[offset:end]), len(briefs), found.unreadable)


def starting(ids: Iterable[str], start: str) -> list[str]:
    """``Store.ids_starting`` from all ids."""
    return [one for one in ids if one.startswith(start) or one.partition("_")[2].startswith(start)]


def holders(found: Found, keys: Sequence[str]) -> dict[str, str]:
    """``Store.holders`` from all items."""
    refuse_unknown(keys, found.unreadable)
    from backlogtool.domain import workflow  # readers judge nothing

    held = workflow.holders(found.items)
    return {key: held[key] for key in keys if key in held}


def refuse_unknown(keys: Sequence[str], unreadable: Sequence[Finding]) -> None:
    """Raises ``InvalidError`` if there is something that cannot be read."""
    if keys and unreadable:
        message = f"whether dedupe_key '{keys[0]}' is free is not known"
        raise InvalidError(message, unreadable, hint="mend that file first; backlogtool validate lists what to mend")


def sharing(stored: Iterable[Stored]) -> list[Stored]:
    """``Store.sharing`` from all items."""
    by_key: dict[str, list[Stored]] = {}
    for one in stored:
        if one.item.dedupe_key:
            by_key.setdefault(one.item.dedupe_key, []).append(one)
    return [one for several in by_key.values() if len(several) > 1 for one in several]


def judged(found: Found, judge: Judge) -> Judged:
    """``Store.judged`` from all items."""
    return Judged(tuple(finding for one in found.stored for finding in judge(one)), found.unreadable)


def stale(item_id: str) -> ConflictError:
    """The error for a change that was made from a version that is no more."""
    return ConflictError(f"{item_id} has changed since it was read", hint="read it again and repeat the change")


def unreadable(item_id: str, findings: Sequence[Finding]) -> InvalidError:
    """The error for an item whose file cannot be read."""
    return InvalidError(f"{item_id} cannot be read", findings)


def last(events: Iterator[Event] | Sequence[Event], since: str, limit: int | None) -> list[Event]:
    """The last ``limit`` events from ``since`` on; 0 is none (R-212)."""
    chosen = [event for event in events if event.ts >= since]
    return chosen if limit is None else chosen[max(len(chosen) - limit, 0) :]


def tally(items: Sequence[Item], by: str) -> dict[str, int]:
    """How many items have each value of a field."""
    counts: dict[str, int] = {}
    for item in items:
        value = str(getattr(item, by))
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items()))
