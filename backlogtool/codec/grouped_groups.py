"""The grouped backlog as values: the whole file, its groups, and a group while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from backlogtool.codec.grouped_notes import Moved
from backlogtool.codec.grouped_tags import Tags
from backlogtool.codec.grouped_tasks import Task


@dataclass(frozen=True, slots=True)
class Group:
    """One group. ``notes`` are the comments in it that belong to no task; ``heading`` may be empty."""

    type: str
    priority: str
    heading: str
    notes: tuple[str, ...]
    tasks: tuple[Task, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """The whole file. ``preamble`` is the text of the first comment between the title and the groups.

    ``moved`` is what comments say was promoted, ``outside`` the tasks in no group.
    """

    title: str
    preamble: str
    groups: tuple[Group, ...]
    moved: tuple[Moved, ...] = field(default=(), compare=False)
    outside: tuple[Task, ...] = ()


@dataclass(slots=True)
class OpenGroup:
    """A group while its lines are taken."""

    line: int
    tags: Tags
    heading: str = ""
    notes: list[str] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)

    def done(self) -> Group:
        """The group, once it is closed."""
        tags = self.tags.values
        notes, tasks = tuple(self.notes), tuple(self.tasks)
        return Group(tags.get("type", ""), tags.get("priority", ""), self.heading, notes, tasks, self.line)
