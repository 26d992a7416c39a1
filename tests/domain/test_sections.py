"""Sections are found at once where there is no code, and say the same as line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.body import Section, split

_PARTS = ["\n", "\n", "## ", "##", "# ", " ", "\t", "a", "Plan", "\\", "\r", "\u2028", "\x1c", "`a", "~~a", "### "]


@given(st.lists(st.sampled_from(_PARTS), max_size=30).map("".join))
def test_a_section_begins_with_each_line_that_is_a_heading_with_words(text: str) -> None:
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in text.split("\n"):
        if line.startswith("## ") and line[3:].strip():
            found.append((line[3:].strip(), []))
        else:
            found[-1][1].append(line)
    (_, lead), *sections = ((heading, "\n".join(lines).strip("\n")) for heading, lines in found)
    assert split(text) == (lead, [Section(*one) for one in sections])


@given(st.lists(st.sampled_from(_PARTS), max_size=30).map("".join))
def test_code_below_changes_nothing_above_it(text: str) -> None:
    """The way for texts with code finds the same in the part without."""
    lead, sections = split(text)
    behind = split(f"{text}\n## End\n\n```\ncode\n```")
    assert behind == (lead, [*sections, Section("End", "```\ncode\n```")])


def test_many_headings_without_words_take_no_longer_than_as_many_lines() -> None:
    lead, sections = split("## \n" * 250_000)
    assert (len(lead), sections) == (4 * 250_000 - 1, [])
