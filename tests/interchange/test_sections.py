"""Editing a section leaves every other line of the text as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.body import lines_outside_code, split
from backlogtool.interchange.sections import Edit, edited

ORDER = ("A", "B", "C")
line = st.sampled_from(["## A", "##  B ", "## C", "## Other", "text", "", "", "  x", "```", "### sub", "\\## A"])
texts = st.lists(line, max_size=10).map(lambda lines: "\n".join(lines).strip("\n"))


@given(texts, st.data())
def test_a_changed_section_changes_alone(text: str, data: st.DataObject) -> None:
    lead, sections = split(text)
    place = data.draw(st.integers(-1, len(sections) - 1))
    after_lead, after = split(edited(text, [Edit(place, "", "new")], order=ORDER))
    wanted = ["new" if number == place else one.text for number, one in enumerate(sections)]
    assert [one.text for one in after] == wanted
    assert [one.heading for one in after] == [one.heading for one in sections]
    assert after_lead == ("new" if place < 0 else lead)


@given(texts, st.data())
def test_a_removed_section_leaves_the_others(text: str, data: st.DataObject) -> None:
    lead, sections = split(text)
    place = data.draw(st.integers(-1, len(sections) - 1))
    after_lead, after = split(edited(text, [Edit(place, "", None)], order=ORDER))
    assert after == [one for number, one in enumerate(sections) if number != place]
    assert after_lead == ("" if place < 0 else lead)


@given(texts, st.data())
def test_lines_outside_the_section_stay_as_they_are(text: str, data: st.DataObject) -> None:
    lines = text.split("\n")
    headings = [index for index, line, outside in lines_outside_code(text) if outside and line.startswith("## ")]
    place = data.draw(st.integers(-1, len(headings) - 1))
    start, end = [0, *(index + 1 for index in headings)][place + 1], [*headings, len(lines)][place + 1]
    after = edited(text, [Edit(place, "", "one\ntwo")], order=ORDER).split("\n")
    assert after[:start] == lines[:start]
    assert after[len(after) - (len(lines) - end) :] == lines[end:]


def test_new_sections_stand_in_their_order() -> None:
    edits = [Edit(None, "C", "c"), Edit(None, "Z", "z"), Edit(None, "A", "a"), Edit(-1, "", "lead")]
    ordered = sorted(edits, key=lambda one: one.heading)
    assert edited("", ordered, order=ORDER) == "lead\n\n## A\n\na\n\n## C\n\nc\n\n## Z\n\nz"
    held = "## B\nb\n## Other\n\no"
    assert edited(held, ordered, order=ORDER) == (
        "lead\n\n## A\n\na\n\n## B\nb\n\n## C\n\nc\n\n## Other\n\no\n\n## Z\n\nz"
    )


def test_an_emptied_section_keeps_its_heading() -> None:
    assert edited("## A\n\na\n\n## B\n\nb", [Edit(0, "", "")], order=ORDER) == "## A\n\n## B\n\nb"
