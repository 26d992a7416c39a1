"""Titles and headings of the grouped backlog: any text comes back, and no HTML begins in one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec.grouped_lines import after
from backlogtool.codec.grouped_titles import read, shown
from tests.codec.timing import assert_linear

TITLES = st.lists(
    st.sampled_from(["<", "!--", "-->", "\\", "`", "``", "b>", "/h3>", "?", "![CDATA[", " ", "a", "é"])
).map("".join)


@given(TITLES | st.text())
def test_a_title_that_is_shown_reads_back(title: str) -> None:
    assert read(shown(title)) == title


@given(TITLES)
def test_no_comment_is_open_behind_a_title(title: str) -> None:
    assert after(shown(title), False)[0] is False


@given(TITLES.filter(lambda title: "`" not in title))
def test_outside_code_a_backslash_stands_before_everything_that_begins_something(title: str) -> None:
    slashes = re.findall(r"(?<!\\)(\\*)<[A-Za-z/!?]", shown(title))
    assert all(len(run) % 2 for run in slashes)


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("<b></h3>", r"\<b>\</h3>"),
        ("a <!-- b --> c", r"a \<!-- b --> c"),
        ("<script>alert(1)</script>", r"\<script>alert(1)\</script>"),
        (r"\<b>", r"\\\<b>"),
        ("1 < 2, a <- b", "1 < 2, a <- b"),
        ("`Vec<T>` and Vec<T>", r"`Vec<T>` and Vec\<T>"),
        ("`` `<b>` `` <b>", r"`` `<b>` `` \<b>"),
        (r"\`<b>` <i>`", r"\`\<b>` <i>`"),
        ("`<!-- x`", r"`\<!-- x`"),
        ("a ` b <i>", r"a ` b \<i>"),
    ],
)
def test_titles_as_they_stand_in_the_file(title: str, written: str) -> None:
    assert shown(title) == written
    assert read(written) == title


def test_an_even_number_of_backslashes_is_a_persons_and_stays() -> None:
    assert read(r"a <b> \\<c>") == r"a <b> \\<c>"


@pytest.mark.parametrize("piece", ["\\", "`", "<", "\\<", "`<", "` `` "])
def test_titles_take_time_in_proportion(piece: str) -> None:
    assert_linear(shown, lambda size: piece * size, 20_000)
