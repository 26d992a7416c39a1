"""Which items answer a search and how well, from the items alone.

The score is bm25 as SQLite's FTS5 computes it, operation by operation, so that reading the items gives the same
order as the index of words. Lower is better; where no word has to be there every score is 0.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from typing import Generic, NamedTuple, TypeVar

from backlogtool.domain.item import Item
from backlogtool.domain.search import COLUMNS, Word, texts
from backlogtool.domain.spelling import distance
from backlogtool.domain.words import words as words_of

_K1, _B = 1.2, 0.75
_NAMES = tuple(COLUMNS)
_WEIGHTS = tuple(COLUMNS.values())
#: From how many letters on a word is looked for with one slip in it, and with two.
_ONE_SLIP, _TWO_SLIPS, _TOO_LONG = 4, 8, 64


Name = TypeVar("Name", int, str)


class Best(NamedTuple, Generic[Name]):
    """How many items match, and (score, name) of the best, all of those that are as good as the last included.

    The name is the item's id, inside an index perhaps a number.
    """

    total: int
    scored: list[tuple[float, Name]]


class Texts:
    """Searches items by reading the texts of all of them; the double of the index of words."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = items

    def best(self, words: Sequence[Word], *, limit: int | None, within: Container[str] | None = None) -> Best[str]:
        """The items of ``within`` (None: all) that hold every word, ranked among all items."""
        wanted = [word for word in words if not word.negated]
        unwanted = [word for word in words if word.negated]
        hits = [0] * len(wanted)
        matching: list[tuple[str, int, list[int]]] = []
        tokens = 0
        for item in self._items:
            columns = [words_of(text) for text in texts(item)]
            length = sum(map(len, columns))
            tokens += length
            weights = [_weight(word, columns) for word in wanted]
            hits = [count + (weight > 0) for count, weight in zip(hits, weights, strict=True)]
            if all(weights) and not any(_weight(word, columns) for word in unwanted):
                matching.append((item.id, length, weights))
        rare = [_rarity(len(self._items), count) for count in hits]
        average = tokens / len(self._items) if tokens else 1.0
        scored = [
            (_score(rare, weights, length, average), item_id)
            for item_id, length, weights in matching
            if within is None or item_id in within
        ]
        return cut(scored, limit)

    def alike(self, word: str) -> str | None:
        """The word of the texts that is meant where ``word`` stands nowhere; None if there is none, or it does."""
        if not slips(word):
            return None
        vocabulary: dict[str, int] = {}
        for item in self._items:
            for one in {one for text in texts(item) for one in words_of(text)}:
                vocabulary[one] = vocabulary.get(one, 0) + 1
        return None if word in vocabulary else nearest(word, vocabulary.items())


def cut(scored: list[tuple[float, Name]], limit: int | None) -> Best[Name]:
    """The best ``limit`` and whatever is as good as the last of them."""
    if limit is None or len(scored) <= limit:
        return Best(len(scored), scored)
    border = sorted(score for score, _ in scored)[limit - 1] if limit else -math.inf
    return Best(len(scored), [one for one in scored if one[0] <= border])


def slips(word: str) -> int:
    """How many slips are looked for in a word; none where it has a digit, for numbers and ids are meant as typed."""
    if not word.isalpha() or not _ONE_SLIP <= len(word) <= _TOO_LONG:
        return 0
    return 2 if len(word) >= _TWO_SLIPS else 1


def nearest(word: str, vocabulary: Iterable[tuple[str, int]]) -> str | None:
    """Of (word, how many items hold it) the one with the fewest slips, then in the most items, then by alphabet."""
    within = slips(word)
    letters = set(word)
    close = [
        (distance(word, other), -count, other)
        for other, count in vocabulary
        if abs(len(other) - len(word)) <= within and other.isalpha() and len(letters.difference(other)) <= within
    ]
    found = min((one for one in close if 0 < one[0] <= within), default=None)
    return found[2] if found else None


def _weight(word: Word, columns: Sequence[list[str]]) -> int:
    """How often the word stands in the columns, each time with the weight of its column."""
    return sum(
        weight * _count(word, column)
        for name, weight, column in zip(_NAMES, _WEIGHTS, columns, strict=True)
        if word.column in ("", name)
    )


def _count(word: Word, column: list[str]) -> int:
    first, *rest = word.words
    if not rest:
        return sum(one.startswith(first) for one in column) if word.prefix else column.count(first)
    starts = [place for place, one in enumerate(column) if one == first]
    return sum(_continues(word, column, place) for place in starts)


def _continues(word: Word, column: list[str], place: int) -> bool:
    """Whether the rest of a phrase stands behind its first word."""
    *middle, last = word.words[1:]
    found = column[place + 1 : place + len(word.words)]
    if len(found) <= len(middle) or found[:-1] != middle:
        return False
    return found[-1].startswith(last) if word.prefix else found[-1] == last


def _rarity(items: int, hits: int) -> float:
    """The inverse document frequency, never nothing."""
    rarity = math.log((items - hits + 0.5) / (hits + 0.5))
    return rarity if rarity > 0 else 1e-6


def _score(rarities: Sequence[float], weights: Sequence[int], length: int, average: float) -> float:
    score = 0.0
    for rarity, weight in zip(rarities, weights, strict=True):
        score += rarity * ((weight * (_K1 + 1.0)) / (weight + _K1 * (1 - _B + _B * length / average)))
    return -1.0 * score
