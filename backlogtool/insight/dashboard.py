"""The dashboard's numbers: items in, one plain value out, ready to be printed as JSON.

The first eight keys are the ones that other tools already read (R-112, R-184), with their meaning: closed
items are counted too. What follows them is ours: the same counts over active items only, what needs a
decision today, how long work has been open, and the alerts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import TypedDict

from backlogtool.domain import calendar
from backlogtool.domain.brief import Brief
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.query import is_overdue, sort_key
from backlogtool.domain.spelling import did_you_mean
from backlogtool.errors import UsageError

ALL = "all"
#: An item that is due within so many days and not started needs a decision today.
START_DAYS = 3
#: What is due within so many days is due soon.
SOON_DAYS = 7
_BLOCKED = "blocked"
_NAMED_IN_ALERT = 5


class OverdueRow(TypedDict):
    """One overdue item (R-187)."""

    id: str
    service: str
    title: str
    priority: str
    due_date: str
    owner: str


class ServiceRow(TypedDict):
    """A service and how many items it has (R-189)."""

    service: str
    count: int


class Active(TypedDict):
    """Counts over items that are not closed (R-113). ``due_soon_count``: due today or in the next 7 days."""

    total: int
    status_counts: dict[str, int]
    priority_counts: dict[str, int]
    category_counts: dict[str, int]
    service_counts: dict[str, int]
    due_soon_count: int


class Decision(TypedDict):
    """An item that somebody has to decide about today; ``reason`` joins all reasons, the strongest first."""

    id: str
    title: str
    reason: str
    priority: str
    due_date: str
    owner: str
    service: str


class WeeksOpen(TypedDict):
    """Work on one env, service and category: ``count`` items are open, the oldest since ISO week ``since``.

    ``weeks`` counts that week and the present one (R-119, C-27).
    """

    env: str
    service: str
    category: str
    weeks: int
    count: int
    since: str


class Alert(TypedDict):
    """``level`` is page or notify; ``message`` is the whole line that is printed."""

    level: str
    message: str


class Dashboard(TypedDict):
    """Everything, in this order of keys. Lists are whole except ``overdue`` and ``top_services`` (R-188, R-189)."""

    env: str
    total: int
    status_counts: dict[str, int]
    priority_counts: dict[str, int]
    category_counts: dict[str, int]
    overdue: list[OverdueRow]
    overdue_count: int
    top_services: list[ServiceRow]
    active: Active
    decisions: list[Decision]
    weeks_open: list[WeeksOpen]
    alerts: list[Alert]


def build(items: Iterable[Item | Brief], policy: Policy, today: str, env: str) -> Dashboard:
    """The dashboard of one environment, or of every one for ``all``, as of the day ``today``.

    All items count, however many there are (C-14); ``status_counts``, ``priority_counts`` and
    ``category_counts`` name every value the policy knows, with 0 where there is none (C-13). A due date that
    is no day counts as none. Raises ``UsageError`` for an environment the policy does not know (R-190).
    """
    if env not in (ALL, *policy.enums.env):
        raise UsageError(f"env '{env}' is unknown", hint=did_you_mean(env, (*policy.enums.env, ALL)))
    counted = [item for item in items if env in (ALL, item.env)]
    active = [item for item in counted if not policy.is_closed(item.status)]
    overdue = sorted(
        (item for item in active if _is_day(item.due_date) and is_overdue(item, today, ())),
        key=lambda item: sort_key(item, policy),
    )
    return {
        "env": env,
        "total": len(counted),
        "status_counts": _counts(counted, "status", policy.enums.status),
        "priority_counts": _counts(counted, "priority", policy.enums.priority),
        "category_counts": _counts(counted, "category", policy.allowed("category")),
        "overdue": [_overdue_row(item) for item in overdue[: policy.dashboard.overdue_rows]],
        "overdue_count": len(overdue),
        "top_services": _services(counted)[: policy.dashboard.top_services],
        "active": _active(active, policy, today),
        "decisions": decisions(active, policy, today),
        "weeks_open": weeks_open(active, policy, today),
        "alerts": _alerts(overdue, policy),
    }


def decisions(active: Iterable[Item | Brief], policy: Policy, today: str) -> list[Decision]:
    """What needs a decision today, most urgent first: by priority, then by strongest reason, due date and id.

    The reasons, strongest first: overdue; blocked; of the highest priority without a due date; due within
    ``START_DAYS`` days and still in the status in which work begins. Closed items need none.
    """
    found = [(item, reasons) for item in active if (reasons := _reasons(item, policy, today))]
    found.sort(key=lambda pair: _urgency(pair[0], pair[1], policy))
    return [_decision(item, reasons) for item, reasons in found]


def weeks_open(active: Iterable[Item | Brief], policy: Policy, today: str) -> list[WeeksOpen]:
    """How long each env, service and category has had open work, longest first, then by count and name.

    Items without service or category, or with an unreadable time of creation, belong to no such row.
    """
    days: dict[tuple[str, str, str], list[str]] = {}
    for item in active:
        created = calendar.day_of(item.created_at)
        if item.service and item.category and _is_day(created):
            days.setdefault((item.env, item.service, item.category), []).append(created)
    rows = [_weeks_row(work, created, calendar.iso_week(today)) for work, created in days.items()]
    order = _rank(policy.enums.env)
    rows.sort(key=lambda row: (-row["weeks"], -row["count"], order(row["env"]), row["service"], row["category"]))
    return rows


def _reasons(item: Item | Brief, policy: Policy, today: str) -> list[tuple[int, str]]:
    """(strength, words) of each reason, strongest first; strength 0 is the strongest."""
    days = _days_left(item.due_date, today)
    reasons = []
    if days is not None and days < 0:
        reasons.append((0, f"overdue by {_days(-days)}"))
    if item.status == _BLOCKED:
        reasons.append((1, "blocked"))
    if days is None and policy.priority_rank(item.priority) == 0:
        reasons.append((2, f"{item.priority} without a due date"))
    if days is not None and 0 <= days <= START_DAYS and item.status == policy.workflow.initial_status:
        reasons.append((3, f"due {'today' if days == 0 else f'in {_days(days)}'}, not started"))
    return reasons


def _urgency(item: Item | Brief, reasons: Sequence[tuple[int, str]], policy: Policy) -> tuple[int, int, str, str]:
    priority, due_date, item_id = sort_key(item, policy)
    return priority, reasons[0][0], due_date, item_id


def _decision(item: Item | Brief, reasons: Iterable[tuple[int, str]]) -> Decision:
    return {
        "id": item.id,
        "title": item.title,
        "reason": ", ".join(words for _, words in reasons),
        "priority": item.priority,
        "due_date": item.due_date,
        "owner": item.owner,
        "service": item.service,
    }


def _overdue_row(item: Item | Brief) -> OverdueRow:
    return {
        "id": item.id,
        "service": item.service,
        "title": item.title,
        "priority": item.priority,
        "due_date": item.due_date,
        "owner": item.owner,
    }


def _weeks_row(work: tuple[str, str, str], created: Sequence[str], this_week: str) -> WeeksOpen:
    env, service, category = work
    since = calendar.iso_week(min(created))
    # A clock that ran ahead must not make work younger than new.
    weeks = max(calendar.weeks_between(since, this_week), 0) + 1
    return {"env": env, "service": service, "category": category, "weeks": weeks, "count": len(created), "since": since}


def _active(active: Sequence[Item | Brief], policy: Policy, today: str) -> Active:
    statuses = [status for status in policy.enums.status if not policy.is_closed(status)]
    return {
        "total": len(active),
        "status_counts": _counts(active, "status", statuses),
        "priority_counts": _counts(active, "priority", policy.enums.priority),
        "category_counts": _counts(active, "category", policy.allowed("category")),
        "service_counts": {row["service"]: row["count"] for row in _services(active)},
        "due_soon_count": sum(_days_left(item.due_date, today) in range(SOON_DAYS + 1) for item in active),
    }


def _alerts(overdue: Sequence[Item | Brief], policy: Policy) -> list[Alert]:
    """The page for an overdue item of a priority that pages, then the notice of too many (R-114, R-115, C-60)."""
    limits = policy.dashboard.alerts
    paging = [item.id for item in overdue if item.priority in limits.page_cto_on_overdue_priority]
    alerts: list[Alert] = []
    if paging:
        named = ", ".join(paging[:_NAMED_IN_ALERT]) + (", …" if len(paging) > _NAMED_IN_ALERT else "")
        priorities = "/".join(limits.page_cto_on_overdue_priority)
        alerts.append({"level": "page", "message": f"page cto: {len(paging)} overdue {priorities}: {named}"})
    if len(overdue) > limits.overdue_notify_oncall_above:
        message = f"notify oncall: overdue_count={len(overdue)} > {limits.overdue_notify_oncall_above}"
        alerts.append({"level": "notify", "message": message})
    return alerts


def _counts(items: Iterable[Item | Brief], field: str, known: Sequence[str]) -> dict[str, int]:
    """Known values in the policy's order, then any other that occurs, so that the counts add up to all items."""
    found = Counter(map(attrgetter(field), items))
    return {value: found[value] for value in (*known, *sorted(found.keys() - set(known)))}


def _services(items: Iterable[Item | Brief]) -> list[ServiceRow]:
    """Most items first, then by name (R-189); items without a service are one row, with an empty name."""
    found: Mapping[str, int] = Counter(map(attrgetter("service"), items))
    return [{"service": name, "count": found[name]} for name in sorted(found, key=lambda one: (-found[one], one))]


def _rank(order: Sequence[str]) -> Callable[[str], tuple[int, str]]:
    """A sort key: values in the given order, then any other by name."""
    return lambda value: (order.index(value) if value in order else len(order), value)


# Items are many, and the days on which they are due are few.
@lru_cache(maxsize=4096)
def _days_left(due_date: str, today: str) -> int | None:
    """Days until it is due, negative if overdue; None without a (readable) due date."""
    return calendar.days_between(today, due_date) if calendar.is_day(due_date) else None


_is_day = lru_cache(maxsize=4096)(calendar.is_day)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
