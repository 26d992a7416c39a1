"""``check``: the single judge of a version step (DESIGN.md §5).

Commands ask it before they write, ``validate`` asks it about every item of a tree, and later doors ask it
too. It returns findings; an empty list is a yes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backlogtool.domain import calendar
from backlogtool.domain.fields import DAY, ENUM, FIELDS, MOMENT, NAME, NAME_FORM, NOBODY, WORKFLOW, Field, value
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item, is_id
from backlogtool.domain.policy import Policy
from backlogtool.domain.spelling import did_you_mean

_NAME = re.compile(NAME_FORM, re.ASCII)
#: How a step is mended that a commit has taken: another commit would only be one more step.
TAKE_OUT = "take that commit out of the branch, as git rebase -i does"

#: The table of the reference store, used where there is no policy (R-193).
BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "open": ("in_progress", "blocked", "canceled"),
    "in_progress": ("blocked", "done", "canceled"),
    "blocked": ("open", "in_progress", "canceled"),
    "done": (),
    "canceled": (),
}


class Change(NamedTuple):
    """One version step of one item. ``before`` is None for a new item, ``after`` for a deleted one.

    ``asked`` marks a step that a command would take, so that nothing has changed yet. ``undo`` marks the exact
    inverse of an earlier step, which the workflow does not judge. ``squashed`` marks the step of a commit, which may
    fold several; ``path`` holds the statuses that the commit claims to have led through.
    """

    before: Item | None
    after: Item | None
    undo: bool = False
    squashed: bool = False
    path: tuple[str, ...] = ()
    asked: bool = False


def validate_transition(current: str, new: str, policy: Policy | None = None) -> bool:
    """Whether the table has a step from ``current`` to ``new``; never from a status to itself (R-192…R-195)."""
    table = policy.workflow.allowed_transitions if policy else BUILT_IN
    return current != new and new in table.get(current, ())


def check(change: Change, policy: Policy, taken: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything that speaks against the step. ``taken`` maps each dedupe key in the backlog to its id."""
    if change.after is None:
        return _check_deletion(change, policy)
    findings = check_item(change.after, policy)
    holder = (taken or {}).get(change.after.dedupe_key, change.after.id)
    if holder != change.after.id and change.after.dedupe_key:
        findings.append(duplicate_key(change.after, holder))
    if change.before is None:
        return findings + _check_creation(change.after, policy)
    if not change.undo:
        findings += _check_step(change, change.before, change.after, policy)
    return findings


def check_item(item: Item, policy: Policy) -> list[Finding]:
    """What is wrong with the item as it stands, whatever it was before."""
    findings = [] if is_id(item.id) else [_finding(item, "BL207", "id", f"'{item.id}' is not an item id")]
    for field in FIELDS:
        held = value(item, field.name)
        if held is None or not str(held).strip():
            if field.required:
                findings.append(_missing(item, field))
        elif finding := _check_value(item, field, str(held), policy):
            findings.append(finding)
    if item.source not in ("manual", "") and not item.service:
        findings.append(_finding(item, "BL201", "service", f"an item from {item.source} needs a service"))
    for kind in item.evidence_refs:
        if kind not in policy.enums.evidence_refs:
            findings.append(
                _finding(
                    item,
                    "BL208",
                    "evidence_refs",
                    f"unknown kind of evidence '{kind}'",
                    allowed=policy.enums.evidence_refs,
                )
            )
    return findings


def is_possible(item: Item, field: Field, policy: Policy) -> bool:
    """Whether the item holds what could be a value of the field: not nothing, and nothing that ``check_item`` refuses.

    Whoever puts anything else right changes no value: there was none (docs/decisions/0033).
    """
    held = value(item, field.name)
    return held is not None and bool(str(held).strip()) and _check_value(item, field, str(held), policy) is None


def is_status(status: str, policy: Policy) -> bool:
    """Whether the policy knows the status."""
    return status in policy.enums.status


def duplicate_key(item: Item, holder: str, *, committed: bool = False) -> Finding:
    """The finding that ``holder`` already has the item's dedupe key, which never changes once it is ``committed``."""
    fix = f"change {holder} instead, or give this item a key of its own"
    if committed:
        fix = f"take this item back: backlogtool undo COMMIT, which git log -- '*{item.id}.md' names; "
        fix += f"then change {holder} instead, or create it with another key"
    return _finding(
        item,
        "BL206",
        "dedupe_key",
        f"dedupe_key '{item.dedupe_key}' is already used by {holder}",
        fix=fix,
    )


def holders(items: Iterable[Item]) -> dict[str, str]:
    """dedupe key -> id of the first item, by id, that has it."""
    found: dict[str, str] = {}
    for item in sorted(items, key=lambda one: one.id):
        if item.dedupe_key:
            found.setdefault(item.dedupe_key, item.id)
    return found


def _check_value(item: Item, field: Field, held: str, policy: Policy) -> Finding | None:
    if field.kind == ENUM:
        allowed = policy.allowed(field.name)
        if held in allowed:
            return None
        message = f"{field.name} '{held}' is unknown"
        return _finding(item, "BL202", field.name, message, allowed=allowed, fix=did_you_mean(held, allowed))
    if field.kind == DAY and not calendar.is_day(held):
        return _finding(item, "BL203", field.name, f"{field.name} '{held}' is not a day", fix="write YYYY-MM-DD")
    if field.kind == MOMENT and calendar.normal_moment(held) is None:
        return _finding(
            item, "BL203", field.name, f"{field.name} '{held}' is not a moment", fix="write YYYY-MM-DDTHH:MM:SSZ"
        )
    if field.kind == NAME and not _NAME.fullmatch(held):
        return _finding(
            item,
            "BL204",
            field.name,
            f"{field.name} '{held}' is not a plain name",
            fix="use letters, digits, dot, dash and underscore",
        )
    return None


def _check_creation(item: Item, policy: Policy) -> list[Finding]:
    initial = policy.workflow.initial_status
    if item.status == initial or item.status not in policy.enums.status:
        return []
    return [_finding(item, "BL304", "status", f"created as {item.status}, not {initial}")]


def _check_deletion(change: Change, policy: Policy) -> list[Finding]:
    item = change.before
    if item is None or change.undo or policy.is_closed(item.status):
        return []
    return [
        _finding(
            item,
            "BL303",
            "",
            f"{item.id} was deleted while {item.status}",
            fix="cancel an item that will not be done: it stays findable",
        )
    ]


def _check_step(change: Change, before: Item, after: Item, policy: Policy) -> list[Finding]:
    findings = []
    for field in FIELDS:
        old, new = value(before, field.name), value(after, field.name)
        if old == new:
            continue
        if field.setter == NOBODY and is_possible(before, field, policy):
            fix = TAKE_OUT if change.squashed else f"put '{old}' back"
            findings.append(
                _finding(after, "BL302", field.name, f"{field.name} never changes: it was '{old}'", fix=fix)
            )
        elif field.setter == WORKFLOW and not is_status(before.status, policy):
            findings += _check_beginning(before.status, after, policy)
        elif field.setter == WORKFLOW and not _may_move(change, before.status, after.status, policy):
            told = illegal_transition(before, after.status, policy)
            findings.append(told._replace(fix=_way_on(change, before.status, told.fix)))
    return findings


def _check_beginning(unknown: str, after: Item, policy: Policy) -> list[Finding]:
    """A status that nobody knows has no step in the table: the first known one is where the item begins."""
    if after.status == policy.workflow.initial_status or not is_status(after.status, policy):
        return []
    told = f"{after.id} begins as {after.status}, not {policy.workflow.initial_status}: '{unknown}' is no status"
    return [_finding(after, "BL304", "status", told)]


def _may_move(change: Change, old: str, new: str, policy: Policy) -> bool:
    """By one step of the table; folded steps by the path they claim, or if the policy trusts any path."""
    if validate_transition(old, new, policy) or not is_status(new, policy):
        return True  # an unknown status is told about the item itself
    if not change.squashed:
        return False
    if len(change.path) > 1 and (change.path[0], change.path[-1]) == (old, new) and is_legal_path(change.path, policy):
        return True
    return policy.workflow.squashed == "path" and reaches(old, new, policy)


def illegal_transition(item: Item, wanted: str, policy: Policy) -> Finding:
    """Names the allowed targets and, if the wanted status can be reached, the command that works next."""
    allowed = policy.workflow.allowed_transitions.get(item.status, ())
    if not is_status(wanted, policy):
        return _finding(
            item,
            "BL202",
            "status",
            f"status '{wanted}' is unknown",
            allowed=policy.enums.status,
            fix=did_you_mean(wanted, policy.enums.status),
        )
    if not allowed:
        message = f"{item.id} is {item.status}, which is final: it cannot become {wanted}"
        return _finding(item, "BL301", "status", message, fix="make a new item: backlogtool create")
    message = f"{item.id} cannot go from {item.status} to {wanted}: allowed from {item.status}: {', '.join(allowed)}"
    path = _shortest(policy.workflow.allowed_transitions, item.status, wanted)
    fix = f"next: backlogtool set-status {item.id} {path[1]}" if len(path) > 1 else ""
    return _finding(item, "BL301", "status", message, allowed=allowed, fix=fix)


def _way_on(change: Change, old: str, fix: str) -> str:
    """What works next: a command does, unless a person has taken the step already, in the file or in a commit."""
    if change.asked:
        return fix
    then = f", then {fix.removeprefix('next: ')}" if fix else ""
    if change.squashed:
        return f"{TAKE_OUT}{then}"
    return f"put '{old}' back{then}"


def is_legal_path(statuses: Sequence[str], policy: Policy) -> bool:
    """Whether every step along the statuses stands in the table."""
    return all(validate_transition(old, new, policy) for old, new in itertools.pairwise(statuses))


def reaches(start: str, end: str, policy: Policy) -> bool:
    """Whether legal steps lead from one status to the other."""
    return bool(shortest(start, end, policy))


def shortest(start: str, end: str, policy: Policy) -> tuple[str, ...]:
    """The shortest legal way from one status to the other, both included; empty if there is none."""
    return tuple(_shortest(policy.workflow.allowed_transitions, start, end))


def _shortest(table: Mapping[str, tuple[str, ...]], start: str, end: str) -> list[str]:
    """The shortest legal way from start to end, both included; empty if there is none."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == end:
            return way
        for status in table.get(way[-1], ()):
            if status not in seen:
                seen.add(status)
                ways.append([*way, status])
    return []


def _missing(item: Item, field: Field) -> Finding:
    return _finding(
        item,
        "BL201",
        field.name,
        f"{field.name} is missing ({field.doc.rstrip(chr(46))})",
        fix=f"add a line  {field.name}: …",
    )


def _finding(
    item: Item, code: str, field: str, message: str, *, allowed: tuple[str, ...] = (), fix: str = ""
) -> Finding:
    return Finding(code, message, item=item.id, field=field, allowed=allowed, fix=fix)
