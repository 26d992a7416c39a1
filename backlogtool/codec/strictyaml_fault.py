"""A text at which YAML gave up: where, what stands before, and whether another text would get further.

Loaded only once something cannot be read. What the fault may come from is told by ``codec.strictyaml_causes``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Any, NamedTuple

from backlogtool.codec.scalars import quoted

IN_QUOTES = "put the value in quotes"
#: Characters of a text, and of a line, in which more is looked for than what the parser itself says.
_MAX_TEXT, _MAX_LINE = 1 << 16, 200
#: The beginning of a line up to its value: dashes of a list, a key, or both.
_HEAD = r" *(?=\S)(?:- +)*(?:[^\s:'\"#\[\]{}&*!|>%@`?,-][^:]{0,80}:[ \t]+)?"
#: A comment and the blanks before it.
_COMMENT = r"(?:^|\s+)#.*$|\s+$"


class Place(NamedTuple):
    """A line and a column of the text, both from 0."""

    line: int
    column: int


class Way(NamedTuple):
    """A way on, and where the cause stands if that is not where the parser gave up."""

    fix: str
    place: Place | None = None


class Token(NamedTuple):
    """A piece of YAML as its scanner sees it. ``style`` is a quote, ``|``, ``>`` or empty, as for what is no scalar."""

    kind: str
    start: Place
    end: Place
    style: str


class Fault:
    """What the parser said of a text, and the text.

    ``at`` is where it gave up, ``begun`` where that began which it was reading, if it told. ``stops`` gives the line,
    from 0, at which another text cannot be read on, None if it can be read to its end.
    """

    def __init__(self, error: Exception, text: str, stops: Callable[[str], int | None]) -> None:
        self._text = text.replace("\r\n", "\n")
        self._stops = stops
        self.lines = self._text.split("\n")
        self.said = str(getattr(error, "problem", "") or getattr(error, "reason", "") or "cannot be read")
        self.doing = str(getattr(error, "context", "") or "")
        begun = getattr(error, "context_mark", None)
        self.begun = self._placed(begun) if begun is not None else None
        mark = getattr(error, "problem_mark", None) or begun
        self.at = self._placed(mark) if mark is not None else None

    def _placed(self, mark: Any) -> Place:
        """Behind a last line without an end the parser sees one more."""
        last = len(self.lines) - 1
        return Place(mark.line, mark.column) if mark.line <= last else Place(last, len(self.lines[-1]))

    def char(self, place: Place) -> str:
        """The character at a place; empty at the end of a line."""
        return self.lines[place.line][place.column : place.column + 1]

    def starts_line(self, place: Place) -> bool:
        return not self.lines[place.line][: place.column].strip(" ")

    def is_at_end(self, place: Place) -> bool:
        """Whether nothing but blanks and comments stands from there on."""
        rest = (self.lines[place.line][place.column :], *self.lines[place.line + 1 :])
        return all(not line.strip() or line.lstrip().startswith("#") for line in rest)

    def goes_on(self, line: int) -> bool:
        """Whether what a line says may go on in the next one that holds something, as that is indented more."""
        behind = next((one for one in self.lines[line + 1 :] if one.strip()), "")
        dashed = re.match(r" *(?:- +)*", self.lines[line][:_MAX_LINE])
        return behind.startswith("\t") or indent(behind) > (dashed.end() if dashed else 0)

    @functools.cached_property
    def tokens(self) -> list[Token]:
        """What stands before the place of the fault; nothing if the text is too long to look."""
        if len(self._text) > _MAX_TEXT:
            return []
        return list(takewhile(lambda token: self.at is not None and token.start < self.at, _scanned(self._text)))

    def last(self, number: int) -> Token | None:
        """The last token before the fault, or the second to last; None if there are not so many."""
        return self.tokens[-number] if len(self.tokens) >= number else None

    def columns(self) -> list[int]:
        """Where the lists and maps begin that are open before the line of the fault, the outermost first."""
        open_at: list[int] = []
        for token in self.tokens:
            if token.kind in ("BlockMappingStart", "BlockSequenceStart"):
                open_at.append(token.start.column)
            elif token.kind == "BlockEnd" and open_at:
                open_at.pop()
        return open_at

    def is_mended_by(self, line: int, written: str, *, but_not_at: str = "") -> bool:
        """Whether the text can be read on beyond the line of the fault if a line is another one.

        ``but_not_at`` are characters with which the line may not begin at which that text, in turn, cannot be read.
        """
        if self.at is None or len(self._text) > _MAX_TEXT:
            return False
        stop = self._stops("\n".join([*self.lines[:line], written, *self.lines[line + 1 :]]))
        if stop is None:
            return True
        stop = min(stop, len(self.lines) - 1)
        old = self.begun.line if self.begun is not None and "simple key" in self.doing else self.at.line
        return stop > old and not self.lines[stop].lstrip(" ").startswith(tuple(but_not_at))

    def in_quotes(self, line: int, column: int | None = None) -> str:
        """The line with its value, which begins in that column, in quotes, without its indentation.

        Empty if that is no way on, or it is not sure what belongs to the value.
        """
        written = self.lines[line].rstrip()
        if len(written) > _MAX_LINE or re.search(r"\s#", written) or self.goes_on(line):
            return ""
        found = re.match(_HEAD, written)
        if found is None or not found[0].strip() or column not in (None, found.end()) or not written[found.end() :]:
            return ""
        mended = found[0] + quoted(written[found.end() :])
        return mended.strip() if self.is_mended_by(line, mended) else ""

    def bare(self, line: int) -> tuple[str, str]:
        """A line without its comment, and the comment with the blanks before it."""
        written = self.lines[line]
        found = re.search(_COMMENT, written) if len(written) <= _MAX_LINE else None
        return (written[: found.start()], found[0]) if found else (written, "")


def value_in_quotes(fault: Fault, place: Place) -> str:
    """The advice to put the value that begins there in quotes, and how its line looks then where that is sure."""
    mended = fault.in_quotes(*place)
    return f"{IN_QUOTES}: {mended}" if mended else IN_QUOTES


def indent(line: str) -> int:
    """How many blanks a line begins with."""
    return len(line) - len(line.lstrip(" "))


def _scanned(text: str) -> Iterator[Token]:
    """The tokens of a text up to where it cannot be read."""
    import yaml  # it is loaded already, as its parser has just failed

    scanner: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        while (token := scanner.get_token()) is not None:
            start, end = token.start_mark, token.end_mark
            kind, style = type(token).__name__.removesuffix("Token"), getattr(token, "style", None) or ""
            yield Token(kind, Place(start.line, start.column), Place(end.line, end.column), style)
    except yaml.YAMLError:
        return
    finally:
        scanner.dispose()
