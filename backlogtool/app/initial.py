"""The verb ``init``: the layout of a backlog, in one commit."""

from __future__ import annotations

from backlogtool.app import packaged
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.outcome import CREATED, UNCHANGED

_POLICY = """\
# The rules of this backlog. A key that is absent has the tool's default:
# `backlogtool config show --origin` prints every value and where it comes from.

version: 1

# defaults:
#   env: prod
#   priority: P2

# ownership:
#   default_owner: oncall
#   overrides:
#     gateway: cto

# categories, generation, workflow, dashboard, backlog_md, todo, views, commit, rbac: see the manual.
"""
_README = """\
# Items

One Markdown file an item, named after its id. Change them in an editor and commit, or with `backlogtool`;
`backlogtool validate` checks both alike.
"""


def init(space: Workspace, options: Options) -> tuple[Result, list[str]]:
    """Writes what is missing, and names it: a policy to fill in, the folder of items.

    Repeating it changes nothing.
    """
    space.require("create")
    wanted = {packaged.POLICY_PATH: _POLICY, "items/README.md": _README}
    with space.store.writing(dry=options.dry_run):
        missing = {path: text.encode() for path, text in wanted.items() if space.store.file(path) is None}
        if not missing:
            return Result(UNCHANGED, ()), []
        return apply(space, [], "init", options, action=CREATED, files=missing), list(missing)
