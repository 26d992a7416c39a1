"""Dedupe keys: what makes two items the same work, and the ids that follow from them (R-048, R-083, D-13)."""

from __future__ import annotations

import hashlib
import re

from backlogtool.domain import calendar
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy

_PART = re.compile(r"\{(\w+)\}")


def generated_key(policy: Policy, week: str, env: str, service: str, category: str) -> str:
    """The key of the work of one week, environment, service and category; ``week`` is ``YYYY-Www``."""
    return _filled(policy.dedupe.key_format, policy, week=week, env=env, service=service, category=category)


def manual_key(policy: Policy, item: Item) -> str:
    """A key that no other item can have, because it ends in the id; empty parts are written as ``-``."""
    parts = {"env": item.env, "service": item.service, "category": item.category, "id": item.id}
    week = calendar.iso_week(calendar.day_of(item.created_at))
    return _filled(
        policy.dedupe.manual_key_format, policy, week=week, **{name: held or "-" for name, held in parts.items()}
    )


def id_of(key: str) -> str:
    """The id of the item with this key: two branches that write the same work meet at one path."""
    return "bl_" + hashlib.sha256(key.encode()).hexdigest()[:12]


def _filled(form: str, policy: Policy, **parts: str) -> str:
    """The form with its parts; what a part holds is never taken for a placeholder."""
    known = {"prefix": policy.dedupe.key_prefix, **parts}
    return _PART.sub(lambda found: known[found[1]], form)
