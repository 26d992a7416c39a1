"""The verb ``render``: views into the repository."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.app import rendering
from backlogtool.app.freshness import Rendered, differing, remember
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.outcome import UNCHANGED, UPDATED
from backlogtool.errors import UnavailableError
from backlogtool.stores.git.store import GitStore


def render(
    space: Workspace, names: Sequence[str], options: Options, *, day: str, commit: bool, force: bool
) -> tuple[Rendered, Result]:
    """Writes the views (all, or the named ones) that differ; with ``commit`` as one commit.

    Raises ``RefusedError`` (BL702) where a file holds text that is in no item and git does not have. Writing needs
    the entitlement of a write, with or without a commit.
    """
    space.require("list" if options.dry_run else "upsert")
    space.require_backlog()
    if not commit or options.dry_run:
        rendered = differing(space, rendering.of_backlog(space, day), names, force=force)
        if not options.dry_run:
            _put(space, rendered)
        return rendered, Result(UPDATED if rendered.changed else UNCHANGED, ())
    with space.store.writing():
        rendered = differing(space, rendering.of_backlog(space, day), names, force=force)
        if not rendered.changed:
            return rendered, Result(UNCHANGED, ())
        return rendered, apply(space, [], f"render {', '.join(rendered.changed)}", options, views=rendered.changed)


def _put(space: Workspace, rendered: Rendered) -> None:
    if not rendered.changed:
        return
    if not isinstance(space.store, GitStore):
        raise UnavailableError("this store keeps no files", hint="render with --commit")
    space.store.put(rendered.changed)
    remember(space, rendered.changed.items())
