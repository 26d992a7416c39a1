"""Whether the list of allowed signers can be used, before everybody depends on it.

Once a list that cannot be used is on a branch whose rules ask for signatures, nobody can sign the commit that mends it.
"""

from __future__ import annotations

from backlogtool.app.workspace import Workspace
from backlogtool.codec import allowed_signers
from backlogtool.domain.finding import Finding
from backlogtool.domain.rbac import SIGNATURE
from backlogtool.errors import InvalidError


def unusable(space: Workspace) -> list[Finding]:
    """What is wrong with the list that the policy names; nothing where no signatures are asked for."""
    rules = space.policy.rbac
    if rules.commits != SIGNATURE:
        return []
    try:
        return list(allowed_signers.read(space.store.file(rules.allowed_signers), rules.allowed_signers).findings)
    except InvalidError as error:
        return list(error.findings)
