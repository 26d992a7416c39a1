"""``doctor`` suggests a commit-graph for a long history, until there is one."""

from __future__ import annotations

import shlex

from backlogtool.app.health.check import NOTE, Check
from backlogtool.app.health.history import history
from backlogtool.app.health.seen import Seen
from backlogtool.stores.git.repository import discover
from tests.repositories import Repo


def told(repo: Repo, long: int) -> list[Check]:
    return list(history(Seen(discover(str(repo.root)), 0.0), long))


def test_a_long_history_without_a_graph_is_noted_and_what_is_said_ends_it(repo: Repo) -> None:
    assert told(repo, 3) == []
    for number in range(3):
        repo.write("items/notes.txt", f"{number}\n")
        repo.commit(str(number))
    assert told(repo, 4) == []
    (note,) = told(repo, 3)
    assert note.state == NOTE
    assert note.risk
    repo.git(*shlex.split(note.fix)[1:])
    assert told(repo, 3) == []
