"""Edits of YAML text that touch the bytes of what changed and nothing else.

``update`` compares the values a text holds with the wanted ones and replaces, inserts or removes exactly
the lines of what differs: comments, order, quoting, indentation and line ends of everything else stay.
Every edit is proved by reading it back; one that cannot be proved is refused (DESIGN.md §3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backlogtool.codec.scalars import HIDDEN, scalar
from backlogtool.codec.strictyaml import LIST, MAP, SCALAR, Node, read
from backlogtool.domain.event import same
from backlogtool.errors import InvalidError

# Compiled at their first use: a new file needs none of them.
_DASH = r"[ ]*- +"
_BLOCK_HEAD = r"[|>][-+0-9]*[ \t]+(#[^\r\n]*)"
_COMMENT = r"#[^\r\n]*"


class _Edits:
    """Replacements in one text: (start, end, new text)."""

    def __init__(self, text: str, newline: str) -> None:
        self.text = text
        self.newline = newline
        self.spans: list[tuple[int, int, str]] = []

    def replace(self, start: int, end: int, new: str) -> None:
        self.spans.append((start, end, new.replace("\n", self.newline)))

    def line_start(self, offset: int) -> int:
        return self.text.rfind("\n", 0, offset) + 1

    def line_end(self, offset: int) -> int:
        """Behind the line feed of the line that holds ``offset``, or the end of the text."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def insert_lines(self, offset: int, lines: str) -> None:
        """Whole lines at the start of a line, or behind a last line that has no end."""
        if offset == len(self.text) and offset and not self.text.endswith("\n"):
            self.replace(offset, offset, "\n" + lines.removesuffix("\n"))
        else:
            self.replace(offset, offset, lines)

    def result(self) -> str:
        parts, position = [], 0
        for start, end, new in sorted(self.spans, key=lambda span: (span[0], span[1])):
            parts += [self.text[position:start], new]
            position = end
        return "".join([*parts, self.text[position:]])


def update(text: str, root: Node, wanted: Mapping[str, Any], *, order: Sequence[str] = (), newline: str = "\n") -> str:
    """The text changed so that it reads as ``wanted`` (plain values; every key that is to stay is in it).

    ``order`` says before and behind which keys a new one goes. Raises ``InvalidError`` if the text is
    written in a way that cannot be changed safely.
    """
    edits = _Edits(text, newline)
    _update_map(edits, root, wanted, order, indent="")
    changed = edits.result()
    again, findings = read(changed)
    if again is None or findings or not same(again.value, wanted):
        raise InvalidError(
            "the frontmatter is written in a way that cannot be changed without touching other lines",
            hint="change it in an editor",
        )
    return changed


def dump(wanted: Mapping[str, Any]) -> str:
    """A new text in block style that reads as ``wanted``, keys in its order."""
    return "".join(_entry(key, thing, "") for key, thing in wanted.items())


def _update_map(edits: _Edits, node: Node, wanted: Mapping[str, Any], order: Sequence[str], indent: str) -> None:
    for key, (key_node, child) in node.entries.items():
        if key not in wanted:
            start = edits.line_start(key_node.start)
            edits.replace(start, edits.line_end(max(child.end, key_node.end)), "")
        elif not same(child.value, wanted[key]):
            _update_value(edits, key_node, child, wanted[key])
    order = order or sorted(wanted)
    known = list(node.entries)
    new = [key for key in wanted if key not in node.entries]
    for key in sorted(new, key=lambda one: order.index(one) if one in order else len(order)):
        before = _predecessor(key, known, order)
        if before is None:
            at = edits.line_start(next(iter(node.entries.values()))[0].start) if node.entries else len(edits.text)
        else:
            key_node, child = node.entries[before]
            at = edits.line_end(max(child.end, key_node.end))
        edits.insert_lines(at, _entry(key, wanted[key], indent))


def _predecessor(key: str, known: list[str], order: Sequence[str]) -> str | None:
    """The key that the new one goes behind: the nearest earlier one in the order; None means in front.

    A key that the order does not name goes last.
    """
    if key not in order:
        return known[-1] if known else None
    place = order.index(key)
    earlier = [one for one in known if one in order and order.index(one) < place]
    return max(earlier, key=order.index) if earlier else None


def _update_value(edits: _Edits, key: Node, node: Node, wanted: Any) -> None:
    if isinstance(wanted, Mapping) and node.kind == MAP and not node.flow and wanted:
        first = next(iter(node.entries.values()))[0]
        indent = edits.text[edits.line_start(first.start) : first.start]
        if not indent.strip(" "):
            _update_map(edits, node, wanted, (), indent)
            return
    if _is_list(wanted) and wanted and node.kind == LIST and not node.flow and _update_list(edits, node, wanted):
        return
    _replace_value(edits, key, node, wanted)


def _update_list(edits: _Edits, node: Node, wanted: Sequence[Any]) -> bool:
    """Removes and inserts whole lines of a block list of scalars; False if it is not that simple."""
    prefixes = [edits.text[edits.line_start(one.start) : one.start] for one in node.items]
    old = [one.value for one in node.items]
    new = [_plain(one) for one in wanted]
    simple = all(
        one.kind == SCALAR and re.fullmatch(_DASH, dash) for one, dash in zip(node.items, prefixes, strict=True)
    )
    if not simple or len(set(map(repr, old))) < len(old) or any(isinstance(one, (dict, list)) for one in new):
        return False
    if [one for one in old if one in new] != [one for one in new if one in old]:
        return False
    place = {repr(thing): one for thing, one in zip(old, node.items, strict=True)}
    for thing, one in zip(old, node.items, strict=True):
        if thing not in new:
            edits.replace(edits.line_start(one.start), edits.line_end(one.end), "")
    at = edits.line_start(node.items[0].start)
    for thing in new:
        if repr(thing) in place:
            at = edits.line_end(place[repr(thing)].end)
        else:
            edits.insert_lines(at, f"{prefixes[0]}{scalar(thing)}\n")
    return True


def _replace_value(edits: _Edits, key: Node, node: Node, wanted: Any) -> None:
    """One value for another. A comment behind the old one, or behind the key, stays."""
    colon = edits.text.index(":", key.end) + 1
    block = _block(wanted, edits.text[edits.line_start(key.start) : key.start])
    one_line = node.kind == SCALAR or node.flow
    if not block and one_line:
        new = _inline(wanted, style=node.style) + _header_comment(edits.text, node)
        edits.replace(node.start, node.end, new if node.text or node.style or node.flow else f" {new}")
        return
    behind = edits.line_end(max(node.end, key.end))
    kept = edits.text[node.end if one_line and node.end > colon else colon : edits.line_end(node.end)]
    comment = kept.split("\n", 1)[0].rstrip() or _header_comment(edits.text, node)
    if not block:
        edits.replace(colon, behind, f" {_inline(wanted)}{comment}\n")
        return
    if _count_comments(edits.text, node, colon, behind) > ("#" in comment):
        message = f"{key.text} has comments among its entries, which this change would lose"
        raise InvalidError(message, hint="change it in an editor")
    bar, line_end, rest = block.partition("\n")
    edits.replace(colon, behind, f"{bar}{comment}{line_end}{rest}")


def _count_comments(text: str, node: Node, start: int, end: int) -> int:
    """How many comments stand in a part of the text that holds a value and nothing else."""
    count, comment = 0, re.compile(_COMMENT)
    for leaf in _leaves(node):
        count += len(comment.findall(text, start, leaf.start)) + bool(_header_comment(text, leaf))
        start = leaf.end
    return count + len(comment.findall(text, start, end))


def _leaves(node: Node) -> Iterator[Node]:
    """The scalars in a value, keys among them, in the order of the text; the reader bounds the depth."""
    if node.kind == SCALAR:
        yield node
    for part in (*node.items, *(one for entry in node.entries.values() for one in entry)):
        yield from _leaves(part)


def _header_comment(text: str, node: Node) -> str:
    """The comment behind the ``|`` or ``>`` of a block scalar, with a blank before it."""
    found = re.compile(_BLOCK_HEAD).match(text, node.start) if node.style in ("|", ">") else None
    return f" {found[1]}" if found else ""


def _entry(key: str, wanted: Any, indent: str) -> str:
    name = scalar(key)
    block = _block(wanted, indent)
    if block:
        return f"{indent}{name}:{block}"
    return f"{indent}{name}: {_inline(wanted)}\n"


def _block(wanted: Any, indent: str) -> str:
    """A non-empty collection, or a text of several lines, as it stands behind ``key:``; else empty."""
    if isinstance(wanted, Mapping) and wanted:
        return "\n" + "".join(_entry(key, inner, indent + "  ") for key, inner in wanted.items())
    if _is_list(wanted) and wanted:
        return "\n" + "".join(_list_entry(inner, indent) for inner in wanted)
    if isinstance(wanted, str) and _is_literal(wanted):
        body = "".join(f"{indent}  {line}\n" if line else "\n" for line in wanted.rstrip("\n").split("\n"))
        return f" |{'' if wanted.endswith(chr(10)) else '-'}\n{body}"
    return ""


def _list_entry(wanted: Any, indent: str) -> str:
    if not _is_collection(wanted):
        return f"{indent}- {scalar(wanted)}\n"
    if isinstance(wanted, Mapping) and wanted:
        inner = "".join(_entry(key, one, indent + "  ") for key, one in wanted.items())
        return f"{indent}- {inner[len(indent) + 2 :]}"
    return f"{indent}- {_flow(wanted)}\n"


def _is_literal(text: str) -> bool:
    """Whether a literal block says exactly this text: several lines, at most one line feed at the end."""
    lines = text.removesuffix("\n").split("\n")
    return (
        len(lines) > 1
        and bool(lines[0].strip())
        and bool(lines[-1].strip())
        and not text.startswith((" ", "\t"))
        and not HIDDEN.search(text)
        and "\r" not in text
    )


def _inline(wanted: Any, style: str = "") -> str:
    return _flow(wanted) if _is_collection(wanted) else scalar(wanted, style=style)


def _flow(wanted: Any) -> str:
    """A value on one line in flow style."""
    if isinstance(wanted, Mapping):
        return "{" + ", ".join(f"{scalar(key, flow=True)}: {_flow(one)}" for key, one in wanted.items()) + "}"
    if _is_list(wanted):
        return "[" + ", ".join(_flow(one) for one in wanted) + "]"
    return scalar(wanted, flow=True)


def _plain(thing: Any) -> Any:
    if isinstance(thing, Mapping):
        return {key: _plain(one) for key, one in thing.items()}
    return [_plain(one) for one in thing] if _is_list(thing) else thing


def _is_list(thing: Any) -> bool:
    return isinstance(thing, (list, tuple))


def _is_collection(thing: Any) -> bool:
    return isinstance(thing, Mapping) or _is_list(thing)
