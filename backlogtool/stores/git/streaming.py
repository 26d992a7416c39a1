"""What git prints, taken in while it still runs: for more than should be held in memory at once."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import IO, TypeVar

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.meanwhile import Meanwhile
from backlogtool.stores.git.outgrown import refuse_outgrown
from backlogtool.stores.git.runner import SOON, Git, environment, inert, quarantine, send
from backlogtool.stores.git.stuck import refuse_waiting

Made = TypeVar("Made")
_PART = 1 << 16
#: Git may hold a quarter of what it takes otherwise: it walks through a history once, so more makes it no quicker.
_MODEST = (
    *("-c", "core.deltaBaseCacheLimit=24m"),
    *("-c", "core.packedGitLimit=32m"),
    *("-c", "core.packedGitWindowSize=1m"),
)
_PATIENCE = 3600.0  # seconds for the whole; a process that waits for a pipe must end some day


def parts_of(git: Git, *arguments: str, end: bytes, stdin: Iterable[bytes] = ()) -> Iterator[bytes]:
    """What stands before each ``end`` in the output of a command that only reads, and after the last if anything.

    ``stdin`` is sent meanwhile. The command is ended when no more is asked for. Raises ``UnavailableError`` at the
    end if git has failed.
    """
    options, extra = inert(git)
    try:
        process = subprocess.Popen(
            ["git", *options, *_MODEST, *arguments],
            cwd=git.directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment()
            | quarantine(git)
            | {os.fsencode(name): os.fsencode(value) for name, value in extra.items()},
        )
    except OSError as error:
        raise UnavailableError(f"git cannot be run: {error.strerror}") from error
    complaints: list[bytes] = []
    others = [
        threading.Thread(target=send, args=(process.stdin, stdin), daemon=True),
        threading.Thread(target=_keep_first, args=(process.stderr, complaints), daemon=True),
    ]
    yield from _watched(git, process, others, end)
    if process.returncode:
        said = complaints[0].decode("utf-8", "replace").strip() if complaints else f"status {process.returncode}"
        raise UnavailableError(f"git cannot read the history: {said}")


def ahead(works: Iterable[Callable[[], Made]]) -> Iterator[Made]:
    """What each piece of work makes, in their order; the next is under way while the last one is used.

    Whoever asks for no more does not wait for what is under way.
    """
    waiting: Meanwhile[Made] | None = None
    for work in works:
        done = [waiting.result()] if waiting else []
        waiting = Meanwhile(work)
        yield from done
    if waiting:
        yield waiting.result()


def _watched(
    git: Git, process: subprocess.Popen[bytes], others: Iterable[threading.Thread], end: bytes
) -> Iterator[bytes]:
    """What git says; it is ended if it waits for what is no file, and after a very long time."""
    told: list[UnavailableError] = []
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(git, process, ended, told), daemon=True)
    started: list[threading.Thread] = []
    with process:
        try:
            for thread in (watch, *others):
                thread.start()
                started.append(thread)
            yield from _split(process.stdout, end)
        except BaseException:
            process.kill()
            raise
        finally:
            ended.set()
            for thread in started:
                thread.join()
    if told:
        raise told[0]


def _watch(git: Git, process: subprocess.Popen[bytes], ended: threading.Event, told: list[UnavailableError]) -> None:
    if ended.wait(SOON):
        return
    try:
        refuse_waiting(git.directory, git.options)
        waited = SOON
        while waited < _PATIENCE and not ended.wait(SOON):
            refuse_outgrown(process.pid)
            waited += SOON
    except UnavailableError as error:
        told.append(error)
    if not ended.is_set():
        process.kill()


def _split(pipe: IO[bytes] | None, end: bytes) -> Iterator[bytes]:
    rest = b""
    while pipe and (part := pipe.read(_PART)):
        *whole, rest = (rest + part).split(end)
        yield from whole
    if rest:
        yield rest


def _keep_first(pipe: IO[bytes] | None, lines: list[bytes]) -> None:
    """What git complains of may be more than a pipe holds while nobody reads it."""
    with suppress(OSError, ValueError):  # it is closed where the command is stopped
        for line in pipe or ():
            if not lines:
                lines.append(line[:_PART])
