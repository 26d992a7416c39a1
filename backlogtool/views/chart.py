"""The picture of a dashboard: where everything stands, in pixels, so that the SVG template only draws.

A picture is a dict of lists of marks: ``tiles`` (number and label in a frame), ``bars`` (a title, segments side
by side and a legend) and ``panels`` (a title and rows of label, bar, number). ``tone`` names a colour, which is
the template's matter. Coordinates are whole pixels from the top left corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backlogtool.domain.policy import Policy
from backlogtool.insight.dashboard import ALL, SOON_DAYS, Dashboard, WeeksOpen
from backlogtool.views.bars import fitted, shares

WIDTH = 880
_MARGIN = 28
_INNER = WIDTH - 2 * _MARGIN
_GAP = 12
_TILES_TOP, _TILE_HEIGHT = 76, 82
_BARS_TOP, _BAR_GAP, _SEGMENT_GAP = 200, 37, 2
_LEGEND_TOP, _LEGEND_STEP, _LEGEND_COLUMNS, _LEGEND_ROWS = 47, 20, 5, 2
_PANELS_GAP, _PANEL_GAP, _PANEL_ROWS = 45, 40, 6
_ROW_STEP, _ROWS_TOP = 25, 30
_LABEL, _NUMBER = 200, 62
_SMALL = 12
#: Tones of statuses in which work goes on, by their order; the blocked, initial and closed ones have their own.
_WORK_TONES = ("work", "review", "extra")
_RANK_TONES = ("first", "second", "third", "fourth")
_STATUSES_SHOWN = 3


def picture(board: Dashboard, policy: Policy, today: str) -> dict[str, Any]:
    """The whole picture as plain data."""
    statuses = _bar(_BARS_TOP, "All items by status", board["status_counts"], status_tones(policy))
    priorities = board["active"]["priority_counts"]
    urgent = _bar(statuses["end"] + _BAR_GAP, "Active items by priority", priorities, priority_tones(policy))
    top = urgent["end"] + _PANELS_GAP
    panels = _panels(top, board)
    rows = max(1, *(len(panel["rows"]) for panel in panels))
    return {
        "width": WIDTH,
        "height": top + _ROWS_TOP + (rows - 1) * _ROW_STEP + _MARGIN,
        "inner": _INNER,
        "left": _MARGIN,
        "right": WIDTH - _MARGIN,
        "heading": "Backlog" if board["env"] == ALL else fitted(f"Backlog · {board['env']}", _INNER // 2, 22),
        "as_of": today,
        "tiles": _tiles(board, policy),
        "bars": [statuses, urgent],
        "panels": panels,
    }


def label(name: str) -> str:
    """A name of the policy as words: ``in_progress`` becomes ``In progress``."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def status_tones(policy: Policy) -> dict[str, str]:
    """status -> tone."""
    closed = policy.workflow.closed_statuses
    tones = {policy.workflow.initial_status: "open", "blocked": "stop"}
    tones |= {status: "good" if status == closed[0] else "quiet" for status in closed}
    others = [status for status in policy.enums.status if status not in tones]
    return tones | {status: _WORK_TONES[index % len(_WORK_TONES)] for index, status in enumerate(others)}


def priority_tones(policy: Policy) -> dict[str, str]:
    """priority -> tone, the most urgent first; what comes after the fourth looks like it."""
    return {name: _RANK_TONES[min(rank, len(_RANK_TONES) - 1)] for rank, name in enumerate(policy.enums.priority)}


def lasting(board: Dashboard) -> list[WeeksOpen]:
    """The work that has been open for more than the present week."""
    return [row for row in board["weeks_open"] if row["weeks"] > 1]


def has_several_envs(board: Dashboard) -> bool:
    """Whether rows of ``lasting`` work need their environment to be told apart."""
    return len({row["env"] for row in lasting(board)}) > 1


def _tiles(board: Dashboard, policy: Policy) -> list[dict[str, Any]]:
    active = board["active"]
    tones = status_tones(policy)
    working = [name for name in active["status_counts"] if name != policy.workflow.initial_status]
    numbers = [
        (active["total"], "Active", "active"),
        *((active["status_counts"][name], label(name), tones.get(name, "quiet")) for name in working[:_STATUSES_SHOWN]),
        (board["overdue_count"], "Overdue", "first"),
        (active["due_soon_count"], f"Due in {SOON_DAYS} days", "third"),
    ]
    width = (_INNER - _GAP * (len(numbers) - 1)) // len(numbers)
    return [
        {
            "x": _MARGIN + place * (width + _GAP),
            "y": _TILES_TOP,
            "width": width,
            "height": _TILE_HEIGHT,
            "number": number,
            "label": fitted(name, width - 26, _SMALL),
            "tone": tone if number else "quiet",
        }
        for place, (number, name, tone) in enumerate(numbers)
    ]


def _bar(top: int, title: str, every: Mapping[str, int], tones: Mapping[str, str]) -> dict[str, Any]:
    """One bar over the whole width; values that do not occur stand in the legend only. ``end`` is where it ends."""
    counts = _folded(every)
    shown = [name for name, count in counts.items() if count]
    widths = shares([counts[name] for name in shown], _INNER - _SEGMENT_GAP * max(len(shown) - 1, 0))
    segments, x = [], _MARGIN
    for name, width in zip(shown, widths, strict=True):
        segments.append({"x": x, "width": width, "tone": tones.get(name, "quiet")})
        x += width + _SEGMENT_GAP
    legend = _legend(top + _LEGEND_TOP, counts, tones)
    end = max((one["y"] for one in legend), default=top)
    return {"title": title, "total": sum(counts.values()), "y": top, "end": end, "segments": segments, "legend": legend}


def _folded(counts: Mapping[str, int]) -> Mapping[str, int]:
    """No more values than a legend has room for; the last ones become one."""
    room = _LEGEND_COLUMNS * _LEGEND_ROWS
    if len(counts) <= room:
        return counts
    pairs = list(counts.items())
    kept, rest = pairs[: room - 1], pairs[room - 1 :]
    return dict(kept) | {f"{len(rest)} more": sum(count for _, count in rest)}


def _legend(top: int, counts: Mapping[str, int], tones: Mapping[str, str]) -> list[dict[str, Any]]:
    step = _INNER // _LEGEND_COLUMNS
    return [
        {
            "x": _MARGIN + place % _LEGEND_COLUMNS * step,
            "y": top + place // _LEGEND_COLUMNS * _LEGEND_STEP,
            "label": fitted(label(name) or "none", step - 60, _SMALL),
            "count": count,
            "tone": tones.get(name, "quiet") if count else "quiet",
        }
        for place, (name, count) in enumerate(counts.items())
    ]


def _panels(top: int, board: Dashboard) -> list[dict[str, Any]]:
    services = [(name or "no service", count, str(count)) for name, count in board["active"]["service_counts"].items()]
    several = has_several_envs(board)
    weeks = [(_work(row, several), row["weeks"], f"{row['weeks']} weeks") for row in lasting(board)]
    return [
        _panel(0, top, "Active items by service", services, "Nothing is active."),
        _panel(1, top, "Open longest", weeks, "Nothing is older than this week."),
    ]


def _panel(place: int, top: int, title: str, rows: Sequence[tuple[str, int, str]], empty: str) -> dict[str, Any]:
    """A list of (label, length of the bar, number) in the left (0) or right (1) half."""
    width = (_INNER - _PANEL_GAP) // 2
    left = _MARGIN + place * (width + _PANEL_GAP)
    most = max((count for _, count, _ in rows), default=0)
    drawn = [
        {
            "y": top + _ROWS_TOP + index * _ROW_STEP,
            "label": fitted(name, _LABEL - 8, _SMALL),
            "width": max((width - _LABEL - _NUMBER) * count // most, 2),
            "number": number,
        }
        for index, (name, count, number) in enumerate(rows[:_PANEL_ROWS])
    ]
    title += f", top {_PANEL_ROWS} of {len(rows)}" if len(rows) > _PANEL_ROWS else ""
    at = {"x": left, "y": top, "bar": left + _LABEL, "end": left + width}
    return {**at, "title": title, "rows": drawn, "empty": empty, "empty_y": top + _ROWS_TOP}


def _work(row: WeeksOpen, with_env: bool) -> str:
    where = f"{row['env']} · " if with_env else ""
    return f"{where}{row['service']} · {row['category'].replace('_', ' ')}"
