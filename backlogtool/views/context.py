"""What the templates of the dashboard are given: plain data, worked out so far that they only place it.

Nothing here reads a clock or the environment, and every list has its order from the numbers or the policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backlogtool.domain import calendar
from backlogtool.domain.policy import Policy
from backlogtool.insight.dashboard import ALL, SOON_DAYS, Dashboard, Decision, OverdueRow
from backlogtool.views.bars import text_bar
from backlogtool.views.chart import has_several_envs, label, lasting, picture
from backlogtool.views.marker import marker

_CELLS = 20
_CALLOUTS = {"page": "CAUTION", "notify": "WARNING"}
_NONE = "–"


def dashboard(board: Dashboard, policy: Policy, today: str, paths: Mapping[str, str]) -> dict[str, Any]:
    """The value of ``dashboard`` in ``DASHBOARD.md.j2`` and ``reports/dashboard.svg.j2``.

    ``paths`` maps an item's id to its file, relative to the repository's root; an item without one is shown
    without a link. Lists of items show as many rows as the policy's ``dashboard.overdue_rows``, lists of
    services and kinds of work ``dashboard.top_services``; ``hidden`` is how many more there are (R-188).
    """
    rows = policy.dashboard.overdue_rows
    late = [_overdue(row, today, paths) for row in board["overdue"]]
    return {
        "marker": marker(today),
        "as_of": today,
        "env": board["env"],
        "every_env": board["env"] == ALL,
        "total": board["total"],
        "facts": _facts(board),
        "summary": _summary(board),
        "alerts": [{"callout": _CALLOUTS[one["level"]], "message": one["message"]} for one in board["alerts"]],
        "decisions": _some([_row(one, paths) for one in board["decisions"]], rows),
        "overdue": {"rows": late, "count": board["overdue_count"], "hidden": board["overdue_count"] - len(late)},
        "tables": _tables(board, policy),
        "weeks_open": _weeks(board, policy.dashboard.top_services),
        "picture": picture(board, policy, today),
    }


def _facts(board: Dashboard) -> list[dict[str, Any]]:
    """The numbers of the line under the heading, zeros left out; ``strong`` ones stand out."""
    active = board["active"]
    facts = [(active["total"], "active", True)]
    facts += [(count, label(name).lower(), False) for name, count in active["status_counts"].items()]
    facts.append((board["overdue_count"], "overdue", True))
    facts.append((active["due_soon_count"], f"due in {SOON_DAYS} days", False))
    facts.append((board["total"] - active["total"], "closed", False))
    return [
        {"number": number, "words": words, "strong": strong}
        for number, words, strong in facts
        if number or words == "active"
    ]


def _summary(board: Dashboard) -> str:
    """The picture in one sentence, for those who do not see it."""
    where = "in every environment" if board["env"] == ALL else f"in {board['env']}"
    facts = [f"{one['number']} {one['words']}" for one in _facts(board)]
    return f"{board['total']} items {where}: {', '.join(facts)}."


def _row(row: Decision | OverdueRow, paths: Mapping[str, str]) -> dict[str, Any]:
    shown = {key: row[key] or _NONE for key in ("priority", "due_date", "service", "owner")}
    # A link without text could not be followed.
    title = row["title"] if row["title"].strip() else row["id"]
    return {**row, **shown, "title": title, "path": paths.get(row["id"], "")}


def _overdue(row: OverdueRow, today: str, paths: Mapping[str, str]) -> dict[str, Any]:
    return _row(row, paths) | {"days": calendar.days_between(row["due_date"], today)}


def _tables(board: Dashboard, policy: Policy) -> list[dict[str, Any]]:
    """One table a field: ``counted`` says what the bars count, ``all`` counts closed items too."""
    active = board["active"]
    return [
        _table("Status", "Items", board["status_counts"], {}),
        _table("Priority", "Active", active["priority_counts"], board["priority_counts"]),
        _table("Category", "Active", active["category_counts"], board["category_counts"]),
        _table("Service", "Active", active["service_counts"], {}, policy.dashboard.top_services),
    ]


def _table(
    title: str, counted: str, counts: Mapping[str, int], every: Mapping[str, int], limit: int | None = None
) -> dict[str, Any]:
    most = max(counts.values(), default=0)
    rows = [
        {"name": name or _NONE, "count": counts.get(name, 0), "all": every.get(name, 0)}
        | {"bar": text_bar(counts.get(name, 0), most, _CELLS)}
        for name in {**counts, **every}
    ]
    return {"title": title, "counted": counted, "has_all": bool(every), **_some(rows, limit)}


def _weeks(board: Dashboard, limit: int) -> dict[str, Any]:
    rows = lasting(board)
    most = max((row["weeks"] for row in rows), default=0)
    shown = _some([{**row, "bar": text_bar(row["weeks"], most, _CELLS)} for row in rows], limit)
    return {"has_env": has_several_envs(board), **shown}


def _some(rows: Sequence[dict[str, Any]], limit: int | None) -> dict[str, Any]:
    """The first rows, with how many there are and how many of them are not shown."""
    shown = list(rows[:limit])
    return {"rows": shown, "count": len(rows), "hidden": len(rows) - len(shown)}
