"""The least that a command could cost: what each is compared with, in the same minute on the same files."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from benchmarks.content import subject, text
from benchmarks.history import path_of
from benchmarks.measure import Action, Side
from benchmarks.repositories import Stage

PYTHON = sys.executable
_STATUS = re.compile(r"^status: .*$", re.MULTILINE)
_HERE = Path(__file__).parent
#: Both git commands write as durably as the tool does.
_COMMIT = (
    '"$0" -c "import click" && git -c core.fsync=added add "$1" && git -c core.fsync=added commit --quiet --message m'
)


class Floor(NamedTuple):
    """A command that does no more than what has to be done, and its name in the table."""

    name: str
    side: Side


def steady(one: Stage, *command: str, expect: str = "") -> Side:
    """The same command in every round."""
    return lambda _: Action(command, one.root, expect=expect)


def start(one: Stage) -> Floor:
    return Floor("python, import click", steady(one, PYTHON, "-c", "import click"))


def stat_pass(one: Stage) -> Floor:
    script = str(_HERE / "stat_pass.py")
    return Floor("python, import click, stat of every file", steady(one, PYTHON, script, "items"))


def yaml_load(one: Stage) -> Floor:
    command = (PYTHON, str(_HERE / "yaml_load.py"), "items")
    return Floor("yaml.load(CSafeLoader) of every file", steady(one, *command, expect=str(one.plan.items)))


def jinja_loop(one: Stage) -> Floor:
    command = (PYTHON, str(_HERE / "jinja_loop.py"), str(one.beside / "dictionaries"), str(one.beside / "rendered"))
    return Floor("a plain Jinja loop over ready dictionaries", steady(one, *command, expect=str(one.plan.items)))


def raw_log(one: Stage) -> Floor:
    command = ("git", "log", "--raw", "-m", "--first-parent", "--format=%H%n%B")
    return Floor("git log --raw of the whole history", steady(one, *command))


def commit_of_new_file(one: Stage) -> Floor:
    """Adds an item beyond the generated ones; another one each round."""

    def action(turn: int) -> Action:
        new = subject(one.plan.items + 1 + turn, 1_700_000_000)
        return _commit(one, path_of(new.id, one.plan.layout), text(new))

    return Floor("python, import click, git add, git commit", action)


def commit_of_move(one: Stage, items: list[str]) -> Floor:
    """Cancels an item; another one each round."""

    def action(turn: int) -> Action:
        path = path_of(items[turn], one.plan.layout)
        return _commit(one, path, _STATUS.sub("status: canceled", one.path(items[turn]).read_text(encoding="utf-8")))

    return Floor("python, import click, git add, git commit", action)


def _commit(one: Stage, path: str, held: str) -> Action:
    def write() -> None:
        (one.root / path).parent.mkdir(exist_ok=True)
        (one.root / path).write_text(held, encoding="utf-8")

    return Action(("sh", "-c", _COMMIT, PYTHON, path), one.root, before=write)
