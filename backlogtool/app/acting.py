"""Whether the actor of a command may do what it would, beyond the entitlement for the command itself.

Honour, like every look at ``--actor``: what is committed is looked at again where ``rbac.commits`` asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from backlogtool.domain import rbac, rights
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.rights import CHANGE_RULES, RULES
from backlogtool.errors import ForbiddenError
from backlogtool.stores.base import Write

_HINT = "ask somebody who may, or act under another --actor"


def require_writes(
    policy: Policy,
    actor: str,
    writes: Sequence[Write],
    files: Iterable[str],
    committed: Mapping[str, Item | None],
    *,
    undo: bool = False,
) -> None:
    """Raises ``ForbiddenError`` if the policy's rules keep the writes, or a change of these files, for others.

    A change of status takes the entitlement for that, also in an ``edit`` or an ``import``.
    ``committed`` has the versions to start from where those of the writes are edits that are still to be committed.
    What takes a step back is held to both directions.
    """
    holder = rights.actor(policy.rbac, actor)
    ruled = next((path for path in files if path.partition("/")[0] in RULES), "")
    lacking = rights.lacks(policy.rbac, holder.role, CHANGE_RULES) if ruled else ""
    if lacking:
        hint = rbac.way_on(policy.rbac, actor, lacking)
        raise ForbiddenError(f"actor '{actor}' lacks {lacking}: this changes {ruled}", hint=hint)
    for write in writes:
        before = committed.get(write.item_id, write.before.item) if write.before else None
        steps = [(before, write.after), *([(write.after, before)] if undo else [])]
        moved = _lacks_move(policy, holder.role, *(steps[-1]))
        if moved:
            hint = rbac.way_on(policy.rbac, actor, moved)
            raise ForbiddenError(f"actor '{actor}' lacks {moved}: this moves {write.item_id}", hint=hint)
        rule = next((one for step in steps for one in rights.forbidding(policy, holder, *step)), None)
        if rule:
            message = f"{write.item_id}: {rights.told(rule)}; actor '{actor}' is {holder.told}"
            raise ForbiddenError(message, hint=_HINT)


def _lacks_move(policy: Policy, role: str, before: Item | None, after: Item | None) -> str:
    """The entitlement that a change of status takes, whichever command makes it, and that the role lacks."""
    if before is None or after is None or before.status == after.status:
        return ""
    moves = (one for one in rights.actions(before, after, policy) if one in rights.MOVES)
    return next((lacking for one in moves if (lacking := rights.lacks(policy.rbac, role, one))), "")
