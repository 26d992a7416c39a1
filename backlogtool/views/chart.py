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
_BARS_TOP, _BAR_STEP = 200, 84
_SEGMENT_GAP = 2
_PANELS_TOP, _PANEL_GAP, _PANEL_ROWS = 380, 48, 6
_ROW_STEP, _ROWS_TOP = 25, 30
_LABEL, _NUMBER = 172, 62
_SMALL = 12
#: Tones of statuses in which work goes on, by their order; the blocked, initial and closed ones have their own.
_WORK_TONES = ("work", "review", "extra")
_RANK_TONES = ("first", "second", "third", "fourth")
_STATUSES_SHOWN = 3


def picture(board: Dashboard, policy: Policy, today: str) -> dict[str, Any]:
    """The whole picture as plain data."""
    panels = _panels(board)
    rows = max(1, *(len(panel["rows"]) for panel in panels))
    return {
        "width": WIDTH,
        "height": _PANELS_TOP + _ROWS_TOP + rows * _ROW_STEP + 20,
        "inner": _INNER,
        "left": _MARGIN,
        "right": WIDTH - _MARGIN,
        "heading": "Backlog" if board["env"] == ALL else fitted(f"Backlog · {board['env']}", _INNER // 2, 22),
        "as_of": today,
        "tiles": _tiles(board, policy),
        "bars": [
            _bar(0, "All items by status", board["status_counts"], status_tones(policy)),
            _bar(1, "Active items by priority", board["active"]["priority_counts"], priority_tones(policy)),
        ],
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
            "label": fitted(name, width - 30, 13),
            "tone": tone if number else "quiet",
        }
        for place, (number, name, tone) in enumerate(numbers)
    ]


def _bar(place: int, title: str, counts: Mapping[str, int], tones: Mapping[str, str]) -> dict[str, Any]:
    """One bar over the whole width; values that do not occur stand in the legend only."""
    shown = [name for name, count in counts.items() if count]
    total = sum(counts.values())
    widths = shares([counts[name] for name in shown], _INNER - _SEGMENT_GAP * max(len(shown) - 1, 0))
    segments, x = [], _MARGIN
    for name, width in zip(shown, widths, strict=True):
        segments.append({"x": x, "width": width, "tone": tones.get(name, "quiet")})
        x += width + _SEGMENT_GAP
    top = _BARS_TOP + place * _BAR_STEP
    return {"title": title, "total": total, "y": top, "segments": segments, "legend": _legend(counts, tones)}


def _legend(counts: Mapping[str, int], tones: Mapping[str, str]) -> list[dict[str, Any]]:
    step = _INNER // max(len(counts), 5)
    return [
        {
            "x": _MARGIN + place * step,
            "label": fitted(label(name) or "none", step - 60, _SMALL),
            "count": count,
            "tone": tones.get(name, "quiet") if count else "quiet",
        }
        for place, (name, count) in enumerate(counts.items())
    ]


def _panels(board: Dashboard) -> list[dict[str, Any]]:
    width = (_INNER - _PANEL_GAP) // 2
    services = [(name or "no service", count, str(count)) for name, count in board["active"]["service_counts"].items()]
    weeks = [(_work(row, board["env"]), row["weeks"], _weeks(row["weeks"])) for row in board["weeks_open"]]
    return [
        _panel(_MARGIN, width, "Active items by service", services),
        _panel(_MARGIN + width + _PANEL_GAP, width, "Open longest", weeks),
    ]


def _panel(x: int, width: int, title: str, rows: Sequence[tuple[str, int, str]]) -> dict[str, Any]:
    room = width - _LABEL - _NUMBER
    most = max((count for _, count, _ in rows), default=0)
    drawn = [
        {
            "y": _PANELS_TOP + _ROWS_TOP + place * _ROW_STEP,
            "label": fitted(name, _LABEL - 8, _SMALL),
            "width": max(room * count // most, 2),
            "number": number,
        }
        for place, (name, count, number) in enumerate(rows[:_PANEL_ROWS])
    ]
    return {"x": x, "y": _PANELS_TOP, "bar": x + _LABEL, "end": x + width, "title": title, "rows": drawn}


def _work(row: WeeksOpen, env: str) -> str:
    where = f"{row['env']} · " if env == ALL else ""
    return f"{where}{row['service']} · {row['category'].replace('_', ' ')}"


def _weeks(count: int) -> str:
    return "1 week" if count == 1 else f"{count} weeks"
