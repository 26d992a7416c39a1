"""Backlog.md: one Markdown file a task, in a git repository, as we are; a program on its own runtime, from npm."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from benchmarks.content import Subject
from benchmarks.generate import git
from benchmarks.history import EMAIL
from benchmarks.measure import Action, Side
from benchmarks.peers import question
from benchmarks.peers.question import AbsentError, Question, called, rare, subjects
from benchmarks.repositories import Stage

NAME = "Backlog.md"
_CPU, _MEMORY = 30, 5
_AUTO = "with a commit each (auto_commit)"
#: As ``backlog init`` writes it, with commits on, our statuses, and without what asks other branches and remotes:
#: that is the setting in which it is fastest.
_CONFIG = """\
project_name: "Benchmark"
default_status: "open"
statuses: ["open", "in_progress", "blocked", "done", "canceled"]
labels: []
date_format: yyyy-mm-dd
max_column_width: 20
auto_open_browser: true
default_port: 6420
remote_operations: false
auto_commit: true
filesystem_only: false
bypass_git_hooks: false
check_active_branches: false
active_branch_days: 30
task_prefix: "task"
"""
_PRIORITIES = ("high", "high", "medium", "low")


def prepare(work: Path, one: Stage) -> Path:
    """Its repository with the same items, at its first commit."""
    root = work / f"backlog-md-{one.plan.items}"
    program = _program(work)
    if not (root / ".git/made").is_file():
        shutil.rmtree(root, ignore_errors=True)
        _make(root, one)
        seen = called((program, "task", "list", "--plain"), root).count("TASK-")
        if seen != one.plan.items:
            raise AbsentError(f"it sees {seen} of {one.plan.items} tasks")
        (root / ".git/made").write_text(git(root, "rev-parse", "HEAD"))
    git(root, "reset", "--quiet", "--hard", (root / ".git/made").read_text().strip())
    git(root, "clean", "--quiet", "-fdx")
    return root


def questions(one: Stage, root: Path, turns: int) -> list[Question]:
    """Each as its own help explains it."""
    program, number = _program(root.parent), one.plan.items // 2
    some = f"TASK-{number}"
    line = f"backlog task view {some[:-1]}"
    moved = [place for place, item in enumerate(subjects(one)) if item.status == question.STATE][:turns]

    def ask(*words: str, expect: str = some) -> Side:
        return lambda _: Action((program, *words), root, expect=expect)

    def create(turn: int) -> Action:
        return Action((program, "task", "create", f"Compared {turn}", "--plain"), root, expect="Compared")

    def move(turn: int) -> Action:
        return Action((program, "task", "edit", str(moved[turn]), "-s", "in_progress", "--plain"), root, expect="TASK-")

    filtered = ask("task", "list", "--plain", "-s", question.STATE, "-a", question.OWNER, expect="TASK-")
    return [
        # It ends before a long list is through a pipe, so the list is only asked to begin.
        Question(question.LIST, ask("task", "list", "--plain", expect="TASK-"), _CPU, _MEMORY),
        Question(question.FIRST, ask("task", "list", "--plain", "--limit", "50", expect="TASK-"), _CPU, _MEMORY),
        Question(question.FILTERED, filtered, _CPU, _MEMORY),
        Question(question.SEARCH, ask("search", rare(number), "--plain"), _CPU, _MEMORY),
        Question(question.VIEW, ask("task", "view", str(number), "--plain"), _CPU, _MEMORY),
        Question(question.CREATE, create, _CPU, _MEMORY, _AUTO),
        Question(question.STATUS, move, _CPU, _MEMORY, _AUTO),
        Question(question.COMPLETE, ask("completion", "__complete", line, str(len(line))), _CPU, _MEMORY),
    ]


def _program(work: Path) -> str:
    """The command, installed into the work folder if it is not there."""
    folder = work / "peers"
    found = folder / "node_modules/.bin/backlog"
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        called(("npm", "install", "--silent", "--prefix", ".", "backlog.md"), folder)
    return str(found)


def _make(root: Path, one: Stage) -> None:
    tasks = root / "backlog/tasks"
    tasks.mkdir(parents=True)
    (root / "backlog/config.yml").write_text(_CONFIG)
    for item in subjects(one):
        name = re.sub(r"[^A-Za-z0-9]+", "-", item.title)
        (tasks / f"task-{item.number} - {name}.md").write_text(_task(item), encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    for key, value in (("user.name", "oncall"), ("user.email", EMAIL), ("gc.auto", "0")):
        git(root, "config", key, value)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "tasks")


def _task(item: Subject) -> str:
    """The file as ``backlog task create`` and ``task edit --comment`` write it."""
    description, _, rest = item.description.partition("\n\n## Acceptance Criteria\n\n")
    criteria, _, plan = rest.partition("\n\n## Plan\n\n")
    marked = criteria.replace("\n\n", "\n").replace("] ", "] #1 ", 1).replace("[x] ", "[x] #2 ")
    steps = plan.partition("\n\n## Estimated")[0]
    labels = "".join(f"  - '{tag}'\n" for tag in item.tags)
    return (
        f"---\nid: TASK-{item.number}\ntitle: {item.title}\nstatus: {item.status}\nassignee:\n  - {item.owner}\n"
        f"created_date: '{_minute(item.created_at)}'\ndue_date: '{item.due_date}'\nlabels:\n{labels}dependencies: []\n"
        f"priority: {_PRIORITIES[question.rank(item.priority)]}\nordinal: {item.number + 1}000\n---\n\n"
        f"## Description\n\n<!-- SECTION:DESCRIPTION:BEGIN -->\n{description}\n<!-- SECTION:DESCRIPTION:END -->\n\n"
        f"## Acceptance Criteria\n<!-- AC:BEGIN -->\n{marked}\n<!-- AC:END -->\n\n## Implementation Plan\n\n"
        f"<!-- SECTION:PLAN:BEGIN -->\n{steps}\n<!-- SECTION:PLAN:END -->\n{_comments(item)}"
    )


def _comments(item: Subject) -> str:
    if not item.comments:
        return ""
    told = "".join(f"author: {actor}\ncreated: {_minute(at)}\n---\n{said}\n---\n" for at, actor, said in item.comments)
    return f"\n## Comments\n\n<!-- COMMENTS:BEGIN -->\n{told}<!-- COMMENTS:END -->\n"


def _minute(at: str) -> str:
    return at[:16].replace("T", " ")
