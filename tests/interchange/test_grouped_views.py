"""What the grouped file and the todo file show of items."""

from __future__ import annotations

from backlogtool.domain import body
from backlogtool.domain.item import Item
from backlogtool.interchange.grouped import changes, grouped_view, task_of, to_items, todo_view
from backlogtool.views.engine import Engine
from tests.conftest import ROOT
from tests.interchange.samples import LATER, NOW, backlog, grouped, imported, item, packaged, todo

# --- what a block shows


def _fields(shown: Item) -> dict[str, list[str]]:
    fields = task_of(shown, packaged())["fields"]
    return {field["name"]: [field["text"], *field["lines"]] for field in fields}


def test_fields_that_are_missing_are_shown_as_tbd() -> None:
    """N-6, C-53: the block is a form to fill in."""
    fields = _fields(item())
    assert list(fields) == ["Status", "Description", *body.TASK_SECTIONS]
    assert fields.pop("Status") == ["todo"]
    assert set(map(tuple, fields.values())) == {("TBD",)}
    assert task_of(item(), packaged())["component"] == "TBD"


def test_tbd_means_absent() -> None:
    items, _ = imported(backlog([item()], packaged()))
    assert items[0].description == ""
    assert items[0].component == ""


def test_the_type_of_an_item_without_one_is_that_of_its_category_or_its_group() -> None:
    """C-50."""
    policy = packaged()
    assert task_of(item(type="", category="slo_hardening"), policy)["type"] == "reliability"
    assert task_of(item(type="", group="docs-low"), policy)["type"] == "docs"
    assert task_of(item(type=""), policy)["type"] == "dev"


def test_the_component_defaults_to_the_service() -> None:
    """C-50."""
    assert task_of(item(service="gateway"), packaged())["component"] == "gateway"
    assert task_of(item(service="gateway", component="server"), packaged())["component"] == "server"


def test_field_lines_end_with_two_blanks_except_lists_and_the_effort() -> None:
    """R-282, R-283."""
    description = "Text.\n\n## Plan\n\n1. a\n\n2. b\n\n## Estimated Effort\n\n1 week\n\n## Notes\n\nkept"
    text = backlog([item(description=description)], packaged())
    block = text[text.index("\n**Status") + 1 : text.index("\n## task_end")]
    assert block.split("\n") == [
        "**Status:** todo  ",
        "**Description:** Text.  ",
        "**Acceptance Criteria:** TBD  ",
        "**Relevant Files:** TBD  ",
        "**Relevant Documentation:** TBD  ",
        "**Plan:**  ",
        "1. a",
        "2. b",
        "**Estimated Effort:** 1 week",
        "**Notes:** kept  ",
    ]


def test_text_that_looks_like_structure_is_shown_escaped_and_comes_back() -> None:
    held = item(description="First.\n\n## Notes\n\n**Plan:** none\n**Plan:** two\n\\## task_end\n<!-- open")
    assert _fields(held)["Notes"] == ["**Plan:** none", " **Plan:** two", "\\## task_end", "\\<!-- open"]
    assert imported(backlog([held], packaged()))[0][0].description == held.description


def test_sections_with_names_that_mean_something_else_here_are_told_apart() -> None:
    description = "Lead.\n\n## Status\n\nfine\n\n## Plan\n\n1. a\n\n## Plan\n\n1. b\n\n## \\Comments\n\nc"
    fields = _fields(item(description=description))
    assert fields["Status"] == ["todo"]
    assert {name: fields[name] for name in list(fields)[7:]} == {
        "\\\\Status": ["fine"], "Plan (2)": ["", "1. b"], "Comments": ["c"],
    }  # fmt: skip


def test_a_generated_part_keeps_its_markers_on_lines_of_their_own() -> None:
    """C-33: the generator finds it again after an import."""
    description = body.wrap_generated("Rule x holds.\n\n- a") + "\n\nBy hand."
    [again], _ = imported(backlog([item(description=description)], packaged()))
    assert again.description == description
    assert body.replace_generated(again.description, "new") is not None


# --- the views


def test_every_group_of_the_policy_is_there_in_its_order() -> None:
    """R-260, R-266."""
    groups = grouped_view([], packaged())["groups"]
    assert [group["key"] for group in groups] == [group.key for group in packaged().backlog_md.groups]


def test_tasks_are_listed_by_rank_then_urgency_then_id() -> None:
    """R-257."""
    ranked = [item(1, rank=2), item(2, rank=1), item(3), item(4, due_date="2026-03-01"), item(5, rank=-1)]
    groups = {group["key"]: group for group in grouped_view(ranked, packaged())["groups"]}
    assert [task["id"][-1] for task in groups["infra-high"]["tasks"]] == ["5", "2", "1", "4", "3"]


def test_closed_and_promoted_items_are_not_listed() -> None:
    items = [
        item(1, status="done"),
        item(2, status="canceled"),
        item(3, list="todo"),
        item(4, list="backlog"),
        item(5),
    ]
    listed = [task["id"][-1] for group in grouped_view(items, packaged())["groups"] for task in group["tasks"]]
    assert listed == ["4", "5"]


def test_an_item_stands_in_its_own_group_else_in_the_first_that_fits() -> None:
    """C-30, C-31: the group decides, whatever type and priority say."""
    items = [item(1, group="docs-low"), item(2, type="security", priority="P2"), item(3)]
    found = {
        task["id"][-1]: group["key"] for group in grouped_view(items, packaged())["groups"] for task in group["tasks"]
    }
    assert found == {"1": "docs-low", "2": "security-medium", "3": "infra-high"}


def test_items_that_fit_no_group_get_one_at_the_end() -> None:
    items = [item(1, type="ops", priority="P2"), item(2, type="ci", priority="P0"), item(3, type="nobody-knows")]
    made = grouped_view(items, packaged())["groups"][21:]
    assert [(group["key"], group["heading"]) for group in made] == [
        ("ci-critical", "Ci — Critical"),
        ("ops-medium", "Ops — Medium"),
    ]
    assert grouped_view(items, packaged())["groups"][3]["tasks"][0]["type"] == "nobody-knows"


def test_a_group_made_for_its_items_is_not_written_to_the_policy() -> None:
    items = [item(1, type="ops", priority="P2"), item(2, type="ci", priority="P0")]
    made = changes(grouped(backlog(items, packaged()), packaged()), items, packaged(), LATER)
    assert made.layout.differences(packaged().backlog_md) == {}
    alone = to_items(grouped(backlog(items, packaged()), packaged()), packaged(), NOW)
    assert [group.key for group in alone.layout.groups[21:]] == ["ci-critical", "ops-medium"]


def test_what_was_promoted_is_told_once_a_day_and_group() -> None:
    """R-267."""
    promoted = {"list": "todo", "promoted_from": "infra-high", "promoted_at": "2026-02-04"}
    items = [
        item(2, rank=1, **promoted),
        item(1, rank=2, **promoted),
        item(3, **(promoted | {"promoted_at": "2026-02-11"})),
    ]
    notes = [group["notes"] for group in grouped_view(items, packaged())["groups"] if group["notes"]]
    assert notes == [
        [
            "<!-- Tasks TASK-20260204-002, TASK-20260204-001 moved to TODO.md on 2026-02-04 -->",
            "<!-- Task TASK-20260204-003 moved to TODO.md on 2026-02-11 -->",
        ]
    ]
    made = changes(grouped(backlog(items, packaged()), packaged()), items, packaged(), LATER)
    assert made.layout.differences(packaged().backlog_md) == {}


def test_the_todo_file_holds_the_groups_that_unfinished_tasks_came_from() -> None:
    """C-29."""
    promoted = {"list": "todo", "promoted_from": "infra-high", "promoted_at": "2026-02-04"}
    items = [item(1, rank=2, **promoted), item(2, rank=1, **promoted), item(3, status="done", **promoted), item(4)]
    assert [(group["key"], len(group["tasks"])) for group in todo_view(items, packaged())["groups"]] == [
        ("infra-high", 2)
    ]
    text = todo(items, packaged())
    assert text.startswith("# Project TODO\n\n## group_begin [type:infra][priority:high]\n## 🐳 Infrastructure")
    assert text.endswith("## task_end\n\n---\n\n## group_end\n")
    assert [task.id[-1] for task in grouped(text, packaged()).groups[0].tasks] == ["2", "1"]
    assert todo([], packaged()) == "# Project TODO\n"


def test_notes_of_the_policy_stand_under_the_heading_as_comments() -> None:
    rules = packaged().backlog_md._replace(group_notes={"docs-low": ("<!-- a -->", "plain\n## group_end")}, preamble="")
    policy = packaged()._replace(backlog_md=rules)
    text = backlog([], policy)
    assert text.startswith("# Project Backlog\n\n## group_begin")
    assert '(P2 "Wise Extras")\n\n<!-- a -->\n\n<!--\nplain\n## group_end\n-->\n\n## group_end' in text
    assert changes(grouped(text, policy), [], policy, LATER).layout.differences(rules) == {}


def test_the_templates_work_in_the_sandbox_of_the_views() -> None:
    templates = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "templates").glob("*.j2")}
    items = [item(1, description="a\n\n## Plan\n\n1. b"), item(2, list="todo", promoted_from="infra-high")]
    context = {"backlog": grouped_view(items, packaged()), "todo": todo_view(items, packaged())}
    assert Engine(templates).render("BACKLOG.md.j2", context) == backlog(items, packaged())
    assert Engine(templates).render("TODO.md.j2", context) == todo(items, packaged())


def test_a_heading_that_reads_as_a_marker_is_not_shown() -> None:
    first, *others = packaged().backlog_md.groups
    for heading in ("group_end", "task_begin of it", " "):
        rules = packaged().backlog_md._replace(groups=(first._replace(heading=heading), *others))
        policy = packaged()._replace(backlog_md=rules)
        assert grouped_view([], policy)["groups"][0]["heading"] == "Security — Critical"
        assert len(grouped(backlog([], policy), policy).groups) == 21
