"""What is measured: one row a command, each with its floor and, where one is promised, the ratio it has to keep."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from benchmarks import floors
from benchmarks.content import item_id
from benchmarks.floors import PYTHON, Floor, steady
from benchmarks.generate import environment, git
from benchmarks.measure import Action, Side
from benchmarks.repositories import Stage, forget, restore

_VIEWS = ("BACKLOG.md", "TODO.md", "DASHBOARD.md", "reports")
_LINE = re.compile(r"^(title|priority|due_date|status): .*$", re.MULTILINE)


class Row(NamedTuple):
    """One line of the table.

    ``promise`` is the largest ratio of wall time that issue 4 allows, ``milliseconds`` and ``mebibytes`` the most
    that the command itself may take; None is no promise. ``needs`` is the command without which the row is left out.
    """

    name: str
    items: int
    ours: Side
    floor: Floor
    promise: float | None = None
    milliseconds: float | None = None
    mebibytes: float | None = None
    needs: str = ""
    after: Callable[[], object] | None = None


def tool(*words: str) -> tuple[str, ...]:
    """Our own command, as people start it."""
    script = Path(PYTHON).with_name("backlogtool")
    return (str(script), *words) if script.is_file() else (PYTHON, "-m", "backlogtool", *words)


def rows(one: Stage, rounds: int) -> list[Row]:
    """The rows of one size. Those that change the repository come last."""
    return [*_starts(one), *_lists(one), *_stories(one), *_everything(one), *_writes(one, rounds)]


def completion(one: Stage, some: str) -> Side:
    """What a shell asks for when TAB is pressed behind the first five digits of an id."""
    words = {"COMP_WORDS": f"backlogtool show {some[:8]}", "COMP_CWORD": "2", "_BACKLOGTOOL_COMPLETE": "bash_complete"}
    return lambda _: Action(tool(), one.root, expect=some, extra=words)


def growth(made: Sequence[Stage]) -> list[Row]:
    """How commands grow with the backlog: the same command on a large one and, as its floor, on a small one."""
    found = []
    if len(made) > 1:
        found.append(_grown("show ID, growth", made[0], made[-1], 1.2, _shown))
    sized = {one.plan.items: one for one in made}
    if {100, 10_000} <= sized.keys():
        small, large = sized[100], sized[10_000]
        found += [
            _judged("validate --since, 10 edited items", small, large, partial(_since, created=0), 1.5),
            _judged("validate --since, 8 edited and 2 new items", small, large, partial(_since, created=2), 1.5),
            _judged("validate --since, 10 edited items, new clone", small, large, partial(_cloned, created=0), 1.5),
        ]
    for small, large in pairwise(made):
        if (small.plan.items, large.plan.items) == (10_000, 100_000):
            found.append(
                _grown("cold index, growth", small, large, 12, lambda one: _cold(one, "list", "--limit", "50"))
            )
    return found


def flat(one: Stage, rounds: int) -> list[Row]:
    """Writes in a backlog that has outgrown its one folder."""
    return [row._replace(name=f"{row.name}, one flat folder") for row in _writes(one, rounds)[:2]]


def unindexed(small: Stage, large: Stage) -> list[Row]:
    """What new items cost in histories of one length: without an index, git looks through all of it for their ids.

    Nothing is promised here.
    """
    name = "validate --since, 8 edited and 2 new items"
    return [
        _judged(f"{name}, no index", small, large, partial(_since, created=2, indexed=False), None),
        _judged(f"{name}, new clone", small, large, partial(_cloned, created=2), None),
    ]


def _judged(name: str, small: Stage, large: Stage, side: Callable[[Stage], Side], promise: float | None) -> Row:
    return _grown(name, small, large, promise, side)._replace(after=partial(_restore, small, large))


def _shown(one: Stage) -> Side:
    some = item_id(one.middle)
    return steady(one, *tool("show", some), expect=some)


def _restore(*several: Stage) -> None:
    for one in several:
        restore(one)
        shutil.rmtree(_clone(one), ignore_errors=True)


def _clone(one: Stage) -> Path:
    return one.beside / "clone"


def _branch(one: Stage, base: str, created: int) -> None:
    """Ten commits after ``base``, if they are not there, that create so many items and change others; all indexed."""
    if git(one.root, "rev-parse", "HEAD").strip() == base:
        edits = [("edit", item, "--set", "owner=erin") for item in one.active(10 - created)]
        news = [("create", f"New number {number}", "P1", "service:gateway") for number in range(created)]
        for words in (*edits, *news, ("log",), ("list",)):
            subprocess.run(tool(*words), cwd=one.root, env=environment(), check=True, capture_output=True)


def _since(one: Stage, *, created: int, indexed: bool = True) -> Side:
    """A branch of ten commits, judged with the indexes there or without."""
    base = git(one.root, "rev-parse", "HEAD").strip()

    def branch() -> None:
        _branch(one, base, created)
        if not indexed:
            forget(one)

    return lambda _: Action(tool("validate", "--since", base), one.root, before=branch, expect="commits after")


def _cloned(one: Stage, *, created: int) -> Side:
    """The same branch in a clone that was just made, as a job has it: no index, and every file as old as git's own."""
    base = git(one.root, "rev-parse", "HEAD").strip()

    def clone() -> None:
        _branch(one, base, created)
        shutil.rmtree(_clone(one), ignore_errors=True)
        git(one.beside, "clone", "--quiet", str(one.root), str(_clone(one)))

    return lambda _: Action(tool("validate", "--since", base), _clone(one), before=clone, expect="commits after")


def _grown(name: str, small: Stage, large: Stage, promise: float | None, side: Callable[[Stage], Side]) -> Row:
    against = Floor(f"the same with {small.plan.items:,} items", side(small))
    return Row(name, large.plan.items, side(large), against, promise)


def _starts(one: Stage) -> list[Row]:
    size, start = one.plan.items, floors.start(one)
    return [
        Row("--version", size, steady(one, *tool("--version"), expect="backlogtool"), start, 1.3),
        Row("--help", size, steady(one, *tool("--help"), expect="Usage"), start, 1.3),
        Row("show ID", size, _shown(one), start, 1.3),
    ]


def _lists(one: Stage) -> list[Row]:
    size, some, look = one.plan.items, item_id(one.middle), floors.stat_pass(one)
    promise = 1.4 if size >= 10_000 else None
    first, every = tool("list", "--limit", "50"), tool("list", "--all", "--format", "plain")
    filtered, searched = tool("list", "status:open", "owner:alice"), tool("search", f"incident-{one.middle}")
    edited = Row("list --limit 50 after an edit by hand", size, _edited(one), look, promise)
    return [
        Row("list --limit 50", size, steady(one, *first, expect="bl_"), look, promise, mebibytes=80),
        edited._replace(after=lambda: restore(one)),
        Row("list status:open owner:alice", size, steady(one, *filtered), look),
        Row("list --all", size, steady(one, *every, expect=some), look),
        Row("search, a rare word", size, steady(one, *searched, expect=some), look, needs="search"),
        Row("dashboard", size, steady(one, *tool("dashboard")), look),
        Row("one TAB of id completion", size, completion(one, some), look, milliseconds=150, needs="completion"),
    ]


def _stories(one: Stage) -> list[Row]:
    size, some, start = one.plan.items, item_id(one.middle), floors.start(one)
    name, long = f"in {one.plan.commits:,} commits", one.plan.commits >= 100_000
    told = tool("log", some)
    return [
        Row(f"log ID {name}", size, steady(one, *told, expect="created"), start, 1.4 if long else None),
        Row(f"log {name}", size, steady(one, *tool("log")), start),
        Row(f"log ID {name}, cold", size, _cold(one, "log", some), floors.raw_log(one), 3 if long else None),
    ]


def _everything(one: Stage) -> list[Row]:
    size, parsed = one.plan.items, floors.yaml_load(one)
    large = size == 10_000
    render = Row("render, all views", size, _rendering(one), floors.jinja_loop(one), 3 if large else None)
    return [
        Row("cold index: list --limit 50", size, _cold(one, "list", "--limit", "50"), parsed, 0.6 if large else None),
        Row("validate, cold", size, _cold(one, "validate"), parsed, 2 if large else None),
        Row("validate, warm", size, steady(one, *tool("validate")), parsed, 0.3 if large else None),
        render._replace(after=lambda: restore(one)),
    ]


def _writes(one: Stage, rounds: int) -> list[Row]:
    size, items = one.plan.items, one.active(2 * (rounds + 1))
    mine, others = items[::2], items[1::2]
    new, moved = floors.commit_of_new_file(one), floors.commit_of_move(one, others)
    promise = 1.3 if size >= 10_000 else None

    def each(*words: str) -> Side:
        return lambda turn: Action(tool(words[0], mine[turn], *words[1:]), one.root, expect=mine[turn])

    def create(turn: int) -> Action:
        words = ("create", f"Benchmark number {turn}", "P1", "@alice", "service:gateway")
        return Action(tool(*words), one.root, expect="created")

    found = [
        Row("create", size, create, new, promise),
        Row("set-status", size, each("set-status", "canceled"), moved, promise),
        Row("comment", size, each("comment", "Staging looks good."), moved),
        Row("edit --set", size, each("edit", "--set", "owner=erin"), moved),
    ]
    # Each row begins with the generated repository, so that it finds its items as they were.
    return [row._replace(after=lambda: restore(one)) for row in found]


def _cold(one: Stage, *words: str) -> Side:
    """The command with nothing derived from earlier runs."""
    return lambda _: Action(tool(*words), one.root, before=lambda: forget(one))


def _edited(one: Stage) -> Side:
    """The list after an editor has changed a file; the change has to be seen."""

    def action(turn: int) -> Action:
        path, mark = one.path(item_id(turn)), f"Edited by hand in turn {turn}"
        values = {"title": mark, "priority": "P0", "due_date": "2001-01-01", "status": "open"}

        def edit() -> None:
            held = path.read_text(encoding="utf-8")
            path.write_text(_LINE.sub(lambda found: f"{found[1]}: {values[found[1]]}", held), encoding="utf-8")

        return Action(tool("list", "--limit", "50"), one.root, before=edit, expect=mark)

    return action


def _rendering(one: Stage) -> Side:
    """Views are written anew, not found to be fresh."""

    def remove() -> None:
        for name in _VIEWS:
            path = one.root / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    return lambda _: Action(tool("render"), one.root, before=remove, expect="rendered")
