"""The process in which templates of a repository are rendered. ``limited`` starts it; nothing else does.

It has no environment and no descriptors but three pipes. Before it reads the first byte of a template it gives
up opening files, starting processes, and more processor time and memory than it was told (ROBUSTNESS.md 2.5).
It says that it is ready, reads one request to its end, and answers each job on a line of its own; ``limited``
describes both.
"""

from __future__ import annotations

# ruff: noqa: F401 - what Jinja and Python import when a template needs it: files cannot be opened then
import encodings.unicode_escape
import json
import pprint
import resource
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any, BinaryIO

import jinja2.debug

from backlogtool.views.engine import Engine
from backlogtool.views.renderer import Failure, Job

READY = b"ready\n"
TOO_LONG = "too long"


def main() -> None:
    """Renders what stands on the standard input; the first argument holds the limits as JSON."""
    limits = json.loads(sys.argv[1])
    _restrict(limits["processor"], limits["memory"])
    out = sys.stdout.buffer
    out.write(READY)
    out.flush()
    for line in _answers(sys.stdin.buffer, limits["output"]):
        out.write(line)
        out.flush()


def _restrict(seconds: int, memory: int) -> None:
    """Gives up what a template has no use for, for good: nobody may raise a hard limit again."""
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)  # the first one ends the process by a signal of its own
    if sys.platform != "darwin":  # where no process can be held to it
        _limit(resource.RLIMIT_AS, memory, memory)
    for kind in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        _limit(kind, 0, 0)
    _limit(resource.RLIMIT_NOFILE, 3, 3)


def _limit(kind: int, soft: int, hard: int) -> None:
    """Sets a limit, unless there is a tighter one."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def _answers(request: BinaryIO, room: int) -> Iterator[bytes]:
    """A line for each job: its text, or the parts of a ``Failure``. All lines together have up to ``room`` bytes."""
    try:
        templates, values, jobs = json.loads(request.read().decode("utf-8", "surrogatepass"))
        engine = Engine(templates)
    except MemoryError:
        yield _line(astuple(Failure("", exhausted=True)))
        return
    for template, index, is_text in jobs:
        line = _answer(engine, Job(template, values[index], is_text))
        if len(line) > room:
            yield _line(astuple(Failure(TOO_LONG, "" if is_text else template)))
            return
        room -= len(line)
        yield line


def _answer(engine: Engine, job: Job) -> bytes:
    try:
        answer = engine.answer(job)
        return _line(answer if isinstance(answer, str) else astuple(answer))
    except MemoryError:
        return _line(astuple(Failure("", job.name, exhausted=True)))


def _line(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
