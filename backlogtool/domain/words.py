"""What a word is when texts are searched: the same for the index, for reading without it and for what is typed.

Letters and digits make words, everything else stands between them; an underscore does so as well, so an id
and a name with dashes are several words in a row. Capitals and diacritics do not matter. Scripts that leave no
blanks between words, or few (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese), are taken character by
character, so that any part of a text is found.

The words are made here and not by SQLite, whose tables of characters differ from Python's and from release to
release: its tokenizer ``ascii`` gets what ``indexed`` gives, and cuts that at the same places as ``words``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Bytes of a word that count; SQLite does not look further.
LONGEST = 32768

_ASCII = re.compile("[0-9a-z]+")
#: What the tokenizer ``ascii`` takes for one word: anything but the rest of ASCII, which is quickly compiled so.
_RUN = re.compile("[^\x00-/:-@\\[-`{-\x7f]+")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
#: A character that is a word of its own, with the marks on it; or letters, digits and marks in a row.
_SHAPE = re.compile("am*|[wm]+")
#: First and last characters of the scripts that leave no blanks; a table, because a pattern takes long to compile.
_UNSPACED = (
    *(("\u0e00", "\u0eff"), ("\u1000", "\u109f"), ("\u1780", "\u17ff"), ("\u2e80", "\u312f"), ("\u31a0", "\u31ff")),
    *(("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uac00", "\ud7af"), ("\uf900", "\ufaff"), ("\uff66", "\uff9d")),
    *(("\U0001b000", "\U0001b16f"), ("\U00020000", "\U0003ffff")),
)
#: Marks of half-width kana, which count as letters although they belong to the character before.
_VOICING = "\uff9e\uff9f"


def words(text: str) -> list[str]:
    """The words of a text in order, folded so that those which are the same are equal."""
    if text.isascii():
        found = _ASCII.findall(text.lower())
        return found if len(text) <= LONGEST else [word[:LONGEST] for word in found]
    return [word for _, _, word in places(text)]


def places(text: str) -> Iterator[tuple[int, int, str]]:
    """Every word of a text with the place where it begins and the one behind it; places may hold several words."""
    for run in _RUN.finditer(text):
        if run[0].isascii():
            yield run.start(), run.end(), run[0].lower()[:LONGEST]
            continue
        for start, end in _shapes(run[0]):
            for word in _folded(run[0][start:end]):
                yield run.start() + start, run.start() + end, word


def indexed(text: str) -> str:
    """A text in which the tokenizer ``ascii`` of SQLite finds exactly the words that ``words`` finds."""
    if text.isascii():
        return text
    parts: list[str] = []
    end = 0
    for found in _BEYOND_ASCII.finditer(text):
        start = found.start()
        while start > end and text[start - 1].isalnum():
            start -= 1
        run = _RUN.match(text, start)
        if run and start >= end:
            parts += text[end:start], _of_run(run[0])
            end = run.end()
    return "".join((*parts, text[end:]))


@lru_cache(maxsize=8192)
def _of_run(run: str) -> str:
    return " ".join(words(run))


def _shapes(run: str) -> Iterator[tuple[int, int]]:
    """Where the words of a run begin and end."""
    return (found.span() for found in _SHAPE.finditer("".join(map(_kind, run))))


@lru_cache(maxsize=8192)
def _kind(char: str) -> str:
    """``a`` for a word of its own, ``w`` for a letter or digit, ``m`` for what belongs to the one before; or blank."""
    category = unicodedata.category(char)
    if category[0] in "LN" and char not in _VOICING:
        return "a" if any(first <= char <= last for first, last in _UNSPACED) else "w"
    return "m" if category[0] == "M" or category == "Cf" or char in _VOICING else " "


@lru_cache(maxsize=8192)
def _folded(part: str) -> tuple[str, ...]:
    """The words that a part of a run stands for: one, or several where a character is short for them."""
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", part).casefold())
    bare = "".join(char for char in spread if not _is_diacritic(char))
    whole = unicodedata.normalize("NFC", bare)
    found = [run[0][start:end] for run in _RUN.finditer(whole) for start, end in _shapes(run[0])]
    return tuple(_cut(word) for word in found)


@lru_cache(maxsize=8192)
def _is_diacritic(char: str) -> bool:
    """Accents, points and invisible joiners; vowels, voicing and tones of other scripts are letters to readers."""
    combining = unicodedata.combining(char)
    return combining == 1 or 10 <= combining <= 36 or combining >= 200 or unicodedata.category(char) == "Cf"


def _cut(word: str) -> str:
    """The word as far as SQLite looks at it."""
    return word.encode()[:LONGEST].decode(errors="ignore")
