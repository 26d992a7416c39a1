"""Bars: counts as blocks of text, and as whole pixels that add up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from unicodedata import east_asian_width

_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
# Of a character's height; generous, because nobody knows the reader's font.
_NARROW, _WIDE = 0.6, 1.1


def text_bar(count: int, most: int, cells: int) -> str:
    """A bar of at most ``cells`` characters for ``count`` of ``most``; any count above 0 is seen."""
    eighths = max(count * cells * 8 // most, 1) if count and most else 0
    return (_FULL * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def shares(counts: Sequence[int], length: int) -> list[int]:
    """``length`` pixels split by the counts; the parts add up to ``length``, and a count above 0 gets one or more.

    All zero if the counts are. ``length`` must not be below the number of counts.
    """
    shown = sum(count > 0 for count in counts)
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    # One pixel for each part that is there, and the rest in proportion: rounding the running sum loses none.
    edges = [0, *(round((length - shown) * done / total) for done in accumulate(counts))]
    return [right - left + (count > 0) for (left, right), count in zip(pairwise(edges), counts, strict=True)]


def fitted(text: str, pixels: int, size: int) -> str:
    """As much of the text as surely fits into ``pixels`` at a font of ``size`` pixels, with … where it is cut."""
    ends = list(accumulate(_width(char) * size for char in text))
    if not ends or ends[-1] <= pixels:
        return text
    room = pixels - _NARROW * size
    return text[: sum(end <= room for end in ends)].rstrip() + "…"


def _width(char: str) -> float:
    return _WIDE if east_asian_width(char) in "WF" else _NARROW
