"""The harness measures what it says, leaves out what it cannot measure, and puts back what it changes. No timing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import floors
from benchmarks.floors import Floor, steady
from benchmarks.generate import git
from benchmarks.history import FLAT, SHARDED, Plan
from benchmarks.measure import Action, MeasureError, Pair, in_turn, run
from benchmarks.peers.question import QUESTIONS, AbsentError, Question, called, ours
from benchmarks.repositories import Stage, restore, stage, usual_plan
from benchmarks.rows import Row, rows, tool
from benchmarks.run import known_commands, measured

PLAN = Plan(30, 61)
#: A run that counts no round does everything once.
ONCE = 0


@pytest.fixture(scope="module")
def commands() -> frozenset[str]:
    return known_commands()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage(tmp_path_factory.mktemp("work"), PLAN)


def python(folder: Path, code: str, **more: str) -> Action:
    return Action((sys.executable, "-I", "-S", "-c", code), folder, **more)  # type: ignore[arg-type]


def test_the_time_and_memory_of_processes_that_were_waited_for_count(tmp_path: Path) -> None:
    child = (
        "import os; pid = os.posix_spawn('/bin/sh', ['sh', '-c', ':'], {}); os.waitpid(pid, 0); x = b'x' * 50_000_000"
    )
    sample = run(python(tmp_path, child))
    assert sample.cpu > 0
    assert sample.wall > 0
    assert 48 < sample.memory < 90


def test_a_command_that_fails_or_says_something_else_is_no_measure(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="exit 3"):
        run(python(tmp_path, "raise SystemExit(3)"))
    with pytest.raises(MeasureError, match="expected 'seven'"):
        run(python(tmp_path, "print('six')", expect="seven"))


def test_both_sides_run_in_turn_and_the_first_round_is_not_counted(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def side(name: str) -> Action:
        return python(tmp_path, f"open({str(log)!r}, 'a').write({name!r})")

    pair = in_turn(lambda turn: side(f"a{turn}"), lambda turn: side(f"b{turn}"), 2)
    assert log.read_text() == "a0b0a1b1a2b2"
    assert [len(samples) for samples in pair] == [2, 2]


def test_a_row_without_its_command_is_left_out_and_says_so(small: Stage, commands: frozenset[str]) -> None:
    row = Row("fly", 30, steady(small, *tool("fly")), floors.start(small), needs="fly")
    assert measured(row, ONCE, commands).note == "there is no fly yet"


def test_a_row_that_cannot_be_measured_says_why_and_puts_back(small: Stage, commands: frozenset[str]) -> None:
    done: list[bool] = []
    failing = Floor("fails", steady(small, "false"))
    row = Row("--version", 30, steady(small, *tool("--version")), failing, after=lambda: done.append(True))
    line = measured(row, ONCE, commands)
    assert line.pair is None
    assert line.note.startswith("exit 1")
    assert done == [True]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("place", range(len(rows(Stage(Path(), Plan(0), Path()), ONCE))))
def test_every_row_is_measured_and_leaves_the_repository_as_it_was(
    small: Stage, place: int, commands: frozenset[str]
) -> None:
    """All that are about a command which there is."""
    row = rows(small, ONCE)[place]
    line = measured(row, ONCE, commands)
    if row.needs and row.needs not in commands:
        pytest.skip(line.note)
    assert isinstance(line.pair, Pair), line.note
    assert git(small.root, "status", "--porcelain") == ""


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", QUESTIONS)
def test_we_answer_whatever_other_trackers_are_asked(small: Stage, name: str, commands: frozenset[str]) -> None:
    asked = Question(name, steady(small, "true"))
    if asked.needs not in commands:
        pytest.skip(f"there is no {asked.needs} yet")
    run(ours(small, name, 1)(0))
    restore(small)


def test_a_tracker_that_cannot_be_had_is_absent_and_not_an_error(tmp_path: Path) -> None:
    with pytest.raises(AbsentError, match="cannot be started"):
        called(("no-such-program",), tmp_path)
    with pytest.raises(AbsentError, match="false"):
        called(("false",), tmp_path)


def test_a_repository_is_made_once_and_put_back_when_used_again(tmp_path: Path) -> None:
    first = stage(tmp_path, PLAN)
    head = git(first.root, "rev-parse", "HEAD")
    first.path(next(first.ids())).write_text("spoilt")
    (first.root / "more").write_text("more")
    git(first.root, "commit", "--all", "--quiet", "--message", "spoilt")
    again = stage(tmp_path, PLAN)
    assert again == first
    assert git(again.root, "rev-parse", "HEAD") == head
    assert git(again.root, "status", "--porcelain") == ""


def test_small_backlogs_are_flat_and_large_ones_in_folders() -> None:
    assert usual_plan(100) == Plan(100, 1_000, FLAT)
    assert usual_plan(100_000) == Plan(100_000, 100_000, SHARDED)
