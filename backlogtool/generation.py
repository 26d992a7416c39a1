"""Weekly generation: a digest, a policy and a day become candidate items, and these are created or brought up to date.

Everything here is decided from the values handed in (R-005, R-006): ids and keys come from the week, not from the
run, so the same digest again changes nothing (R-008). Templates are rendered by a function from outside.
Source: REQUIREMENTS.md 3.2 and 3.3.
"""

from __future__ import annotations

import hashlib
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from backlogtool.domain import body, calendar, workflow
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Condition, Policy, Rule
from backlogtool.errors import InvalidError

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"

#: (template text, values) -> text.
Render = Callable[[str, Mapping[str, Any]], str]

_WEEK_TAG, _RULE_TAG = "week:", "rule:"
_PART = re.compile(r"\{(\w+)\}")
_ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


class Service(Protocol):
    """What a digest says about one service; ``codec.digest.ServiceSignals`` is one."""

    @property
    def service(self) -> str: ...
    @property
    def signals(self) -> Mapping[str, Any]: ...
    @property
    def texts(self) -> tuple[str, ...]: ...
    @property
    def evidence_refs(self) -> Mapping[str, tuple[str, ...]]: ...


class Digest(Protocol):
    """What generation needs of a digest; ``codec.digest.Digest`` is one. ``env`` may be empty: the default's."""

    @property
    def week(self) -> str: ...
    @property
    def env(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def services(self) -> Sequence[Service]: ...


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A rule that matched a service after ``winner`` had taken its category."""

    service: str
    category: str
    rule: str
    winner: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one run would have in the backlog, most urgent first, and what its cap left out (C-21)."""

    items: tuple[Item, ...]
    capped: tuple[Item, ...]
    shadowed: tuple[Shadowed, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an upsert does: ``action`` is one of CREATED, UPDATED, UNCHANGED; ``item`` is how it stands afterwards."""

    action: str
    item: Item
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A run before anything is written: the report as plain JSON values, and the outcomes in its order."""

    report: dict[str, Any]
    outcomes: tuple[Outcome, ...]


def holds(condition: Condition, signals: Mapping[str, Any]) -> bool:
    """Whether the condition is true of the signals; of a missing one only ``exists: false`` is (3.2)."""
    held, wanted = signals.get(condition.signal), condition.value
    if condition.operator == "exists":
        return (held is not None) == wanted
    if held is None:
        return False
    if compare := _ORDERS.get(condition.operator):
        return _is_number(held) and bool(compare(held, wanted))
    choices = wanted if condition.operator in ("in", "not_in") else (wanted,)
    return any(_same(held, one) for one in choices) == (condition.operator in ("eq", "in"))


def matching_rules(
    rules: Sequence[Rule], signals: Mapping[str, Any]
) -> tuple[list[tuple[int, Rule]], list[tuple[Rule, Rule]]]:
    """The first matching rule of each category with its number, and later ones, each with that first (R-041, R-042)."""
    first: dict[str, tuple[int, Rule]] = {}
    later = []
    for number, rule in enumerate(rules):
        if not all(holds(condition, signals) for condition in rule.when):
            continue
        _, winner = first.setdefault(rule.category, (number, rule))
        if winner is not rule:
            later.append((rule, winner))
    return list(first.values()), later


def dedupe_key(policy: Policy, week: str, env: str, service: str, category: str) -> str:
    """The key of a generated item: what makes it the same work in another run (R-048)."""
    prefix = policy.dedupe.key_prefix
    parts = {"prefix": prefix, "week": week, "env": env, "service": service, "category": category}
    return _PART.sub(lambda found: parts[found[1]], policy.dedupe.key_format)


def item_id(key: str) -> str:
    """The id of a generated item: two branches that generate it meet at one path (D-13)."""
    return "bl_" + hashlib.sha256(key.encode()).hexdigest()[:12]


def candidates(
    digest: Digest, policy: Policy, today: str, now: str, render: Render, description: str
) -> Candidates:
    """The items that the digest calls for on day ``today``, sorted by priority, service and rule, then capped.

    ``now`` is a canonical moment. The titles of the policy and ``description`` are templates over service, env,
    week, category, rule, signals, texts, evidence_refs and digest (its path). Raises ``InvalidError`` with every
    template that makes no usable text, and if two items would have one key.
    """
    run = _Run(digest, policy, today, now, render, description)
    made: list[tuple[int, Item]] = []
    shadowed: list[Shadowed] = []
    for service in digest.services:
        first, later = matching_rules(policy.generation.rules, service.signals)
        made += [(number, run.item(service, rule)) for number, rule in first]
        shadowed += [Shadowed(service.service, rule.category, rule.name, winner.name) for rule, winner in later]
    made.sort(key=lambda one: (policy.priority_rank(one[1].priority), one[1].service, one[0]))
    items = tuple(item for _, item in made)
    if findings := [finding for item in items for finding in _unusable(item)] + _twice(items):
        raise InvalidError("the digest's items cannot be made", findings)
    cap = policy.defaults.max_items_per_run
    return Candidates(items[:cap], items[cap:], tuple(shadowed))


def upsert(
    existing: Item | None, candidate: Item, policy: Policy, *, by_generator: bool, owner_given: bool = False
) -> Outcome:
    """What becomes of the item with the candidate's dedupe key (R-170…R-178).

    Only the policy's ``update_fields`` change. The generator replaces its own part of the description and its own
    tags; a person's tags are added, and a description that brings markers, or meets none, is taken whole. The owner
    changes only for a person who gave one (C-04). Raises ``InvalidError`` if the candidate has no key.
    """
    if not candidate.dedupe_key:
        finding = Finding("BL201", "dedupe_key is missing: an upsert finds its item by it", field="dedupe_key")
        raise InvalidError("an upsert needs a dedupe_key", [finding])
    if existing is None:
        return Outcome(CREATED, candidate)
    merged = _merged(existing, candidate, policy, by_generator=by_generator)
    values = {name: merged[name] for name in policy.dedupe.update_fields if name in merged}
    if owner_given and not by_generator:
        values["owner"] = candidate.owner
    warnings = tuple(_doubts(existing, candidate)) if by_generator else ()
    after = replace(existing, **values)
    return Outcome(UNCHANGED, existing, warnings) if after == existing else Outcome(UPDATED, after, warnings)


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
    """What a run does to a backlog, for ``candidates`` of the same arguments; nothing is written.

    The report names items by id, those left out by the cap by key; ``warnings`` (of reading the digest) come first
    in it. Raises ``InvalidError`` as ``candidates`` does, and if a key or an id in the backlog is not unique.
    """
    wanted = candidates(digest, policy, today, now, render, description)
    held = _by_key(wanted.items, existing)
    outcomes = tuple(upsert(held.get(one.dedupe_key), one, policy, by_generator=True) for one in wanted.items)
    report = {
        "week": digest.week,
        "env": digest.env or policy.defaults.env,
        "digest": digest.path,
        "dry_run": dry_run,
        **{name: [one.item.id for one in outcomes if one.action == name] for name in (CREATED, UPDATED, UNCHANGED)},
        "capped": [item.dedupe_key for item in wanted.capped],
        "shadowed": [
            {"service": one.service, "category": one.category, "rule": one.rule, "winner": one.winner}
            for one in wanted.shadowed
        ],
        "warnings": [*warnings, *_stale(digest.week, today), *(text for one in outcomes for text in one.warnings)],
    }
    return Plan(report, outcomes)


def skipped(policy: Policy) -> dict[str, str] | None:
    """The report of a run that the policy has switched off; None if it is on (R-117)."""
    if policy.generation.weekly_from_pressure_digest:
        return None
    return {"status": "skipped", "reason": "weekly_from_pressure_digest is false"}


@dataclass(frozen=True, slots=True)
class _Run:
    """What all items of one run share."""

    digest: Digest
    policy: Policy
    today: str
    now: str
    render: Render
    description: str

    def item(self, service: Service, rule: Rule) -> Item:
        policy, digest = self.policy, self.digest
        category, env = policy.categories[rule.category], digest.env or policy.defaults.env
        key = dedupe_key(policy, digest.week, env, service.service, rule.category)
        values = self._values(service, rule, env)
        due_days = category.due_days if rule.due_days is None else rule.due_days
        tags = {policy.generation.auto_tag, f"{_WEEK_TAG}{digest.week}", f"{_RULE_TAG}{rule.name}"}
        return Item(
            id=item_id(key),
            title=self.render(category.title, values).strip(),
            created_at=self.now,
            status=policy.workflow.initial_status,
            env=env,
            priority=rule.priority or category.priority,
            service=service.service,
            owner=policy.ownership.owner_of(service.service),
            category=rule.category,
            due_date=calendar.add_days(self.today, due_days),
            source=policy.generation.source,
            dedupe_key=key,
            evidence_refs=_evidence(service.evidence_refs, digest.path),
            tags=tuple(sorted(tags)),
            meta={"digest": digest.path, "rule": rule.name, "signals": _kept(service.signals)},
            description=body.wrap_generated(_block(self.render(self.description, values))),
        )

    def _values(self, service: Service, rule: Rule, env: str) -> dict[str, Any]:
        """What templates see. No day of the run is among it: a later run would change every item."""
        return {
            "service": service.service,
            "env": env,
            "week": self.digest.week,
            "category": rule.category,
            "rule": rule.name,
            "signals": dict(service.signals),
            "texts": list(service.texts),
            "evidence_refs": {kind: list(refs) for kind, refs in service.evidence_refs.items()},
            "digest": self.digest.path,
        }
