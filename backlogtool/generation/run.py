"""One run of the generator over a backlog: what it would create, update and leave, as a plan and a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backlogtool.domain import calendar, workflow
from backlogtool.domain.digest import Digest
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.outcome import CREATED, UNCHANGED, UPDATED
from backlogtool.domain.policy import Policy
from backlogtool.errors import InvalidError
from backlogtool.generation.candidate import Candidates, Render, candidates
from backlogtool.generation.merging import Outcome, upsert


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write: ``report`` holds plain JSON values, ``outcomes`` every candidate's, most urgent first."""

    report: dict[str, Any]
    outcomes: tuple[Outcome, ...]


def plan(
    digest: Digest,
    policy: Policy,
    existing: Iterable[Item],
    today: str,
    now: str,
    render: Render,
    description: str,
    *,
    dry_run: bool = False,
    warnings: Iterable[str] = (),
) -> Plan:
    """What a run does to the backlog ``existing``; the other arguments are those of ``candidates``.

    The report is {week, env, digest, dry_run, created, updated, unchanged (ids), capped (keys), shadowed ({service,
    category, rule, winner}), warnings}; ``warnings`` from reading the digest come first in it. Raises
    ``InvalidError`` before anything is decided if a key or an id in the backlog is not unique (R-182).
    """
    wanted = candidates(digest, policy, today, now, render, description)
    held = _holders(wanted.items, existing)
    outcomes = tuple(upsert(held.get(item.dedupe_key), item, policy, by_generator=True) for item in wanted.items)
    told = [*warnings, *_stale(digest.week, today), *(text for one in outcomes for text in one.warnings)]
    report = {
        "week": digest.week,
        "env": digest.env or policy.defaults.env,
        "digest": digest.path,
        "dry_run": dry_run,
        **{
            action: [one.item.id for one in outcomes if one.action == action]
            for action in (CREATED, UPDATED, UNCHANGED)
        },
        **_left_out(wanted),
        "warnings": told,
    }
    return Plan(report, outcomes)


def skipped(policy: Policy) -> dict[str, str] | None:
    """The report of a run that the policy has switched off; None if it is on (R-117)."""
    if policy.generation.weekly_from_pressure_digest:
        return None
    return {"status": "skipped", "reason": "weekly_from_pressure_digest is false"}


def _left_out(wanted: Candidates) -> dict[str, Any]:
    shadowed = [
        {"service": one.service, "category": one.category, "rule": one.rule, "winner": one.winner}
        for one in wanted.shadowed
    ]
    return {"capped": [item.dedupe_key for item in wanted.capped], "shadowed": shadowed}


def _stale(week: str, today: str) -> Iterator[str]:
    """C-28: an old digest updates its own week's items, which may not be what was meant."""
    current = calendar.iso_week(today)
    if week != current:
        yield f"digest is of {week}, current week is {current}"


def _holders(wanted: Sequence[Item], existing: Iterable[Item]) -> dict[str, Item]:
    """The item, open or closed, that the backlog has for each wanted key, if it has one (R-182)."""
    keys, ids = {item.dedupe_key for item in wanted}, {item.id for item in wanted}
    near = sorted((item for item in existing if item.dedupe_key in keys or item.id in ids), key=lambda one: one.id)
    held: dict[str, Item] = {}
    findings: list[Finding] = []
    for item in near:
        first = held.setdefault(item.dedupe_key, item)
        if first is not item:
            findings.append(workflow.duplicate_key(item, first.id, committed=True))
    findings += _taken_ids([item for item in wanted if item.dedupe_key not in held], near)
    if findings:
        raise InvalidError("nothing is generated until every key and id is in the backlog once", findings)
    return held


def _taken_ids(new: Sequence[Item], near: Sequence[Item]) -> Iterator[Finding]:
    """An item that has a new one's id under another key: somebody changed its key."""
    others = {item.id: item for item in near}
    for item in new:
        if other := others.get(item.id):
            message = f"{item.id} has the dedupe_key '{other.dedupe_key}'; its id comes from '{item.dedupe_key}'"
            fix = f"put '{item.dedupe_key}' back"
            yield Finding("BL302", message, item=item.id, field="dedupe_key", fix=fix)
