"""What the checks look at: a repository, and what git tells about it when asked once."""

from __future__ import annotations

import os
from functools import cached_property

from backlogtool.stores.git import survey
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.survey import Entry


class Seen:
    """A repository as it is at ``now``, in seconds since 1970 by the clock of this machine."""

    def __init__(self, repository: Repository, now: float) -> None:
        self.repository = repository
        self.now = now

    @cached_property
    def config(self) -> dict[str, str]:
        """name, its parts lowered as git does, -> the value that counts; a name alone is ``true``."""
        return survey.settings(self.repository)

    def flag(self, name: str) -> bool:
        """Whether a setting of git is switched on."""
        return self.config.get(name, "").lower() in ("true", "yes", "on", "1")

    @cached_property
    def index(self) -> list[Entry]:
        """Every path in the index. Raises ``UnavailableError`` if git cannot read it."""
        return survey.entries(self.repository)

    @cached_property
    def private(self) -> str:
        """The tool's own folder of this work tree."""
        return os.path.join(self.repository.git_dir, "backlogtool")


def names(folder: str) -> list[str]:
    """What a folder holds, sorted; nothing if it is not there or may not be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
