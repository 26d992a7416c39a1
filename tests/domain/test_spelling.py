"""Did you mean …? Distances, and that a suggestion is made only where there is one to make."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.spelling import did_you_mean, distance, nearest

STATUSES = ("open", "in_progress", "blocked", "done", "canceled")
short = st.text(alphabet="abc", max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "steps"),
    [
        ("", "", 0),
        ("", "abc", 3),
        ("open", "open", 0),
        ("opn", "open", 1),
        ("oopen", "open", 1),
        ("opem", "open", 1),
        ("poen", "open", 1),
        ("cancelled", "canceled", 1),
        ("onep", "open", 2),
        ("badc", "abcd", 2),
        ("done", "open", 3),
        ("Open", "open", 1),
    ],
)
def test_insertions_deletions_replacements_and_swaps_count_one(left: str, right: str, steps: int) -> None:
    assert distance(left, right) == steps


def _defined(left: str, right: str) -> int:
    """The distance as its definition says it, without a table."""

    @functools.cache
    def steps(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        found = [steps(i - 1, j) + 1, steps(i, j - 1) + 1, steps(i - 1, j - 1) + (left[i - 1] != right[j - 1])]
        if i > 1 and j > 1 and left[i - 2 : i] == right[j - 2 : j][::-1]:
            found.append(steps(i - 2, j - 2) + 1)
        return min(found)

    return steps(len(left), len(right))


@given(short, short)
def test_the_distance_is_the_least_number_of_steps_in_either_direction(left: str, right: str) -> None:
    assert distance(left, right) == distance(right, left) == _defined(left, right)
    assert (distance(left, right) == 0) == (left == right)


@pytest.mark.parametrize(
    ("word", "close"),
    [
        ("cancelled", "canceled"),
        ("in-progress", "in_progress"),
        ("inprogress", "in_progress"),
        ("OPEN", "open"),
        ("dnoe", "done"),
        ("blokced", "blocked"),
        ("wip", None),
        ("", None),
        ("x" * 65, None),
        ("closed", None),
    ],
)
def test_the_nearest_word_is_at_most_two_steps_away(word: str, close: str | None) -> None:
    assert nearest(word, STATUSES) == close


def test_two_words_that_are_as_near_are_a_tie_and_none_is_suggested() -> None:
    assert nearest("ba", ["bar", "bat"]) is None
    assert nearest("bar", ["bar", "bat"]) == "bar"
    assert nearest("P5", ["P0", "P1", "P2", "P3"]) is None


def test_a_word_is_not_near_to_one_that_shares_nothing_with_it() -> None:
    assert nearest("ab", ["cd"]) is None
    assert nearest("a", ["bcd"]) is None


def test_nothing_is_near_where_there_is_nothing_to_choose() -> None:
    assert nearest("open", []) is None


@given(st.text(max_size=70), st.lists(st.text(max_size=8), max_size=5, unique=True))
def test_a_suggestion_is_always_one_of_the_choices_and_near(word: str, choices: list[str]) -> None:
    found = nearest(word, choices)
    assert found is None or (found in choices and distance(word.casefold(), found.casefold()) <= 2)


def test_the_hint_asks_for_a_near_word_and_lists_the_choices_where_none_is() -> None:
    assert did_you_mean("cancelled", STATUSES) == "did you mean 'canceled'?"
    assert did_you_mean("wip", iter(STATUSES)) == "allowed: open, in_progress, blocked, done, canceled"
