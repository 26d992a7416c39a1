"""todo.txt-cli: a shell script over one text file with a line a task; from a Debian package."""

from __future__ import annotations

from pathlib import Path

from benchmarks.content import Subject
from benchmarks.measure import Action, Side
from benchmarks.peers import question
from benchmarks.peers.question import AbsentError, Question, called, debian, fresh, rare, subjects
from benchmarks.repositories import Stage

NAME = "todo.txt-cli"
_NO_COMMIT = "one line in a file: no commit, no history, no check"
_CONFIG = """\
export TODO_DIR=.
export TODO_FILE=./todo.txt
export DONE_FILE=./done.txt
export REPORT_FILE=./report.txt
"""


def prepare(work: Path, one: Stage) -> Path:
    """A folder with the same items, a line each."""
    home = work / f"todo-txt-{one.plan.items}"
    pristine = home / "pristine"
    pristine.mkdir(parents=True, exist_ok=True)
    (pristine / "config").write_text(_CONFIG)
    (pristine / "todo.txt").write_text("".join(map(_line, subjects(one))), encoding="utf-8")
    seen = called((*_program(work), "ls"), pristine).count("state:")
    if seen != one.plan.items:
        raise AbsentError(f"it sees {seen} of {one.plan.items} tasks")
    return fresh(pristine, home / "used")


def questions(one: Stage, root: Path, turns: int) -> list[Question]:
    """Each as its help explains it. It has no ``view``, and its completion shows lines, not ids."""
    program, number = _program(root.parent.parent), one.plan.items // 2
    moved = [place + 1 for place, item in enumerate(subjects(one)) if item.status == question.STATE][:turns]

    def ask(*words: str, expect: str) -> Side:
        return lambda _: Action((*program, *words), root, expect=expect)

    def create(turn: int) -> Action:
        return Action((*program, "add", f"Compared {turn}"), root, expect="added")

    def move(turn: int) -> Action:
        return Action((*program, "-a", "do", str(moved[turn])), root, expect="done")

    filtered = ask("ls", f"state:{question.STATE}", f"@{question.OWNER}", expect=f"@{question.OWNER}")
    return [
        Question(question.LIST, ask("ls", expect=f"@{question.OWNER}"), 1, 1),
        Question(question.FILTERED, filtered, 1, 1),
        Question(question.SEARCH, ask("ls", rare(number), expect=rare(number)), 1, 1),
        Question(question.CREATE, create, 1, 1, _NO_COMMIT),
        Question(question.STATUS, move, 1, 1, _NO_COMMIT),
    ]


def _program(work: Path) -> tuple[str, ...]:
    return (debian(work, "todotxt-cli", "todo-txt"), "-d", "./config", "-p")


def _line(item: Subject) -> str:
    told = " ".join(item.description.split())
    rank = "ABCD"[question.rank(item.priority)]
    tags = " ".join(item.tags)
    return (
        f"({rank}) {item.created_at[:10]} {item.title} +{item.service} @{item.owner} due:{item.due_date} "
        f"state:{item.status} {tags} {told}\n"
    )
