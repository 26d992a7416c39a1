"""Limits and dependencies of a backlog as it stands: what no single file tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial

from backlogtool.app.guarding import finder, holders, needed_by
from backlogtool.app.workspace import Workspace
from backlogtool.codec import markdown
from backlogtool.domain import dependencies, limits
from backlogtool.domain.finding import Finding
from backlogtool.errors import InvalidError, NotFoundError
from backlogtool.stores.base import Stored

_DEPENDENCY = "BL316"


def waiting(stored: Stored) -> Iterator[Finding]:
    """What an item waits for, at its place, in the form of a finding: what stands in one file can be kept (R-299).

    ``of_tree`` makes of it what there is to say.
    """
    if stored.item.dependencies:
        told = Finding(_DEPENDENCY, "", item=stored.item.id, field="dependencies", allowed=stored.item.dependencies)
        yield markdown.read(stored.text, stored.item.id).locate(told, stored.path)


def of_tree(space: Workspace, findings: Iterable[Finding]) -> list[Finding]:
    """The findings with what ``waiting`` told replaced by what is wrong with it, and the limits that are exceeded."""
    found = list(findings)
    needs = {one.item: one for one in found if one.code == _DEPENDENCY}
    kept = [one for one in found if one.code != _DEPENDENCY]
    if needs:
        ids = frozenset(space.store.ids())
        for told in dependencies.all_broken({name: one.allowed for name, one in needs.items()}, ids.__contains__):
            place = needs[told.item]
            kept.append(told.at(place.path, place.line, place.column))
    for status in space.policy.workflow.wip_limits:
        kept += _exceeded(space, status)
    return kept


def _exceeded(space: Workspace, status: str) -> Iterator[Finding]:
    """A finding at each item of a status that has too many: which of them is the one too many nobody knows."""
    several = limits.exceeded(status, holders(space.store, status), space.policy)
    for told in limits.over_limits([(one, one.places) for one in several], asked=False):
        with suppress(NotFoundError, InvalidError):
            stored = space.store.get(told.item)
            yield markdown.read(stored.text, told.item).locate(told, stored.path)


def of_brought(at: Workspace, stored: Iterable[Stored]) -> Iterator[Finding]:
    """What is wrong with what some items of a commit wait for."""
    several = list(stored)
    find = finder(at, (needed for one in several for needed in one.item.dependencies))
    for one in several:
        for told in dependencies.broken(one.item.id, one.item.dependencies, partial(needed_by, find)):
            yield markdown.read(one.text, one.item.id).locate(told, one.path)
