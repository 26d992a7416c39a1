"""What git says while it runs, as far as somebody wants to hear it: what a repository makes it say may have no end."""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from subprocess import Popen, TimeoutExpired

from backlogtool.errors import UnavailableError

#: Bytes that are taken from a command that reads: ten times what it lists of a backlog of a million items.
MOST = 1 << 30
_PART = 1 << 16

#: Whether no more is wanted, told from the next part of what is said.
Enough = Callable[[bytes], bool]


def _never(part: bytes) -> bool:  # noqa: ARG001
    return False


class Hearing:
    """The two pipes of a process, and what came through them. ``most`` None takes all there is."""

    def __init__(self, process: Popen[bytes], enough: Enough | None = None, most: int | None = None) -> None:
        self._process = process
        self._enough = enough or _never
        self._most = most
        self._size = 0
        self._pipes = selectors.DefaultSelector()
        self._parts: dict[str, list[bytes]] = {"out": [], "err": []}
        self.ended_early = False
        for name, pipe in (("out", process.stdout), ("err", process.stderr)):
            if pipe is not None:
                self._pipes.register(pipe, selectors.EVENT_READ, name)

    @property
    def out(self) -> bytes:
        return b"".join(self._parts["out"])

    @property
    def err(self) -> bytes:
        return b"".join(self._parts["err"])

    def goes_on(self, seconds: float) -> bool:
        """Hears what is said within so many seconds; whether there may be more, since the process has not ended.

        Raises ``UnavailableError`` if it says too much.
        """
        deadline = time.monotonic() + seconds
        while self._pipes.get_map():
            ready = self._pipes.select(max(deadline - time.monotonic(), 0))
            for key, _ in ready:
                if not self.ended_early:  # else no pipe is heard any more, the next one that was ready neither
                    self._take(key)
            if not ready and time.monotonic() >= deadline:
                return True
        self._pipes.close()
        try:
            self._process.wait(max(deadline - time.monotonic(), 0))
        except TimeoutExpired:
            return True
        return False

    def _take(self, key: selectors.SelectorKey) -> None:
        part = os.read(key.fd, _PART)
        if not part:
            self._pipes.unregister(key.fileobj)
            return
        self._parts[key.data].append(part)
        self._size += len(part)
        if self._most is not None and self._size > self._most:
            hint = "something in the repository is made to be too large; backlogtool reads no more of it"
            raise UnavailableError(f"git says more than {self._most >> 20} MiB", hint=hint)
        if key.data == "out" and self._enough(part):
            self.ended_early = True
            self._process.kill()
            for one in list(self._pipes.get_map().values()):
                self._pipes.unregister(one.fileobj)
