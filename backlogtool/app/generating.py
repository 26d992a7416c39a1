"""The verb ``generate weekly``: items from the newest digest, in one commit, without doubling any."""

from __future__ import annotations

from typing import Any

from backlogtool.app import rendering
from backlogtool.app.reading import readable
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import Options, Result, apply
from backlogtool.codec import digest, markdown
from backlogtool.domain.digest import Digest
from backlogtool.domain.finding import errors
from backlogtool.errors import InvalidError, NotFoundError, UsageError
from backlogtool.generation.merging import UNCHANGED
from backlogtool.generation.run import plan, skipped
from backlogtool.stores.base import Stored, Write
from backlogtool.views.engine import Engine

NO_DIGEST = "No platform digest found. Run architecture_pressure_tool.digest first."


def weekly(space: Workspace, env: str, week: str, options: Options) -> tuple[dict[str, Any], Result | None]:
    """Runs the generator; the report is plain JSON data. No result where nothing had to be written.

    ``week`` picks a digest; empty is the newest. Raises ``NotFoundError`` (R-101), ``InvalidError`` for a
    digest or a backlog that cannot be used, ``RefusedError``; then nothing is written.
    """
    space.require("auto_generate_weekly")
    space.require_backlog()
    policy = space.policy
    if env not in policy.enums.env:
        raise UsageError(f"env '{env}' is unknown", hint="allowed: " + ", ".join(policy.enums.env))
    off = skipped(policy)
    if off:
        return off, None
    read, doubts = _digest(space, env, week)
    templates = rendering.templates(space)
    with space.store.writing():
        found = readable(space)
        made = plan(
            read,
            policy,
            found.items,
            space.today,
            space.now,
            Engine(templates).render_text,
            templates[rendering.GENERATED_ITEM],
            dry_run=options.dry_run,
            warnings=doubts,
        )
        held = {one.item.id: one for one in found.stored}
        writes = [_write(held, one.item) for one in made.outcomes if one.action != UNCHANGED]
        if not writes:
            return made.report, None
        created, updated = len(made.report["created"]), len(made.report["updated"])
        summary = f"generate {read.week}: {created} created, {updated} updated"
        return made.report, apply(space, writes, summary, options, action="generated")


def _write(held: dict[str, Stored], item: Any) -> Write:
    stored = held.get(item.id)
    return Write(stored, markdown.normal(item, stored.item if stored else None))


def _digest(space: Workspace, env: str, week: str) -> tuple[Digest, list[str]]:
    """The digest to use and the doubts about it."""
    folder = space.policy.generation.digest_dir
    names = {
        path.rpartition("/")[2]: path for path in space.store.names(folder) if path.count("/") == folder.count("/") + 1
    }
    name, doubts = digest.latest(names, week or None)
    if name is None:
        raise NotFoundError(NO_DIGEST if not week else f"no digest of {week} in {folder}")
    data = space.store.file(names[name])
    read, findings = digest.read(data or b"", names[name], env=env)
    if read is None:
        raise InvalidError(f"{names[name]} cannot be used: {errors(findings)[0].message}", findings)
    return read, [finding.message for finding in (*doubts, *findings)]
