r"""Titles and headings of the grouped backlog: one line of Markdown in which no HTML begins.

``shown`` puts a backslash before every ``<`` that would start a tag, a comment or a declaration, outside code,
where Markdown shows both characters; in code only a comment would count, for the reader of the file follows those.
A run of *n* backslashes there becomes *2n + 1*, so that it shows as *n*, and ``read`` finds the way back from an odd
number only: what a person wrote with an even one stays (docs/decisions/0017-html-in-views.md).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

_BEGINS = re.compile(r"(?<!\\)(\\*)<(?=[A-Za-z/!?])")
_BEGINS_COMMENT = re.compile(r"(?<!\\)(\\*)<(?=!--)")
_TICKS = re.compile(r"`+")
_ESCAPE_OR_TICKS = re.compile(r"\\.|`+", re.DOTALL)


def shown(text: str) -> str:
    """A title as it stands in the file."""
    return _changed(text, lambda slashes: f"{slashes}{slashes}\\")


def read(written: str) -> str:
    """The title that stands in the file: ``read(shown(text)) == text``."""
    return _changed(written, lambda slashes: slashes[: len(slashes) // 2] if len(slashes) % 2 else slashes)


def _changed(text: str, change: Callable[[str], str]) -> str:
    """The text with the backslashes changed before everything that would begin something."""
    if "<" not in text:
        return text
    parts = []
    for part, is_code in _parts(text):
        pattern = _BEGINS_COMMENT if is_code else _BEGINS
        parts.append(pattern.sub(lambda found: f"{change(found[1])}<", part))
    return "".join(parts)


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut into what is code, between as many backticks at either end, and what is not."""
    ends: dict[int, list[int]] = {}
    for run in _TICKS.finditer(text):
        ends.setdefault(len(run[0]), []).append(run.start())
    start = place = 0
    while found := _ESCAPE_OR_TICKS.search(text, place):
        place = found.end()
        size = 0 if found[0].startswith("\\") else len(found[0])
        starts = ends.get(size, [])
        behind = bisect_right(starts, found.start())
        if behind < len(starts):
            yield text[start : found.end()], False
            yield text[found.end() : starts[behind]], True
            start, place = starts[behind], starts[behind] + size
    yield text[start:], False
