"""What the checks look at: a repository, and what git tells about it when asked once.

Git is asked with commands that run nothing of what the repository configures (ROBUSTNESS.md 2.3).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import Repository


@dataclass(frozen=True, slots=True)
class Entry:
    """A path in the index. ``tag`` is git's letter for it: in lower case if changes are not looked for."""

    tag: str
    mode: str
    stage: str
    path: str


class Seen:
    """A repository as it is at ``now``, in seconds since 1970 by the clock of this machine."""

    def __init__(self, repository: Repository, now: float) -> None:
        self.repository = repository
        self.now = now

    @cached_property
    def config(self) -> dict[str, str]:
        """name, its parts lowered as git does, -> the value that counts; a name alone is ``true``."""
        told = self.repository.git.read("config", "--list", "--show-scope", "-z")
        parts = os.fsdecode(told.out).split("\0")
        found = {}
        for scope, entry in zip(parts[::2], parts[1::2], strict=False):
            name, given, value = entry.partition("\n")
            if scope != "command":
                found[name] = value if given else "true"
        return found

    def flag(self, name: str) -> bool:
        """Whether a setting of git is switched on."""
        return self.config.get(name, "").lower() in ("true", "yes", "on", "1")

    @cached_property
    def index(self) -> list[Entry]:
        """Every path in the index. Raises ``UnavailableError`` if git cannot read it."""
        told = self.repository.git.read("ls-files", "-v", "--stage", "-z")
        if told.status:
            raise UnavailableError(f"git cannot read its index: {told.err}")
        return [_entry(line) for line in told.out.split(b"\0") if line]

    @cached_property
    def private(self) -> str:
        """The tool's own folder of this work tree."""
        return os.path.join(self.repository.git_dir, "backlogtool")


def _entry(line: bytes) -> Entry:
    told, _, path = line.partition(b"\t")
    tag, mode, _, stage = told.decode().split(" ")
    return Entry(tag, mode, stage, os.fsdecode(path))


def names(folder: str) -> list[str]:
    """What a folder holds, sorted; nothing if it is not there or may not be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
