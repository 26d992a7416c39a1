"""Upsert: what becomes of an item when its work is asked for again (REQUIREMENTS.md 3.3, R-170…R-178).

What people decide (status, owner, priority, due date) and what they write beside the generated part stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backlogtool.domain import body
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.outcome import CREATED, UNCHANGED, UPDATED
from backlogtool.domain.policy import Policy
from backlogtool.errors import InvalidError
from backlogtool.generation.candidate import RULE_TAG, WEEK_TAG


@dataclass(frozen=True, slots=True)
class Outcome:
    """``action`` is CREATED, UPDATED or UNCHANGED; ``item`` is how the item stands afterwards."""

    action: str
    item: Item
    warnings: tuple[str, ...] = ()


def upsert(
    existing: Item | None, candidate: Item, policy: Policy, *, by_generator: bool, owner_given: bool = False
) -> Outcome:
    """The item with the candidate's dedupe key, brought up to date in the policy's ``update_fields``.

    The generator replaces its own tags and its own part of the description; where a person removed the markers the
    description stays, with a warning. A person's tags are added; a person's description replaces the generated part,
    or the whole if there is no such part or it brings markers of its own. Evidence is replaced (D-3), meta merged key
    by key. The owner changes only for a person who gave one (C-04). Raises ``InvalidError`` if there is no key.
    """
    if not candidate.dedupe_key:
        lack = Finding("BL201", "dedupe_key is missing: an upsert finds its item by it", field="dedupe_key")
        raise InvalidError("an upsert needs a dedupe_key", [lack])
    if existing is None:
        return Outcome(CREATED, candidate)
    merged = _by_generator(existing, candidate, policy) if by_generator else _by_person(existing, candidate)
    merged |= {
        "title": candidate.title,
        "evidence_refs": candidate.evidence_refs,
        "meta": {**existing.meta, **candidate.meta},
    }
    values = {name: merged[name] for name in policy.dedupe.update_fields}
    if owner_given and not by_generator:
        values["owner"] = candidate.owner
    warnings = tuple(_doubts(existing, candidate, policy)) if by_generator else ()
    after = existing._replace(**values)
    return Outcome(UNCHANGED, existing, warnings) if after == existing else Outcome(UPDATED, after, warnings)


def _by_generator(existing: Item, candidate: Item, policy: Policy) -> dict[str, Any]:
    """Its tags and its part of the description are replaced: a rule that no longer matches leaves no tag (R-174)."""
    auto = policy.generation.auto_tag
    own = {tag for tag in existing.tags if tag != auto and not tag.startswith((WEEK_TAG, RULE_TAG))}
    replaced = body.replace_generated(existing.description, _generated(candidate.description))
    return {
        "tags": tuple(sorted(own | set(candidate.tags))),
        "description": existing.description if replaced is None else replaced,
    }


def _by_person(existing: Item, candidate: Item) -> dict[str, Any]:
    said = candidate.description
    marked = body.GENERATED_BEGIN in said or body.GENERATED_END in said or body.open_fence(said)
    replaced = None if marked else body.replace_generated(existing.description, said)
    return {
        "tags": tuple(sorted({*existing.tags, *candidate.tags})),
        "description": said if replaced is None else replaced,
    }


def _generated(description: str) -> str:
    """The text between the markers of a candidate's description: the inverse of ``body.wrap_generated``."""
    return description.removeprefix(f"{body.GENERATED_BEGIN}\n").removesuffix(f"\n{body.GENERATED_END}")


def _doubts(existing: Item, candidate: Item, policy: Policy) -> Iterator[str]:
    """What a person may want to know: the policy names another owner (R-121), the markers are gone."""
    if candidate.owner != existing.owner:
        yield f"{existing.id}: policy owner {candidate.owner} differs from {existing.owner}"
    if "description" in policy.dedupe.update_fields and body.replace_generated(existing.description, "") is None:
        yield f"{existing.id}: the markers of the generated part are gone, so the description stays as it is"
