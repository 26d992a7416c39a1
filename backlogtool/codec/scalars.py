"""Scalars: how text becomes a YAML scalar and a plain scalar becomes a value.

Reading keeps what a person wrote: `no`, `12:30`, `010` and dates stay text, a number is a number only if
writing it back gives the same characters. Writing quotes whatever YAML 1.1 or 1.2 would read as anything
but text, so that other tools see the same text too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_MAX_DIGITS = 18  # of a whole number
# Compiled at their first use: reading a file in the usual form needs none of them.
_FLOAT = r"-?[0-9]+\.[0-9]+(e[+-][0-9]+)?"

# Words and shapes that YAML 1.1 or 1.2 read as something other than text.
_WORDS = frozenset(
    "y n yes no on off true false null none ~ .inf -.inf +.inf .nan = << nan inf".split()  # noqa: SIM905
)
_NUMBERISH = r"[-+.0-9][-+.:_0-9a-fA-FxXoObBtTzZ ]*"
_BAD_START = frozenset("-?:,[]{}#&*!|>'\"%@` \t=")
_UNSAFE = (": ", "\t", " #", "\n", "\r")


class _Pattern:
    """A pattern that is compiled when it is first needed, which takes as long as loading several modules."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @functools.cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text)

    def sub(self, new: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(new, text)


#: What may not stand in frontmatter, raw or by escape: control characters, line separators that only some
#: readers honour, bidirectional controls, lone surrogates and other marks that take no place on the screen
#: (ROBUSTNESS.md 2.2). Joiners and the first sixteen variation selectors are allowed: emoji are made with them.
HIDDEN = _Pattern(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028\u2029\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
#: What is no text at all, anywhere in a file.
NO_TEXT = _Pattern("[\0\ud800-\udfff]")


#: What ``HIDDEN`` has of the characters that Python prints as they are.
_HIDDEN_PRINTABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")


def visible(text: str) -> str:
    """The text with ``\\u{…}`` for each character that nobody sees or that a terminal would act on."""
    if text.replace("\n", "").replace("\t", "").isprintable() and _is_seen(text):
        return text
    return HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)


def _is_seen(text: str) -> bool:
    """Whether no character of a text that is printable is hidden all the same; needs no pattern."""
    return text.isascii() or (_HIDDEN_PRINTABLE.isdisjoint(text) and max(text) < "\U000e0000")


class Bare(str):
    """A text that is written without quotes although some readers take it for more, such as a date."""

    __slots__ = ()


def resolve(text: str) -> Any:
    """The value of a plain scalar: None, bool, int, float or the text itself."""
    if text in NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if text[0] not in "-0123456789":
        return text
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS and str(int(text)) == text:
        return int(text)
    if re.fullmatch(_FLOAT, text) and repr(float(text)) == text:
        return float(text)
    return text


def is_plain(text: str, *, flow: bool = False) -> bool:
    """Whether the text can stand unquoted and every YAML reader takes it as this text."""
    if not text or text[0] in _BAD_START or text[-1] in ": " or any(one in text for one in _UNSAFE):
        return False
    if HIDDEN.search(text):
        return False
    if flow and any(char in ",[]{}?:" for char in text):
        return False
    return text.lower() not in _WORDS and not re.fullmatch(_NUMBERISH, text) and not text.startswith(("---", "..."))


def quoted(text: str) -> str:
    """The text in double quotes, on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + HIDDEN.sub(_escape, escaped.replace("\r", "\\r")) + '"'


def scalar(thing: Any, *, flow: bool = False, style: str = "") -> str:
    """A value on one line. ``style`` is the quote of the scalar it replaces, kept where it can be."""
    if thing is None:
        return "null"
    if isinstance(thing, bool):
        return "true" if thing else "false"
    if isinstance(thing, (int, float)):
        return repr(thing)
    text = str(thing)
    if isinstance(thing, Bare) and not style:
        return text
    if style == "'" and "\n" not in text and "\r" not in text and not HIDDEN.search(text):
        return "'" + text.replace("'", "''") + "'"
    if style == '"' or not is_plain(text, flow=flow):
        return quoted(text)
    return text


def _escape(found: re.Match[str]) -> str:
    point = ord(found[0])
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
