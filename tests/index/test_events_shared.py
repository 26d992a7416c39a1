"""Several processes use one index of events: what one tells never passes for what another has seen."""

from __future__ import annotations

import sqlite3

import pytest

from backlogtool.stores.git.index import events_stories as stories
from backlogtool.stores.git.index.database import Connection
from backlogtool.stores.git.index.events_state import State, reading, writing
from backlogtool.stores.git.index.events_stories import Told
from backlogtool.stores.git.index.events_tables import SCHEMA
from backlogtool.stores.marks import Marks

_HEAD = "ab" * 20
_STATE = State(0, _HEAD, "ours")


@pytest.fixture
def index() -> Connection:
    """An index of one commit."""
    made: Connection = sqlite3.connect(":memory:", isolation_level=None, factory=Connection)
    made.executescript(SCHEMA)
    made.execute("INSERT INTO facts VALUES ('seen', 'ours')")
    made.execute("INSERT INTO commits VALUES (0, ?, 0)", (bytes.fromhex(_HEAD),))
    return made


def test_a_story_that_another_process_has_replaced_is_not_called_seen_from_here(index: Connection) -> None:
    stories.keep(index, [("x", Told(1, "theirs", b"", Marks()), [])])
    stories.see_from(index, [("x", "ours")], 7)
    assert stories.all_told(index, ["x"])["x"].head == 1
    stories.see_from(index, [("x", "theirs")], 7)
    assert stories.all_told(index, ["x"])["x"].head == 7


def test_the_events_of_a_story_are_those_it_was_found_with(index: Connection) -> None:
    stories.keep(index, [("x", Told(1, "one", b"", Marks()), [])])
    found = stories.told(index, "x")
    index.execute("UPDATE stories SET events = 'torn'")
    assert found is not None
    assert found[1]() == []


@pytest.mark.parametrize(
    "other", [_STATE._replace(seen="theirs"), _STATE._replace(number=1), State(0, "cd" * 20, "ours")]
)
def test_in_an_index_made_anew_nothing_is_read_or_written(index: Connection, other: State) -> None:
    for entered in (reading(index, other), writing(index, other)):
        with pytest.raises(sqlite3.OperationalError, match="made anew"), entered:
            pytest.fail("it went on")
        assert not index.in_transaction
    with reading(index, _STATE), pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        index.execute("BEGIN")


def test_only_the_last_short_answers_are_kept(index: Connection) -> None:
    for number in range(20):
        stories.keep_answer(index, str(number), _HEAD, b"", [])
    kept = [name for (name,) in index.execute("SELECT asked FROM answers ORDER BY turn")]
    assert kept == [str(number) for number in range(12, 20)]
