"""Every command that people type, in turn with its floor: ``python -m benchmarks``. Prints one table."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from benchmarks import peers, table
from benchmarks.history import FLAT, SHARDED, Plan
from benchmarks.measure import MeasureError, in_turn
from benchmarks.repositories import stage, usual_plan
from benchmarks.rows import Row, flat, growth, rows, tool, unindexed
from benchmarks.table import Compared, Measured

SIZES = (100, 1_000, 10_000, 100_000)
QUICK = SIZES[:2]


def measured(row: Row, rounds: int, commands: frozenset[str]) -> Measured:
    """Measures one row, or says why not. What it changed is put back."""
    line = Measured(row.name, row.items, row.floor.name, None, row.promise, row.milliseconds, row.mebibytes)
    if row.needs and row.needs not in commands:
        return line._replace(note=f"there is no {row.needs} yet")
    try:
        return line._replace(pair=in_turn(row.ours, row.floor.side, rounds))
    except MeasureError as error:
        return line._replace(note=" ".join(str(error).split())[:160])
    finally:
        if row.after:
            row.after()


def all_rows(work: Path, sizes: Sequence[int], rounds: int) -> list[Row]:
    """The rows of every size, and how commands grow with it."""
    made = [stage(work, usual_plan(size)) for size in sizes]
    found = [row for one in made for row in rows(one, rounds)]
    if 10_000 in sizes:
        found += flat(stage(work, Plan(10_000, 1, FLAT)), rounds)
    if {100, 10_000} <= set(sizes):
        small = stage(work, usual_plan(100))
        found += unindexed(small, stage(work, Plan(10_000, small.plan.commits, SHARDED)))
    return found + growth(made)


def known_commands() -> frozenset[str]:
    """The commands that the tool has today."""
    told = subprocess.run(tool("--help"), check=True, capture_output=True, text=True).stdout
    return frozenset(line.split()[0] for line in told.partition("Commands:")[2].splitlines() if line.split())


def main() -> None:
    given = _arguments()
    if given.again:
        lines, others, told = table.from_json(given.again.read_text(encoding="utf-8"))
    else:
        sizes, rounds = (QUICK, 3) if given.quick else (sorted(given.sizes), given.rounds)
        with _folder(given.work) as work:
            lines = _lines(work, sizes, rounds, given.only)
            others = _others(work, rounds) if given.peers else []
        told = table.description()
    shown = [one for one in lines if table.is_promised(one)] if given.promised else lines
    if given.into:
        document = given.into.read_text(encoding="utf-8")
        given.into.write_text(table.into(document, table.as_markdown(shown, others, told)), encoding="utf-8")
    else:
        _say(sys.stdout, table.FORMATS[given.format](shown, others, told))


def _lines(work: Path, sizes: Sequence[int], rounds: int, only: str) -> list[Measured]:
    commands, lines = known_commands(), []
    for row in all_rows(work, sizes, rounds):
        if only in row.name:
            lines.append(measured(row, rounds, commands))
            _say(sys.stderr, "  ".join(table.cells(lines[-1])))
    return lines


def _others(work: Path, rounds: int) -> list[Compared]:
    others = []
    for line in peers.compared(work, rounds, known_commands()):
        others.append(line)
        _say(sys.stderr, "  ".join(table.against(line)))
    return others


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    """The work folder: the one that was given and is kept, or one that is thrown away."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="backlogtool-benchmarks-") as made:
            yield Path(made)


def _say(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--work", type=Path, metavar="DIR", help="keep repositories and peers here, and use them again")
    parser.add_argument("--quick", action="store_true", help="100 and 1,000 items, three rounds")
    parser.add_argument("--sizes", type=int, nargs="+", choices=SIZES, default=SIZES, metavar="N")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name holds this")
    parser.add_argument("--peers", action="store_true", help="compare with other trackers on 10,000 items as well")
    parser.add_argument("--promised", action="store_true", help="print only the rows with a promise")
    parser.add_argument("--again", type=Path, metavar="FILE", help="measure nothing: print what --format json gave")
    parser.add_argument("--into", type=Path, metavar="FILE", help="put the tables between the marks of a document")
    parser.add_argument("--format", choices=tuple(table.FORMATS), default="text")
    return parser.parse_args()
