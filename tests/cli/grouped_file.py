"""Grouped backlog files as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PLAN = ("Look", "Change", "Check")


def task(
    number: int,
    title: str = "",
    *,
    kind: str = "ops",
    priority: str = "high",
    plan: Sequence[str] = PLAN,
    effort: str = "2 days",
    docs: str = "`docs/ops/RUNBOOK.md` — how it is done",
) -> str:
    """One task block; an empty plan, effort or docs leaves the field out."""
    tags = f"[id:TASK-20260204-{number:03d}][type:{kind}][priority:{priority}][component:server]"
    lines = [
        "## task_begin",
        f"### # {tags} {title or f'Task {number}'}",
        "**Status:** todo  ",
        "**Description:** What is to be done.  ",
        "**Acceptance Criteria:**  ",
        "- [ ] It works",
        "**Relevant Files:** `server/main.ts`  ",
    ]
    lines += [f"**Relevant Documentation:** {docs}  "] if docs else []
    lines += ["**Plan:**  ", *(f"{place}. {step}" for place, step in enumerate(plan, 1))] if plan else []
    lines += [f"**Estimated Effort:** {effort}"] if effort else []
    return "\n".join([*lines, "## task_end"])


def group(kind: str, priority: str, heading: str, tasks: Sequence[str]) -> str:
    """A group with its tasks, each followed by a separator."""
    blocks = "".join(f"{one}\n\n---\n\n" for one in tasks)
    return f"## group_begin [type:{kind}][priority:{priority}]\n## {heading}\n\n{blocks}## group_end\n"


def grouped_file(groups: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """A whole file; a group's heading is its type and priority in words."""
    parts = [group(*tags, f"{tags[0].capitalize()} — {tags[1].capitalize()}", tasks) for tags, tasks in groups.items()]
    return "\n".join(["# Project Backlog\n", *parts])
