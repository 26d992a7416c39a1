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


class OnBranch(NamedTuple):
    """The branch that a commit is on, beside the one that is checked out, and how it becomes a pull request.

    ``is_new`` tells that the commit made it. ``push`` is a command, ``link`` the page that opens the pull request after
    it; empty where there is no remote, or its forge is not known. ``hooks`` are those of the person's that did not run.
    """

    name: str
    is_new: bool
    push: str = ""
    link: str = ""
    hooks: tuple[str, ...] = ()


class Result(NamedTuple):
    """What a write did. ``commit`` is empty where nothing was written; ``output`` is what hooks printed.

    ``notes`` are what a person may want to know beside it. ``branch`` is None for the one that is checked out.
    """

    action: str
    items: tuple[Item, ...]
    commit: str = ""
    events: tuple[Event, ...] = ()
    warnings: tuple[Finding, ...] = ()
    preview: Preview | None = None
    output: str = ""
    notes: tuple[str, ...] = ()
    branch: OnBranch | None = None


class Options(NamedTuple):
    """What every write offers: say more, try only, take uncommitted edits along."""

    message: str = ""
    dry_run: bool = False
    with_edits: bool = False
