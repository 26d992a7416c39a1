"""Values in the YAML that most people write: plain and quoted scalars, lists and maps below each other.

Nothing here guesses. A text that this page does not name raises ``Unsure``, and its reader asks the strict one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backlogtool.codec.scalars import NULLS, resolve

#: Bounds well below those of the strict reader, so that none of its limits can be met here.
_MAX_DEPTH, _MAX_FLOW, _MAX_KEY = 4, 20, 100
#: What a plain value may start with; no YAML indicator is among them.
_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/()$+.~;^<\\")
#: What the entries of a list on one line may consist of.
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.- ")

_Leaf = Callable[[str], Any]


class Unsure(Exception):  # noqa: N818 - it never leaves the quick readers
    """The text may mean something else than it seems to."""


# --- lines with indentation


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def entries(lines: list[str]) -> list[str]:
    """The texts of a list that is all of the lines."""
    found, at = _list(lines, 0, entry)
    if at < len(lines):
        raise Unsure
    return found


def mapping(lines: list[str]) -> dict[str, Any]:
    """The values of a map that is all of the lines."""
    found, at = _map(lines, 0, 0)
    if at < len(lines):
        raise Unsure
    return found


def _list(lines: list[str], at: int, leaf: _Leaf) -> tuple[list[Any], int]:
    """The entries from this line on, and the number of the line behind them."""
    mark = " " * _indent(lines[at]) + "- "
    size, first = len(mark), at
    while at < len(lines) and lines[at].startswith(mark):
        at += 1
    if at == first:
        raise Unsure
    return [leaf(line[size:]) for line in lines[first:at]], at


def _map(lines: list[str], at: int, depth: int) -> tuple[dict[str, Any], int]:
    """The keys and values with the indentation of this line, and the number of the line behind them."""
    indent = _indent(lines[at])
    if depth == _MAX_DEPTH or not indent:
        raise Unsure
    found: dict[str, Any] = {}
    pad = " " * indent
    while at < len(lines) and lines[at].startswith(pad):
        front, colon, written = lines[at][indent:].partition(": ")
        at += 1
        if not colon and not front.endswith(":"):
            raise Unsure
        name = map_key(front if colon else front[:-1])
        if name in found:
            raise Unsure
        if colon:
            found[name] = _free(written)
        else:
            found[name], at = _inner(lines, at, indent, depth)
    return found, at


def _inner(lines: list[str], at: int, indent: int, depth: int) -> tuple[Any, int]:
    """What a key without a value on its line has below it; None if nothing."""
    deeper = _indent(lines[at]) if at < len(lines) else -1
    if deeper >= indent and lines[at].startswith("- ", deeper):
        return _list(lines, at, _free)
    return _map(lines, at, depth + 1) if deeper > indent else (None, at)


def map_key(written: str) -> str:
    """A key inside a map; it is a text whatever it looks like."""
    if not 0 < len(written) <= _MAX_KEY or written == "<<":
        raise Unsure
    return written if _is_plain(written) else _quoted(written)


# --- scalars


def _is_plain(written: str) -> bool:
    """Whether it is certain that this, behind ``key: `` or ``- ``, is a plain scalar and is all of it."""
    return (
        (written[0] in _STARTS or written[0] > "\x7f")
        and written[-1] not in " :"
        and ": " not in written
        and " #" not in written
    )


def line_text(written: str) -> str:
    """The text of a value on one line; null is the empty text."""
    if written and _is_plain(written):
        return "" if written in NULLS else written
    return _quoted(written)


def entry(written: str) -> str:
    """The text of a list's entry; it may not be null."""
    if written in NULLS:
        raise Unsure
    return written if _is_plain(written) else _quoted(written)


def _free(written: str) -> Any:
    """A value of any type on one line."""
    if written == "{}":
        return {}
    if written[:1] == "[":
        return flow_list(written, _free)
    if written[:1] == "-" and isinstance(number := resolve(written), (int, float)):
        return number
    return resolve(written) if written and _is_plain(written) else _quoted(written)


def _quoted(written: str) -> str:
    """The text inside quotes; the only escapes are those of quotes and backslashes."""
    quote, inner = written[:1], written[1:-1]
    if len(written) > 1 and written[-1] == quote:
        if quote == '"':
            return inner if '"' not in inner and "\\" not in inner else _unescaped(inner)
        if quote == "'" and "'" not in inner.replace("''", ""):
            return inner.replace("''", "'")
    raise Unsure


def _unescaped(inner: str) -> str:
    parts = inner.split("\\\\")
    if any("\\" in rest or '"' in rest for rest in (part.replace('\\"', "") for part in parts)):
        raise Unsure
    return "\\".join(part.replace('\\"', '"') for part in parts)


def flow_list(written: str, leaf: _Leaf) -> list[Any]:
    """The values of a list of plain words on one line."""
    if written == "[]":
        return []
    words = [word.strip(" ") for word in written[1:-1].split(",", _MAX_FLOW)]
    if written[0] != "[" or written[-1] != "]" or not all(word and _WORD.issuperset(word) for word in words):
        raise Unsure
    return [leaf(word) for word in words]
