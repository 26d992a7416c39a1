"""``init --editor``: schemas, the lines that point to them, and what VS Code needs beside."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backlogtool.app import packaged, schemas
from backlogtool.app.installing import changes
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.app.writing import apply
from backlogtool.domain.outcome import UNCHANGED, UPDATED

_FOLDER = "config/schemas"
#: The files whose first line names their schema.
_POINTING = {packaged.POLICY_PATH: "backlog_policy", packaged.ROLES_PATH: "rbac"}

#: Read ``validate --format gcc``: a line with a place, and one about a whole file. What is about no file stays in the
#: terminal.
PLACED = r"^(.+?):(\d+)(?::(\d+))?: (error|warning): (.*) \[(BL\d{3})\]$"
WHOLE = r"^(?!backlogtool: )((?:(?!:\d+: ).)+?): (error|warning): (.*) \[(BL\d{3})\]$"
_READ: Mapping[str, Any] = {
    "owner": "backlogtool",
    "source": "backlogtool",
    "fileLocation": ["autoDetect", "${workspaceFolder}"],
}
_MATCHERS: tuple[Mapping[str, Any], ...] = (
    {**_READ, "pattern": {"regexp": PLACED, "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5, "code": 6}},
    {**_READ, "pattern": {"regexp": WHOLE, "kind": "file", "file": 1, "severity": 2, "message": 3, "code": 4}},
)
_VALIDATE: Mapping[str, Any] = {
    "label": "backlog: validate",
    "detail": "Check every item, the policy and what is not committed yet.",
    "type": "process",
    "command": "backlogtool",
    "args": ["validate", "--format", "gcc"],
    "group": "test",
    "presentation": {"reveal": "silent", "clear": True},
    "problemMatcher": _MATCHERS,
}
_RENDER: Mapping[str, Any] = {
    "label": "backlog: render the views",
    "type": "process",
    "command": "backlogtool",
    "args": ["render"],
    "problemMatcher": [],
}


def editor(space: Workspace, which: str, options: Options, *, remove: bool = False) -> tuple[Result, list[str]]:
    """Writes, or removes, what the editor ``which`` needs, in one commit; names what changed.

    What stands there and is not as it was written stays, and is told in the result's notes.
    """
    del which  # there is one so far
    with space.store.writing(dry=options.dry_run):
        changed, others = changes(space, _files(space), remove=remove)
        kept = "is not as backlogtool wrote it, and stays"
        notes = [f"{path} {kept}{'' if remove else _instead(path)}" for path in others]
        changed |= _pointed(space, remove=remove)
        if not changed:
            return Result(UNCHANGED, (), notes=tuple(notes)), []
        summary = "the editor's files are taken out" if remove else "the editor is set up"
        result = apply(space, [], summary, options, action=UPDATED, files=changed)
        return result._replace(notes=(*result.notes, *notes)), list(changed)


def _instead(path: str) -> str:
    return f": `backlogtool init --editor vscode` in an empty repository shows what could stand in {path}"


def _files(space: Workspace) -> dict[str, str]:
    """path -> text."""
    pointing = {
        f"{_FOLDER}/{schemas.file_name(name)}": schemas.schema(space, name) for name in ("item", *_POINTING.values())
    }
    return {
        **pointing,
        ".vscode/tasks.json": _json({"version": "2.0.0", "tasks": [_VALIDATE, _RENDER]}),
        ".vscode/extensions.json": _json({"recommendations": ["redhat.vscode-yaml"]}),
        ".vscode/backlog.code-snippets": _json(_snippets(space)),
    }


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _snippets(space: Workspace) -> dict[str, Any]:
    """A new item, as ``create`` would write it, and parts of its text. An id is twelve random hex digits."""
    policy, defaults = space.policy, space.policy.defaults
    # VS Code has six random hex digits in one variable.
    name = "bl_${RANDOM_HEX}${RANDOM_HEX}"
    head = {
        "id": "${TM_FILENAME_BASE}",
        "title": "${1:What is to be done}",
        "created_at": "${CURRENT_YEAR}-${CURRENT_MONTH}-${CURRENT_DATE}T00:00:00Z",
        "status": _one_of(2, (policy.workflow.initial_status,)),
        "env": _one_of(3, policy.enums.env, defaults.env),
        "priority": _one_of(4, policy.enums.priority, defaults.priority),
        "service": "$5",
        "owner": f"${{6:{_plain(policy.ownership.default_owner)}}}",
        "category": _one_of(7, ("", *policy.categories)),
        "due_date": "$8",
        "source": _one_of(9, ("manual",)),
        "dedupe_key": "manual:${TM_FILENAME_BASE}",
    }
    lines = ["---", *(f"{key}: {held}".rstrip() for key, held in head.items()), "---", "", "$0"]
    return {
        "Backlog item": {
            "prefix": "backlog-item",
            "scope": "markdown",
            "description": "A new item; its file is items/ID.md, and backlog-id writes an ID",
            "body": lines,
        },
        "Backlog id": {
            "prefix": "backlog-id",
            "scope": "markdown,plaintext",
            "description": "A random id for the name of a new item's file",
            "body": [name],
        },
        "Acceptance criteria": {
            "prefix": "backlog-criteria",
            "scope": "markdown",
            "description": "What has to hold before the item is done",
            "body": ["## Acceptance Criteria", "", "- [ ] ${1:What has to hold}", "$0"],
        },
    }


def _one_of(number: int, words: tuple[str, ...], first: str = "") -> str:
    """A place to fill in with one of some words, the ``first`` of them offered at once."""
    ordered = [*([first] if first in words else []), *(word for word in words if word != first)]
    if len(ordered) == 1:
        return _plain(ordered[0])
    return f"${{{number}|{','.join(_plain(word).replace(',', chr(92) + ',') for word in ordered)}|}}"


def _plain(word: str) -> str:
    """A word in a snippet, where three characters have a meaning."""
    return word.replace("\\", "\\\\").replace("$", "\\$").replace("}", "\\}").replace("|", "\\|")


def _pointed(space: Workspace, *, remove: bool) -> dict[str, bytes | None]:
    """The configuration files with the line that names their schema, or without it; only those that change."""
    changed: dict[str, bytes | None] = {}
    for path, name in _POINTING.items():
        held = space.store.file(path)
        if held is not None:
            data = without_line(held) if remove else with_line(held, name)
            changed |= {path: data} if data != held else {}
    return changed


_POINTER = b"# yaml-language-server: $schema="
_BOM = b"\xef\xbb\xbf"


def with_line(data: bytes, name: str) -> bytes:
    """A configuration file whose first line names its schema; one that names a schema already stays as it is."""
    text = data.removeprefix(_BOM)
    if any(line.startswith(_POINTER) for line in text.splitlines()):
        return data
    end = b"\r\n" if text.partition(b"\n")[0].endswith(b"\r") else b"\n"
    line = _POINTER + f"schemas/{schemas.file_name(name)}".encode() + end
    return data[: len(data) - len(text)] + line + text


def without_line(data: bytes) -> bytes:
    """The same without the line that ``with_line`` writes; every other byte stays."""
    own = {_POINTER + f"schemas/{schemas.file_name(name)}".encode() for name in _POINTING.values()}
    text = data.removeprefix(_BOM)
    kept = b"".join(line for line in text.splitlines(keepends=True) if line.rstrip() not in own)
    return data[: len(data) - len(text)] + kept
