"""Weekly generation: a digest, a policy and a day become candidate items, and these a plan for the backlog.

Everything is decided from the values handed in (R-005, R-006): ids and keys come from the week, not from the run,
so the same digest again changes nothing (R-008). ``plan`` is the way in. Source: REQUIREMENTS.md 3.2 and 3.3.
"""

from backlogtool.generation.candidate import Candidates, Render, Shadowed, candidates, dedupe_key, item_id
from backlogtool.generation.matching import holds, matching_rules
from backlogtool.generation.merging import CREATED, UNCHANGED, UPDATED, Outcome, upsert
from backlogtool.generation.run import Plan, plan, skipped

__all__ = [
    "CREATED",
    "UNCHANGED",
    "UPDATED",
    "Candidates",
    "Outcome",
    "Plan",
    "Render",
    "Shadowed",
    "candidates",
    "dedupe_key",
    "holds",
    "item_id",
    "matching_rules",
    "plan",
    "skipped",
    "upsert",
]
