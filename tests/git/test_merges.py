"""Two clones in which anything happens: a short run of ``tests.campaigns.merging``, which is 300 times 30 steps.

Merges, rebases and commits are real git, with the driver as git starts it. Only fetching and pushing is not: the clones
read each other's objects, and the name of the commit is written into a file. The campaign does fetch and push.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from tests.campaigns.merging import STEPS, Step, live, prepared
from tests.codec.merges import bases

_PARTS, _RUNS, _STEPS = 3, 30, 20


@pytest.fixture(scope="session")
def clones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("clones") / "template")


@pytest.mark.parametrize("part", range(_PARTS))
def test_two_clones_in_which_anything_happens_end_alike_and_lose_nothing(part: int, clones: Path) -> None:
    """In parts, so that several processes can share them."""

    @seed(part)
    @settings(max_examples=_RUNS // _PARTS, database=None, phases=[Phase.generate])
    @given(st.lists(STEPS, min_size=_STEPS, max_size=_STEPS), bases())
    def run(steps: list[Step], base: str) -> None:
        live(steps, base, clones, near=True)

    run()
