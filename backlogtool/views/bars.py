"""Bars: counts as blocks of text, and as whole pixels that add up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from unicodedata import east_asian_width

# A square stands in every font, and looks the same in tables of every forge.
_CELL = "■"
# Widths as parts of the font's size; generous, because nobody knows the reader's font.
_NARROW, _WIDE = 0.58, 1.1


def text_bar(count: int, most: int, cells: int) -> str:
    """A bar of at most ``cells`` characters for ``count`` of ``most``; any count above 0 is seen."""
    return _CELL * max(round(count * cells / most), 1) if count else ""


def shares(counts: Sequence[int], length: int) -> list[int]:
    """``length`` pixels split by the counts; the parts add up to ``length``, and a count above 0 gets one or more.

    All zero if the counts are. ``length`` must not be below the number of counts.
    """
    total = sum(counts)
    if not total:
        return [0] * len(counts)
    # One pixel for each part that is there, and the rest in proportion: rounding the running sum loses none.
    rest = length - sum(count > 0 for count in counts)
    edges = [0, *(round(rest * done / total) for done in accumulate(counts))]
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
