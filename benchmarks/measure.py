"""Whole processes, measured in turn with their floor: A B A B …, so that whatever else the machine does hits both."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.generate import environment

_LAUNCHER = str(Path(__file__).with_name("launcher.py"))
#: More of what a command prints is read, so that it need not wait, and forgotten.
_KEPT = 1 << 25  # bytes: every item of the largest backlog in one line each


class Action(NamedTuple):
    """One command to run in ``folder``.

    ``before`` is done first and not measured. What it prints has to hold ``expect``; ``codes`` are the exit codes
    that are as good as 0.
    """

    command: tuple[str, ...]
    folder: Path
    before: Callable[[], object] | None = None
    expect: str = ""
    extra: Mapping[str, str] | None = None
    codes: tuple[int, ...] = (0,)


#: The action of each round, counted from 0: what changes something takes another item every time.
Side = Callable[[int], Action]


class Sample(NamedTuple):
    """What one run cost: seconds, seconds of all processes, MiB of the largest process."""

    wall: float
    cpu: float
    memory: float


class Pair(NamedTuple):
    """The runs of a command and of its floor, round by round."""

    ours: tuple[Sample, ...]
    floor: tuple[Sample, ...]

    def ratio(self, of: str) -> float:
        """Median of ours to median of the floor's. ``of`` is wall, cpu or memory."""
        return median(self.ours, of) / median(self.floor, of)

    def spread(self, of: str) -> tuple[float, float]:
        """The smallest and the largest ratio of one round."""
        ratios = [getattr(one, of) / getattr(other, of) for one, other in zip(*self, strict=True)]
        return min(ratios), max(ratios)


class MeasureError(Exception):
    """A command that was to be measured did something else."""


def median(samples: Sequence[Sample], of: str) -> float:
    """The median of one of the figures."""
    return float(statistics.median(getattr(one, of) for one in samples))


def in_turn(ours: Side, floor: Side, rounds: int) -> Pair:
    """Runs both once without counting, so that files and programs are in memory, then in turn."""
    found: list[tuple[Sample, Sample]] = []
    for number in range(rounds + 1):
        found.append((run(ours(number)), run(floor(number))))
    return Pair(tuple(one for one, _ in found[1:]), tuple(other for _, other in found[1:]))


def run(action: Action) -> Sample:
    """Runs the action once; ``MeasureError`` if it fails or does not print what it should."""
    if action.before:
        action.before()
    told, sample, code = _launched(action)
    if code not in action.codes or action.expect not in told:
        words = " ".join(action.command)[:300]
        raise MeasureError(f"exit {code}, expected {action.expect!r}: {words}: {_end(told)}")
    return sample


def _launched(action: Action) -> tuple[str, Sample, int]:
    reading, writing = os.pipe()
    command = [sys.executable, "-I", "-S", _LAUNCHER, str(writing), *action.command]
    with subprocess.Popen(
        command,
        cwd=action.folder,
        env=environment() | dict(action.extra or {}),
        pass_fds=(writing,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as launcher:
        os.close(writing)
        told = _drained(launcher)
    with os.fdopen(reading) as report:
        wall, cpu, peak, code = report.read().split() or ("0", "0", "0", "127")
    return told, Sample(float(wall), float(cpu), int(peak) / 1024), int(code)


def _end(told: str) -> str:
    """The last line, which says what went wrong where several do."""
    return (told.strip().splitlines() or [""])[-1]


def _drained(process: subprocess.Popen[bytes]) -> str:
    kept = bytearray()
    while process.stdout and (data := os.read(process.stdout.fileno(), 1 << 16)):
        kept += data[: max(0, _KEPT - len(kept))]
    return kept.decode("utf-8", "replace")
