"""Any text goes through a task block and comes back, and none of its lines is taken for structure."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backlogtool.codec.grouped import read
from backlogtool.codec.grouped_fields import KNOWN, field_lines, section_text, text_of, tidy
from backlogtool.codec.grouped_lines import as_comment, escaped, is_comment, read_name, shown_name, unescaped
from backlogtool.codec.grouped_notes import split

TRICKY = [
    "## task_begin",
    "  ## task_end",
    "##group_end",
    "## group_begin [type:x][priority:y]",
    "\\## task_end",
    "\t\\\\## Task_End of it",
    "### # [id:x] y",
    "\\### # [",
    "## Heading",
    "\\## Heading",
    "**Plan:** x",
    " **Plan:**",
    " \\**Plan:** y",
    "\\**Plan:**",
    "**a\\*b:** z",
    "**Note <!-- x:** y",
    "<!--",
    "\\<!-- x",
    "a <!-- b",
    "c --> d",
    "<!-- whole -->",
    "--> <!--",
    "```",
    "```` x",
    "~~~",
    "\\```",
    "---",
    "- [ ] box",
    "* [x] box",
    "- item",
    "1. step",
    "7) step",
    "   go on",
    "`a` (new), `b`",
    "- `docs/a` — why",
    "`a`, `b` — x, `c`",
    "| table |",
    "> quote",
    "    code",
    "{{ x }} {% y %}",
    "TBD",
    "",
    "",
    "plain",
]
line = st.one_of(st.sampled_from(TRICKY), st.text(st.sampled_from("\\*<!->`~#:[] \tab"), max_size=12))
lines = st.lists(line.map(lambda one: one.rstrip(" \t")), max_size=8)
texts = lines.map("\n".join)
names = st.sampled_from([*KNOWN, "Notes"])


@given(st.text(st.sampled_from("abc <!-"), max_size=5).map(str.strip), lines)
def test_text_comes_back_from_its_escaped_form(first: str, rest: list[str]) -> None:
    assert unescaped(escaped([first, *rest])) == [first, *rest]


@given(texts)
@example("```\n-->\n```\n<!-- x")
@example("<!-- x\n```\n-->\n## task_end")
@example("--> <!--\n--> <!--")
@example("<!-- a --> <!-- b\n**Plan:** x")
def test_escaped_text_stays_inside_its_field(text: str) -> None:
    """It can neither end its task nor start a field, whatever it holds, and it comes back in its normal form."""
    shown = field_lines("Description", text)
    first, *rest = escaped(shown)
    tags = "[id:TASK-20260204-258][type:ops][priority:high][component:a]"
    block = "\n".join(["## task_begin", f"### # {tags} x", f"**Description:** {first}", *rest, "## task_end"])
    grouped, findings = read(f"# T\n## group_begin [type:ops][priority:high]\n## H\n{block}\n## group_end\n", "x")
    assert findings == []
    assert grouped is not None
    assert grouped.groups[0].tasks[0].fields == (("Description", shown),)


@given(names, texts)
def test_the_normal_form_of_a_field_is_its_own_normal_form(name: str, text: str) -> None:
    once = field_lines(name, text)
    assert field_lines(name, text_of(once)) == once


@given(names, texts)
def test_a_field_and_its_section_say_the_same(name: str, text: str) -> None:
    section = section_text(name, text)
    assert field_lines(name, section) == field_lines(name, text)
    assert section_text(name, section) == section


@given(texts)
def test_tidying_drops_nothing_but_blanks(text: str) -> None:
    kept = "\n".join(tidy(text))
    assert kept.split()[: len(text.split())] == text.split()


def test_text_that_is_no_list_stays_as_it_is() -> None:
    assert field_lines("Plan", "first do this\nthen that") == ("first do this", "then that")
    assert field_lines("Relevant Files", "see `a`\nand `b`") == ("see `a`", "and `b`")
    assert field_lines("Acceptance Criteria", "- [ ] a\nand so on") == ("", "- [ ] a", "and so on")
    assert section_text("Plan", "1. a\n```\nb\n```") == "1. a\n```\nb\n```"


def test_a_reference_whose_text_could_be_cut_elsewhere_stays_a_list() -> None:
    assert field_lines("Relevant Files", "- `a` or, `b`") == ("", "- `a` or, `b`")


def test_what_starts_a_block_does_not_stand_behind_a_label() -> None:
    for first in ("- a", "1. a", "```", "> a", "| a |", "<!-- a -->", "# a", "    a", "---"):
        assert field_lines("Description", f"x\n{first}")[0] == "x"
        assert field_lines("Description", first)[0] == ""


@given(st.text(st.sampled_from("a*\\<!-:"), min_size=1, max_size=8))
def test_a_name_comes_back(name: str) -> None:
    assert read_name(shown_name(name)) == name


@given(texts)
def test_every_note_is_a_comment_that_ends(text: str) -> None:
    for note in split(text):
        assert is_comment(note)
        assert as_comment(note) == note
        assert split(note) == [note]


@pytest.mark.parametrize("text", ["<!-- a -->", "<!-- a\n\nb -->", "<!-- a --><!-- b -->"])
def test_comments_are_kept_as_they_are(text: str) -> None:
    assert split(text) == [text]
