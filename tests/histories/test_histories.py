"""Every illegal history is told, no legal one is; a naive judge that shares no code agrees (R11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.histories.growing import FAULTS
from tests.histories.judged import counted, judged, told


@pytest.mark.sampled(2)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_tool_misses_no_planted_fault_and_raises_no_false_alarm(seed: int, tmp_path: Path) -> None:
    found = list(judged(tmp_path / "histories", seed, len(FAULTS), len(FAULTS)))
    assert [told(one, seed) for one in found if one.missed or one.false_alarm] == []
    amounts = counted(found)
    assert amounts["legal"] == len(FAULTS)
    assert all(amounts[fault] == 1 for fault in FAULTS), "every kind of fault was planted"
