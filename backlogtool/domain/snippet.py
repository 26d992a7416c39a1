"""The piece of an item's text that shows why it was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from backlogtool.domain.body import GENERATED_BEGIN, GENERATED_END
from backlogtool.domain.item import Item
from backlogtool.domain.search import Word
from backlogtool.domain.words import places

_NAMES = ("service", "owner", "category", "type", "component", "group", "id")
_CUT = "…"


class Snippet(NamedTuple):
    """A piece of the text of a field, on one line; ``marks`` are the places in it of what was found."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The text in pieces, each with whether it was searched for."""
        place = 0
        for start, end in self.marks:
            yield self.text[place:start], False
            yield self.text[start:end], True
            place = end
        yield self.text[place:], False


class _Mark(NamedTuple):
    start: int
    end: int
    word: int


def snippet(item: Item, words: Sequence[Word], width: int, measure: Callable[[str], int] = len) -> Snippet | None:
    """The piece in which the most words stand, at most ``width`` wide as ``measure`` tells; None if none does.

    The text comes before the fields that a list of items shows anyway.
    """
    wanted = [word for word in words if not word.negated]
    best: Snippet | None = None
    held = 0
    for field, column, text in _texts(item):
        marks = _marks(text, [word if word.column in ("", column) else None for word in wanted])
        if len({mark.word for mark in marks}) > held:
            count, piece = _piece(field, text, marks, width, measure)
            if count > held:
                held, best = count, piece
        if held == len(wanted):
            break
    return best


def _texts(item: Item) -> Iterator[tuple[str, str, str]]:
    """Field, column and text on one line, in the order in which they are looked at."""
    yield "description", "description", _flat(item.description.replace(GENERATED_BEGIN, "").replace(GENERATED_END, ""))
    for comment in item.comments:
        yield "comments", "comments", _flat(f"{comment.actor}: {comment.text}")
    yield "title", "title", _flat(item.title)
    yield "tags", "tags", _flat(", ".join(item.tags))
    for name in _NAMES:
        yield name, "id" if name == "id" else "names", _flat(getattr(item, name))


def _flat(text: str) -> str:
    return " ".join(text.split())


def _marks(text: str, wanted: Sequence[Word | None]) -> list[_Mark]:
    """Where the wanted words stand, in order and without overlaps."""
    found = list(places(text))
    here = [word for _, _, word in found]
    marks = [
        _Mark(found[at][0], found[at + len(word.words) - 1][1], number)
        for number, word in enumerate(wanted)
        if word is not None
        for at in _starts(word, here)
    ]
    return _apart(sorted(marks))


def _starts(word: Word, here: list[str]) -> list[int]:
    """At which of the words of a text it begins."""
    first, *rest = word.words
    if not rest and word.prefix:
        return [at for at, one in enumerate(here) if one.startswith(first)]
    starts = [at for at, one in enumerate(here) if one == first]
    return [at for at in starts if _continues(word, here[at + 1 : at + len(word.words)])] if rest else starts


def _continues(word: Word, here: list[str]) -> bool:
    *middle, last = word.words[1:]
    if here[:-1] != middle or not here:
        return False
    return here[-1].startswith(last) if word.prefix else here[-1] == last


def _apart(marks: list[_Mark]) -> list[_Mark]:
    kept: list[_Mark] = []
    for mark in marks:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def _piece(
    field: str, text: str, marks: Sequence[_Mark], width: int, measure: Callable[[str], int]
) -> tuple[int, Snippet]:
    """The piece of the text with the most words in it, the first such one; and how many those are."""
    most, start, end = -1, 0, 0
    for begin in _spread(marks, width):
        window = _window(text, begin.start, width, measure)
        count = len({mark.word for mark in marks if window[0] <= mark.start and mark.end <= window[1]})
        if count > most:
            most, (start, end) = count, window
        if count == len({mark.word for mark in marks}):
            break
    before, after = _CUT if start else "", _CUT if end < len(text) else ""
    shift = len(before) - start
    inside = tuple((one.start + shift, min(one.end, end) + shift) for one in marks if start <= one.start < end)
    return max(most, 1), Snippet(field, f"{before}{text[start:end]}{after}", inside)


def _spread(marks: Sequence[_Mark], width: int) -> list[_Mark]:
    """Marks at which a piece may begin, not closer to each other than makes a difference."""
    chosen = [marks[0]]
    for mark in marks[1:]:
        if mark.start > chosen[-1].start + width // 2:
            chosen.append(mark)
    return chosen[:50]


def _window(text: str, place: int, width: int, measure: Callable[[str], int]) -> tuple[int, int]:
    """A piece that holds the place and begins with a whole word a little before it, as long as there is text."""
    if len(text) <= width and measure(text) <= width:
        return 0, len(text)
    start = _back(text, place, width // 4, measure)
    end, room = start, width - 2 * len(_CUT)
    while end < len(text) and room >= measure(text[end]):
        room -= measure(text[end])
        end += 1
    return (_back(text, start, room, measure) if end == len(text) else start), end


def _back(text: str, place: int, room: int, measure: Callable[[str], int]) -> int:
    """The beginning of a word before the place, not further away than there is room; the place itself if none is."""
    start = place
    while start and room >= measure(text[start - 1]):
        start -= 1
        room -= measure(text[start])
    blank = text.find(" ", start, place)
    return start if not start else blank + 1 if blank >= 0 else place
