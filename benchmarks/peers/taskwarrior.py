"""Taskwarrior: a compiled program with two text files of its own, for one person; from a Debian package."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.content import Subject
from benchmarks.measure import Action, Side
from benchmarks.peers import question
from benchmarks.peers.question import AbsentError, Question, called, debian, fresh, rare, subjects
from benchmarks.repositories import Stage

NAME = "taskwarrior"
_NO_COMMIT = "it keeps an undo log of its own, and makes no commit"
_RC = """\
data.location=data
confirmation=off
verbose=nothing
news.version=2.6.0
uda.state.type=string
uda.assigned.type=string
"""
_PRIORITIES = ("H", "H", "M", "L")


def prepare(work: Path, one: Stage) -> Path:
    """A folder with the same items, all pending, with our status as a field."""
    program, home = _program(work), work / f"taskwarrior-{one.plan.items}"
    pristine = home / "pristine"
    if not (home / "made").is_file():
        (pristine / "data").mkdir(parents=True, exist_ok=True)
        (pristine / "rc").write_text(_RC)
        told = json.dumps([_task(item) for item in subjects(one)])
        called((program, "import", "-"), pristine, {"TASKRC": "rc"}, told)
        seen = int(called((program, "count"), pristine, {"TASKRC": "rc"}))
        if seen != one.plan.items:
            raise AbsentError(f"it sees {seen} of {one.plan.items} tasks")
        (home / "made").touch()
    return fresh(pristine, home / "used")


def questions(one: Stage, root: Path, turns: int) -> list[Question]:
    """Each as its manual explains it. Its ids are the places in its file, counted from 1."""
    program, number = _program(root.parent.parent), one.plan.items // 2
    moved = [place + 1 for place, item in enumerate(subjects(one)) if item.status == question.STATE][:turns]

    def ask(*words: str, expect: str = "") -> Side:
        return lambda _: _action(program, root, words, expect)

    def create(turn: int) -> Action:
        return _action(program, root, ("add", f"Compared {turn}"))

    def move(turn: int) -> Action:
        return _action(program, root, (str(moved[turn]), "modify", "state:in_progress"))

    filtered = ask(f"state:{question.STATE}", f"assigned:{question.OWNER}", "list")
    return [
        Question(question.LIST, ask("list"), 1, 1),
        Question(question.FIRST, ask("limit:50", "list"), 1, 1),
        Question(question.FILTERED, filtered, 1, 1),
        Question(question.SEARCH, ask(f"/{rare(number)}/", "list", expect=f" {number}"), 1, 1),
        Question(question.VIEW, ask(str(number + 1), "info", expect=str(number)), 1, 1),
        Question(question.CREATE, create, 1, 1, _NO_COMMIT),
        Question(question.STATUS, move, 1, 1, _NO_COMMIT),
        Question(question.COMPLETE, ask("_ids", expect=str(number)), 1, 1, "it prints every id"),
    ]


def _program(work: Path) -> str:
    return debian(work, "taskwarrior", "task")


def _action(program: str, root: Path, words: tuple[str, ...], expect: str = "") -> Action:
    return Action((program, *words), root, expect=expect, extra={"TASKRC": "rc"})


def _task(item: Subject) -> dict[str, object]:
    """As ``task import`` takes it; it has no place for long text but annotations, one line each."""
    stamp = item.created_at.replace("-", "").replace(":", "")
    return {
        "description": item.title,
        "entry": stamp,
        "status": "pending",
        "state": item.status,
        "assigned": item.owner,
        "project": item.service,
        "priority": _PRIORITIES[question.rank(item.priority)],
        "due": item.due_date.replace("-", "") + "T000000Z",
        "tags": [tag.replace(":", "_").replace("-", "_") for tag in item.tags],
        "annotations": [{"entry": stamp, "description": " ".join(item.description.split())}],
    }
