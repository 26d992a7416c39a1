"""Tasks and items: importing a file, showing it again, and importing what people changed in it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import assume, given
from hypothesis import strategies as st

from backlogtool.codec import markdown, mojibake
from backlogtool.domain import body, workflow
from backlogtool.domain.item import Item
from backlogtool.interchange.grouped import changes, to_items
from tests import strategies as some
from tests.codec.test_grouped_lines import TRICKY
from tests.interchange.samples import NOW, backlog, grouped, imported, packaged, with_layout

LATER = "2026-03-02T00:00:00Z"
# REQUIREMENTS.md 2.6, longest first.
MOJIBAKE = [
    ("\u00f0\u0178\u203a\u00a1\u00ef\u00b8", "🛡️"),
    ("\u00f0\u0178\u00b7\u00ef\u00b8", "🏷️"),
    ("\u00f0\u0178\u00a7\u00b0", "🧰"),
    ("\u00f0\u0178\u0161\u20ac", "🚀"),
    ("\u00f0\u0178\u00a7\u00aa", "🧪"),
    ("\u00f0\u0178\u00a7\u00b1", "🧱"),
    ("\u00f0\u0178\u201c\u0161", "📚"),
    ("\u00e2\u20ac\u201d", "—"),
    ("\u00e2\u0153\u2026", "✅"),
    ("\u00f0\u0178\u201d", "🔐"),
    ("\u00f0\u0178\u00b3", "🐳"),
    ("\u00f0\u0178\u00a7", "🧠"),
]


def _source(shared: Path) -> str:
    return (shared / "sources" / "003_d07b3c767084b0a5.txt").read_text(encoding="utf-8")


def _normalised(text: str) -> str:
    """The source after N-1…N-10, by means of its own: it has no slips but mojibake, blanks and separators."""
    for seen, meant in MOJIBAKE:
        text = text.replace(seen, meant)
    lines: list[str] = []
    last = ""
    for line in text.split("\n"):
        if line == "---" and last != "## task_end":
            continue
        lines.append(line)
        last = line or last
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"


# --- the source


def test_the_source_becomes_five_items_in_listed_order(shared: Path) -> None:
    """R-271…R-288, C-03."""
    items, policy = imported(_source(shared))
    assert [item.id for item in items] == [f"TASK-20260204-{number}" for number in range(258, 263)]
    assert [item.rank for item in items] == [1, 2, 3, 4, 5]
    assert [item.priority for item in items] == ["P1", "P1", "P1", "P1", "P2"]
    assert [item.component for item in items] == ["server", "server", "server", "repo", "repo"]
    assert [body.section(item.description, "Estimated Effort") for item in items] == [
        "1 week", "2 weeks", "2 weeks", "1 week", "2 weeks",
    ]  # fmt: skip
    for item in items:
        assert (item.type, item.group, item.list, item.status) == ("ops", "infra-high", "backlog", "open")
        assert (item.env, item.owner, item.source, item.created_at) == ("prod", "oncall", "manual", NOW)
        assert item.dedupe_key == f"manual:2026-W08:prod:-:-:{item.id}"
        assert body.incomplete(item.description, policy.backlog_md) == []
        assert workflow.check(workflow.Change(None, item), policy) == []


def test_an_item_of_the_source_reads_as_a_person_would_write_it(shared: Path) -> None:
    items, _ = imported(_source(shared))
    assert items[3].title == "Define SLOs and error budgets"
    lead, sections = body.split(items[3].description)
    assert lead.startswith("Define Service Level Objectives (SLOs), Service Level Indicators")
    assert [section.heading for section in sections] == list(body.TASK_SECTIONS)
    assert (
        sections[0].text.split("\n\n")[1]
        == "- [ ] SLOs established with specific targets (99.5% uptime, p95 latency <300ms)"
    )
    assert (
        sections[1].text
        == "- `docs/ops/SLO.md` (new)\n\n- `server/metrics.ts`\n\n- `.github/workflows/slo-report.yml` (new)"
    )
    assert sections[2].text.startswith("- `docs/ops/RUNBOOK.md` — Operational procedures\n\n- `docs/architecture/")
    assert sections[3].text.startswith("1. Identify critical user journeys and success criteria\n\n2. Define SLIs")


def test_the_source_comes_back_but_for_the_allowed_normalisations(shared: Path) -> None:
    """L-45, R-246…R-283."""
    items, policy = imported(_source(shared))
    assert backlog(items, policy) == _normalised(_source(shared))


def test_a_second_round_trip_is_byte_equal(shared: Path) -> None:
    """L-45."""
    items, policy = imported(_source(shared))
    once = backlog(items, policy)
    again, second = imported(once)
    assert again == items
    assert backlog(again, second) == once


def test_item_files_in_between_change_nothing(shared: Path) -> None:
    items, policy = imported(_source(shared))
    stored = [markdown.read(markdown.write(item), item.id).item for item in items]
    assert [item for item in stored if item] == items
    assert backlog([item for item in stored if item], policy) == backlog(items, policy)


def test_importing_the_source_again_changes_nothing(shared: Path) -> None:
    items, policy = imported(_source(shared))
    made = changes(grouped(_source(shared), policy), items, policy, LATER)
    assert (made.items, made.changed, made.findings) == ((), (), ())
    assert made.layout.differences(policy.backlog_md) == {}


def test_only_what_the_file_says_otherwise_differs_from_the_policy(shared: Path) -> None:
    made = to_items(grouped(_source(shared), packaged()), packaged(), NOW)
    found = made.layout.differences(packaged().backlog_md)
    assert sorted(found) == ["group_notes", "preamble"]
    assert list(found["group_notes"]) == ["security-critical"]


# --- laws

slugs = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
prose = st.lists(st.one_of(st.sampled_from(TRICKY), some.line), max_size=6).map("\n".join)
titles = st.one_of(
    st.sampled_from(
        ["[ARCH] a] b [c", "`x` | y", "{{ x }} {% raw %}", "100% <300ms", "<!-- a", "\\<!-- b --> c", "TBD"]
    ),
    some.title,
)
parts = st.one_of(
    prose,
    st.lists(st.sampled_from(["- [ ] a", "- [x] b", "1. c", "2. d", "- `docs/e` — f", "- `g`"]), max_size=5).map(
        "\n\n".join
    ),
)
headings = st.sampled_from(
    [*body.TASK_SECTIONS, "Notes", "Status", "\\Status", "Description", "\\Comments", "a*b", "x:**", "é"]
)
sections = st.lists(st.builds(body.Section, heading=headings, text=parts), max_size=5)
descriptions = st.one_of(st.builds(body.join, lead=prose, sections=sections), some.text)


item = st.builds(
    Item,
    id=some.identifier,
    title=titles,
    created_at=st.just(NOW),
    status=st.sampled_from(["open", "in_progress", "done"]),
    env=st.just("prod"),
    priority=st.sampled_from(["P0", "P1", "P2", "P3"]),
    service=st.sampled_from(["", "gateway", "tbd"]),
    owner=st.just("oncall"),
    category=st.sampled_from(["", "security", "refactor"]),
    source=st.just("manual"),
    dedupe_key=st.just("k"),
    list=st.sampled_from(["", "backlog", "todo"]),
    type=st.sampled_from(["", "ops", "docs", "op", "unheard", "Ci"]),
    rank=st.one_of(st.none(), st.integers(-2, 5)),
    component=st.one_of(st.just(""), slugs, some.name),
    group=st.sampled_from(["", "infra-high", "docs-low", "gone"]),
    promoted_from=st.sampled_from(["", "infra-high", "gone"]),
    promoted_at=st.sampled_from(["", "2026-02-04", "2026-02-05"]),
    description=descriptions,
).map(markdown.normal)
#: A backlog: any items that files can hold, in any list, group and order.
backlogs = st.lists(item, max_size=4, unique_by=lambda one: one.id)


@given(backlogs)
def test_a_view_that_nobody_edited_imports_as_nothing(items: list[Item]) -> None:
    """C-32: whatever the items hold, their block reads back as what it shows."""
    policy = packaged()
    made = changes(grouped(backlog(items, policy), policy), items, policy, LATER)
    assert (made.items, made.changed, made.findings) == ((), (), ())
    assert made.layout.differences(policy.backlog_md) == {}


@given(backlogs)
def test_showing_what_was_imported_gives_the_same_file(items: list[Item]) -> None:
    text = backlog(items, packaged())
    assume(mojibake.repair(text)[0] == text)
    again, policy = imported(text)
    assert backlog(again, policy) == text
    assert imported(backlog(again, policy)) == (again, policy)


@given(backlogs)
def test_imported_items_can_be_written(items: list[Item]) -> None:
    again, _ = imported(backlog(items, packaged()))
    for item in again:
        assert markdown.read(markdown.write(item), item.id).item == item


@given(backlogs, backlogs)
def test_after_an_import_the_file_says_nothing_new(items: list[Item], others: list[Item]) -> None:
    """However different the items were, their blocks then say what the file says."""
    old = [replace(item, list="", status="open") for item in items]
    new = [replace(other, id=item.id, list="", status="open") for item, other in zip(old, others, strict=False)]
    file = grouped(backlog(new, packaged()), packaged())
    made = changes(file, old, packaged(), LATER)
    assert made.items == ()
    changed = {item.id: item for item in made.changed}
    after = [changed.get(item.id, item) for item in old]
    again = changes(file, after, with_layout(packaged(), made.layout), LATER)
    assert (again.items, again.changed, again.findings) == ((), (), ())


@given(backlogs)
def test_a_section_is_changed_without_touching_another(items: list[Item]) -> None:
    for item in items:
        before = replace(item, list="", status="open")
        held = body.split(before.description)[1]
        after = replace(before, description=body.join("New lead.", held))
        [changed] = changes(grouped(backlog([after], packaged()), packaged()), [before], packaged(), LATER).changed or [
            before
        ]
        assert body.split(changed.description)[1] == held
        assert replace(changed, description="") == replace(before, description="")
