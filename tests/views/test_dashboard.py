"""DASHBOARD.md and reports/dashboard.svg: what they show, and that nothing in an item can spoil them.

The files in ``golden/`` are the views of the sample platform; ``RENEW_GOLDEN=1 pytest tests/views`` rewrites them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backlogtool.codec.scalars import HIDDEN
from backlogtool.domain.item import Item
from backlogtool.insight.dashboard import build
from backlogtool.views.context import dashboard
from backlogtool.views.marker import marker_date
from tests.views.samples import (
    HOSTILE,
    ROOT,
    TODAY,
    data,
    drawing,
    engine,
    hostile,
    item,
    platform,
    policy,
    report,
    templates,
)

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"

GENERATED: dict[str, Any] = {
    "service": "gateway",
    "env": "prod",
    "week": "2026-W47",
    "rule": "arch_review_required",
    "signals": {"pressure_requires_arch_review": True, "pressure_band": "high", "followups_overdue": 3, "risk": None},
    "texts": ["error budget: 120 % of a month in 9 days", "# p99 <300ms | retries", "<!-- generated:end -->"],
    "digest": "ops/reports/platform/2026-W47.json",
}

VIEWS: dict[str, Callable[[], str]] = {
    "DASHBOARD.md": lambda: report(platform()),
    "dashboard.svg": lambda: drawing(platform()),
    "empty.md": lambda: report([]),
    "empty.svg": lambda: drawing([]),
    "hostile.md": lambda: report(hostile(), "all"),
    "hostile.svg": lambda: drawing(hostile(), "all"),
    "generated_item.md": lambda: engine().render("_generated_item.md.j2", GENERATED),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_view_is_the_golden_one(name: str) -> None:
    text = VIEWS[name]()
    if os.environ.get("RENEW_GOLDEN") == "1":
        (GOLDEN / name).write_text(text, encoding="utf-8")
    assert text == (GOLDEN / name).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.name for path in GOLDEN.iterdir()) == sorted(VIEWS)


def test_the_dashboard_is_two_views() -> None:
    assert {"DASHBOARD.md", "reports/dashboard.svg"} <= set(engine().outputs())


@pytest.mark.parametrize("name", ["DASHBOARD.md", "dashboard.svg", "empty.md", "empty.svg"])
def test_the_first_line_says_as_of_which_day(name: str) -> None:
    assert marker_date(VIEWS[name]()) == TODAY


def test_the_context_is_plain_data() -> None:
    context = data(platform())
    assert json.loads(json.dumps(context)) == context


_RENDER = """
import hashlib
from tests.views.samples import drawing, hostile, platform, report
texts = [view(items) for view in (report, drawing) for items in (platform(), platform()[::-1], hostile())]
print(hashlib.sha256("".join(texts).encode()).hexdigest())
"""


def test_hash_seed_time_zone_and_locale_change_nothing() -> None:
    def run(**environment: str) -> str:
        called = [sys.executable, "-W", "error", "-c", _RENDER]
        return subprocess.run(called, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    assert run(PYTHONHASHSEED="0") == run(PYTHONHASHSEED="1", TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")


def _rows(text: str) -> list[list[list[str]]]:
    """Every table of a Markdown text, row by row, split at the pipes that are not escaped."""
    tables: list[list[list[str]]] = [[]]
    for line in text.split("\n"):
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]])
        elif tables[-1]:
            tables.append([])
    return [table for table in tables if table]


def _table(text: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    return _rows(text.split(f"\n{heading}\n", 1)[1])[0][2:]


def test_an_item_is_linked_to_its_file() -> None:
    text = report([item(7, title="Fix [it]", priority="P0")])
    assert _table(text, "## Needs a decision today") == [
        ["P0", f"[Fix \\[it\\]](items/{item(7).id}.md)", "P0 without a due date", "–", "oncall"]
    ]


def test_the_overdue_list_counts_days() -> None:
    text = report([item(7, title="Fix it", due_date="2026-11-18")])
    assert _table(text, "## Overdue") == [
        ["P2", f"[Fix it](items/{item(7).id}.md)", "3", "2026-11-18", "gateway", "oncall"]
    ]


def test_long_lists_end_with_how_many_are_missing() -> None:
    items = [item(n, service=f"s{n:02}", due_date="2026-11-01", created_at="2026-10-01T00:00:00Z") for n in range(23)]
    text = report(items)
    assert len(_table(text, "## Needs a decision today")) == len(_table(text, "## Overdue")) == 20
    assert len(_table(text, "## Weeks open")) == 10
    assert [line for line in text.split("\n") if line.startswith("…")] == [
        "… and 3 more.",
        "… and 3 more.",
        "… and 13 more.",
        "… and 13 more.",
    ]


def test_alerts_are_callouts_with_the_very_words() -> None:
    text = report([item(n, priority="P0", due_date="2026-11-01") for n in range(6)])
    assert "> [!CAUTION]\n> page cto: 6 overdue P0: bl_000000000000, " in text
    assert "> [!WARNING]\n> notify oncall: overdue_count=6 > 5\n" in text


def test_a_quiet_day_and_an_empty_backlog_say_so() -> None:
    assert "Nothing today.\n" in report([item(1, due_date="2027-01-01")])
    assert "No items in prod yet" in report([])
    assert "No items yet" in report([], "all")


def test_work_is_told_apart_by_environment_where_there_are_several() -> None:
    items = [item(n, env=env, created_at="2026-10-01T00:00:00Z") for n, env in enumerate(["prod", "dev"])]
    assert [row[0] for row in _table(report(items, "all"), "## Weeks open")] == ["prod", "dev"]
    assert "dev · gateway · refactor" in drawing(items, "all")
    assert [row[0] for row in _table(report(items[:1], "all"), "## Weeks open")] == ["gateway"]


def test_a_policy_that_shows_no_rows_still_counts_them() -> None:
    rules = policy()._replace(dashboard=policy().dashboard._replace(overdue_rows=0, top_services=0))
    items = [item(n, due_date="2026-11-01", created_at="2026-10-01T00:00:00Z") for n in range(3)]
    board = build(items, rules, TODAY, "prod")
    text = engine().render("DASHBOARD.md.j2", {"dashboard": dashboard(board, rules, TODAY, {})})
    assert text.count("… and 3 more.") == 2
    assert "Nothing today" not in text


def _whole(text: str) -> None:
    """Every table has as many cells in each row as in its first, and nothing in the text is hidden."""
    assert all(len(row) == len(table[0]) for table in _rows(text) for row in table)
    assert not HIDDEN.search(text)


@pytest.mark.parametrize("env", ["prod", "all"])
def test_no_item_breaks_a_table_or_brings_markup_in(env: str) -> None:
    text = report(hostile(), env)
    _whole(text)
    assert not re.search(r"<(?!!-- generated by backlogtool)", text)
    assert not re.search(r"(?<!\\)!\[(?!\d+ items)", text), "one image, and it is ours"
    assert all(target.startswith("(items/bl_") for target in re.findall(r"(?<!\\)\](\(.*?\))", text)[1:])
    assert "49" not in text, "no item text is evaluated"


words = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))


@settings(max_examples=30)
@given(st.lists(st.tuples(words, words, words, st.sampled_from(["open", "blocked", "done"])), max_size=5))
def test_the_views_are_whole_for_any_text(rows: list[tuple[str, str, str, str]]) -> None:
    items = [
        item(n, title=title, service=service, category=category, owner=title, status=status, due_date="2026-11-01")
        for n, (title, service, category, status) in enumerate(rows)
    ]
    _whole(report(items))
    text = drawing(items)
    ElementTree.fromstring(text)
    assert not HIDDEN.search(text)


def _marks(items: list[Item], name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(drawing(items)).iter(SVG + name))


@pytest.mark.parametrize("name", ["dashboard.svg", "empty.svg", "hostile.svg"])
def test_the_picture_is_one_whole_file_for_eyes_and_screen_readers(name: str) -> None:
    text = VIEWS[name]()
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    named = {element.get("id"): element.text for element in root}
    assert all(named[one] for one in (root.get("aria-labelledby") or "").split())
    assert "prefers-color-scheme: dark" in text
    allowed = {"svg", "title", "desc", "style", "rect", "circle", "text", "tspan"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    attributes = {key for element in root.iter() for key in element.attrib}
    assert not {key for key in attributes if key.startswith("on") or "href" in key}
    assert not re.search(r"url\(|@import|https?:", text.replace(SVG.strip("{}"), "").replace("https://example.org", ""))


def test_every_class_in_the_picture_has_a_colour_or_font_in_both_themes() -> None:
    text = "".join(VIEWS[name]() for name in ("dashboard.svg", "empty.svg"))
    used = {one for found in re.findall(r'class="([^"]*)"', text) for one in found.split()}
    light, dark = templates()["reports/dashboard.svg.j2"].split("@media")
    assert used <= set(re.findall(r"^\.(\w+) \{", light, re.MULTILINE))
    assert set(re.findall(r"^\.(\w+) \{ fill", light, re.MULTILINE)) == set(
        re.findall(r"^\.(\w+) \{ fill", dark, re.MULTILINE)
    )


@pytest.mark.parametrize("name", ["dashboard.svg", "empty.svg", "hostile.svg"])
def test_nothing_in_the_picture_lies_outside_it(name: str) -> None:
    root = ElementTree.fromstring(VIEWS[name]())
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)
    for mark in root.iter(SVG + "rect"):
        x, y, wide, high = (float(mark.get(key) or 0) for key in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert wide > 0
        assert x + wide <= width
        assert y + high <= height
    for text in root.iter(SVG + "text"):
        assert 0 <= float(text.get("x") or -1) <= width
        assert 0 <= float(text.get("y") or -1) <= height


def test_the_segments_of_a_bar_fill_it() -> None:
    bars = data(platform())["dashboard"]["picture"]["bars"]
    left, right = (data([])["dashboard"]["picture"][key] for key in ("left", "right"))
    for bar in bars:
        first, last = bar["segments"][0], bar["segments"][-1]
        assert (first["x"], last["x"] + last["width"]) == (left, right)
        assert all(segment["width"] > 0 for segment in bar["segments"])


def test_the_tiles_show_the_numbers_of_the_dashboard() -> None:
    tiles = data(platform())["dashboard"]["picture"]["tiles"]
    assert {tile["label"]: tile["number"] for tile in tiles} == {
        "Active": 29,
        "In progress": 7,
        "Blocked": 3,
        "Overdue": 6,
        "Due in 7 days": 11,
    }


def test_more_statuses_than_a_legend_has_room_for_end_in_one() -> None:
    items = [item(n, status=f"unknown{n:02}") for n in range(20)]
    legend = data(items)["dashboard"]["picture"]["bars"][0]["legend"]
    assert len(legend) == 10
    assert legend[-1]["label"] == "16 more"
    assert sum(one["count"] for one in legend) == 20


def test_every_status_and_priority_of_the_policy_has_a_tone() -> None:
    drawn = data(platform())["dashboard"]["picture"]["bars"]
    for bar, names in zip(drawn, (policy().enums.status, policy().enums.priority), strict=True):
        tones = [one["tone"] for one in bar["legend"]]
        assert len(set(tones)) == len(tones) == len(names)
