"""The verb ``dashboard``: the numbers of the backlog as of a day."""

from __future__ import annotations

from backlogtool.app.workspace import Workspace
from backlogtool.domain.finding import Finding
from backlogtool.insight import dashboard
from backlogtool.insight.dashboard import Dashboard


def figures(space: Workspace, env: str, day: str) -> tuple[Dashboard, tuple[Finding, ...]]:
    """The dashboard of an environment (``all`` for every one), and what could not be read and so is not in it."""
    space.require("dashboard")
    found = space.store.briefs(space.query(), order=space.policy.enums.priority)
    return dashboard.build(found.briefs, space.policy, day, env), found.unreadable
