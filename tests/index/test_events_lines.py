"""Events are kept as lines, and come back as they were or not at all."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.event import Event
from backlogtool.stores.git.index.events_lines import events_in, judged_in, lines_of, lines_of_judged

_TEXTS = st.text(st.characters(codec=None), max_size=12) | st.sampled_from(
    ["\\n", "a\nb", "\\", "\r", "", "\udcff", "l3"]
)
_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=12,
)
_EVENTS = st.lists(st.builds(Event, *[_TEXTS] * 6, st.dictionaries(_TEXTS, _VALUES, max_size=3)), max_size=3)


def told(held: Any) -> str:
    """The value with its types: for Python 1, 1.0 and True are equal."""
    return repr(held)


@given(_EVENTS)
def test_events_come_back_as_they_were(events: list[Event]) -> None:
    assert told(events_in(lines_of(events))) == told(events)


@given(st.lists(st.tuples(st.lists(_TEXTS, max_size=3).map(tuple), st.booleans()), max_size=3))
def test_judgements_come_back_as_they_were(asked: list[tuple[tuple[str, ...], bool]]) -> None:
    assert [(tuple(path), answer) for path, answer in judged_in(lines_of_judged(asked))] == asked


@given(_EVENTS, st.randoms(use_true_random=False))
def test_other_bytes_are_refused_or_tell_of_other_events(events: list[Event], choose: random.Random) -> None:
    lines = bytearray(lines_of(events))
    lines[choose.randrange(len(lines))] = choose.choice(b"=lmidntf0139\n\\-x\xff")
    cut = bytes(lines[: choose.choice((len(lines), choose.randrange(len(lines) + 1)))])
    with suppress(ValueError):
        found = events_in(cut)
        assert told(events_in(lines_of(found))) == told(found)


@pytest.mark.parametrize("held", [(1, 2), {1, 2}, b"bytes", object()])
def test_what_no_file_can_hold_is_not_kept(held: object) -> None:
    with pytest.raises(ValueError, match="no value of an event"):
        lines_of([Event("", "", "", "", "", "", {"changes": held})])


@pytest.mark.parametrize(
    "lines", [b"", b"l1", b"l0\nn", b"l 0", b"l00", b"l-1", b"l1\ni1_0", b"x", b"l1\n", b"l99999999"]
)
def test_lines_that_nobody_wrote_are_refused(lines: bytes) -> None:
    with pytest.raises(ValueError, match="that were kept"):
        events_in(lines)
