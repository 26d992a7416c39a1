"""Days, weeks and moments, as the text that stands in items.

A day is ``YYYY-MM-DD``, a week ``YYYY-Www`` (ISO 8601), a moment ``YYYY-MM-DDTHH:MM:SSZ`` in UTC. Text in
these canonical forms orders as time does, so items keep text and only arithmetic makes dates.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

# Texts, not compiled: most commands meet canonical forms only, which need none of them.
_WEEK = r"(\d{4})-W?(\d{2})"
_MOMENT = r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?\s?(Z|z|[+-]\d{2}:?\d{2})?"
_IN = r"([+-]?\d{1,4})([dwmy])"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNIT_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def parse_day(text: str) -> date | None:
    """The day that ``YYYY-MM-DD`` names; None for anything else, 30 February included."""
    if len(text) != 10 or not text.isascii() or text[4] != "-" or text[7] != "-":
        return None
    if not (text[:4] + text[5:7] + text[8:]).isdigit():
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: str) -> bool:
    return parse_day(text) is not None


def normal_moment(text: str) -> str | None:
    """ISO 8601 with any offset as UTC with ``Z`` and seconds; a time without offset counts as UTC.

    None if it is no such moment. Source: C-49 (imports treat naive times as UTC).
    """
    if _is_canonical(text):
        return text
    found = re.fullmatch(_MOMENT, text, re.ASCII)
    if not found:
        return None
    day, clock, zone = found.groups()
    offset = "+00:00" if zone in (None, "Z", "z") else zone
    try:
        return format_moment(datetime.fromisoformat(f"{day}T{clock}{offset}"))
    except (ValueError, OverflowError):
        return None


def _is_canonical(text: str) -> bool:
    if len(text) != 20 or not text.isascii() or (text[10], text[13], text[16], text[19]) != ("T", ":", ":", "Z"):
        return False
    hour, minute, second = text[11:13], text[14:16], text[17:19]
    plain = (hour + minute + second).isdigit() and hour < "24" and minute < "60" and second < "60"
    return plain and is_day(text[:10])


def format_moment(moment: datetime) -> str:
    """An aware datetime as canonical text; the year keeps four digits."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat(timespec="seconds") + "Z"


def from_seconds(seconds: int) -> str:
    """The moment so many seconds after 1970 began, kept within years that have four digits."""
    bounded = min(max(seconds, -62135596800), 253402300799)
    return format_moment(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=bounded))


def day_of(moment: str) -> str:
    """The UTC day of a canonical moment."""
    return moment[:10]


def add_days(day: str, days: int) -> str:
    """``day`` plus a number of days, kept within years that have four digits."""
    moved = date.fromisoformat(day).toordinal() + days
    return date.fromordinal(min(max(moved, 1), date.max.toordinal())).isoformat()


def days_between(start: str, end: str) -> int:
    """Whole days from ``start`` to ``end``; negative if ``end`` is earlier."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def iso_week(day: str) -> str:
    """The ISO week ``YYYY-Www`` of a day: 2027-01-01 lies in 2026-W53 (C-05)."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year:04d}-W{week:02d}"


def normal_week(text: str) -> str | None:
    """``2026-W08`` or ``2026-08`` as ``2026-W08``; None if no such week exists."""
    found = re.fullmatch(_WEEK, text, re.ASCII)
    if not found:
        return None
    try:
        date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None
    return f"{found[1]}-W{found[2]}"


def weeks_between(start: str, end: str) -> int:
    """Whole weeks from ISO week ``start`` to ISO week ``end``."""
    first = date.fromisocalendar(int(start[:4]), int(start[6:]), 1)
    last = date.fromisocalendar(int(end[:4]), int(end[6:]), 1)
    return (last - first).days // 7


def resolve_day(text: str, today: str) -> str | None:
    """A day as people type it: ``2026-03-01``, ``today``, ``tomorrow``, ``fri``, ``7d``, ``-2w``, ``none``.

    A weekday is the next one after today. ``none`` is the empty text. None if it is none of these.
    """
    word = text.strip().lower()
    if word == "none":
        return ""
    ahead = _days_ahead(word, today)
    if ahead is None:
        return word if is_day(word) else None
    day = add_days(today, ahead)
    return day if days_between(today, day) == ahead else None


def resolve_past_day(text: str, today: str) -> str | None:
    """As ``resolve_day``, for what looks back: ``7d`` is seven days ago, a weekday the last one before today."""
    word = text.strip().lower()
    if re.fullmatch(_IN, word, re.ASCII) and word[0] not in "+-":
        return resolve_day(f"-{word}", today)
    day = resolve_day(word, today)
    return add_days(day, -7) if day and word[:3] in _WEEKDAYS else day


def _days_ahead(word: str, today: str) -> int | None:
    if word in ("yesterday", "today", "tomorrow"):
        return ("yesterday", "today", "tomorrow").index(word) - 1
    if word[:3] in _WEEKDAYS and word in (word[:3], _full_weekday(word[:3])):
        return (_WEEKDAYS.index(word[:3]) - date.fromisoformat(today).weekday() - 1) % 7 + 1
    found = re.fullmatch(_IN, word, re.ASCII)
    return int(found[1]) * _UNIT_DAYS[found[2]] if found else None


def _full_weekday(short: str) -> str:
    return {"tue": "tuesday", "wed": "wednesday", "thu": "thursday", "sat": "saturday"}.get(short, short + "day")
