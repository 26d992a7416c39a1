"""The verb ``import``: a grouped BACKLOG.md becomes items, in one commit.

What the file says about groups, title and comments goes to the policy, where it differs from what holds
there. Importing a view that nobody edited changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backlogtool.app import packaged
from backlogtool.app.reading import readable
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.codec import frontmatter, grouped, markdown, splice, strictyaml
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import Finding, errors
from backlogtool.domain.outcome import UNCHANGED
from backlogtool.errors import InvalidError
from backlogtool.interchange import grouped as tasks
from backlogtool.stores.base import Write

MAX_FILE = 1 << 26  # bytes
_NEW_POLICY = "# The rules of this backlog: what is absent has the tool's default.\n\nversion: 1\n"


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
    findings = [replace(one, path=path) for one in bad] + list(findings)
    if read is None or errors(findings):
        raise InvalidError(f"{path} cannot be imported: {errors(findings)[0].message}", findings)
    with space.store.writing(dry=options.dry_run):
        found = readable(space)
        made = tasks.changes(read, found.items, space.policy, space.now)
        findings += [replace(one, path=path) for one in made.findings]
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
        files = {packaged.POLICY_PATH: _with_settings(space, settings)} if settings else {}
        summary = f"import {path.rpartition('/')[2]}: {len(made.items)} created, {len(made.changed)} updated"
        return imported, apply(space, writes, summary, options, action="imported", files=files, warnings=findings)


def _with_settings(space: Workspace, settings: Mapping[str, Any]) -> bytes:
    """The policy's text with these keys of ``backlog_md``; every other byte stays."""
    data = space.store.file(packaged.POLICY_PATH)
    text = data.decode("utf-8") if data is not None else _NEW_POLICY
    bare = text.removeprefix(frontmatter.BOM)
    root, findings = strictyaml.read(bare, max_list=strictyaml.MAX_NODES)
    if root is None:
        raise InvalidError(f"the policy cannot be changed: {findings[0]}", _placed(findings))
    values = root.value
    section = {**(values.get("backlog_md") or {}), **settings}
    newline = "\r\n" if "\r\n" in bare else "\n"
    wanted = {**values, "backlog_md": section}
    changed = splice.update(bare, root, wanted, order=list(wanted), newline=newline)
    return (text[: len(text) - len(bare)] + changed).encode()


def _placed(findings: list[Finding]) -> list[Finding]:
    return [replace(one, path=packaged.POLICY_PATH) for one in findings]
