"""A write that is under way: what its steps hand to each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backlogtool.stores.git.interruptions import Interruptions
from backlogtool.stores.git.journal import Change, Journal, Plan
from backlogtool.stores.git.objects import CommitObject
from backlogtool.stores.git.repository import Repository
from backlogtool.stores.git.staging import Staging


class Write(NamedTuple):
    """A write whose plan is on disk. ``message`` and ``at``, the author's time, are those of its commit."""

    repository: Repository
    changes: Sequence[Change]
    journal: Journal
    plan: Plan
    staging: Staging
    interruptions: Interruptions
    message: str
    at: str


class Outcome(NamedTuple):
    """The new commit and what hooks printed. ``commit`` is it if it holds exactly what was asked for."""

    id: str
    output: str = ""
    commit: CommitObject | None = None
