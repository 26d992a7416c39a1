"""The two tiers of the suite: the ordinary one, and what repeats at every point what a sample has shown.

A test that is marked ``exhaustive`` is of the second tier. Of the cases of one that is marked ``sampled(n)`` every n-th
is of the first and all others are of the second. ``amounts`` is for tests that go through many things themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

#: The expression that selects the second tier, and nothing else.
EXHAUSTIVE = "exhaustive"


def amounts(*ordinary: Any, exhaustive: Any) -> list[Any]:
    """The values of a parameter that says how much is done: those of the first tier, and that of the second.

    A tuple is for several parameters.
    """
    values = exhaustive if isinstance(exhaustive, tuple) else (exhaustive,)
    return [*ordinary, pytest.param(*values, marks=pytest.mark.exhaustive)]


def divide(items: Iterable[pytest.Item]) -> None:
    """Marks the cases of sampled tests that are of the second tier. Which they are depends on their order alone."""
    seen: Counter[str] = Counter()
    for item in items:
        sampled = item.get_closest_marker("sampled")
        if sampled is not None:
            name = item.nodeid.partition("[")[0]
            if seen[name] % sampled.args[0]:
                item.add_marker(EXHAUSTIVE)
            seen[name] += 1
