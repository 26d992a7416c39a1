"""A repository as a whole, as git tells of it: its version, settings, index, and how long and how late history is.

For whoever looks for what is wrong. Git is asked with commands that run nothing of what the repository configures
(ROBUSTNESS.md 2.3).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from backlogtool.errors import UnavailableError
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.runner import Git


@dataclass(frozen=True, slots=True)
class Entry:
    """A path in the index. ``tag`` is git's letter for it: in lower case if changes are not looked for."""

    tag: str
    mode: str
    stage: str
    path: str


def version(directory: str) -> str:
    """What git says of itself, started in a directory, which need not be one of a repository."""
    return Git(directory).read("--version").out.decode("utf-8", "replace").strip()


def settings(repository: Repository) -> dict[str, str]:
    """name, its parts lowered as git does, -> the value that counts; a name alone is ``true``."""
    told = repository.git.read("config", "--list", "--show-scope", "-z")
    parts = os.fsdecode(told.out).split("\0")
    found = {}
    for scope, entry in zip(parts[::2], parts[1::2], strict=False):
        name, given, value = entry.partition("\n")
        if scope != "command":
            found[name] = value if given else "true"
    return found


def entries(repository: Repository) -> list[Entry]:
    """Every path in the index. Raises ``UnavailableError`` if git cannot read it."""
    told = repository.git.read("ls-files", "-v", "--stage", "-z")
    if told.status:
        raise UnavailableError(f"git cannot read its index: {told.err}")
    return [_entry(line) for line in told.out.split(b"\0") if line]


def _entry(line: bytes) -> Entry:
    told, _, path = line.partition(b"\t")
    tag, mode, _, stage = told.decode().split(" ")
    return Entry(tag, mode, stage, os.fsdecode(path))


def commits(repository: Repository, most: int) -> int:
    """How many commits lead to HEAD, itself among them, counted up to ``most``; 0 where git cannot tell."""
    told = repository.git.read("rev-list", "--count", f"--max-count={most}", "HEAD", "--").out.strip()
    return int(told) if told.isdigit() else 0


def last_moment(repository: Repository) -> int | None:
    """When the last commit was made, in seconds since 1970 by the clock of whoever made it; None if there is none."""
    told = repository.git.read("rev-list", "--max-count=1", "--timestamp", "HEAD", "--").out.split()
    return int(told[0]) if told else None
