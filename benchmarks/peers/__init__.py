"""The same 10,000 items in other trackers, each asked the comparable thing in turn with us.

Programs are installed into the work folder only; what is not to be had is left out with a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import MeasureError, in_turn
from benchmarks.peers import backlog_md, taskwarrior, todo_txt
from benchmarks.peers.question import AbsentError, Question, ours
from benchmarks.repositories import Stage, restore, stage, usual_plan
from benchmarks.table import Compared

ITEMS = 10_000
PEERS = (backlog_md, taskwarrior, todo_txt)


def compared(work: Path, rounds: int, commands: frozenset[str], items: int = ITEMS) -> Iterator[Compared]:
    """One line a peer and question."""
    one = stage(work, usual_plan(items))
    for peer in PEERS:
        try:
            asked = peer.questions(one, peer.prepare(work, one), rounds + 1)
        except (AbsentError, MeasureError, OSError) as error:
            yield Compared(peer.NAME, "all", None, note=f"left out: {error}")
            continue
        for question in asked:
            yield _answered(peer.NAME, question, one, rounds, commands)


def _answered(name: str, question: Question, one: Stage, rounds: int, commands: frozenset[str]) -> Compared:
    line = Compared(name, question.name, None, question.cpu, question.memory, question.note)
    if question.needs not in commands:
        return line._replace(note=f"there is no {question.needs} yet")
    restore(one)
    try:
        return line._replace(pair=in_turn(ours(one, question.name, rounds + 1), question.theirs, rounds))
    except MeasureError as error:
        return line._replace(note=f"left out: {' '.join(str(error).split())[:160]}")
    finally:
        restore(one)
