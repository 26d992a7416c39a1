"""The contract that every store keeps, and the parts that stores share.

A store hands out items with the version they have, and takes a commit: several changes at once, all or
nothing, each naming the version it was made from. Its events are the differences between versions, so
replaying them gives the items. ``tests/stores/test_contract.py`` holds every store to this page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from backlogtool.codec import markdown
from backlogtool.domain.event import COMMENT, Event, status_after
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.query import Query
from backlogtool.errors import ConflictError, InvalidError


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as a store has it. ``version`` names exactly this state of it and means nothing else.

    ``path`` is where it stands, relative to the repository, for stores that keep files; ``findings`` are
    the doubts that reading it raised.
    """

    item: Item
    version: str
    text: str
    path: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives: the items that match, in no particular order, and what could not be read."""

    stored: tuple[Stored, ...]
    unreadable: tuple[Finding, ...]

    @property
    def items(self) -> list[Item]:
        return [one.item for one in self.stored]


@dataclass(frozen=True, slots=True)
class Stamps:
    """When an item last changed and when it was closed, as canonical moments; None if it is not known (D-1)."""

    updated_at: str | None = None
    closed_at: str | None = None


@dataclass(frozen=True, slots=True)
class Write:
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


@dataclass(frozen=True, slots=True)
class Commit:
    """What a commit is about. ``at`` is a canonical moment, ``subject`` one line, ``note`` free text.

    ``undoes`` is the id of the commit that this one takes back.
    """

    actor: str
    at: str
    subject: str
    note: str = ""
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Committed:
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

    def find(self, query: Query) -> Found:
        """The items that match, and the findings about whatever could not be read."""

    def count(self, query: Query, by: str) -> Mapping[str, int]:
        """How many matching items have each value of the field ``by``."""

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

    def stamps(self, items: Sequence[Item], closed: Sequence[str]) -> Mapping[str, Stamps]:
        """id -> its stamps. A comment is no change (R-214); ``closed`` are the closed statuses."""

    def file(self, path: str) -> bytes | None:
        """A further file of the repository as it stands now; None if it is not there."""

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
        return markdown.write(write.after)
    return markdown.edit(markdown.read(write.before.text, write.before.item.id), write.after)


def read_item(text: str, item_id: str) -> Item | None:
    """The item in a text; None if it cannot be read."""
    return markdown.read(text, item_id).item


def stale(item_id: str) -> ConflictError:
    """The error for a change that was made from a version that is no more."""
    return ConflictError(f"{item_id} has changed since it was read", hint="read it again and repeat the change")


def unreadable(item_id: str, findings: Sequence[Finding]) -> InvalidError:
    """The error for an item whose file cannot be read."""
    return InvalidError(
        f"{item_id} cannot be read: {findings[0]}" if findings else f"{item_id} cannot be read", findings
    )


def last(events: Iterator[Event] | Sequence[Event], since: str, limit: int | None) -> list[Event]:
    """The last ``limit`` events from ``since`` on; 0 is none (R-212)."""
    chosen = [event for event in events if event.ts >= since]
    return chosen if limit is None else chosen[max(len(chosen) - limit, 0) :]


def stamps_of(events: Iterable[Event], item: Item, closed: Sequence[str]) -> Stamps:
    """The stamps of one item that its events, oldest first, tell.

    It was closed by the last event that moved it into a closed status, or by being created in one.
    """
    updated = shut = None
    for event in events:
        if event.type != COMMENT:
            updated = event.ts
        status = status_after(event)
        if status is not None:
            shut = event.ts if status in closed else None
    return Stamps(updated, shut if item.status in closed else None)


def tally(items: Sequence[Item], by: str) -> dict[str, int]:
    """How many items have each value of a field."""
    counts: dict[str, int] = {}
    for item in items:
        value = str(getattr(item, by))
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items()))
