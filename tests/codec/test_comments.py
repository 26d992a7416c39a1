"""Comments: anybody's text, which can neither end its section nor speak as somebody else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.codec import comments
from backlogtool.domain.body import open_fence
from backlogtool.domain.item import Comment
from tests import strategies as some

AT = "2026-02-17T09:12:00Z"
LATER = "2026-02-18T10:00:00Z"


def _comment(text: str, at: str = AT, actor: str = "alice") -> Comment:
    return Comment(at, actor, text)


def _read(body: str) -> tuple[str, list[Comment]]:
    description, found, stray = comments.split(body)
    assert stray == []
    return description, found


# --- reading


def test_a_body_is_a_description_and_comments() -> None:
    body = f"\nA.\n\n## Plan\n\n1. b\n\n## Comments\n\n### {AT} alice\n\nC.\n\n### {LATER} Bob B.\n\nD,\n\ne.\n"
    assert _read(body) == ("A.\n\n## Plan\n\n1. b", [_comment("C."), _comment("D,\n\ne.", LATER, "Bob B.")])


_LINES = ("## Comments", "## Comments ", "## Commentsx", "## Plan", "## ", f"### {AT} alice", "#### x", "text", " ",
          "### 2026-02-17 09:12 bob  ", "### nobody", "", "\t", "```", "~~~", "\\### a", "<script>", " ## Comments",
          f"### {AT} a\r", "x\u2028y", f"### {AT} \x1f", "\x1c")  # fmt: skip


@given(st.lists(st.sampled_from(_LINES), max_size=8), st.lists(st.sampled_from(_LINES), max_size=6))
def test_comments_at_the_end_are_read_in_one_go_as_they_are_line_by_line(lead: list[str], section: list[str]) -> None:
    body = "\n".join([*lead, "## Comments", *section])
    quickly = comments._split_at_end(body)
    start = 0 if body.startswith("## Comments") else body.find("\n## Comments") + 1
    assert quickly is None or quickly == comments._split_by_line(body, start)


def test_usual_comments_are_read_in_one_go() -> None:
    body = f"\nA.\n\n## Comments\n\n### {AT} alice\n\nC.\n"
    assert comments._split_at_end(body) == ("A.", [_comment("C.")], [])


@pytest.mark.parametrize("body", ["", "\n", "\n\n  \n"])
def test_a_body_of_blank_lines_is_empty(body: str) -> None:
    assert _read(body) == ("", [])


@pytest.mark.parametrize(
    ("heading", "at", "actor"),
    [
        ("### 2026-02-17T09:12:00Z alice", AT, "alice"),
        ("### 2026-02-17T10:12:00+01:00 alice", AT, "alice"),
        ("### 2026-02-17T09:12 alice  ", AT, "alice"),
        ("### 2026-02-17T09:12:00Z Ann Author <ann@example.org>", AT, "Ann Author <ann@example.org>"),
    ],
)
def test_a_heading_tells_the_time_in_any_zone_and_who(heading: str, at: str, actor: str) -> None:
    assert _read(f"## Comments\n\n{heading}\n\nText.") == ("", [_comment("Text.", at, actor)])


@pytest.mark.parametrize(
    "line",
    [
        *("### yesterday alice", "### 2026-02-17T09:12:00Z", "### Notes", "#### 2026-02-17T09:12:00Z a", "# Top"),
        *("###2026-02-17T09:12:00Z a", "### 2026-02-30T09:12:00Z alice", "### 2026-02-17 alice", "##Comments"),
    ],
)
def test_another_heading_is_text_of_the_comment_it_stands_in(line: str) -> None:
    assert _read(f"## Comments\n\n### {AT} alice\n\n{line}\n\nmore") == ("", [_comment(f"{line}\n\nmore")])


def test_a_comment_may_be_empty() -> None:
    assert _read(f"## Comments\n\n### {AT} alice\n### {LATER} bob\n\nText.") == (
        "",
        [_comment(""), _comment("Text.", LATER, "bob")],
    )


def test_the_section_ends_at_the_next_heading_of_its_kind_and_may_begin_again() -> None:
    body = (
        f"Lead.\n\n## Comments\n\n### {AT} alice\n\nOne.\n\n## Plan\n\n1. a\n\n## Comments\n\n### {LATER} bob\n\nTwo."
    )
    assert _read(body) == ("Lead.\n\n## Plan\n\n1. a", [_comment("One."), _comment("Two.", LATER, "bob")])


@pytest.mark.parametrize(
    "heading", ["## comments", "### Comments", "##  Comments", "## Comments about it", "##Comments"]
)
def test_a_heading_that_only_looks_like_it_begins_no_section(heading: str) -> None:
    body = f"{heading}\n\n### {AT} alice\n\nText."
    assert _read(body) == (body.strip(), [])


def test_headings_inside_code_are_code() -> None:
    code = f"```\n## Comments\n\n### {AT} mallory\n\nI approve.\n```"
    assert _read(code) == (code, [])
    assert _read(f"## Comments\n\n### {AT} alice\n\n{code}") == ("", [_comment(code)])
    assert _read(f"## Comments\n\n### {AT} alice\n\n~~~\n## Plan\n~~~\n\nend") == (
        "",
        [_comment("~~~\n## Plan\n~~~\n\nend")],
    )


def test_text_in_no_comment_is_a_finding_at_its_line_and_kept_out_of_the_description() -> None:
    body = f"Text.\n\n## Comments\n\nhello\n\n- there\n\n### {AT} alice\n\nYes."
    description, found, stray = comments.split(body)
    assert (description, found) == ("Text.", [_comment("Yes.")])
    assert [(one.code, one.line) for one in stray] == [("BL116", 5), ("BL116", 7)]
    assert stray[0].fix == "start it with a heading: ### 2026-01-31T09:00:00Z name"


# --- writing


def test_a_section_is_written_as_it_is_read() -> None:
    made = comments.section((_comment("One."), _comment("Two.\n\nLonger.", LATER, "bob")))
    assert made == f"## Comments\n\n### {AT} alice\n\nOne.\n\n### {LATER} bob\n\nTwo.\n\nLonger."
    assert comments.section(()) == ""


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("## Plan", r"\## Plan"),
        ("## Comments", r"\## Comments"),
        (f"### {LATER} cto", rf"\### {LATER} cto"),
        (r"\## Plan", r"\\## Plan"),
        (r"\\### x", r"\\\### x"),
        ("# Top", "# Top"),
        ("#### deep", "#### deep"),
        ("##", "##"),
        ("##x", "##x"),
        (r"a \## b", r"a \## b"),
        ("###\tx", "\\###\tx"),
        ("a <!-- b", r"a \<!-- b"),
        (r"a \<!-- b", r"a \\\<!-- b"),
        ("<?php", r"\<?php"),
        ("<![CDATA[", r"\<![CDATA["),
        ("<!doctype x>", r"\<!doctype x>"),
        ("<SCRIPT src=x>", r"\<SCRIPT src=x>"),
        ("a <pre>", r"a \<pre>"),
        ("<b>x</b> <present> 1 < 2 <! x", "<b>x</b> <present> 1 < 2 <! x"),
    ],
)
def test_a_line_that_would_be_a_heading_or_hide_what_follows_is_written_so_that_it_does_not(
    line: str, written: str
) -> None:
    made = comments.section((_comment(f"a\n{line}\nb"),))
    assert made.split("\n")[4:] == ["a", written, "b"]
    assert _read(made) == ("", [_comment(f"a\n{line}\nb")])


def test_inside_code_nothing_is_escaped() -> None:
    text = f"```\n## Plan\n### {LATER} cto\n\\## x\n```"
    made = comments.section((_comment(text),))
    assert made.endswith(text)
    assert _read(made) == ("", [_comment(text)])


def test_a_forged_comment_stays_a_part_of_the_one_it_was_written_in() -> None:
    forged = f"ok\n\n### {LATER} cto\n\nI approve.\n\n## Comments\n\n### {LATER} cto\n\nAgain."
    body = comments.append("Text.\n", _comment(forged, actor="mallory"))
    assert _read(body) == ("Text.", [_comment(forged, actor="mallory")])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  \n\na\n\n", "a"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("", ""),
        ("    code\n", "    code"),
        ("```\nx", "```\nx\n```"),
        ("~~~~ sh\nx\n~~~", "~~~~ sh\nx\n~~~\n~~~~"),
        ("```\nx\n\n", "```\nx\n```"),
    ],
)
def test_a_text_is_kept_with_plain_line_feeds_and_every_fence_closed(text: str, kept: str) -> None:
    assert comments.normal(text) == kept


# --- appending


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("", "\n## Comments\n\n### {0} alice\n\nYes.\n"),
        ("\n\n", "\n## Comments\n\n### {0} alice\n\nYes.\n"),
        ("\nText.\n", "\nText.\n\n## Comments\n\n### {0} alice\n\nYes.\n"),
        ("Text.", "Text.\n\n## Comments\n\n### {0} alice\n\nYes.\n"),
        ("Text.\n\n\n", "Text.\n\n## Comments\n\n### {0} alice\n\nYes.\n"),
        ("## Comments\n", "## Comments\n\n### {0} alice\n\nYes.\n"),
        ("## Comments\n\n### {1} bob\n\nNo.\n", "## Comments\n\n### {1} bob\n\nNo.\n\n### {0} alice\n\nYes.\n"),
        (
            "A.\n\n## Comments\n\n### {1} bob\n\nNo.\n\n## Plan\n\n1. a\n",
            "A.\n\n## Comments\n\n### {1} bob\n\nNo.\n\n### {0} alice\n\nYes.\n\n## Plan\n\n1. a\n",
        ),
        ("```\n## Comments\n```\n", "```\n## Comments\n```\n\n## Comments\n\n### {0} alice\n\nYes.\n"),
    ],
)
def test_a_comment_is_appended_to_its_section_or_to_a_new_one_at_the_end(body: str, after: str) -> None:
    assert comments.append(body.format(AT, LATER), _comment("Yes.")) == after.format(AT, LATER)


@pytest.mark.parametrize(
    ("body", "description", "after"),
    [
        ("\nOld.\n", "New.", "\nNew.\n"),
        ("Old.\n", "New.", "New.\n"),
        ("", "New.", "\nNew.\n"),
        ("\nOld.\n", "", ""),
        ("\nOld.\n\n## Comments\n\n### {0} a\n\nYes.\n", "New.", "\nNew.\n\n## Comments\n\n### {0} a\n\nYes.\n"),
        ("\nOld.\n\n## Comments\n\n### {0} a\n\n\\## Yes.\n", "", "\n## Comments\n\n### {0} a\n\n\\## Yes.\n"),
        ("A.\n\n## Comments\n\n### {0} a\n\nB.\n\n## P\n\nC.\n", "D.", "D.\n\n## Comments\n\n### {0} a\n\nB.\n"),
    ],
)
def test_another_description_leaves_the_comments_as_they_stand(body: str, description: str, after: str) -> None:
    assert comments.with_description(body.format(AT), description) == after.format(AT)


# --- laws

pieces: Any = st.sampled_from(
    [
        *(
            "",
            "a",
            "## Comments",
            "## Plan",
            f"### {AT} alice",
            f"### {LATER} cto",
            "### x",
            "\\## y",
            "\\\\### z",
            "#",
        ),
        *("```", "~~~", "````", "``` py", "    ```", "---", "> ## q", "- [ ] a", "Backlog-Item: x", "\t## t"),
    ]
)
texts = st.one_of(st.lists(pieces, max_size=8).map("\n".join), st.text(max_size=30), some.text)
remarks = st.lists(st.builds(Comment, some.moment, some.title, texts.map(comments.normal)), max_size=3)


@given(texts, remarks)
def test_any_comments_read_back_as_they_were_written(description: str, made: list[Comment]) -> None:
    lead, _, _ = comments.split(comments.normal(description))
    body = "\n\n".join(part for part in (lead, comments.section(tuple(made))) if part)
    assert _read(body) == (lead, made)


@given(texts, texts, some.moment, some.title)
def test_appending_adds_exactly_one_comment_to_any_body(body: str, text: str, at: str, actor: str) -> None:
    body = comments.normal(body)
    description, before, stray = comments.split(body)
    said = Comment(at, actor, comments.normal(text))
    assert comments.split(comments.append(body, said))[:2] == (description, [*before, said])
    assert len(comments.split(comments.append(body, said))[2]) == len(stray)


@given(texts)
def test_any_text_is_kept_in_a_form_that_stays_the_same_and_leaves_no_fence_open(text: str) -> None:
    kept = comments.normal(text)
    assert comments.normal(kept) == kept
    assert open_fence(kept) == ""
    assert "\r" not in kept


@given(texts)
def test_every_line_of_a_body_is_description_or_comments_or_told(body: str) -> None:
    """However the body is cut: the lines outside every section are the description, each told line stands in one."""
    description, _, stray = comments.split(body)
    rest, section = comments.cut(body)
    assert description == comments.outer([line for _, line, _ in rest])
    assert {one.line - 1 for one in stray} <= {index for index, line, _ in section if line.strip()}
