"""The dashboard as a command: names and numbers that other tools read, and the alerts (R-112…R-115, R-183…R-191)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.session import Session, copied, item_text, untouched
from tests.repositories import make

KEYS = [
    "env",
    "total",
    "status_counts",
    "priority_counts",
    "category_counts",
    "overdue",
    "overdue_count",
    "top_services",
]
PAST, TODAY, AHEAD = "2026-02-15", "2026-02-16", "2026-02-17"


def board(session: Session, items: list[dict[str, object]]) -> Session:
    """A backlog of these items, numbered from 1."""
    for number, fields in enumerate(items, 1):
        item_id = f"bl_{number:012x}"
        session.repo.write(f"items/{item_id}.md", item_text(item_id, **fields))
    session.repo.commit("items")
    return session


@pytest.fixture(scope="module")
def of_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The counts of the reference's example: 42 items."""
    statuses = ["open"] * 18 + ["in_progress"] * 5 + ["blocked"] * 3 + ["done"] * 14 + ["canceled"] * 2
    priorities = ["P0"] * 1 + ["P1"] * 9 + ["P2"] * 22 + ["P3"] * 10
    services = [f"s{number % 12:02d}" for number in range(42)]
    items = [
        {"status": status, "priority": priority, "service": service, "due_date": AHEAD, "category": "security"}
        for status, priority, service in zip(statuses, priorities, services, strict=True)
    ]
    other = {"env": "staging", "priority": "P0", "due_date": PAST}
    return board(Session(make(tmp_path_factory.mktemp("many"))), [*items, other]).repo.root


def test_the_numbers_have_the_names_and_the_order_of_the_reference(of_many: Path, tmp_path: Path) -> None:
    data = copied(of_many, tmp_path)("dashboard", "--json").data
    assert list(data)[: len(KEYS)] == KEYS
    assert (data["env"], data["total"]) == ("prod", 42)
    assert data["status_counts"] == {"open": 18, "in_progress": 5, "blocked": 3, "done": 14, "canceled": 2}
    assert data["priority_counts"] == {"P0": 1, "P1": 9, "P2": 22, "P3": 10}
    assert sum(data["status_counts"].values()) == sum(data["priority_counts"].values()) == 42
    assert data["category_counts"] == {
        "arch_review": 0, "refactor": 0, "slo_hardening": 0, "cleanup_followups": 0, "security": 42,
    }  # fmt: skip
    assert (data["overdue"], data["overdue_count"]) == ([], 0)
    assert data["active"]["total"] == 26
    assert data["top_services"] == [{"service": f"s{n:02d}", "count": 4 if n < 6 else 3} for n in range(10)]


def test_an_environment_or_all_of_them(of_many: Path, tmp_path: Path) -> None:
    session = copied(of_many, tmp_path)
    assert session("dashboard", "--env", "staging", "--json").data["total"] == 1
    whole = session("dashboard", "--env", "all", "--json").data
    assert (whole["env"], whole["total"], whole["overdue_count"]) == ("all", 43, 1)
    assert "26 active of 42 items, 0 overdue  (prod, 2026-02-16)" in session("dashboard").out


def test_overdue_is_not_closed_and_before_today_most_urgent_first(empty: Session) -> None:
    items: list[dict[str, object]] = [
        {"due_date": PAST, "priority": "P2"},
        {"due_date": TODAY, "priority": "P0"},
        {"due_date": PAST, "priority": "P1", "service": "gateway"},
        {"due_date": PAST, "status": "done"},
        {"due_date": PAST, "status": "canceled"},
        {"due_date": "2026-01-01", "priority": "P2", "status": "blocked"},
        {"due_date": '""'},
    ]
    data = board(empty, items)("dashboard", "--json").data
    assert [row["id"][-1] for row in data["overdue"]] == ["3", "6", "1"]
    assert data["overdue"][0] == {
        "id": "bl_000000000003", "service": "gateway", "title": "Item 0003", "priority": "P1", "due_date": PAST,
        "owner": "oncall",
    }  # fmt: skip
    assert empty("dashboard", "--date", "2026-02-17", "--json").data["overdue_count"] == 4


def test_the_rows_are_cut_and_the_count_is_not(empty: Session) -> None:
    data = board(empty, [{"due_date": PAST}] * 23)("dashboard", "--json").data
    assert (len(data["overdue"]), data["overdue_count"]) == (20, 23)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("items", "status", "told"),
    [
        ([{"due_date": PAST}] * 5, 0, []),
        ([{"due_date": PAST}] * 6, 1, ["notify oncall: overdue_count=6 > 5"]),
        ([{"due_date": PAST, "priority": "P0"}], 1, ["page cto: "]),
        ([{"due_date": PAST, "priority": "P0", "status": "done"}], 0, []),
        ([{"due_date": TODAY, "priority": "P0"}], 0, []),
        ([{"due_date": PAST}] * 5 + [{"due_date": PAST, "priority": "P0"}], 1, ["notify oncall", "page cto"]),
        ([{"due_date": PAST, "priority": "P0", "env": "staging"}], 0, []),
    ],
)
def test_check_ends_with_one_where_an_alert_is_due(
    empty: Session, items: list[dict[str, object]], status: int, told: list[str]
) -> None:
    board(empty, items)
    with untouched(empty.repo):
        answer = empty("dashboard", "--check", status=status)
        as_json = empty("dashboard", "--check", "--json", status=status)
    assert len(answer.out.splitlines()) == len(told)
    for words in told:
        assert words in answer.out
    assert len(as_json.data["alerts"]) == len(told)
    assert empty("dashboard").status == 0


def test_the_thresholds_are_the_policys(empty: Session) -> None:
    board(empty, [{"due_date": PAST}] * 3)
    empty.policy("dashboard: {alerts: {overdue_notify_oncall_above: 2, page_cto_on_overdue_priority: [P2]}}\n")
    answer = empty("dashboard", "--check", status=1)
    assert "overdue_count=3 > 2" in answer.out
    assert "page cto" in answer.out
