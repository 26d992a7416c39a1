"""Which rules match the signals of a service (REQUIREMENTS.md 3.2)."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

from backlogtool.domain.policy import Condition, Rule

_ORDERS = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


def holds(condition: Condition, signals: Mapping[str, Any]) -> bool:
    """Whether the condition is true of the signals; of a missing one only ``exists: false`` is.

    Booleans equal only booleans, and only numbers have an order.
    """
    held, wanted = signals.get(condition.signal), condition.value
    if condition.operator == "exists":
        return (held is not None) is wanted
    if held is None:
        return False
    if compare := _ORDERS.get(condition.operator):
        return isinstance(held, (int, float)) and not isinstance(held, bool) and bool(compare(held, wanted))
    choices = wanted if condition.operator in ("in", "not_in") else (wanted,)
    return any(_same(held, one) for one in choices) is (condition.operator in ("eq", "in"))


def matching_rules(
    rules: Sequence[Rule], signals: Mapping[str, Any]
) -> tuple[list[tuple[int, Rule]], list[tuple[Rule, Rule]]]:
    """The first matching rule of each category, with its number; and every later one, with that first.

    Conditions are ANDed (R-041); two rules of one category are an OR, of which the first wins (R-042).
    """
    first: dict[str, tuple[int, Rule]] = {}
    later = []
    for number, rule in enumerate(rules):
        if not all(holds(condition, signals) for condition in rule.when):
            continue
        winner = first.setdefault(rule.category, (number, rule))
        if winner[0] != number:
            later.append((rule, winner[1]))
    return list(first.values()), later


def _same(held: Any, wanted: Any) -> bool:
    return isinstance(held, bool) is isinstance(wanted, bool) and held == wanted
