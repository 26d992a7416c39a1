"""Runs the ``console`` blocks of a document and compares what they print.

A line that starts with ``$ `` is a command, the lines below it are what it prints, results and talk together.
A line of ``…`` stands for any lines, ``…`` inside a line for any text. Ids of commits and events are not
compared. An item id that the repository does not know yet stands for the one that is printed in its place, in
this line and in every later command and line.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from backlogtool.cli.main import main
from tests.docs.documents import Block

LEFT_OUT = "…"
_ITEM = re.compile(r"\bbl_[0-9a-f]{12}\b")
_ITEM_START = re.compile(r"\bbl_[0-9a-f]{4,12}\b")
#: A commit in short and in full, an event.
_RANDOM = re.compile(r"\b(?:ev_)?[0-9a-f]{10,12}\b|\b[0-9a-f]{40}\b")
_SHELL = set("|&;<>$*\n")


@dataclass(frozen=True)
class Step:
    """A command, what it prints, and the line of the document that it stands on."""

    command: str
    printed: tuple[str, ...]
    line: int


def steps(block: Block) -> Iterator[Step]:
    """The commands of a block."""
    starts = [index for index, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        yield Step(block.lines[start][2:], tuple(block.lines[start + 1 : end]), block.line + start)


def run(command: str) -> str:
    """What a command prints in the current directory; our own runs in this process, which is much faster."""
    words = [] if _SHELL & set(command) else shlex.split(command, comments=True)
    if words[:1] == ["backlogtool"]:
        out = io.StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            main(words[1:])
        return out.getvalue()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": path},
        check=False,
    )
    return done.stdout.decode()


class Transcript:
    """Follows a document; ``names`` maps each item id in it to the real one."""

    def __init__(self, known: list[str]) -> None:
        self.names = {item_id: item_id for item_id in known}

    def play(self, step: Step) -> None:
        """Runs a step. Raises ``AssertionError`` if it prints something else."""
        command = _ITEM_START.sub(lambda found: self._real(found[0]), step.command)
        real = "".join(f"{line.rstrip()}\n" for line in run(command).splitlines())
        found = re.fullmatch(self._pattern(step.printed), real)
        assert found, f"line {step.line}: $ {step.command}\nprinted\n{real}\nnot\n" + "\n".join(step.printed)
        self.names |= found.groupdict()

    def _real(self, start: str) -> str:
        return next((one for name, one in self.names.items() if name.startswith(start) and one != name), start)

    def _pattern(self, printed: tuple[str, ...]) -> str:
        new: set[str] = set()
        return "".join(r"(?:.*\n)*?" if line == LEFT_OUT else f"{self._line(line, new)}\n" for line in printed)

    def _line(self, line: str, new: set[str]) -> str:
        text = re.escape(line).replace(LEFT_OUT, ".*")
        return _RANDOM.sub(_random, _ITEM.sub(lambda found: self._item(found[0], new), text))

    def _item(self, name: str, new: set[str]) -> str:
        if name in self.names:
            return self.names[name]
        if name in new:
            return f"(?P={name})"
        new.add(name)
        return f"(?P<{name}>bl_[0-9a-f]{{12}})"


def _random(found: re.Match[str]) -> str:
    """Any id of the same form."""
    start = "ev_" if found[0].startswith("ev_") else ""
    return f"{start}[0-9a-f]{{{len(found[0]) - len(start)}}}"
