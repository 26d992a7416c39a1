"""What is read without a pattern is what the pattern says, for every character there is."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.scalars import HIDDEN, resolve, visible


@pytest.mark.exhaustive
def test_every_character_is_shown_or_told_as_the_pattern_of_hidden_ones_says() -> None:
    every = [chr(point) for point in range(sys.maxunicode + 1)]
    hidden = {found[0] for found in HIDDEN.finditer("".join(every))}
    assert [one for one in every if (visible(f"a{one}") == f"a{one}") == (one in hidden)] == []


@given(st.text(st.sampled_from("019-_. +e٣²"), max_size=20))
def test_a_whole_number_is_what_is_written_as_one(text: str) -> None:
    whole = re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) is not None
    assert (type(resolve(text)) is int) == whole
    if whole:
        assert str(resolve(text)) == text
