"""A query as a condition of SQL: the same answer as ``Query.matches``, term by term (``domain.query``)."""

from __future__ import annotations

from collections.abc import Callable

from backlogtool.domain.query import Query, Term

#: A condition with its parameters.
Condition = tuple[str, list[str]]

_DAYS = {"due": "due_date", "created": "created_at"}
_OPERATORS = ("<=", ">=", "<", ">", "=")
#: Stands around and between the tags of an item; none holds it.
BETWEEN = "\n"


def condition(query: Query) -> Condition:
    """What holds for the rows of ``items`` that the query matches. A term of days is one as ``query`` parses it."""
    texts, parameters = ["1"], []
    for term in query.terms:
        text, more = _of_term(term, query)
        texts.append(f"NOT ({text})" if term.negated else f"({text})")
        parameters += more
    return " AND ".join(texts), parameters


def _of_term(term: Term, query: Query) -> Condition:
    if term.field in _DAYS:
        return _any(term, lambda one: _compared(_DAYS[term.field], one))
    if term.field == "tag":
        return _any(term, _tagged)
    if term.field == "text":
        return _any(term, _said)
    if term.field == "is":
        return _any(term, lambda one: _is(one, query))
    if term.field == "list":
        return _among("CASE list WHEN '' THEN 'backlog' ELSE list END", term.values)
    return _among(f'"{term.field}"', term.values)


def _any(term: Term, of_value: Callable[[str], Condition]) -> Condition:
    some = [of_value(one) for one in term.values]
    return " OR ".join(text for text, _ in some) or "0", [one for _, more in some for one in more]


def _among(column: str, values: tuple[str, ...]) -> Condition:
    return f"{column} IN ({', '.join('?' * len(values))})", list(values)


def _compared(column: str, wanted: str) -> Condition:
    operator = next(one for one in _OPERATORS if wanted.startswith(one))
    held = f"substr({column}, 1, 10)"
    there = "" if operator == "=" else f"{column} <> '' AND "
    return f"({there}{held} {operator} ?)", [wanted.removeprefix(operator)]


def _tagged(name: str) -> Condition:
    if BETWEEN in name:
        return "0", []
    return "instr(tags, ?)", [f"{BETWEEN}{name}{BETWEEN}"]


def _said(word: str) -> Condition:
    return "instr((SELECT text FROM texts WHERE texts.number = items.number), ?)", [word.casefold()]


def _is(name: str, query: Query) -> Condition:
    closed, parameters = _among("status", query.closed)
    if name == "overdue":
        return f"(NOT {closed} AND due_date <> '' AND due_date < ?)", [*parameters, query.today]
    return (closed, parameters) if name == "closed" else (f"NOT {closed}", parameters)
