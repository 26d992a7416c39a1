"""Filters: every field, what is refused with a hint, and the order of a list."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backlogtool.domain.item import Item
from backlogtool.domain.query import FIELDS, Query, Term, is_overdue, parse, sort_key, term
from backlogtool.errors import UsageError
from tests.domain.samples import ITEM, item
from tests.test_generation import policy

TODAY = "2026-02-16"  # a Monday


def _query(*words: str, me: str = "alice") -> Query:
    return parse(words, policy(), today=TODAY, me=me)


def _matches(*words: str, **values: Any) -> bool:
    return _query(*words).matches(item(**values))


def _refused(*words: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        _query(*words)
    return caught.value


# --- fields: a filter, values that answer it, values that do not

ANSWERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "status": ("status:blocked", {"status": "blocked"}, {"status": "open"}),
    "priority": ("priority:P0", {"priority": "P0"}, {"priority": "P1"}),
    "env": ("env:staging", {"env": "staging"}, {"env": "prod"}),
    "category": ("category:refactor", {"category": "refactor"}, {"category": ""}),
    "source": ("source:digest", {"source": "digest"}, {"source": "manual"}),
    "list": ("list:todo", {"list": "todo"}, {"list": "backlog"}),
    "id": ("id:bl_0123456789ab", {}, {"id": "bl_ffffffffffff"}),
    "service": ("service:gateway", {"service": "gateway"}, {"service": "gateway2"}),
    "owner": ("owner:bob", {"owner": "bob"}, {"owner": "bobby"}),
    "type": ("type:ops", {"type": "ops"}, {"type": ""}),
    "component": ("component:server", {"component": "server"}, {"component": "repo"}),
    "group": ("group:infra-high", {"group": "infra-high"}, {"group": "infra-low"}),
    "due": ("due:2026-03-01", {"due_date": "2026-03-01"}, {"due_date": "2026-03-02"}),
    "created": ("created:2026-02-16", {"created_at": "2026-02-16T23:59:59Z"}, {"created_at": "2026-02-17T00:00:00Z"}),
    "tag": ("tag:wip", {"tags": ("a", "wip")}, {"tags": ("wip2",)}),
    "text": ("text:KEY", {"title": "Rotate the key"}, {"title": "Rotate"}),
    "is": ("is:closed", {"status": "done"}, {"status": "blocked"}),
}


def test_every_field_has_its_row_below() -> None:
    assert set(ANSWERS) == set(FIELDS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_filter_takes_what_answers_it_and_its_negation_takes_the_rest(name: str) -> None:
    word, yes, no = ANSWERS[name]
    assert _matches(word, **yes)
    assert not _matches(word, **no)
    assert not _matches(f"~{word}", **yes)
    assert _matches(f"~{word}", **no)


def test_no_filter_takes_everything() -> None:
    assert _query().matches(ITEM)
    assert Query().matches(ITEM)


def test_names_are_compared_exactly() -> None:
    """R-207."""
    assert not _matches("owner:Alice")
    assert not _matches("service:Gateway")
    assert not _matches("tag:AUTH")
    assert not _matches("id:bl_0123456789")


def test_terms_are_joined_by_and_their_values_by_or() -> None:
    """R-205, R-207."""
    assert _matches("priority:P0,P1", "status:open,blocked")
    assert not _matches("priority:P0,P1", "status:blocked,done")
    assert not _matches("priority:P1", "~tag:auth")
    assert _matches("~priority:P0,P2")
    assert not _matches("~priority:P0,P1")


def test_me_is_whoever_asks() -> None:
    assert _query("owner:@me", me="alice").matches(ITEM)
    assert not _query("owner:@me", me="bob").matches(ITEM)
    assert _query("owner:bob,@me").terms == (Term("owner", ("bob", "alice")),)


def test_a_bare_word_searches_id_title_and_description_in_any_case() -> None:
    assert _matches("SIGNING")
    assert _matches("certificate")
    assert _matches("0123")
    assert not _matches("alice")
    assert _matches("straße", title="STRASSE")
    assert not _matches("~signing")


def test_a_text_may_hold_commas_and_colons() -> None:
    assert _matches("text:a, b: c", title="see a, b: c")
    assert not _matches("text:a,z", title="a")


def test_a_value_may_hold_a_colon() -> None:
    assert _matches("tag:week:2026-W08", tags=("week:2026-W08",))


def test_an_item_that_is_in_no_list_is_in_the_backlog() -> None:
    assert _matches("list:backlog", list="")
    assert not _matches("list:todo", list="")


@pytest.mark.parametrize(
    ("status", "due", "states"),
    [
        ("open", "2026-02-15", {"active", "overdue"}),
        ("open", "2026-02-16", {"active"}),
        ("blocked", "", {"active"}),
        ("done", "2026-02-15", {"closed"}),
        ("canceled", "", {"closed"}),
    ],
)
def test_an_item_is_active_or_closed_and_overdue_from_the_day_after(status: str, due: str, states: set[str]) -> None:
    """R-186."""
    one = item(status=status, due_date=due)
    assert {name for name in ("active", "closed", "overdue") if _query(f"is:{name}").matches(one)} == states
    assert is_overdue(one, TODAY, ("done", "canceled")) == ("overdue" in states)


def test_what_is_closed_the_policy_says() -> None:
    rules = policy("workflow: {closed_statuses: [blocked]}")
    assert parse(["is:closed"], rules, today=TODAY, me="").matches(item(status="blocked"))
    assert not parse(["is:closed"], rules, today=TODAY, me="").matches(item(status="done"))


# --- days


@pytest.mark.parametrize(
    ("word", "due"),
    [
        ("due:<2026-03-02", "2026-03-01"),
        ("due:<=2026-03-01", "2026-03-01"),
        ("due:>2026-02-28", "2026-03-01"),
        ("due:>=2026-03-01", "2026-03-01"),
        ("due:=2026-03-01", "2026-03-01"),
        ("due:<7d", "2026-02-22"),
        ("due:<today", "2026-02-15"),
        ("due:fri", "2026-02-20"),
        ("due:>-7d", "2026-02-10"),
        ("due:none", ""),
        ("due:=none", ""),
        ("due:<7d,none", ""),
        ("due:<7d,none", "2026-02-20"),
    ],
)
def test_days_are_compared_with_days_told_from_today(word: str, due: str) -> None:
    assert _matches(word, due_date=due)
    assert not _matches(f"~{word}", due_date=due)


@pytest.mark.parametrize(
    ("word", "due"),
    [
        ("due:<2026-03-01", "2026-03-01"),
        ("due:<=2026-02-28", "2026-03-01"),
        ("due:>2026-03-01", "2026-03-01"),
        ("due:>=2026-03-02", "2026-03-01"),
        ("due:<7d", "2026-02-23"),
        ("due:none", "2026-03-01"),
    ],
)
def test_comparisons_are_strict_unless_they_say_otherwise(word: str, due: str) -> None:
    assert not _matches(word, due_date=due)


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "="])
def test_an_item_without_a_due_date_answers_no_comparison(operator: str) -> None:
    """R-208, C-12."""
    assert not _matches(f"due:{operator}2026-03-01", due_date="")


def test_a_range_is_two_terms() -> None:
    within = ("due:>=2026-03-01", "due:<2026-04-01")
    assert [_matches(*within, due_date=f"2026-{day}") for day in ("02-28", "03-01", "03-31", "04-01")] == [
        False,
        True,
        True,
        False,
    ]


# --- what is refused


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("prio:P0", "allowed: "),
        ("ownr:bob", "did you mean 'owner'?"),
        ("Status:open", "did you mean 'status'?"),
        (":x", ""),
    ],
)
def test_an_unknown_field_is_refused_with_what_was_meant(word: str, hint: str) -> None:
    """R-209."""
    error = _refused("status:open", word)
    assert error.message == f"unknown filter '{word.partition(':')[0]}:'"
    assert error.hint.startswith(hint)


@pytest.mark.parametrize(
    ("word", "message", "hint"),
    [
        ("status:cancelled", "status 'cancelled' is unknown", "did you mean 'canceled'?"),
        ("status:open,Done", "status 'Done' is unknown", "did you mean 'done'?"),
        ("priority:critical", "priority 'critical' is unknown", "allowed: P0, P1, P2, P3"),
        ("~env:production", "env 'production' is unknown", "allowed: prod, staging, dev"),
        ("is:late", "is 'late' is unknown", "allowed: active, closed, overdue"),
        ("list:todos", "list 'todos' is unknown", "did you mean 'todo'?"),
    ],
)
def test_an_unknown_value_is_refused_with_what_is_allowed(word: str, message: str, hint: str) -> None:
    error = _refused(word)
    assert (error.message, error.hint) == (message, hint)


@pytest.mark.parametrize("word", ["status:", "owner:", "due:", "text:", "owner:bob,", "owner:,bob", "~tag:"])
def test_an_empty_value_is_refused(word: str) -> None:
    """R-206: a filter that filters nothing is not what was meant."""
    field = word.removeprefix("~").partition(":")[0]
    assert _refused(word).message == f"'{field}:' needs a value"


@pytest.mark.parametrize("word", ["", "~"])
def test_an_empty_word_is_refused(word: str) -> None:
    assert _refused(word).message == "an empty filter"


@pytest.mark.parametrize("day", ["2026-3-1", "2026-02-30", "soon", "<", "<<7d", "< ", "=<7d", "<none", ">=none", "7"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    """R-210."""
    assert _refused(f"due:{day}").message == f"'{day}' is not a day"


def test_without_a_name_there_is_no_me() -> None:
    with pytest.raises(UsageError, match="'owner:' needs a value"):
        _query("owner:@me", me="")


def test_a_term_made_by_an_option_may_hold_commas() -> None:
    made = term("owner", ["Team A, B"], policy(), today=TODAY, me="alice")
    assert Query((made,)).matches(item(owner="Team A, B"))


any_items = st.builds(
    item,
    status=st.sampled_from(["open", "blocked", "done", "wip"]),
    priority=st.sampled_from(["P0", "P1", ""]),
    owner=st.sampled_from(["alice", "bob", ""]),
    due_date=st.sampled_from(["", "2026-02-15", "2026-02-20", "2026-03-01", "2026-02-30"]),
    created_at=st.sampled_from(["2026-02-16T06:20:00Z", ""]),
    list=st.sampled_from(["", "todo"]),
    tags=st.lists(st.sampled_from(["wip", "a"])).map(tuple),
    title=st.text(max_size=5),
)
any_words = st.one_of(
    st.text(max_size=10), st.tuples(st.sampled_from(FIELDS), st.text(max_size=8)).map(lambda pair: ":".join(pair))
)


@given(st.lists(any_words, max_size=3), any_items)
def test_any_words_are_a_query_or_refused(words: list[str], one: Item) -> None:
    try:
        query = _query(*words)
    except UsageError:
        return
    assert query.matches(one) in (True, False)


good_words = st.sampled_from([word for word, _, _ in ANSWERS.values()] + ["due:<7d", "due:none", "owner:@me", "a"])


@given(good_words, any_items)
def test_a_negated_filter_takes_exactly_the_other_items(word: str, one: Item) -> None:
    assert _query(f"~{word}").matches(one) is not _query(word).matches(one)


@given(st.lists(good_words, max_size=4), any_items)
def test_several_filters_take_what_each_of_them_takes(words: list[str], one: Item) -> None:
    assert _query(*words).matches(one) == all(_query(word).matches(one) for word in words)


# --- the order


def test_the_most_urgent_come_first_then_the_nearest_due_then_the_id() -> None:
    """R-202: undated items last; R-203: what is no priority comes after all."""
    wanted = [
        item(priority="P0", due_date="2026-05-01"),
        item(priority="P0", due_date="9998-12-31"),
        item(priority="P0", due_date=""),
        item(priority="P1", due_date="2026-01-01", id="bl_000000000001"),
        item(priority="P1", due_date="2026-01-01", id="bl_000000000002"),
        item(priority="P3", due_date="2025-01-01"),
        item(priority="critical", due_date="2024-01-01"),
    ]
    for some_order in ([*wanted[::-1]], [*wanted[3:], *wanted[:3]]):
        assert sorted(some_order, key=lambda one: sort_key(one, policy())) == wanted


def test_even_the_last_day_of_the_calendar_comes_before_none() -> None:
    assert sort_key(item(due_date="9999-12-31"), policy()) < sort_key(item(due_date=""), policy())


def test_the_policy_says_which_priority_is_more_urgent() -> None:
    rules = policy("enums: {priority: [P3, P2, P1, P0]}")
    assert sort_key(item(priority="P3"), rules) < sort_key(item(priority="P0"), rules)
