"""A loose check that work grows with its input and not with the square of it; in CPU time, free of neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable


def assert_linear(work: Callable[[str], object], made: Callable[[int], str], size: int) -> None:
    """Four times the input takes about four times as long; the square of it would take sixteen times."""
    small, large = made(size), made(4 * size)
    first = min(_seconds(work, small) for _ in range(3))
    second = min(_seconds(work, large) for _ in range(2))
    assert second < 9 * first + 0.05, f"{first:.3f} s, then {second:.3f} s"


def _seconds(work: Callable[[str], object], text: str) -> float:
    start = time.process_time()
    work(text)
    return time.process_time() - start
