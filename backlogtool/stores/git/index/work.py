"""What the index knows of folders, and what there is to do about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from backlogtool.stores.git.index.folders import Folder

#: Told how many of how many files have been read.
Progress = Callable[[int, int], object]
#: A folder by its path, with the number of its row.
State = dict[str, tuple[int, Folder]]
#: The note of the ids that several files claim, with a space between them.
REPEATED = "repeated"
#: The note of a text that is another one after every update; the index of words remembers what it was made of.
STATE = "state"


class Work(NamedTuple):
    """What is no longer as it was: folders whose names may differ, and folder -> files that may differ."""

    folders: list[str]
    files: dict[str, list[str]]

    def __bool__(self) -> bool:
        return bool(self.folders or self.files)
