"""The verb ``import``: a grouped BACKLOG.md becomes items, in one commit.

What the file says about groups, title and comments goes to the policy, where it differs from what holds
there. Importing a view that nobody edited changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from backlogtool.app import packaged
from backlogtool.app.policy_text import with_keys
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply, check
from backlogtool.codec import frontmatter, grouped, markdown
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import ERROR, Finding, by_place, counted, errors
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import BacklogError, InvalidError, RefusedError
from backlogtool.interchange import grouped as tasks
from backlogtool.interchange.groups import assigned
from backlogtool.interchange.lint import lint
from backlogtool.stores.base import Write

MAX_FILE = 1 << 26  # bytes


@dataclass(frozen=True, slots=True)
class Imported:
    """What the file held and what came of it. ``settings`` are the keys of backlog_md that were written.

    ``assigned`` are the tasks that stood in no group and were put into one.
    """

    tasks: int
    groups: int
    created: tuple[str, ...]
    updated: tuple[str, ...]
    settings: tuple[str, ...]
    assigned: tuple[str, ...] = ()


def import_grouped(
    space: Workspace,
    data: bytes,
    path: str,
    options: Options,
    *,
    strict: bool = False,
    assign: bool = False,
) -> tuple[Imported, Result]:
    """Imports a grouped file. Raises ``InvalidError`` with every finding if it cannot be read.

    ``strict`` refuses what is only a warning otherwise, of the file and of the rules (C-30). ``assign`` puts
    tasks that stand in no group into the one with their type and priority (L-09).
    """
    space.require("upsert")
    space.require_backlog()
    text, bad = frontmatter.decode(data, limit=MAX_FILE)
    words = Words.of(space.policy)
    read, findings = grouped.read(text, path, words, outside=assign) if not bad else (None, [])
    findings = [one._replace(path=path) for one in bad] + list(findings)
    if read is None or errors(findings):
        raise InvalidError(f"{path} cannot be imported", findings)
    outside, read = tuple(task.id for task in read.outside), assigned(read, space.policy)
    with space.store.writing(dry=options.dry_run):
        found = readable(space)
        todo = _in_todo(space, data)
        made = tasks.changes(read, found.items, space.policy, space.now, todo)
        doubts = lint(read, made, found.items, space.policy, todo)
        findings = by_place([*findings, *(one._replace(path=path) for one in (*made.findings, *doubts))])
        if errors(findings):
            raise InvalidError(f"{path} cannot be imported", findings)
        settings = made.layout.differences(space.policy.backlog_md)
        held = {one.item.id: one for one in found.stored}
        writes = [Write(None, markdown.normal(item)) for item in made.items]
        writes += [Write(held[item.id], markdown.normal(item, held[item.id].item)) for item in made.changed]
        if strict:
            _refuse(path, [*findings, *check(space, writes, with_edits=options.with_edits, message=options.message)])
        imported = Imported(
            sum(len(group.tasks) for group in read.groups),
            len(read.groups),
            tuple(item.id for item in made.items),
            tuple(item.id for item in made.changed),
            tuple(settings),
            outside,
        )
        if not writes and not settings:
            return imported, Result(UNCHANGED, (), warnings=tuple(findings))
        files = {packaged.POLICY_PATH: with_keys(space, {"backlog_md": settings})} if settings else {}
        summary = f"import {path.rpartition('/')[2]}: {len(made.items)} created, {len(made.changed)} updated"
        return imported, apply(space, writes, summary, options, action="imported", files=files, warnings=findings)


def _in_todo(space: Workspace, data: bytes) -> set[str]:
    """The ids in the todo file, which may be older than the items; none if it is what is imported, or no such file."""
    held: bytes | None = None
    with suppress(BacklogError):  # a file of somebody's own is no list of ours
        held = space.store.file(space.policy.todo.file)
    if not held or held == data:
        return set()
    read, _ = grouped.read(held.decode("utf-8", "replace"), "", Words.of(space.policy))
    return {task.id for group in read.groups for task in group.tasks} if read else set()


def _refuse(path: str, findings: Sequence[Finding]) -> None:
    """Raises ``RefusedError`` if there are warnings; what is an error is refused anyway, with all of them."""
    if findings and not errors(findings):
        told = [one._replace(severity=ERROR) for one in findings]
        message = f"{path} is not imported: {counted(len(told), 'warning')} with --strict"
        hint = (
            f"mend {'it' if len(told) == 1 else 'them'}, or leave out --strict, which makes an error of every warning"
        )
        raise RefusedError(message, told, hint=hint)
