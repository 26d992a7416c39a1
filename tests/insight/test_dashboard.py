"""The dashboard's numbers, on items made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import count, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import Item
from backlogtool.errors import UsageError
from backlogtool.insight.dashboard import Dashboard, build
from tests.views.samples import TODAY, item, platform, policy

YESTERDAY, TOMORROW = "2026-11-20", "2026-11-22"


def _board(*items: Item, env: str = "prod") -> Dashboard:
    return build(items, policy(), TODAY, env)


def _ids(rows: Iterable[Mapping[str, object]]) -> list[int]:
    return [int(str(row["id"]).removeprefix("bl_"), 16) for row in rows]


def _any_of(*known: str) -> st.SearchStrategy[str]:
    return st.one_of(st.sampled_from(known), st.text(max_size=3))


any_items = st.builds(
    item,
    st.integers(0, 9),
    env=_any_of("prod", "dev"),
    status=_any_of("open", "blocked", "done"),
    priority=_any_of("P0", "P2"),
    category=_any_of("security"),
    service=_any_of("gateway"),
    due_date=_any_of(YESTERDAY, TODAY, "2026-02-30"),
    created_at=_any_of("2026-11-02T06:20:00Z"),
)


def test_the_keys_stand_in_the_order_that_other_tools_read() -> None:
    """R-184, then ours."""
    assert list(_board()) == [
        *("env", "total", "status_counts", "priority_counts", "category_counts"),
        *("overdue", "overdue_count", "top_services"),
        *("active", "decisions", "weeks_open", "alerts"),
    ]


def test_the_example_of_the_runbook() -> None:
    """R-112, R-113: 18 + 5 + 3 + 14 + 2 = 1 + 9 + 22 + 10 = 42; closed items are in both counts."""
    wanted = {"open": 18, "in_progress": 5, "blocked": 3, "done": 14, "canceled": 2}
    priorities = ["P0"] * 1 + ["P1"] * 9 + ["P2"] * 22 + ["P3"] * 10
    statuses = [status for status, number in wanted.items() for _ in range(number)]
    pairs = list(zip(statuses, priorities, strict=True))
    items = [
        item(n, status=status, priority=priority, due_date="2026-02-10" if 4 <= n < 8 else "2027-02-10")
        for n, (status, priority) in enumerate(pairs)
    ]
    board = _board(*items)
    assert board["total"] == 42
    assert board["status_counts"] == wanted
    assert board["priority_counts"] == {"P0": 1, "P1": 9, "P2": 22, "P3": 10}
    assert board["overdue_count"] == 4
    assert board["top_services"] == [{"service": "gateway", "count": 42}]
    assert board["active"]["total"] == 26
    assert board["active"]["status_counts"] == {"open": 18, "in_progress": 5, "blocked": 3}


def test_an_empty_backlog_has_a_zero_for_every_known_value() -> None:
    """C-13."""
    board = _board()
    assert board["total"] == board["overdue_count"] == 0
    assert board["status_counts"] == dict.fromkeys(policy().enums.status, 0)
    assert board["priority_counts"] == dict.fromkeys(policy().enums.priority, 0)
    assert board["category_counts"] == dict.fromkeys(policy().categories, 0)
    for key in ("overdue", "top_services", "decisions", "weeks_open", "alerts"):
        assert board[key] == []


def test_nothing_is_capped_but_the_printed_lists() -> None:
    """R-183, R-188, C-14: 1,500 items, of which 1,100 are overdue, are all counted."""
    items = [item(n, service=f"s{n % 30}", due_date=YESTERDAY if n < 1100 else TOMORROW) for n in range(1500)]
    board = _board(*items)
    assert board["total"] == board["status_counts"]["open"] == board["active"]["total"] == 1500
    assert board["overdue_count"] == 1100
    assert len(board["overdue"]) == 20
    assert len(board["top_services"]) == 10
    assert len(board["active"]["service_counts"]) == 30
    assert len(board["decisions"]) == 1500


@given(st.lists(any_items, max_size=12))
def test_every_count_adds_up_to_all_items_whatever_their_values_are(items: list[Item]) -> None:
    board = _board(*items, env="all")
    active = board["active"]
    for counts in (board["status_counts"], board["priority_counts"], board["category_counts"]):
        assert sum(counts.values()) == board["total"] == len(items)
    for field in ("status_counts", "priority_counts", "category_counts", "service_counts"):
        assert sum(active[field].values()) == active["total"]
    assert json.loads(json.dumps(board)) == board


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_items_does_not_matter(random: Random) -> None:
    items = platform()
    random.shuffle(items)
    assert json.dumps(_board(*items)) == json.dumps(_board(*platform()))


def test_overdue_is_active_and_due_strictly_before_today() -> None:
    """R-186."""
    board = _board(
        item(1, due_date=YESTERDAY),
        item(2, due_date=TODAY),
        item(3, due_date=""),
        item(4, due_date=YESTERDAY, status="done"),
        item(5, due_date=YESTERDAY, status="canceled"),
        item(6, due_date=YESTERDAY, status="blocked"),
    )
    assert _ids(board["overdue"]) == [1, 6]
    assert list(board["overdue"][0]) == ["id", "service", "title", "priority", "due_date", "owner"]


def test_overdue_is_sorted_by_priority_then_due_date_then_id() -> None:
    """R-188."""
    board = _board(
        item(5, due_date="2026-11-02"),
        item(4, due_date="2026-11-02"),
        item(3, due_date="2026-11-01"),
        item(2, due_date="2026-11-19", priority="P1"),
        item(1, due_date="2026-11-20", priority="P0"),
    )
    assert _ids(board["overdue"]) == [1, 2, 3, 4, 5]


def test_services_are_sorted_by_count_then_name_and_count_closed_items() -> None:
    """R-189."""
    services = ["b", "a", "c", "c", ""]
    board = _board(*(item(n, service=name, status="done") for n, name in enumerate(services)))
    assert board["top_services"] == [
        {"service": "c", "count": 2},
        {"service": "", "count": 1},
        {"service": "a", "count": 1},
        {"service": "b", "count": 1},
    ]
    assert board["active"]["service_counts"] == {}


def test_an_environment_counts_alone_and_all_counts_every_one() -> None:
    """R-190."""
    items = [item(n, env=env) for n, env in enumerate(["prod", "prod", "staging"])]
    assert _board(*items)["total"] == 2
    assert _board(*items, env="staging")["total"] == 1
    everything = _board(*items, env="all")
    assert (everything["env"], everything["total"]) == ("all", 3)


@pytest.mark.parametrize("env", ["", "production", "ALL"])
def test_an_unknown_environment_is_refused(env: str) -> None:
    with pytest.raises(UsageError):
        _board(env=env)


def test_due_soon_is_from_today_to_a_week_from_today() -> None:
    days = [YESTERDAY, TODAY, "2026-11-28", "2026-11-29", ""]
    assert _board(*(item(n, due_date=day) for n, day in enumerate(days)))["active"]["due_soon_count"] == 2


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"due_date": YESTERDAY}, "overdue by 1 day"),
        ({"due_date": "2026-11-11", "status": "in_progress"}, "overdue by 10 days"),
        ({"due_date": YESTERDAY, "status": "blocked"}, "overdue by 1 day, blocked"),
        ({"status": "blocked"}, "blocked"),
        ({"status": "blocked", "priority": "P0"}, "blocked, P0 without a due date"),
        ({"priority": "P0"}, "P0 without a due date"),
        ({"due_date": TODAY}, "due today, not started"),
        ({"due_date": TOMORROW}, "due in 1 day, not started"),
        ({"due_date": "2026-11-24"}, "due in 3 days, not started"),
    ],
)
def test_what_needs_a_decision_says_why(values: dict[str, str], reason: str) -> None:
    [decision] = _board(item(7, **values))["decisions"]
    assert decision["reason"] == reason
    assert decision["id"] == item(7).id


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"due_date": "2026-11-25"},
        {"due_date": TODAY, "status": "in_progress"},
        {"due_date": YESTERDAY, "status": "done"},
        {"priority": "P0", "status": "canceled"},
        {"priority": "P0", "due_date": "2026-12-24"},
    ],
)
def test_what_is_on_its_way_needs_no_decision(values: dict[str, str]) -> None:
    assert _board(item(7, **values))["decisions"] == []


def test_decisions_are_sorted_by_priority_then_reason_then_due_date_then_id() -> None:
    board = _board(
        item(8, due_date=TODAY),
        item(7, status="blocked"),
        item(6, due_date="2026-11-18"),
        item(5, due_date="2026-11-18"),
        item(4, due_date="2026-11-10"),
        item(3, priority="P1", due_date=TODAY),
        item(2, priority="P0"),
        item(1, priority="P0", status="blocked", due_date=TOMORROW),
    )
    assert _ids(board["decisions"]) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_weeks_open_counts_from_the_oldest_open_item_of_the_same_work() -> None:
    """R-119, C-27: 2026-11-21 lies in week 47."""
    same = [item(n, created_at=f"{day}T00:00:00Z") for n, day in enumerate(["2026-11-21", "2026-11-02", "2026-10-26"])]
    done = item(9, created_at="2026-01-05T00:00:00Z", status="done")
    other = item(10, created_at="2026-11-16T00:00:00Z", category="security")
    assert _board(*same, done, other)["weeks_open"] == [
        {"env": "prod", "service": "gateway", "category": "refactor", "weeks": 4, "count": 3, "since": "2026-W44"},
        {"env": "prod", "service": "gateway", "category": "security", "weeks": 1, "count": 1, "since": "2026-W47"},
    ]


def test_weeks_open_crosses_the_year_and_never_falls_below_one() -> None:
    old = item(1, created_at="2025-12-29T00:00:00Z")  # a Monday of 2026-W01
    new = item(2, created_at="2027-03-01T00:00:00Z", category="security")
    assert [row["weeks"] for row in _board(old, new)["weeks_open"]] == [47, 1]


def test_weeks_open_is_sorted_by_weeks_count_environment_and_names() -> None:
    numbers = count()
    triples = list(product(["dev", "prod"], ["b", "a"], ["security", "refactor"]))
    items = [item(next(numbers), env=env, service=service, category=category) for env, service, category in triples]
    twice = item(next(numbers), env="dev", service="b", category="security")
    rows = _board(*items, twice, env="all")["weeks_open"]
    assert [(row["env"], row["service"], row["category"]) for row in rows] == [
        ("dev", "b", "security"),
        *product(["prod"], ["a", "b"], ["refactor", "security"]),
        *(
            triple
            for triple in product(["dev"], ["a", "b"], ["refactor", "security"])
            if triple[1:] != ("b", "security")
        ),
    ]


def test_work_without_service_or_category_is_no_row_of_weeks_open() -> None:
    assert _board(item(1, service=""), item(2, category=""))["weeks_open"] == []


def test_dates_that_nobody_can_read_count_as_none() -> None:
    board = _board(item(1, due_date="1 March", created_at="yesterday", priority="P0"))
    assert board["overdue_count"] == 0
    assert board["weeks_open"] == []
    assert [row["reason"] for row in board["decisions"]] == ["P0 without a due date"]


def _overdue(number: int, priority: str = "P2") -> list[Item]:
    return [item(n, due_date=YESTERDAY, priority=priority) for n in range(number)]


def test_five_overdue_items_are_no_alert() -> None:
    """R-114."""
    assert _board(*_overdue(5))["alerts"] == []


def test_six_overdue_items_notify_oncall() -> None:
    """R-114."""
    assert _board(*_overdue(6))["alerts"] == [{"level": "notify", "message": "notify oncall: overdue_count=6 > 5"}]


def test_an_overdue_p0_pages_the_cto() -> None:
    """R-115, C-60."""
    message = "page cto: 1 overdue P0: bl_000000000000"
    assert _board(*_overdue(1, "P0"))["alerts"] == [{"level": "page", "message": message}]


def test_a_p0_and_something_else_overdue_are_no_page() -> None:
    """C-60: the P0 item itself has to be overdue, and open."""
    board = _board(
        item(1, priority="P0", due_date=TOMORROW),
        item(2, due_date=YESTERDAY),
        item(3, priority="P0", due_date=YESTERDAY, status="done"),
    )
    assert board["alerts"] == []


def test_the_page_comes_first_and_names_five_items_at_most() -> None:
    page, notice = _board(*_overdue(7, "P0"))["alerts"]
    assert page["message"].startswith("page cto: 7 overdue P0: bl_000000000000, ")
    assert page["message"].endswith(", bl_000000000004, …")
    assert notice["message"] == "notify oncall: overdue_count=7 > 5"
