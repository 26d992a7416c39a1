"""What the demo needs: a scratch repository with a team's files in it, and the commands to show."""

from __future__ import annotations

import os
from dataclasses import dataclass

from backlogtool.app import packaged
from backlogtool.errors import RefusedError
from backlogtool.stores.git.scratch import new_repository

#: The Monday on which the sample digest arrives; a fixed date makes every run the same, commit ids included.
START = "2026-02-16T06:20:00Z"
_FILES = {"BACKLOG.md": "BACKLOG.md", "ops/reports/platform/2026-W08.json": "digest.json"}


@dataclass(frozen=True, slots=True)
class Step:
    """A command with what to say before it. ``status`` is the exit code that is meant to come."""

    said: str
    arguments: tuple[str, ...]
    status: int = 0


STEPS = (
    Step("A backlog in this repository:", ("init",)),
    Step("The team's grouped BACKLOG.md becomes items, one Markdown file each:", ("import", "BACKLOG.md")),
    Step("Monday's digest of risk and pressure becomes items as well:", ("generate", "weekly")),
    Step("Running it again doubles nothing and makes no commit:", ("generate", "weekly")),
    Step("What is most urgent now:", ("list", "is:active", "--limit", "8")),
    Step("Somebody starts the review of the gateway; any unique start of an id will do:",
         ("set-status", "bl_d8a7", "in_progress", "--message", "capacity numbers are in")),
    Step("", ("comment", "bl_d8a7", "The pool can be halved once search stops fanning out.", "--actor", "alice")),
    Step("", ("close", "bl_d8a7", "--message", "no rework needed")),
    Step("", ("set-status", "bl_1113", "in_progress")),
    Step("", ("set-status", "bl_9094", "blocked", "--message", "the vendor's fix is due on Thursday")),
    Step("The workflow holds: an open item cannot be done without having been started.", ("close", "bl_87e8"), 1),
    Step("Work moves from the backlog to TODO.md: one group, ready tasks only, one commit:", ("promote",)),
    Step("Every view is rendered and committed:", ("render", "--commit")),
    Step("The story of one item, read from git:", ("log", "bl_d8a7")),
    Step("Nothing is wrong:", ("validate",)),
)  # fmt: skip


def prepare(directory: str) -> None:
    """Makes the scratch repository. Raises ``RefusedError`` if the directory holds anything."""
    os.makedirs(directory, exist_ok=True)
    if os.listdir(directory):
        raise RefusedError(f"{directory} is not empty", hint="name a new directory with --dir")
    for path, name in _FILES.items():
        target = os.path.join(directory, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as file:
            file.write(packaged.sample(name))
    new_repository(directory, START, "A team's repository")
