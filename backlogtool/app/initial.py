"""The verb ``init``: the layout of a backlog, in one commit."""

from __future__ import annotations

import os

from backlogtool.app import merging, packaged
from backlogtool.app.result import Options, Preview, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply, unified
from backlogtool.domain.outcome import CREATED, UNCHANGED, UPDATED
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import Repository

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
_ATTRIBUTES = ".gitattributes"
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


def merge_driver(space: Workspace, options: Options, *, remove: bool = False) -> tuple[Result, list[str]]:
    """Makes git merge items field by field, or by lines again; names the files that changed.

    The attribute is a line of a file that all clones share, so it is committed; the driver is a program, so it stands
    in the configuration of this clone alone. Repeating it changes nothing. Raises ``UnavailableError`` without a
    repository, and in a bare one, where nobody merges.
    """
    space.require("create")
    if space.repository is None:
        raise UnavailableError("this store is no git repository", hint="use the git store")
    space.repository.refuse_if_bare()
    with space.store.writing(dry=options.dry_run):
        before = space.store.file(_ATTRIBUTES)
        held = (before or b"").decode("utf-8", "surrogateescape")
        text = merging.without_attribute(held) if remove else merging.with_attribute(held)
        result, changed = Result(UNCHANGED, ()), []
        if text != held:
            data = text.encode("utf-8", "surrogateescape") or None
            summary = "items merge by lines" if remove else "items merge field by field"
            result = apply(space, [], summary, options, action=UPDATED, files={_ATTRIBUTES: data})
            changed = [_ATTRIBUTES]
        if merging.is_installed(space.repository, somehow=remove) == remove:
            path = _configuration(space.repository)
            changed.append(path)
            result = result._replace(action=UPDATED)
            if options.dry_run:
                diff, message = result.preview or Preview("", "")
                result = result._replace(preview=Preview(diff + _set(space.repository, path, remove=remove), message))
            else:
                (merging.remove_driver if remove else merging.install_driver)(space.repository)
        return result, changed


def _configuration(repository: Repository) -> str:
    """Where this clone's configuration stands, from the top of its work tree."""
    return os.path.relpath(os.path.join(repository.common_dir, "config"), repository.root)


def _set(repository: Repository, path: str, *, remove: bool) -> str:
    """A unified diff of what the configuration says of the driver, a setting a line as ``git config --list`` has it."""
    before, after = merging.settings(repository), {} if remove else merging.driver()
    texts = ["".join(f"{name}={value}\n" for name, value in one.items() if value) for one in (before, after)]
    return unified(path, *texts)
