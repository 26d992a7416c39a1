"""Runs the commands that change nothing in some directories, one after another, and tells how each ended.

``python -m tests.untrusted.driver DIRECTORY…``; the standard output is one JSON object,
``{directory: {command: [exit code, output, messages]}}``. Between the commands it looks for a file that is never
there, so that whoever traces this process knows where one ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.cli.session import NOW, Answer, run
from tests.untrusted.commands import COMMANDS

LIMIT = 60.0  # seconds a command may take, on a machine that has much else to do
MARK = "/no-such-place/"


class Hang(BaseException):
    """A command did not come to its end; no ``except Exception`` takes it."""


def answers(directory: str, names: Iterable[str] = COMMANDS) -> dict[str, Answer]:
    """How each command ends in a directory. Raises ``Hang``."""
    return {name: answer(directory, name) for name in names}


def answer(directory: str, name: str) -> Answer:
    """How a command ends in a directory."""
    with _limited(name):
        return run("-C", directory, "--now", NOW, *COMMANDS[name][1])


@contextmanager
def _limited(name: str) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Hang(f"{name} takes more than {LIMIT:g} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main(directories: list[str]) -> None:
    told: dict[str, dict[str, tuple[int, str, str]]] = {}
    for directory in directories:
        told[directory] = {}
        for name in COMMANDS:
            os.path.lexists(MARK + name.replace(" ", "_"))
            one = answer(directory, name)
            told[directory][name] = one.status, one.out, one.err
    os.path.lexists(f"{MARK}end")
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
