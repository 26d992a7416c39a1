"""The body: fences, sections, what makes a task ready, and the generated part among people's words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain import body
from backlogtool.domain.body import GENERATED_BEGIN, GENERATED_END, Section
from backlogtool.domain.policy import BacklogMd
from tests import strategies as some
from tests.test_generation import policy

BEGIN, END = GENERATED_BEGIN, GENERATED_END

# --- fenced code; in the texts ``▸`` stands before each line outside of it

FENCES = {
    "no code": "▸one\n▸\n▸two",
    "backticks": "▸a\n```\ncode\n```\n▸b",
    "tildes": "▸a\n~~~\ncode\n~~~\n▸b",
    "a language behind the fence": "▸a\n```python\ncode\n```\n▸b",
    "backticks inside tildes": "▸a\n~~~\n```\n## x\n~~~\n▸b",
    "tildes inside backticks": "▸a\n```\n~~~\n```\n▸b",
    "three inside four": "▸a\n````\n```\n````\n▸b",
    "a longer end": "▸a\n```\ncode\n`````\n▸b",
    "words behind an end do not end it": "▸a\n```\n``` no\n```\n▸b",
    "blanks behind an end do": "▸a\n```\n```  \n▸b",
    "three blanks before": "▸a\n   ```\ncode\n  ```\n▸b",
    "four blanks are no fence": "▸a\n▸    ```\n▸b",
    "four blanks do not end it": "▸a\n```\n    ```\ncode",
    "code in a line is no fence": "▸``` a `b` ```\n▸b",
    "tildes may have backticks behind": "▸a\n~~~ `x`\ncode\n~~~\n▸b",
    "two are too few": "▸``\n▸a\n▸``",
    "inside a quotation": "▸> ```\n▸> a",
    "never ended": "▸a\n```\ncode\n## x",
    "ended and begun again": "▸a\n```\n```\n▸b\n~~~\ncode",
}


@pytest.mark.parametrize("text", FENCES.values(), ids=FENCES)
def test_lines_of_code_are_told_from_lines_outside(text: str) -> None:
    wanted = [(index, line.removeprefix("▸"), line.startswith("▸")) for index, line in enumerate(text.split("\n"))]
    assert list(body.lines_outside_code(text.replace("▸", ""))) == wanted


@pytest.mark.parametrize(
    ("text", "fence"),
    [("", ""), ("```\na\n```", ""), ("```\na", "```"), ("~~~~~ x\n~~~", "~~~~~"), ("```\n```\n````\n```", "````")],
)
def test_the_open_fence_is_what_would_end_the_code(text: str, fence: str) -> None:
    assert body.open_fence(text) == fence


pieces = st.sampled_from(
    [
        "",
        "a",
        "```",
        "~~~",
        "````",
        "``` x",
        "    ```",
        "  ~~~",
        "## A",
        "## B ",
        "##",
        "##  ",
        "### C",
        "# D",
        BEGIN,
        END,
    ]
)
texts = st.one_of(st.lists(pieces, max_size=12).map("\n".join), some.text, st.text(max_size=40))


@given(texts)
def test_the_open_fence_closes_any_text(text: str) -> None:
    fence = body.open_fence(text)
    assert body.open_fence(f"{text}\n{fence}") == ""


# --- sections


def test_a_body_is_a_lead_and_sections() -> None:
    text = "\nLead\n\nmore\n\n## Plan\n\n1. first\n\n##  Notes  \n### deeper\n## Empty\n"
    assert body.split(text) == (
        "Lead\n\nmore",
        [Section("Plan", "1. first"), Section("Notes", "### deeper"), Section("Empty", "")],
    )


def test_only_a_heading_of_two_outside_code_begins_a_section() -> None:
    text = "#Lead\n##\n## \n##x\n ## y\n# z\n### z\n```\n## code\n```\n## Real"
    assert [one.heading for one in body.split(text)[1]] == ["Real"]


def test_a_body_without_sections_is_all_lead() -> None:
    assert body.split("") == ("", [])
    assert body.split("only\ntext") == ("only\ntext", [])


def test_a_section_is_found_by_its_heading_and_the_first_counts() -> None:
    text = "## Plan\n\n1. one\n\n## plan\n\n1. two\n\n## Plan\n\n1. three"
    assert body.section(text, "Plan") == "1. one"
    assert body.section(text, "Notes") == ""


def test_joining_puts_one_blank_line_around_each_heading() -> None:
    assert body.join("Lead", [Section("A", "x"), Section("B", "")]) == "Lead\n\n## A\n\nx\n\n## B"
    assert body.join("", [Section("A", "")]) == "## A"
    assert body.join("", []) == ""


@given(texts)
def test_what_is_joined_again_splits_the_same(text: str) -> None:
    parts = body.split(text)
    joined = body.join(*parts)
    assert body.split(joined) == parts
    assert body.join(*body.split(joined)) == joined


@given(texts)
def test_splitting_and_joining_loses_no_line_but_blank_ones(text: str) -> None:
    def words(of: str) -> list[str]:
        return [line.removeprefix("## ").strip() for line in of.split("\n") if line.strip()]

    assert words(body.join(*body.split(text))) == words(text)


# --- what a task says about itself


@pytest.mark.parametrize(
    ("boxes", "counts"),
    [
        ("", (0, 0)),
        ("- [ ] a\n- [ ] b", (0, 2)),
        ("- [x] a\n- [ ] b\n- [X] c", (2, 3)),
        ("* [x] a\n+ [ ] b\n  - [x] deeper", (2, 3)),
        ("- [x] a\n\n- [ ] b, one blank line apart", (1, 2)),
        ("- a\n- [y] b\n[x] c\n- [x]d\n-[x] e", (0, 0)),
        ("1. [x] a\n2) [ ] b\n-\t[ ]  c\n> - [x] quoted\n- [ ]", (2, 5)),
        ("- [x] a <!-- why -->\n<!--\n- [ ] for later\n-->\n<!-- - [x] b -->\n- [ ] c --> d", (1, 2)),
        ("```\n<!--\n```\n- [ ] a\n<!--\n```\n- [ ] b\n```\n-->\n- [x] c", (1, 2)),
        ("- [ ] a\n```\n- [ ] an example\n```", (0, 1)),
    ],
)
def test_acceptance_criteria_are_counted_by_their_boxes(boxes: str, counts: tuple[int, int]) -> None:
    """R-276."""
    assert body.criteria(f"- [x] before\n\n## Acceptance Criteria\n\n{boxes}\n\n## Notes\n\n- [x] behind") == counts


@pytest.mark.parametrize(
    "text", ["## " + "#" * 50_000 + "x", "## " + "# " * 25_000 + "x", "<!---->" * 20_000, "- " * 50_000]
)
def test_no_text_makes_the_search_for_boxes_long(text: str) -> None:
    """ROBUSTNESS.md 2.2: the time follows the length."""
    start = time.process_time()
    body.criteria(f"## Acceptance Criteria\n\n{text}")
    assert time.process_time() - start < 2


def _task(plan: str = "1. a\n2. b\n3. c", effort: str = "1 week", docs: str = "- `docs/A.md` — why") -> str:
    return f"Text\n\n## Plan\n\n{plan}\n\n## Estimated Effort\n\n{effort}\n\n## Relevant Documentation\n\n{docs}"


def _rules(changes: str = "") -> BacklogMd:
    return policy(changes).backlog_md


def test_a_task_with_plan_effort_and_documentation_is_ready() -> None:
    assert body.incomplete(_task(), _rules()) == []


def test_every_missing_field_is_one_reason() -> None:
    """REQUIREMENTS.md 2.3; a description alone is where generated items start (C-53)."""
    assert body.incomplete("Text", _rules()) == [
        "Plan has 0 of 3 steps",
        "Estimated Effort needs hours, days or weeks",
        "Relevant Documentation: needs a line  - `docs/…` — what it is for",
    ]


def test_placeholders_keep_a_task_incomplete() -> None:
    tbd = body.PLACEHOLDER
    assert len(body.incomplete(_task(tbd, tbd, f"- {tbd}"), _rules())) == 3


@pytest.mark.parametrize(
    ("plan", "steps"),
    [
        ("", 0),
        ("1. a\n2. b", 2),
        ("1. a\n2) b\n  3. c\n10. d", 4),
        ("1. a\n   more of a\n\n1. b\n1. c", 3),
        ("- a\n- b\n- c", 0),
        ("1.a\n2.\n3. ", 0),
        ("1. a\n```\n2. an example\n3. more\n```\n2. b", 2),
    ],
)
def test_a_plan_counts_its_numbered_steps(plan: str, steps: int) -> None:
    """L-24, L-25: bullets are none."""
    assert body.plan_steps(_task(plan)) == steps
    lack = [] if steps >= 3 else [f"Plan has {steps} of 3 steps"]
    assert body.incomplete(_task(plan), _rules()) == lack


@pytest.mark.parametrize(
    "effort", ["1 week", "2 weeks", "1 day", "10 days", "1 hour", "36 hours", "0.5 days", "1.5 weeks", "2-3 days"]
)
def test_an_effort_is_a_number_of_hours_days_or_weeks(effort: str) -> None:
    assert body.has_effort(_task(effort=effort))


@pytest.mark.parametrize(
    "effort",
    ["TBD", "", "soon", "3 sprints", "a week", "week", "2", "2 months", "about 2 weeks", "2weeks", "1 week\nor 2"],
)
def test_anything_else_is_no_effort(effort: str) -> None:
    """L-26."""
    assert body.incomplete(_task(effort=effort), _rules()) == ["Estimated Effort needs hours, days or weeks"]


@pytest.mark.parametrize(
    "docs",
    [
        "- `docs/A.md` — why",
        "- `/docs/A.md` — why",
        "- `docs/ops/A.md` (new) — why",
        "- `server/docs/A.md` — why",
        "- `README.md` — first\n- `docs/A.md` — why",
        "- `docs/A.md` — why\n  and more",
    ],
)
def test_documentation_is_enough_if_one_entry_names_a_document_and_what_it_is_for(docs: str) -> None:
    """R-278."""
    assert body.undocumented(_task(docs=docs), "docs/") == ""


@pytest.mark.parametrize(
    ("docs", "entry"),
    [
        ("- `README.md` — why", "`README.md` — why"),
        ("- `docs/A.md`", "`docs/A.md`"),
        ("- `docs/A.md` —  ", "`docs/A.md` —"),
        ("- docs/A.md — why", "docs/A.md — why"),
        ("- `docs/A.md` why", "`docs/A.md` why"),
        ("- `mydocs/A.md` — why", "`mydocs/A.md` — why"),
        ("- first\n- second", "first"),
    ],
)
def test_documentation_that_is_not_enough_names_the_entry(docs: str, entry: str) -> None:
    """L-29."""
    wanted = f"Relevant Documentation: '{entry}' names no path below docs/ with what it is for"
    assert body.incomplete(_task(docs=docs), _rules()) == [wanted]


@pytest.mark.parametrize("docs", ["", "see the wiki", "* `docs/A.md` — why"])
def test_documentation_without_a_list_is_told_how_to_write_one(docs: str) -> None:
    assert body.undocumented(_task(docs=docs), "docs/") == "needs a line  - `docs/…` — what it is for"


def test_the_policy_says_what_a_task_needs() -> None:
    rules = _rules("backlog_md: {required_fields: [plan], min_plan_steps: 1, docs_segment: wiki/}")
    assert body.incomplete("## Plan\n\n1. only", rules) == []
    assert body.incomplete("", rules) == ["Plan has 0 of 1 steps"]
    assert body.incomplete("", _rules("backlog_md: {required_fields: []}")) == []


# --- the generated part


def _marked(before: str, part: str, behind: str) -> str:
    return f"{before}\n{BEGIN}\n{part}\n{END}\n{behind}"


def test_the_generated_part_is_replaced_and_words_around_it_stay() -> None:
    assert body.replace_generated(_marked("mine", "old\nlines", "mine too"), "new") == _marked(
        "mine", "new", "mine too"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no marks",
        BEGIN,
        END,
        f"{END}\n{BEGIN}",
        f"{BEGIN} \nx\n{END}",
        f" {BEGIN}\nx\n{END}",
        f"{BEGIN} x {END}",
        f"```\n{BEGIN}\nx\n{END}\n```",
        f"```\n{BEGIN}\n```\n{END}",
    ],
)
def test_without_a_pair_of_whole_lines_outside_code_there_is_no_generated_part(text: str) -> None:
    assert body.replace_generated(text, "new") is None


def test_an_end_inside_code_does_not_end_the_part_early() -> None:
    text = _marked("", f"```\n{END}\n```", "mine")
    assert body.replace_generated(text, "new") == _marked("", "new", "mine")


def test_of_several_parts_the_first_is_replaced() -> None:
    text = _marked("a", "1", _marked("b", "2", "c"))
    assert body.replace_generated(text, "new") == _marked("a", "new", _marked("b", "2", "c"))


@given(some.text, some.text, some.text, some.text)
def test_nothing_outside_the_markers_is_ever_lost(before: str, old: str, new: str, behind: str) -> None:
    text = "\n".join((before, body.wrap_generated(old), behind))
    replaced = body.replace_generated(text, new)
    if body.open_fence(before):
        assert replaced is None
    else:
        assert replaced is None or replaced == "\n".join((before, body.wrap_generated(new), behind))
    assert replaced is not None or body.open_fence(before) or body.open_fence(old)


@given(texts, texts)
def test_only_lines_between_a_begin_and_an_end_are_replaced_in_any_text(text: str, new: str) -> None:
    replaced = body.replace_generated(text, new)
    lines, made = text.split("\n"), body.wrap_generated(new).split("\n")
    outside = {index for index, _, free in body.lines_outside_code(text) if free}
    begins = [index for index in outside if lines[index] == BEGIN]
    ways = [
        "\n".join([*lines[:begin], *made, *lines[end + 1 :]])
        for begin in begins
        for end in outside
        if end > begin and lines[end] == END
    ]
    assert (replaced is None) == (not ways)
    assert replaced is None or replaced in ways


@given(texts, some.text)
def test_replacing_again_changes_nothing(text: str, new: str) -> None:
    once = body.replace_generated(text, new)
    if once is not None and not body.open_fence(new):
        assert body.replace_generated(once, new) == once
