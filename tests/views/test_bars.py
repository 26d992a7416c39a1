"""Bars: nothing is lost in rounding, and nothing that is there is invisible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backlogtool.views.bars import fitted, shares, text_bar

counts = st.lists(st.integers(0, 10**6), max_size=8)


@given(counts, st.integers(8, 2000))
def test_the_parts_of_a_bar_add_up_to_its_length(numbers: list[int], length: int) -> None:
    parts = shares(numbers, length)
    assert sum(parts) == (length if sum(numbers) else 0)
    assert [part > 0 for part in parts] == [number > 0 for number in numbers]


@given(st.lists(st.integers(1, 50), min_size=2, max_size=8))
def test_equal_counts_get_equal_parts_within_a_pixel(numbers: list[int]) -> None:
    parts = shares([7] * len(numbers), 824)
    assert max(parts) - min(parts) <= 1


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_text_bar_is_as_long_as_its_share(count: int, more: int) -> None:
    bar = text_bar(count, count + more, 20)
    assert set(bar) <= {"■"}
    assert (len(bar) > 0) == (count > 0)
    assert len(bar) <= 20
    assert more or not count or len(bar) == 20


@given(st.text(max_size=60), st.integers(20, 400))
def test_a_label_is_whole_or_cut_with_a_mark(text: str, pixels: int) -> None:
    label = fitted(text, pixels, 12)
    assert label == text or (label.endswith("…") and text.startswith(label[:-1]))
    assert fitted(label, pixels, 12) == label


def test_wide_characters_take_more_room() -> None:
    assert fitted("service-name", 100, 12) == "service-name"
    assert fitted("漢字のサービス名前です", 100, 12) == "漢字のサービス…"
