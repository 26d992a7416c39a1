"""How the result of a write is told: what it did, the commit, and how to take it back."""

from __future__ import annotations

import shlex
from typing import Any

from backlogtool.app.result import OnBranch, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli.context import Context
from backlogtool.cli.output import Output, show
from backlogtool.domain.event import CREATED, Event, summary
from backlogtool.domain.outcome import UNCHANGED

_UNDO = "backlogtool undo"


def print_result(context: Context, result: Result, *, as_json: bool, said: str = "", several: bool = False) -> None:
    """Prints a result; ``said`` is what to say instead of the events, or where there are none.

    ``several`` is for a command that may change more than one item, or none: see ``result_json``.
    """
    out = context.out
    out.findings(result.warnings)
    if as_json:
        out.json(result_json(context.space, result, several=several))
        return
    for note in result.notes:
        out.talk(f"note: {note}")
    if result.preview:
        print_aftermath(out, result)
        return
    if result.action == UNCHANGED:
        out.line(said or f"{_names(result)}: nothing to change")
        return
    for line in [said] if said else [told(out, event, result) for event in result.events]:
        out.line(f"{line}  {out.style(f'[{result.commit[:10]}]', dim=True)}" if result.commit else line)
    print_aftermath(out, result)


def print_aftermath(out: Output, result: Result, *, undo: str = _UNDO) -> None:
    """What follows the result: what hooks printed and how to take it back, or what a dry run would have written.

    ``undo`` is the command that takes the commit back.
    """
    if result.output:
        out.talk(result.output)
    if result.preview:
        out.text(colored_diff(out, result.preview.diff) + "\n" + show(result.preview.message, lines=True))
        if result.branch:
            out.talk(f"on branch {result.branch.name}{', which would be new' if result.branch.is_new else ''}")
        out.talk("dry run: nothing was written")
    elif result.branch and result.commit:
        _print_branch(out, result.branch, result.commit, undo)
    elif result.events:
        out.talk(f"undo: backlogtool undo {result.commit[:10]}")


def _print_branch(out: Output, branch: OnBranch, commit: str, undo: str) -> None:
    """Where the commit is, and how it becomes a pull request."""
    out.talk(f"on {'the new ' if branch.is_new else ''}branch {branch.name}")
    if branch.hooks:
        out.talk(f"note: nothing is checked out for it, so git's hooks have not run: {', '.join(branch.hooks)}")
    if branch.push:
        out.talk(f"to open a pull request: {branch.push}" + (f"\nand then: {branch.link}" if branch.link else ""))
    else:
        out.talk("to open a pull request, it needs a remote: git remote add origin URL")
    name = shlex.quote(branch.name)
    back = f"{undo} {commit[:10]}"
    back = f"{back} --branch={name}" if undo == _UNDO else f"git switch {name} && {back}"
    out.talk(f"undo: {f'git branch -D {name}' if branch.is_new else back}")


def told(out: Output, event: Event, result: Result) -> str:
    """One event of a write on one line."""
    item = next((one for one in result.items if one.id == event.item_id), None)
    what = f'created "{show(item.title)}"' if event.type == CREATED and item else show(summary(event))
    return f"{out.style(event.item_id, bold=True)} {what}"


def result_json(space: Workspace, result: Result, *, several: bool = False) -> dict[str, Any]:
    """``{"action", "item", "commit"}`` (D-20), with ``items`` in place of ``item`` for what may change ``several``.

    Which of the two it is depends on the command alone, never on how many there are.
    """
    from backlogtool.app import reading  # most people read what a write did on a terminal
    from backlogtool.codec import plain

    items = reading.item_json(space, result.items)
    data: dict[str, Any] = {"action": result.action}
    data |= {"items": items} if several else {"item": items[0]}
    data["commit"] = result.commit or None
    if result.events:
        data["events"] = [plain.event(event) for event in result.events]
    if result.warnings:
        data["warnings"] = [plain.finding(one) for one in result.warnings]
    if result.notes:
        data["notes"] = list(result.notes)
    return data | preview_json(result)


def preview_json(result: Result | None) -> dict[str, Any]:
    """What the result of a dry run, or of a commit on a branch, has beside everything else; nothing for others."""
    found: dict[str, Any] = {}
    if result is not None and result.preview is not None:
        found = {"dry_run": True, "diff": result.preview.diff, "message": result.preview.message}
    if result is not None and result.branch is not None:
        push, link = result.branch.push or None, result.branch.link or None
        found |= {"branch": result.branch.name, "open": {"push": push, "link": link}}
    return found


def colored_diff(out: Output, diff: str) -> str:
    """A unified diff in the usual colours."""
    colors = {"+": "green", "-": "red", "@": "cyan"}
    lines = []
    for line in diff.rstrip("\n").split("\n"):
        heading = line.startswith(("+++", "---"))
        lines.append(out.style(show(line), "" if heading else colors.get(line[:1], ""), bold=heading))
    return "\n".join(lines) + "\n"


def _names(result: Result) -> str:
    return ", ".join(item.id for item in result.items) or "backlog"
