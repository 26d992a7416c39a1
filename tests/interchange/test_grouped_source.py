"""The real file: what it becomes, and that it comes back (R-246…R-290, L-45)."""

from __future__ import annotations

import re
from pathlib import Path

from backlogtool.codec import markdown
from backlogtool.domain import body, workflow
from backlogtool.interchange.grouped import changes, to_items
from tests.interchange.samples import LATER, NOW, backlog, grouped, imported, packaged

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
