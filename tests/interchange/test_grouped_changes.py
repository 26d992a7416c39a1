"""Importing what people changed in the file: tasks, order, groups, title and comments."""

from __future__ import annotations

from typing import Any

import pytest

from backlogtool.domain.item import Item
from backlogtool.interchange.grouped import changes, to_items
from tests.codec.timing import assert_linear
from tests.interchange.samples import LATER, NOW, backlog, grouped, item, packaged

# --- importing what people changed

WHOLE = """\
Lead.

## Acceptance Criteria

- [ ] a

- [ ] b

## Odd section
text   with   blanks


more
## Plan

1. one

2. two"""


def _edited(before: Item, old: str, new: str) -> Item:
    """The item after its view was edited and imported; the only change."""
    text = backlog([before], packaged())
    assert text.count(old) == 1
    made = changes(grouped(text.replace(old, new), packaged()), [before], packaged(), LATER)
    assert (made.items, made.findings) == ((), ())
    [changed] = made.changed
    return changed


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ("] Logging", "] Better logging", "title", "Better logging"),
        ("**Status:** todo", "**Status:** in_progress", "status", "in_progress"),
        ("[type:ops]", "[type:infra]", "type", "infra"),
        ("[type:ops][priority:high]", "[type:ops][priority:low]", "priority", "P3"),
        ("[component:server]", "[component:client]", "component", "client"),
        ("Lead.", "New lead.", "description", WHOLE.replace("Lead.", "New lead.")),
        ("- [ ] b", "- [x] b", "description", WHOLE.replace("- [ ] b", "- [x] b")),
        ("2. two", "2. two\n3. three", "description", WHOLE + "\n\n3. three"),
        ("blanks  \n\nmore", "blanks", "description", WHOLE.replace("blanks\n\n\nmore", "blanks")),
        ("Effort:** TBD", "Effort:** 1 week", "description", WHOLE + "\n\n## Estimated Effort\n\n1 week"),
        ("\n## task_end", "\n**Notes:** n\n## task_end", "description", WHOLE + "\n\n## Notes\n\nn"),
        ("**Plan:**  \n1. one\n2. two\n", "", "description", WHOLE.partition("\n## Plan")[0]),
        ("**Description:** Lead.  \n", "", "description", WHOLE.replace("Lead.\n\n", "")),
    ],
)  # fmt: skip
def test_an_edit_changes_what_it_says_and_nothing_else(old: str, new: str, field: str, value: str) -> None:
    before = item(component="server", group="infra-high", description=WHOLE)
    assert _edited(before, old, new) == before._replace(**{field: value})


def test_a_new_section_goes_to_its_place_in_the_order() -> None:
    before = item(description="Lead.\n\n## Plan\n\n1. a\n\n## Notes\n\nn")
    changed = _edited(before, "**Relevant Files:** TBD", "**Relevant Files:** `a`, `b`")
    assert changed.description == "Lead.\n\n## Relevant Files\n\n- `a`\n\n- `b`\n\n## Plan\n\n1. a\n\n## Notes\n\nn"


def test_a_task_that_moved_to_another_group_says_so_and_keeps_the_rest() -> None:
    before = item(rank=3)
    text = backlog([before], packaged())
    block = text[text.index("\n## task_begin") + 1 : text.index("\n---\n") + 6]
    moved = text.replace(block, "").replace("Documentation — HIGH\n\n", f"Documentation — HIGH\n\n{block}")
    [changed] = changes(grouped(moved, packaged()), [before], packaged(), LATER).changed
    assert changed == before._replace(group="docs-high", rank=1)


def _reordered(items: list[Item], order: list[str]) -> dict[str, int | None]:
    """The ranks that an import writes when the file lists the items in this order."""
    text = backlog(items, packaged())
    start, end = text.index("\n## task_begin") + 1, text.rindex("\n---\n") + 6
    blocks = dict(zip([one.id for one in items], text[start:end].split("---\n\n"), strict=False))
    first = items[0].id
    listed = [blocks.get(one, blocks[first].replace(first, one)) for one in order]
    text = text[:start] + "".join(f"{block}---\n\n" for block in listed) + text[end:]
    made = changes(grouped(text, packaged()), items, packaged(), LATER)
    return {one.id[-1]: one.rank for one in (*made.items, *made.changed)}


def test_order_is_kept_by_as_few_new_ranks_as_the_order_allows() -> None:
    """R-257: a task at the end gets the next rank, any other change numbers the group anew."""
    items = [item(1, rank=10), item(2, rank=20), item(3, rank=30)]
    ids = [one.id for one in items]
    new = "TASK-20260204-009"
    assert _reordered(items, ids) == {}
    assert _reordered(items, [*ids, new]) == {"9": 31}
    assert _reordered(items, ids[:2]) == {}
    assert _reordered(items, [ids[2], ids[0], ids[1]]) == {"3": 1, "1": 2, "2": 3}
    assert _reordered(items, [ids[0], new, *ids[1:]]) == {"1": 1, "9": 2, "2": 3, "3": 4}
    assert _reordered([one._replace(rank=None) for one in items], [*ids, new]) == {"1": 1, "2": 2, "3": 3, "9": 4}


def test_a_task_that_is_in_the_todo_list_cannot_be_listed_too() -> None:
    """L-02."""
    text = backlog([item()], packaged())
    made = changes(grouped(text, packaged()), [item(list="todo", promoted_from="infra-high")], packaged(), LATER)
    assert [(one.code, one.item, text.split("\n")[one.line - 1]) for one in made.findings] == [
        ("BL502", "TASK-20260204-001", "## task_begin")
    ]
    assert (made.items, made.changed) == ((), ())


def test_new_tasks_and_changed_ones_come_apart() -> None:
    text = backlog([item(1, title="New title"), item(2)], packaged())
    made = changes(grouped(text, packaged()), [item(1), item(3)], packaged(), LATER)
    assert [one.id for one in made.changed] == ["TASK-20260204-001"]
    assert [(one.id, one.created_at, one.rank) for one in made.items] == [("TASK-20260204-002", LATER, 2)]


# --- the layout


def _layout(old: str, new: str) -> dict[str, Any]:
    text = backlog([], packaged())
    assert text.count(old) == 1
    made = to_items(grouped(text.replace(old, new), packaged()), packaged(), NOW)
    return made.layout.differences(packaged().backlog_md)


def test_a_group_that_got_another_heading_keeps_its_key_and_its_other_types() -> None:
    found = _layout("Infrastructure (Unscheduled) — High", "Machines — High")["groups"]
    assert found[2] == {
        "key": "infra-high",
        "type": "infra",
        "priority": "high",
        "heading": "🐳 Machines — High",
        "also_types": ["ops"],
    }


def test_a_group_without_a_heading_has_that_of_the_policy() -> None:
    """L-18."""
    assert _layout("## 📚 Documentation — HIGH\n", "") == {}


def test_a_new_group_gets_a_key_of_its_tags() -> None:
    new = "## group_begin [type:docs][priority:high]\n## More\n\n<!-- why -->\n\n## group_end\n"
    end = "Config & Tooling (Unscheduled) — Low\n\n## group_end\n"
    found = _layout(end, f"{end}\n{new}")
    assert found["groups"][-1] == {"key": "docs-high-2", "type": "docs", "priority": "high", "heading": "More"}
    assert found["group_notes"] == {"docs-high-2": ["<!-- why -->"]}


def test_title_and_preamble_are_taken_from_the_file() -> None:
    assert _layout("# Project Backlog\n", "# Ours\n") == {"title": "Ours"}
    found = to_items(grouped("# Ours\n\n<!-- Rules -->\n", packaged()), packaged(), NOW).layout
    assert found.differences(packaged().backlog_md) == {"title": "Ours", "preamble": "Rules"}


def test_a_file_without_groups_leaves_those_of_the_policy() -> None:
    made = to_items(grouped("# Project Backlog\n", packaged()), packaged(), NOW)
    assert made.layout.groups == packaged().backlog_md.groups


# --- hostile input

HEAD = "# T\n\n## group_begin [type:infra][priority:high]\n## H\n"
TAGS = "[type:ops][priority:high][component:a] x"
BLOCK = f"## task_begin\n### # [id:TASK-20260204-001]{TAGS}\n"
END = "## task_end\n## group_end\n"
TASKS = "## task_begin\n### # [id:TASK-20260204-{}]" + TAGS + "\n## task_end\n"
LARGE = {
    "fields": lambda size: HEAD + BLOCK + "".join(f"**F{n}:** x\n" for n in range(size)) + END,
    "tasks": lambda size: HEAD + "".join(TASKS.format(n) for n in range(1000, 1000 + size)) + "## group_end\n",
    "groups": lambda size: "# T\n\n" + "".join(f"{HEAD[5:-1]} {n}\n## group_end\n" for n in range(size)),
    "notes": lambda size: HEAD + "<!-- x -->\n" * size + "## group_end\n",
    "lines": lambda size: HEAD + BLOCK + "**Description:** a\n" + "## b\n" * size + END,
}  # fmt: skip


@pytest.mark.sampled(4)
@pytest.mark.parametrize("case", LARGE)
def test_a_hostile_file_is_imported_in_linear_time(case: str) -> None:
    def work(text: str) -> None:
        file = grouped(text, packaged())
        changes(file, to_items(file, packaged(), NOW).items, packaged(), LATER)
        changes(file, [item()], packaged(), LATER)

    assert_linear(work, LARGE[case], 1_000)


def test_sections_that_are_all_called_alike_are_shown_in_linear_time() -> None:
    assert_linear(lambda text: backlog([item(description=text)], packaged()), lambda size: "## Plan\n" * size, 2_000)
