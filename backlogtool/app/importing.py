"""The verb ``import``: a grouped BACKLOG.md becomes items, in one commit.

What the file says about groups, title and comments goes to the policy, where it differs from what holds
there. Importing a view that nobody edited changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from backlogtool.app import packaged
from backlogtool.app.policy_text import with_keys
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.codec import frontmatter, grouped, markdown
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import errors
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import InvalidError
from backlogtool.interchange import grouped as tasks
from backlogtool.stores.base import Write

MAX_FILE = 1 << 26  # bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What the file held and what came of it. ``settings`` are the keys of backlog_md that were written."""

    tasks: int
    groups: int
    created: tuple[str, ...]
    updated: tuple[str, ...]
    settings: tuple[str, ...]


def import_grouped(space: Workspace, data: bytes, path: str, options: Options) -> tuple[Imported, Result]:
    """Imports a grouped file. Raises ``InvalidError`` with every finding if it cannot be read."""
    space.require("upsert")
    space.require_backlog()
    text, bad = frontmatter.decode(data, limit=MAX_FILE)
    read, findings = grouped.read(text, path, Words.of(space.policy)) if not bad else (None, [])
    findings = [one._replace(path=path) for one in bad] + list(findings)
    if read is None or errors(findings):
        raise InvalidError(f"{path} cannot be imported: {errors(findings)[0].message}", findings)
    with space.store.writing(dry=options.dry_run):
        found = readable(space)
        made = tasks.changes(read, found.items, space.policy, space.now)
        findings += [one._replace(path=path) for one in made.findings]
        if errors(findings):
            raise InvalidError(f"{path} cannot be imported: {errors(findings)[0].message}", findings)
        settings = made.layout.differences(space.policy.backlog_md)
        held = {one.item.id: one for one in found.stored}
        writes = [Write(None, markdown.normal(item)) for item in made.items]
        writes += [Write(held[item.id], markdown.normal(item, held[item.id].item)) for item in made.changed]
        imported = Imported(
            sum(len(group.tasks) for group in read.groups),
            len(read.groups),
            tuple(item.id for item in made.items),
            tuple(item.id for item in made.changed),
            tuple(settings),
        )
        if not writes and not settings:
            return imported, Result(UNCHANGED, (), warnings=tuple(findings))
        files = {packaged.POLICY_PATH: with_keys(space, {"backlog_md": settings})} if settings else {}
        summary = f"import {path.rpartition('/')[2]}: {len(made.items)} created, {len(made.changed)} updated"
        return imported, apply(space, writes, summary, options, action="imported", files=files, warnings=findings)
