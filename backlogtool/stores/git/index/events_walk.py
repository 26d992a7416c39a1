"""The history that leads to one commit, read from the index of events: a ``Walk`` that asks git for nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from operator import itemgetter

from backlogtool.domain import calendar
from backlogtool.stores.git.graphs import Graph, graphs
from backlogtool.stores.git.index.database import MalformedError
from backlogtool.stores.git.index.events_graph import Reach
from backlogtool.stores.git.index.events_state import State, reading
from backlogtool.stores.git.index.events_tables import bytes_of, text_of
from backlogtool.stores.git.steps import Step

#: (item, number of the commit, id of the commit, blob before, blob after)
_Row = tuple[bytes, int, bytes, bytes | None, bytes | None]
_STEPS = "SELECT item, number, id, before, after FROM steps JOIN commits USING (number)"
#: A file that only moves is no event.
_CHANGES = "before IS NOT after"
_EPOCH = date(1970, 1, 1).toordinal()


class IndexWalk:
    """Raises ``sqlite3.OperationalError`` if another process has made the index anew meanwhile."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state
        self._reach: Reach | None = None

    @property
    def reach(self) -> Reach:
        """The commits that lead to the head; read when they are first needed."""
        if self._reach is None:
            rows = self._connection.execute("SELECT number, parents, same FROM joints ORDER BY number").fetchall()
            if not rows or rows[0][0] > self._state.number:
                raise MalformedError("the first commit is missing")
            joints = [(tuple(map(int, parents.split())), same) for _, parents, same in rows]
            self._reach = Reach([number for number, _, _ in rows], joints, self._state.number)
        return self._reach

    def graph_of(self, item_id: str) -> Graph | None:
        return self.graphs([item_id]).get(item_id)

    def graphs(self, wanted: Collection[str]) -> dict[str, Graph]:
        asked = f"{_STEPS} WHERE item = ?"
        with reading(self._connection, self._state):
            rows = [row for one in wanted for row in self._connection.execute(asked, (bytes_of(one),))]
            return self._graphs(sorted(rows, key=itemgetter(1)))

    def latest(self, since: str, first: int = 64) -> Iterator[list[Step]]:
        after = _seconds(since)
        some: list[Step] = []
        with reading(self._connection, self._state):
            runs = list(self.reach.latest())
        for low, high in runs:
            while low <= high:
                with reading(self._connection, self._state):
                    found = self._steps(low, high, after, first - len(some))
                if not found:
                    break
                high = found[-1][1] - 1
                some += map(_step, found)
                if len(some) >= first:
                    yield some
                    some, first = [], first * 4
        yield some

    def _steps(self, low: int, high: int, after: int, limit: int) -> list[_Row]:
        """The steps of the last commits of a run, newest first: of so many of them that did something."""
        values = {"low": low, "high": high, "after": after, "limit": limit}
        last = "SELECT DISTINCT number FROM steps JOIN commits USING (number) WHERE number BETWEEN :low AND :high"
        last += f" AND at >= :after AND {_CHANGES} ORDER BY number DESC LIMIT :limit"
        asked = f"{_STEPS} WHERE number IN ({last}) AND {_CHANGES} ORDER BY number DESC, place"
        return self._connection.execute(asked, values).fetchall()

    def _graphs(self, rows: Iterable[_Row]) -> dict[str, Graph]:
        held = [row for row in rows if self.reach.holds(row[1])]
        ids = {number: commit.hex() for _, number, commit, _, _ in held}
        lines = list(self.reach.lines(list(ids))) if held else []
        ids |= self._ids({line.commit for line in lines} - ids.keys())
        ids[-1] = ""
        named = ([ids[line.commit], *(ids[parent] for parent in line.parents)] for line in lines)
        return graphs(named, [_step(row) for row in held])

    def _ids(self, merges: set[int]) -> dict[int, str]:
        if not merges:
            return {}
        rows = self._connection.execute("SELECT number, id FROM commits WHERE number IN (SELECT number FROM joints)")
        return {number: commit.hex() for number, commit in rows if number in merges}


def _step(row: _Row) -> Step:
    item, _, commit, before, after = row
    return Step(commit.hex(), text_of(item), _name(before), _name(after))


def _name(blob: bytes | None) -> str | None:
    return None if blob is None else blob.hex()


def _seconds(since: str) -> int:
    """When the day of a moment begins, in seconds; long ago if it is no day."""
    day = calendar.parse_day(since[:10])
    return -(1 << 62) if day is None else (day.toordinal() - _EPOCH) * 86400
