"""What a write is asked beside its values, and what it gives."""

from __future__ import annotations

from typing import NamedTuple

from backlogtool.domain.event import Event
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item


class Preview(NamedTuple):
    """What a dry run would have written: a unified diff and the commit's message."""

    diff: str
    message: str


class Result(NamedTuple):
    """What a write did. ``commit`` is empty where nothing was written; ``output`` is what hooks printed.

    ``notes`` are what a person may want to know beside it.
    """

    action: str
    items: tuple[Item, ...]
    commit: str = ""
    events: tuple[Event, ...] = ()
    warnings: tuple[Finding, ...] = ()
    preview: Preview | None = None
    output: str = ""
    notes: tuple[str, ...] = ()


class Options(NamedTuple):
    """What every write offers: say more, try only, take uncommitted edits along."""

    message: str = ""
    dry_run: bool = False
    with_edits: bool = False
