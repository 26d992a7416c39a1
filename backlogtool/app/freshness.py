"""Which views differ from what stands in the repository, and whether they may be replaced.

What a person wrote is never lost: a file is replaced only if the tool made it, or if everything it says is in
items and git has it as it is (docs/decisions/0007-no-marker-in-grouped-files.md).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backlogtool.app import rendering
from backlogtool.app.rendering import Rendering
from backlogtool.app.workspace import Workspace
from backlogtool.codec import grouped
from backlogtool.codec.grouped_tags import Words
from backlogtool.domain.finding import Finding, errors
from backlogtool.errors import InvalidError, RefusedError
from backlogtool.interchange.groups import shown_preamble
from backlogtool.stores.base import Write
from backlogtool.stores.git.store import GitStore
from backlogtool.views.marker import marker_date

_PROTECTED = ("items", "config", "templates", ".git")


@dataclass(frozen=True, slots=True)
class Rendered:
    """Views whose text differs from what stands in the repository, and those that are as they should be."""

    changed: dict[str, bytes]
    fresh: tuple[str, ...]


def stale(space: Workspace, names: Sequence[str], *, day: str = "") -> list[Finding]:
    """A finding for each view that is not what its items render to as of ``day``.

    Without a day, a report that names its own is judged as of that: time alone makes nothing stale.
    """
    by_day: dict[str, Rendering] = {}
    findings = []
    for path in names or rendering.of_backlog(space, space.today).outputs:
        held = space.store.file(path)
        named = marker_date(held.decode("utf-8", "replace")) if held is not None else None
        when = day or named or space.today
        if when not in by_day:
            by_day[when] = rendering.of_backlog(space, when)
        if held != by_day[when].text(path).encode():
            fix = "run backlogtool render; if the file was edited by hand, import it first"
            findings.append(Finding("BL701", "is not what the items render to", path=path, fix=fix))
    return findings


def differing(space: Workspace, made: Rendering, names: Sequence[str], *, force: bool) -> Rendered:
    """The views that have to be written. A report that says the same as of an earlier day is left alone.

    Raises ``RefusedError`` (BL702) for files that may not be replaced, unless ``force``.
    """
    changed: dict[str, bytes] = {}
    fresh: list[str] = []
    findings: list[Finding] = []
    for path in names or made.outputs:
        text = made.text(path)
        _refuse_path(path)
        held = space.store.file(path)
        text = text if held is None else _as_of_then(made, path, held, text)
        if held == text.encode():
            fresh.append(path)
            continue
        if held is not None and not force and not _is_ours(space, path, held):
            findings.append(_overwrites(path))
        changed[path] = text.encode()
    if errors(findings):
        raise RefusedError(findings[0].message, findings, hint=findings[0].fix)
    return Rendered(changed, tuple(fresh))


def after(space: Workspace, writes: Iterable[Write], names: Sequence[str] = ()) -> dict[str, bytes]:
    """The views (all, or those of ``names`` that are rendered here) that the writes make stale."""
    made = rendering.after(space, writes, space.today)
    wanted = [path for path in made.outputs if not names or path in names]
    return differing(space, made, wanted, force=False).changed if wanted else {}


def _as_of_then(made: Rendering, path: str, held: bytes, text: str) -> str:
    """The text as of the day that the file names, if it says the same but for that day; else the text as it is."""
    before = marker_date(held.decode("utf-8", "replace"))
    if before is None or held == text.encode():
        return text
    same = made.text(path, as_of=before)
    return same if held == same.encode() else text


def _is_ours(space: Workspace, path: str, held: bytes) -> bool:
    """Whether nothing is lost by replacing the file: we made it, or all it says is in items and in git."""
    text = held.decode("utf-8", "replace")
    if marker_date(text) is not None or _remembered(space).get(path) == _digest(held):
        return True
    if held == rendering.of_backlog(space, space.today).text(path).encode():
        return True
    store = space.store
    if isinstance(store, GitStore) and store.repository.uncommitted(path):
        return False
    read, findings = grouped.read(text, path, Words.of(space.policy))
    if read is None or errors(findings):
        return False
    if not read.groups and (findings or read.preamble not in ("", shown_preamble(space.policy.backlog_md))):
        return False  # a list of somebody's own that only looks like ours
    known = set(store.ids())
    return all(task.id in known for group in read.groups for task in group.tasks)


def _overwrites(path: str) -> Finding:
    fix = f"bring it into items first: backlogtool import {path}; or replace it with --force"
    return Finding("BL702", f"{path} holds text that no item has, so it is not replaced", path=path, fix=fix)


def _refuse_path(path: str) -> None:
    parts = path.split("/")
    if parts[0] in _PROTECTED or any(part in ("", ".", "..", ".git") for part in parts) or "\\" in path:
        raise InvalidError(f"'{path}' cannot be the path of a view", hint="rename its template")


def remember(space: Workspace, files: Iterable[tuple[str, bytes]]) -> None:
    """Notes in the git directory what was written, so that the next run knows the file for its own."""
    path = _memory_path(space)
    if not path:
        return
    noted = {**_remembered(space), **{name: _digest(data) for name, data in files}}
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(noted, file, sort_keys=True)


def _remembered(space: Workspace) -> dict[str, str]:
    try:
        with open(_memory_path(space), encoding="utf-8") as file:
            noted = json.load(file)
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def _memory_path(space: Workspace) -> str:
    return os.path.join(space.repository.git_dir, "backlogtool", "views.json") if space.repository else ""


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
