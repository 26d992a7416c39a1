"""Candidates: the items that a digest calls for, whatever the backlog holds already (REQUIREMENTS.md 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backlogtool.domain import body, calendar, dedupe
from backlogtool.domain.digest import Digest, ServiceSignals
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy, Rule
from backlogtool.errors import InvalidError
from backlogtool.generation.matching import matching_rules

WEEK_TAG, RULE_TAG = "week:", "rule:"

#: (template text, values) -> text.
Render = Callable[[str, Mapping[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A rule that matched a service after ``winner`` had taken its category."""

    service: str
    category: str
    rule: str
    winner: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """What one run would have in the backlog, most urgent first, and what its cap leaves out (C-21)."""

    items: tuple[Item, ...]
    capped: tuple[Item, ...]
    shadowed: tuple[Shadowed, ...]


def candidates(digest: Digest, policy: Policy, today: str, now: str, render: Render, description: str) -> Candidates:
    """The items that the digest calls for on the day ``today``, by priority, service and rule, cut at the cap.

    ``now`` is a canonical moment. The policy's titles and ``description`` are templates over service, env, week,
    category, rule, signals, texts, evidence_refs and digest (its path). Raises ``InvalidError`` with every text that
    cannot be used, and if two items have one key.
    """
    run = _Run(digest, policy, today, now, render, description)
    made: list[tuple[int, Item]] = []
    shadowed: list[Shadowed] = []
    for one in digest.services:
        first, later = matching_rules(policy.generation.rules, one.signals)
        made += [(number, run.item(one, rule)) for number, rule in first]
        shadowed += [Shadowed(one.service, rule.category, rule.name, winner.name) for rule, winner in later]
    made.sort(key=lambda pair: (policy.priority_rank(pair[1].priority), pair[1].service, pair[0]))
    items = tuple(item for _, item in made)
    if findings := [finding for item in items for finding in _unusable(item)] + _twice(items):
        raise InvalidError(f"no items can be made from {digest.path}", findings)
    cap = policy.defaults.max_items_per_run
    return Candidates(items[:cap], items[cap:], tuple(shadowed))


@dataclass(frozen=True, slots=True)
class _Run:
    """What all items of one run share."""

    digest: Digest
    policy: Policy
    today: str
    now: str
    render: Render
    description: str

    @property
    def env(self) -> str:
        return self.digest.env or self.policy.defaults.env

    def item(self, one: ServiceSignals, rule: Rule) -> Item:
        policy, category = self.policy, self.policy.categories[rule.category]
        key = dedupe.generated_key(policy, self.digest.week, self.env, one.service, rule.category)
        values = self._values(one, rule)
        due_days = category.due_days if rule.due_days is None else rule.due_days
        return Item(
            id=dedupe.id_of(key),
            title=self.render(category.title, values).strip(),
            created_at=self.now,
            status=policy.workflow.initial_status,
            env=self.env,
            priority=rule.priority or category.priority,
            service=one.service,
            owner=policy.ownership.owner_of(one.service),
            category=rule.category,
            due_date=calendar.add_days(self.today, due_days),
            source=policy.generation.source,
            dedupe_key=key,
            evidence_refs=_evidence(one.evidence_refs, self.digest.path),
            tags=self._tags(rule),
            meta={"digest": self.digest.path, "rule": rule.name, "signals": _storable(one.signals)},
            description=body.wrap_generated(_block(self.render(self.description, values))),
        )

    def _tags(self, rule: Rule) -> tuple[str, ...]:
        auto = self.policy.generation.auto_tag
        return tuple(sorted({auto, f"{WEEK_TAG}{self.digest.week}", f"{RULE_TAG}{rule.name}"}))

    def _values(self, one: ServiceSignals, rule: Rule) -> dict[str, Any]:
        """What templates see. Nothing of it comes from the day of the run, or the next run would change every item."""
        return {
            "service": one.service,
            "env": self.env,
            "week": self.digest.week,
            "category": rule.category,
            "rule": rule.name,
            "signals": dict(one.signals),
            "texts": list(one.texts),
            "evidence_refs": {kind: list(refs) for kind, refs in one.evidence_refs.items()},
            "digest": self.digest.path,
        }


def _evidence(refs: Mapping[str, Sequence[str]], path: str) -> dict[str, tuple[str, ...]]:
    """The references and the digest's own path, every set sorted, without empty ones."""
    found = {**refs, "artifacts": [*refs.get("artifacts", ()), path]}
    return {kind: tuple(sorted(set(held))) for kind, held in sorted(found.items()) if held}


def _storable(signals: Mapping[str, Any]) -> dict[str, Any]:
    """The signals; a number written with an exponent as text, since YAML readers disagree about it."""
    return {
        name: repr(held) if isinstance(held, float) and "e" in repr(held) else held for name, held in signals.items()
    }


def _block(text: str) -> str:
    """The lines of a text, with plain line feeds and no empty ones around them."""
    return "\n".join(text.splitlines()).strip("\n")


def _unusable(item: Item) -> Iterator[Finding]:
    if len(item.title.splitlines()) != 1:
        message = f"the title of {item.category} is not one line of text for {item.service}: {item.title!r}"
        yield Finding("BL703", message, item=item.id, field=f"categories.{item.category}.title")
    if body.replace_generated(item.description, "") != body.wrap_generated(""):
        message = f"the description of {item.category} for {item.service} breaks out of its generated part"
        fix = "let the template leave no code fence open and write no marker lines"
        yield Finding("BL703", message, item=item.id, field="description", fix=fix)


def _twice(items: Sequence[Item]) -> list[Finding]:
    """Items that a key format with too few parts makes the same."""
    first: dict[str, Item] = {}
    findings = []
    for item in items:
        other = first.setdefault(item.dedupe_key, item)
        if other is not item:
            message = (
                f"{item.service} {item.category} and {other.service} {other.category} have one key, '{item.dedupe_key}'"
            )
            fix = "let dedupe.key_format name {week}, {env}, {service} and {category}"
            findings.append(Finding("BL206", message, item=item.id, field="dedupe.key_format", fix=fix))
    return findings
