"""Filters: the same words on the command line, in URLs and in view configuration.

``status:open priority:P0,P1 owner:@me due:<7d,none text:"tls" ~tag:wip`` — terms are ANDed, the values of one
term are ORed, ``~`` negates, a bare word searches id, title and description. Names are compared exactly
(R-207); an item without a due date answers no comparison of days (C-12), only ``due:none``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from backlogtool.domain import calendar
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.domain.spelling import did_you_mean
from backlogtool.domain.value import Value
from backlogtool.errors import UsageError

if TYPE_CHECKING:
    from backlogtool.domain.brief import Brief

_ENUMS = ("status", "priority", "env", "category", "source", "list")
_NAMES = ("id", "service", "owner", "type", "component", "group")
_DAYS = {"due": "due_date", "created": "created_at"}
_IS = ("active", "closed", "overdue")
FIELDS = (*_ENUMS, *_NAMES, *_DAYS, "tag", "text", "is")
_OPERATORS = ("<=", ">=", "<", ">", "=")


class Term(Value):
    """One condition: any of ``values``. For days each value is an operator and a day, such as ``<2026-03-01``."""

    field: str
    values: tuple[str, ...]
    negated: bool = False


class Query(Value):
    """All terms must hold. ``today`` is what relative days and ``is:overdue`` are measured from."""

    terms: tuple[Term, ...] = ()
    today: str = "1970-01-01"
    closed: tuple[str, ...] = ("done", "canceled")

    def matches(self, item: Item) -> bool:
        return all(_holds(term, item, self) != term.negated for term in self.terms)


def parse(words: Sequence[str], policy: Policy, *, today: str, me: str) -> Query:
    """The query that the words spell, each word one term (already split as a shell splits them).

    Raises ``UsageError`` for an unknown field, value or day, with what is allowed.
    """
    terms = tuple(_term(word, policy, today, me) for word in words)
    return Query(terms, today, policy.workflow.closed_statuses)


def term(field: str, values: Iterable[str], policy: Policy, *, today: str, me: str) -> Term:
    """The term ``field:value,value``, checked; the values themselves may hold commas."""
    chosen = tuple(me if one == "@me" else one for one in values)
    if not chosen or "" in chosen:
        raise UsageError(f"'{field}:' needs a value", hint=f"leave it out to filter nothing, or write {field}:VALUE")
    if field in _DAYS:
        return Term(field, tuple(_day(one, today) for one in chosen))
    choices = _choices(field, policy)
    for one in chosen:
        if choices and one not in choices:
            raise UsageError(f"{field} '{one}' is unknown", hint=did_you_mean(one, choices))
    return Term(field, chosen)


def sort_key(item: Item | Brief, policy: Policy) -> tuple[int, str, str]:
    """Most urgent first, then the nearest due date with undated items last, then id (R-202, R-234)."""
    return policy.priority_rank(item.priority), item.due_date or "~", item.id


def is_overdue(item: Item | Brief, today: str, closed: Sequence[str]) -> bool:
    """Not closed and due before today; due today is not overdue (R-186)."""
    return item.status not in closed and bool(item.due_date) and item.due_date < today


def _term(word: str, policy: Policy, today: str, me: str) -> Term:
    negated, bare = word.startswith("~"), word.removeprefix("~")
    field, colon, rest = bare.partition(":")
    if not colon:
        if not bare:
            raise UsageError("an empty filter", hint="write field:value, or a word to search for")
        return Term("text", (bare,), negated=negated)
    if field not in FIELDS:
        raise UsageError(f"unknown filter '{field}:'", hint=did_you_mean(field, FIELDS))
    values = (rest,) if field == "text" else rest.split(",")
    made = term(field, values, policy, today=today, me=me)
    return Term(made.field, made.values, negated)


def _choices(field: str, policy: Policy) -> tuple[str, ...]:
    if field == "is":
        return _IS
    return policy.allowed(field) if field in _ENUMS else ()


def _day(text: str, today: str) -> str:
    operator = next((one for one in _OPERATORS if text.startswith(one)), "")
    day = calendar.resolve_day(text.removeprefix(operator), today)
    if day is None or (day == "" and operator not in ("", "=")):
        hint = "write YYYY-MM-DD, today, fri, 7d or none, with < <= > >= before it or nothing"
        raise UsageError(f"'{text}' is not a day", hint=hint)
    return (operator or "=") + day


def _holds(term: Term, item: Item, query: Query) -> bool:
    if term.field in _DAYS:
        held = getattr(item, _DAYS[term.field])[:10]
        return any(_compares(held, one) for one in term.values)
    if term.field == "tag":
        return any(one in item.tags for one in term.values)
    if term.field == "text":
        text = f"{item.id}\n{item.title}\n{item.description}".casefold()
        return any(one.casefold() in text for one in term.values)
    if term.field == "is":
        return any(_is(one, item, query) for one in term.values)
    if term.field == "list":
        return (item.list or "backlog") in term.values
    return getattr(item, term.field) in term.values


def _is(name: str, item: Item, query: Query) -> bool:
    if name == "overdue":
        return is_overdue(item, query.today, query.closed)
    return (item.status in query.closed) == (name == "closed")


def _compares(held: str, condition: str) -> bool:
    operator = next(one for one in _OPERATORS if condition.startswith(one))
    day = condition.removeprefix(operator)
    if operator == "=":
        return held == day
    if not held:
        return False
    if operator.startswith("<"):
        return held < day or (operator == "<=" and held == day)
    return held > day or (operator == ">=" and held == day)
