"""The usual form of item files, read line by line and without a YAML parser.

``read`` takes what ``markdown.write`` writes and what people write who follow it: ``key: value`` lines with plain
or quoted values, block lists, maps below them. Wherever it is not sure it says None and ``markdown.read`` decides.
The law: where it gives an item, ``markdown.read`` gives the same item and no finding at all. Commands read every
file this way (PERFORMANCE.md 2), so everything here says yes fast, and only where yes is certain.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from backlogtool.codec import comments
from backlogtool.codec.blocks import Unsure, entries, entry, flow_list, line_text, map_key, mapping
from backlogtool.codec.scalars import HIDDEN, NULLS, Bare, resolve
from backlogtool.domain import calendar
from backlogtool.domain.event import plain
from backlogtool.domain.fields import BY_NAME, DAY, MAP, MOMENT, NUMBER, REFS, SET
from backlogtool.domain.item import EMPTY, Comment, Item

#: How large a file may be in bytes, and its frontmatter in characters.
MAX_FILE = 1 << 20
MAX_FRONTMATTER = 1 << 16
#: Bounds well below those of the strict reader, so that none of its limits can be met here.
_MAX_HEAD, _MAX_LINES = 1 << 15, 200
#: Says that the value of a key stands on the lines below it.
_BELOW = object()
#: The first lines met, read: most lines of a backlog stand in many files. It grows so far and no further.
_SEEN: dict[str, tuple[str, Any]] = {}
_MAX_SEEN, _MAX_SEEN_LINE = 2048, 256
#: key -> what its value is, if it is more than a line of text.
_SHAPES = {
    name: field.kind if field.kind in (MOMENT, NUMBER, SET, REFS, MAP) else "" for name, field in BY_NAME.items()
}
_DEFAULTS = tuple(Item("", "", "", ""))
_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\n"


def read(text: str, item_id: str) -> Item | None:
    """The item that ``markdown.read`` finds in the text; None if that, or that it has no finding, is not certain."""
    if "\r" in text:
        if not has_one_line_end(text):
            return None
        text = text.replace("\r\n", "\n")
    end = text.find("\n---\n", 3)
    if end < 0 and text.endswith("\n---"):
        end = len(text) - 4
    if not 3 <= end < _MAX_HEAD or not text.startswith("---\n") or not _is_text(text, text[4:end]):
        return None
    try:
        values = _values(text[4:end].split("\n"))
        return _item(values, text[end + 5 :]) if values.get("id") == item_id else None
    except Unsure:
        return None


def has_one_line_end(text: str) -> bool:
    """Whether every line ends with a carriage return and a line feed, and neither stands alone."""
    return text.count("\r") == text.count("\n") == text.count("\r\n")


def _is_text(text: str, head: str) -> bool:
    """Whether nothing invisible stands in the frontmatter, nothing that is no text and no conflict anywhere."""
    if "\0" in text or ("<<<<<<< " in text and ">>>>>>> " in text):
        return False
    try:
        unusual = head.encode().translate(None, _PRINTABLE)
        if not text.isascii():
            text.encode()  # fails where it holds a lone surrogate
    except UnicodeEncodeError:
        return False
    return not unusual or ("\t" not in head and not HIDDEN.search(head))


@lru_cache(maxsize=2)
def _split(body: str) -> tuple[str, tuple[Comment, ...]]:
    """The description and the comments: of most versions of an item the same as of the one before."""
    description, remarks, stray = comments.split(body)
    if stray:
        raise Unsure
    return description, tuple(remarks)


def _item(values: dict[str, Any], body: str) -> Item:
    values["description"], values["comments"] = _split(body)
    return Item._make(map(values.get, Item._fields, _DEFAULTS))


# --- frontmatter


def _values(lines: list[str]) -> dict[str, Any]:
    """The typed values of the keys; each must be known and stand once."""
    values: dict[str, Any] = {}
    at = 0
    total = len(lines)
    if total > _MAX_LINES:
        raise Unsure
    while at < total:
        line = lines[at]
        at += 1
        key, held = _SEEN.get(line) or _line(line)
        if held is _BELOW:
            held, at = _opened(key, lines, at)
        elif not key:
            continue
        if key in values:
            raise Unsure
        values[key] = held
    return values


def _line(line: str) -> tuple[str, Any]:
    """(key, value) of a line; no key if it says nothing, ``_BELOW`` if the value stands on the lines below it."""
    if not line or line[0] == "#":  # between values of one line each, neither means anything
        return "", None
    held: Any = _BELOW
    key, _, written = line.partition(": ")
    if not written and line[-1] == ":":
        key = line[:-1]
    elif not written:
        raise Unsure
    shape = _SHAPES.get(key)
    if shape is None:
        raise Unsure
    if written:
        held = _shaped(shape, written) if shape else line_text(written)
    if len(_SEEN) < _MAX_SEEN and len(line) < _MAX_SEEN_LINE:
        _SEEN[line] = (key, held)
    return key, held


def _opened(key: str, lines: list[str], at: int) -> tuple[Any, int]:
    """(value, number of the line behind it) of a key that has nothing on its own line."""
    shape, first = _SHAPES[key], at
    while at < len(lines) and lines[at] and lines[at][0] in " -":
        at += 1
    below = lines[first:at]
    if not below:
        return _shaped(shape, "null") if shape else "", at
    if shape == SET:
        return tuple(sorted(set(entries(below)))), at
    if shape == REFS:
        return _references(below), at
    if shape == MAP:
        return mapping(below), at
    raise Unsure


def _references(lines: list[str]) -> dict[str, tuple[str, ...]]:
    """A list below each kind of evidence; those without one do not count."""
    found: dict[str, list[str]] = {}
    refs: list[str] = []
    mark = "    - " if lines[-1].startswith("    ") else "  - "
    size = len(mark)
    for line in lines:
        if line.startswith(mark) and found:
            refs.append(entry(line[size:]))
            continue
        kind = map_key(line[2:-1])
        if line[:2] != "  " or line[-1] != ":" or kind in found:
            raise Unsure
        found[kind] = refs = []
    return {kind: tuple(sorted(set(some))) for kind, some in found.items() if some}


def _shaped(kind: str, written: str) -> Any:
    """The value of a key that is more than a line of text, written on its line."""
    if kind == MOMENT:
        moment = line_text(written)
        return calendar.normal_moment(moment) or moment
    if kind == NUMBER:
        return _number(written)
    if kind == SET:
        return () if written in NULLS else tuple(sorted(set(flow_list(written, entry))))
    if written in NULLS or written == "{}":
        return EMPTY
    raise Unsure


def _number(written: str) -> int | None:
    held = resolve(written)
    if held is not None and type(held) is not int:
        raise Unsure
    return held


# --- what a file gives back


def edited_body(body: str, before: Item, after: Item) -> str:
    """The body with the item's description and with the comments that are added."""
    if before.description != after.description:
        body = comments.with_description(body, after.description)
    for comment in after.comments[len(before.comments) :]:
        body = comments.append(body, comment)
    return body


def normal(item: Item, before: Item | None = None) -> Item:
    """The item as a file gives it back: sets sorted, texts without blank lines around them.

    What is as it was ``before`` stays as it is.
    """
    old = before.comments if before else ()
    same = item.comments[: len(old)] == old
    kept = old if same else ()
    added = tuple(one._replace(text=comments.normal(one.text)) for one in item.comments[len(kept) :])
    unchanged = before is not None and item.description == before.description
    return item._replace(
        dependencies=tuple(sorted(set(item.dependencies))),
        tags=tuple(sorted(set(item.tags))),
        evidence_refs={kind: tuple(sorted(set(refs))) for kind, refs in item.evidence_refs.items() if refs},
        description=item.description if unchanged else comments.normal(item.description),
        comments=(*kept, *added),
    )


def written(name: str, value: object) -> Any:
    """A value as it goes into the file: days and moments without quotes."""
    timed = name in BY_NAME and BY_NAME[name].kind in (DAY, MOMENT)
    is_normal = isinstance(value, str) and (calendar.is_day(value) or calendar.normal_moment(value) == value)
    return Bare(value) if timed and is_normal else plain(value)


def is_left_out(name: str, value: object) -> bool:
    """Whether a file does not have the key for such a value."""
    return value is None or (name in BY_NAME and not BY_NAME[name].always and not value and value != 0)


def kept_order(old: Any, new: Any) -> Any:
    """A set in the order the file has it; new entries sorted in if it was sorted, else at the end."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {key: kept_order(old.get(key), one) for key, one in new.items()}
    if not (isinstance(old, list) and isinstance(new, list)) or not all(isinstance(one, str) for one in old):
        return new
    if old == sorted(old):
        return new
    return [one for one in old if one in new] + [one for one in new if one not in old]
