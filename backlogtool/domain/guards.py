"""Guards: what a change of status needs beside a row in the table of transitions, as the policy says.

A guard asks about the item as the move leaves it, so that a command, a commit and a squashed pull request are asked
the same. Only moves are asked about: an item that has its status already is left alone, whatever the guards are now.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from backlogtool.domain import body, workflow
from backlogtool.domain.dependencies import without
from backlogtool.domain.fields import value
from backlogtool.domain.finding import Finding, few
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Guard, Policy
from backlogtool.domain.workflow import Change

CRITERIA, DEPENDENCIES, COMMENT = "criteria", "dependencies", "comment"
#: What ``require`` of a guard may ask for.
REQUIREMENTS = (CRITERIA, DEPENDENCIES, COMMENT)

#: An item by its id; None if there is none that can be read.
Find = Callable[[str], Item | None]


class Move(NamedTuple):
    """A change of an item's status. ``path`` are the statuses that it leads through, both ends included.

    ``commented`` says whether the step brings words of its own, ``role`` who takes it; None is not known (yet), and
    then it is not asked for.
    """

    before: Item | None
    after: Item
    path: tuple[str, ...]
    commented: bool | None = None
    role: str | None = None


def path_of(change: Change, policy: Policy) -> tuple[str, ...]:
    """The statuses that a step leads through, both ends included; empty if guards have nothing to ask about it.

    That is a step that leaves the status as it is, that takes back an earlier one, or that the table does not have:
    this is told as such. A new item moves only where a squashed commit claims how it came to its status.
    """
    before, after = change.before, change.after
    if after is None or change.undo or (before and before.status == after.status):
        return ()
    start = before.status if before else policy.workflow.initial_status
    claims = change.path if change.squashed else ()
    if len(claims) > 1 and (claims[0], claims[-1]) == (start, after.status) and workflow.is_legal_path(claims, policy):
        return claims
    if before is None:
        return ()
    unknown = not workflow.is_status(start, policy) and workflow.is_status(after.status, policy)
    if unknown or workflow.validate_transition(start, after.status, policy):
        return start, after.status
    if change.squashed and policy.workflow.squashed == "path":
        return workflow.shortest(start, after.status, policy)
    return ()


def check(move: Move, policy: Policy, find: Find) -> list[Finding]:
    """Everything that the guards miss, all at once; ``find`` is asked only for dependencies."""
    return [
        finding._replace(message=f"{move.after.id} cannot become {status}: {finding.message} (guard {guard.name})")
        for guard, status in _in_the_way(move, policy)
        for finding in _missing(guard, move, policy, find)
    ]


def _in_the_way(move: Move, policy: Policy) -> Iterator[tuple[Guard, str]]:
    """Each guard that asks about the move, with the first status on the way to which it does."""
    for guard in policy.workflow.guards:
        steps = itertools.pairwise(move.path) if _concerns(guard, move) else ()
        asked = (new for old, new in steps if old in (guard.leaving or (old,)) and new in (guard.to or (new,)))
        yield from ((guard, status) for status in itertools.islice(asked, 1))


def unmet(item: Item) -> list[str]:
    """The first lines of the acceptance criteria that are not ticked."""
    return [text or "a box without words" for met, text in body.boxes(item.description) if not met]


def open_dependencies(item: Item, policy: Policy, find: Find) -> list[tuple[str, str]]:
    """(id, what there is to say about it) of each item that this one waits for and that is not closed."""
    told = []
    for needed in item.dependencies:
        other = find(needed)
        if other is None:
            told.append((needed, f"{needed} (not there)"))
        elif not policy.is_closed(other.status):
            told.append((needed, f"{needed} ({other.status}: {other.title})"))
    return told


def _concerns(guard: Guard, move: Move) -> bool:
    """Whether it is about the item, as it was or as it is: no step leaves a guard behind by what else it changes."""
    return any(
        all(not wanted or value(item, name) in wanted for name, wanted in guard.when._asdict().items())
        for item in (move.before, move.after)
        if item is not None
    )


def _missing(guard: Guard, move: Move, policy: Policy, find: Find) -> Iterator[Finding]:
    """What one guard misses: one finding for each thing that it asks for."""
    if CRITERIA in guard.require:
        yield from _criteria(move)
    if DEPENDENCIES in guard.require:
        yield from _dependencies(move, open_dependencies(move.after, policy, find))
    empty = [name for name in guard.fields if not _is_filled(move.after, name)]
    if empty:
        given = " ".join(f"--set {name}=…" for name in empty)
        noun = "is empty" if len(empty) == 1 else "are empty"
        yield _said("BL312", move, f"{few(empty)} {noun}", f"backlogtool edit {move.after.id} {given}")
    if COMMENT in guard.require and move.commented is False:
        fix = "say why with --message; by hand, in the commit's message or in the same commit as a comment"
        yield _said("BL313", move, "nobody says why", fix)
    if guard.roles and move.role is not None and move.role not in guard.roles:
        held = move.role or "somebody without a role"
        message = f"only {' or '.join(guard.roles)} may do that, not {held}"
        yield _said("BL314", move, message, "ask somebody who has that role")


def _criteria(move: Move) -> Iterator[Finding]:
    found, missing = body.boxes(move.after.description), unmet(move.after)
    if not found:
        fix = f"write a section '## {body.ACCEPTANCE}' with a box a line: backlogtool edit {move.after.id}"
        yield _said("BL310", move, "it has no acceptance criteria", fix)
    elif missing:
        named = few([f"'{_short(one)}'" for one in missing])
        noun = "acceptance criterion is" if len(found) == 1 else "acceptance criteria are"
        message = f"{len(missing)} of {len(found)} {noun} not ticked: {named}"
        yield _said("BL310", move, message, f"tick what is met: backlogtool edit {move.after.id}")


def _dependencies(move: Move, waiting: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    if waiting:
        message = f"it waits for {few([told for _, told in waiting])}"
        others = [other for other, _ in waiting]
        them = "it" if len(others) == 1 else "them"
        fix = f"close {few(others)} first, or no longer wait for {them}: {without(move.after.id, *others)}"
        yield _said("BL311", move, message, fix)


def _said(code: str, move: Move, message: str, fix: str) -> Finding:
    return Finding(code, message, item=move.after.id, field="status", fix=fix)


def _is_filled(item: Item, name: str) -> bool:
    held = value(item, name)
    return bool(held.strip()) if isinstance(held, str) else held == 0 or bool(held)


def _short(line: str, most: int = 80) -> str:
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
