"""Days, weeks and moments: what is one, and that arithmetic on their texts is arithmetic on time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backlogtool.domain import calendar

days = st.dates().map(str)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0))


# --- days


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "2026-03-01"])
def test_a_day_of_the_calendar_is_a_day(text: str) -> None:
    assert calendar.is_day(text)
    assert str(calendar.parse_day(text)) == text


NO_DAYS = [
    *("2026-02-30", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "0000-01-01"),
    *("2026-3-1", "20260301", "26-03-01", "2026-W08-1", "2026-060", "2026/03/01", "01.03.2026", "10000-01-01"),
    *("", "none", "today", " 2026-03-01", "2026-03-01 ", "2026-03-01\n", "2026-03-01T00:00:00Z", "٢٠٢٦-٠٣-٠١"),
]


@pytest.mark.parametrize("text", NO_DAYS)
def test_anything_else_is_none(text: str) -> None:
    """R-210: no other spelling, and no day that the calendar lacks."""
    assert calendar.parse_day(text) is None
    assert not calendar.is_day(text)


@given(days, days)
def test_days_order_as_their_texts_do(one: str, other: str) -> None:
    assert (one < other) == (date.fromisoformat(one) < date.fromisoformat(other))


@given(days, days)
def test_adding_the_days_between_leads_from_one_day_to_the_other(start: str, end: str) -> None:
    assert calendar.add_days(start, calendar.days_between(start, end)) == end
    assert calendar.days_between(end, start) == -calendar.days_between(start, end)


# --- weeks


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2024-12-30", "2025-W01"),
        ("2025-12-29", "2026-W01"),
        ("2026-02-16", "2026-W08"),
        ("2026-12-28", "2026-W53"),
        ("2027-01-01", "2026-W53"),
        ("2027-01-04", "2027-W01"),
        ("0001-01-01", "0001-W01"),
        ("9999-12-31", "9999-W52"),
    ],
)
def test_the_week_of_a_day_is_its_iso_week(day: str, week: str) -> None:
    """The checks of REQUIREMENTS.md 3.4, and both ends of the calendar."""
    assert calendar.iso_week(day) == week


@given(days)
def test_the_week_of_any_day_is_a_week_in_its_canonical_form(day: str) -> None:
    week = calendar.iso_week(day)
    assert week == date.fromisoformat(day).strftime("%G-W%V").rjust(8, "0")
    assert calendar.normal_week(week) == week
    assert calendar.normal_week(week.replace("W", "")) == week


@pytest.mark.parametrize(
    "text",
    ["2025-W53", "2026-W54", "2026-W00", "2026-W8", "2026W08", "2026-w08", "2026-8", "26-W08", "W08", "", "0000-W01"],
)
def test_a_week_that_the_year_lacks_or_that_is_spelt_otherwise_is_none(text: str) -> None:
    assert calendar.normal_week(text) is None


@pytest.mark.parametrize(
    ("start", "end", "weeks"),
    [
        ("2026-W08", "2026-W08", 0),
        ("2026-W53", "2027-W01", 1),
        ("2026-W08", "2025-W52", -8),
        ("2026-W01", "2027-W01", 53),
    ],
)
def test_weeks_are_counted_across_the_ends_of_years(start: str, end: str, weeks: int) -> None:
    assert calendar.weeks_between(start, end) == weeks


# --- moments


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-16T06:20:00Z", "2026-02-16T06:20:00Z"),
        ("2026-02-16t06:20:00z", "2026-02-16T06:20:00Z"),
        ("2026-02-16T06:20Z", "2026-02-16T06:20:00Z"),
        ("2026-02-16T07:20:00+01:00", "2026-02-16T06:20:00Z"),
        ("2026-02-16T07:20:00+0100", "2026-02-16T06:20:00Z"),
        ("2026-02-15T20:50:00-09:30", "2026-02-16T06:20:00Z"),
        ("2026-02-16 06:20:00", "2026-02-16T06:20:00Z"),
        ("2026-02-16T06:20:00", "2026-02-16T06:20:00Z"),
        ("2026-02-16T06:20:00 +00:00", "2026-02-16T06:20:00Z"),
        ("2026-02-16T06:20:59.999999Z", "2026-02-16T06:20:59Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_moment_with_any_offset_is_told_in_utc_and_one_without_counts_as_utc(text: str, moment: str) -> None:
    """C-49."""
    assert calendar.normal_moment(text) == moment


NO_MOMENTS = [
    *("2026-02-30T06:20:00Z", "2026-02-16T25:00:00Z", "2026-02-16T06:60:00Z", "2026-02-16T06:20:60Z"),
    *("2026-02-16", "06:20", "2026-02-16T06", "2026-02-16T06:20:00+25:00", "2026-02-16T06:20:00 UTC", "now", ""),
    *("0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-02-16T06:20:00Z ", "٢٠٢٦-02-16T06:20:00Z"),
]


@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_is_no_moment_or_leaves_the_calendar_is_none(text: str) -> None:
    assert calendar.normal_moment(text) is None


@given(moments)
def test_a_canonical_moment_is_its_own_normal_form_and_tells_the_time(moment: datetime) -> None:
    text = calendar.format_moment(moment)
    assert len(text) == 20
    assert calendar.normal_moment(text) == text
    assert datetime.fromisoformat(text) == moment
    assert calendar.day_of(text) == str(moment.date())


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), offsets)  # noqa: DTZ001
def test_a_moment_means_the_same_in_every_zone(moment: datetime, zone: timezone) -> None:
    aware = moment.replace(tzinfo=zone)
    told = calendar.normal_moment(aware.isoformat())
    assert told == calendar.format_moment(aware)
    assert datetime.fromisoformat(told) == aware.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("7d", "2026-02-09"), ("-7d", "2026-02-09"), ("+7d", "2026-02-23"), ("2w", "2026-02-02"), ("1m", "2026-01-17"),
        ("mon", "2026-02-16"), ("tuesday", "2026-02-10"), ("sun", "2026-02-15"), ("Sunday", "2026-02-15"),
        ("yesterday", "2026-02-15"), ("2026-03-01", "2026-03-01"), ("none", ""), ("soon", None), ("9999y", None),
    ],
)  # fmt: skip
def test_a_day_that_looks_back_is_not_ahead_unless_it_says_so(text: str, day: str | None) -> None:
    assert calendar.resolve_past_day(text, "2026-02-16") == day


@given(moments, moments)
def test_moments_order_as_their_texts_do(one: datetime, other: datetime) -> None:
    assert (calendar.format_moment(one) < calendar.format_moment(other)) == (one < other)


@given(moments)
def test_seconds_since_1970_are_a_moment(moment: datetime) -> None:
    assert calendar.from_seconds(int(moment.timestamp())) == calendar.format_moment(moment)


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [(0, "1970-01-01T00:00:00Z"), (-(10**18), "0001-01-01T00:00:00Z"), (10**18, "9999-12-31T23:59:59Z")],
)
def test_seconds_that_leave_the_calendar_stop_at_its_end(seconds: int, moment: str) -> None:
    assert calendar.from_seconds(seconds) == moment


# --- days as people type them

MONDAY = date(2026, 2, 16)
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


@pytest.mark.parametrize("today", range(7))
@pytest.mark.parametrize("wanted", range(7))
def test_a_weekday_is_the_next_one_after_today(today: int, wanted: int) -> None:
    start = MONDAY + timedelta(days=today)
    ahead = next(day for day in range(1, 8) if (start + timedelta(days=day)).weekday() == wanted)
    name = WEEKDAYS[wanted]
    for spelt in (name, name[:3], name.upper(), f" {name[:3].title()} "):
        assert calendar.resolve_day(spelt, str(start)) == str(start + timedelta(days=ahead))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-01", "2026-03-01"),
        ("today", "2026-02-16"),
        ("yesterday", "2026-02-15"),
        ("Tomorrow", "2026-02-17"),
        ("7d", "2026-02-23"),
        ("+7d", "2026-02-23"),
        ("-7d", "2026-02-09"),
        ("0d", "2026-02-16"),
        ("2w", "2026-03-02"),
        ("-2W", "2026-02-02"),
        ("1m", "2026-03-18"),
        ("1y", "2027-02-16"),
        ("none", ""),
        (" NONE ", ""),
    ],
)
def test_days_can_be_told_from_today(text: str, day: str) -> None:
    assert calendar.resolve_day(text, str(MONDAY)) == day


@pytest.mark.parametrize(
    "text",
    [*NO_DAYS[:15], "", "fr", "frid", "fridays", "tues", "7", "d", "d7", "7 d", "7dd", "--7d", "12345d", "7h", "9999y"],
)
def test_anything_else_names_no_day(text: str) -> None:
    assert calendar.resolve_day(text, str(MONDAY)) is None


words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["today", "yesterday", "tomorrow", "none", *WEEKDAYS]),
    st.from_regex(r"[+-]?[0-9]{1,4}[dwmy]", fullmatch=True),
    days,
)


@given(words, days)
@example("tomorrow", "9999-12-31")
@example("yesterday", "0001-01-01")
@example("fri", "9999-12-31")
@example("-1d", "0001-01-01")
def test_a_word_names_a_day_or_the_lack_of_one_or_nothing_and_never_fails(word: str, today: str) -> None:
    found = calendar.resolve_day(word, today)
    assert found in (None, "") or calendar.is_day(found)
