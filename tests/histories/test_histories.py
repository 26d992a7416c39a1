"""Every illegal history is told, no legal one is; a naive judge that shares no code agrees (R11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.histories.growing import FAULTS
from tests.histories.judged import counted, judged, told
from tests.tiers import amounts


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("legal", amounts(len(FAULTS) // 6, exhaustive=len(FAULTS)))
@pytest.mark.sampled(2)
def test_the_tool_misses_no_planted_fault_and_raises_no_false_alarm(seed: int, legal: int, tmp_path: Path) -> None:
    """Every fault is planted once, in either tier; how many histories without one stand beside them differs."""
    found = list(judged(tmp_path / "histories", seed, legal, len(FAULTS)))
    assert [told(one, seed) for one in found if one.missed or one.false_alarm] == []
    amount = counted(found)
    assert amount["legal"] == legal
    assert all(amount[fault] == 1 for fault in FAULTS), "every kind of fault was planted"
