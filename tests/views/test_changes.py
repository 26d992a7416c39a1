"""What a range does, as Markdown: text stays text, links lead to files, and it fits into a comment."""

from __future__ import annotations

import re

import pytest

from backlogtool.insight.changes import Comparison, Pair, compared
from backlogtool.views.changes import headline, markdown
from tests.domain.samples import ITEM, item
from tests.hostile.injections import INJECTIONS
from tests.views.samples import policy

OLDER, NEWER = "a" * 40, "b" * 40


def pair(number: int = 1, **fields: object) -> Pair:
    made = item(id=f"bl_{number:012x}", due_date="", **fields)
    return Pair(made.id, f"items/{made.id}.md", None, made)


def comparison(*pairs: Pair) -> Comparison:
    return compared(pairs, policy(), "2026-03-10")


def text(*pairs: Pair, base: str = "") -> str:
    return markdown(comparison(*pairs), older=OLDER, newer=NEWER, base=base)


def test_nothing_is_told_in_one_line() -> None:
    assert text() == "### Backlog: no item changed\n\n`aaaaaaaaaa` → `bbbbbbbbbb`\n"
    assert "nothing → the work tree" in markdown(comparison(), older="", newer="")


def test_a_row_has_priority_link_id_and_what_changed() -> None:
    before = item(due_date="")
    told = text(Pair(ITEM.id, f"items/{ITEM.id}.md", before, before._replace(status="done", owner="bob")))
    assert told.splitlines()[6] == (
        f"| P1 | [Rotate the signing key](items/{ITEM.id}.md)<br>`{ITEM.id}` "
        "| **status** open → done<br>**owner** alice → bob |"
    )


def test_counts_come_first_and_one_is_one() -> None:
    assert headline(comparison(pair(1), pair(2))) == "2 items changed: 2 created"
    assert headline(comparison(pair(1))) == "1 item changed: 1 created"
    assert text(pair(1)).startswith("### Backlog: 1 item changed\n\n**1** created · `aaaaaaaaaa` → `bbbbbbbbbb`\n")
    broken = pair(1)._replace(after=None, faults=("", "no frontmatter"))
    assert headline(comparison(broken)) == "no item changed; 1 cannot be compared"


def test_links_are_relative_or_follow_an_address() -> None:
    assert "](items/bl_000000000001.md)" in text(pair())
    assert "](https://forge.example/b/items/bl_000000000001.md)" in text(pair(), base="https://forge.example/b/")
    gone = pair()
    assert "](" not in text(gone._replace(before=gone.after, after=None))


def test_what_cannot_be_read_comes_first() -> None:
    broken = pair(9)._replace(after=None, faults=("", "the first | line"))
    rows = [line for line in text(pair(), broken).splitlines() if "`bl_" in line]
    assert "<br>`bl_000000000009` | **cannot be read after** the first \\| line |" in rows[0]


def test_ten_rows_are_seen_the_others_are_folded() -> None:
    ten, many = text(*map(pair, range(10))), text(*map(pair, range(25)))
    assert "<details>" not in ten
    shown, _, folded = many.partition("<details><summary>15 more</summary>")
    assert (shown.count("`bl_"), folded.count("`bl_")) == (10, 15)
    assert folded.rstrip().endswith("</details>")


def test_what_is_too_much_for_a_comment_is_counted() -> None:
    assert "… and 100 more." in text(*map(pair, range(300)))
    long = text(*(pair(number, title="<" * 3000) for number in range(100)))
    assert len(long) < 60_000
    rows = long.count("`bl_")
    assert f"… and {100 - rows} more." in long


def test_many_changes_of_one_item_are_counted() -> None:
    before = item(due_date="")
    after = before._replace(extra={f"x_{number}": number for number in range(12)})
    assert "<br>… and 4 more |" in text(Pair(ITEM.id, "items/x.md", before, after))


@pytest.mark.parametrize("hostile", INJECTIONS.values(), ids=INJECTIONS)
def test_text_of_an_item_stays_text(hostile: str) -> None:
    line = " ".join(hostile.split())
    before = item(due_date="")
    after = before._replace(title=line, owner=line, tags=(line,), extra={line: line}, description=hostile)
    told = text(Pair(ITEM.id, f"items/{line}.md", before, after))
    plain = re.sub(r"\\.", "", told)
    rows = plain.splitlines()
    assert len(rows) == 7
    assert rows[6].count("|") == 4
    assert not re.search(r"<(?!br>)|\{\{|\{%|!\[|]\((?!items/)|@\w|#\d", plain.replace("&#8203;", " "))


def test_a_remark_calls_nobody_and_leads_to_no_issue() -> None:
    told = text(pair(title="ask @ann and @team/x of #12, GH-7"))
    assert "ask @&#8203;ann and @&#8203;team/x of #&#8203;12, GH-&#8203;7" in told
