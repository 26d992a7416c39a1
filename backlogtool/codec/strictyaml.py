"""A strict YAML reader that knows where everything stands.

It reads libyaml's events one by one, with limits, and builds nothing that the events do not ask for: no
tags, anchors, aliases, merge keys, directives or second documents, no key twice, bounded depth and number of nodes.
Every node carries its span in the text, so that ``codec.splice`` can replace exactly that. Rules and
limits: DESIGN.md §3, ROBUSTNESS.md 2.2.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from backlogtool.codec.scalars import HIDDEN, NULLS, resolve
from backlogtool.domain.finding import Finding

MAX_DEPTH = 8
MAX_NODES = 5000
MAX_LIST = 200
# Compiled at their first use, as every command that writes loads this module.
_KEY = r"[A-Za-z_][A-Za-z0-9_-]{0,63}"
_LONE_RETURN = r"\r(?!\n)"
_WRITE_OUT = "put it in quotes if it is text, else write the value out"

SCALAR, LIST, MAP = "scalar", "list", "map"


class Node:
    """A piece of YAML. ``start`` and ``end`` are offsets in the text, ``line`` and ``column`` count from 1.

    For a scalar ``text`` is its decoded text and ``style`` its quote, ``|``, ``>`` or empty for a plain one.
    """

    __slots__ = ("column", "end", "entries", "flow", "items", "kind", "line", "start", "style", "text")

    def __init__(
        self,
        kind: str,
        start: int,
        end: int,
        line: int,
        column: int,
        text: str = "",
        style: str = "",
        flow: bool = False,
    ) -> None:
        self.kind, self.start, self.end = kind, start, end
        self.line, self.column = line, column
        self.text, self.style, self.flow = text, style, flow
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Node, Node]] = {}

    @property
    def is_null(self) -> bool:
        return self.kind == SCALAR and not self.style and self.text in NULLS

    @property
    def value(self) -> Any:
        """As plain values: dict, list, text, number, bool, None."""
        if self.kind == MAP:
            return {key: child.value for key, (_, child) in self.entries.items()}
        if self.kind == LIST:
            return [child.value for child in self.items]
        return self.text if self.style else resolve(self.text)

    def get(self, key: str) -> Node | None:
        found = self.entries.get(key)
        return found[1] if found else None


class _Refused(Exception):  # noqa: N818 - it never leaves this module
    """Reading cannot go on; the last finding says why."""


def read(text: str, *, first_line: int = 1, max_list: int = MAX_LIST) -> tuple[Node | None, list[Finding]]:
    """The root mapping and what is wrong; no root if the text cannot be used at all.

    ``first_line`` is the line of the file on which the text starts. Empty text is an empty mapping.
    """
    # Loading it takes half as long as the interpreter; a command that finds every file in the usual form does without.
    import yaml

    hidden = list(_hidden(text, first_line))
    if hidden:
        return None, hidden
    reader = _Reader(yaml, text, first_line, max_list)
    parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        root = reader.document(parser)
    except _Refused:
        root = None
    except yaml.YAMLError as error:
        from backlogtool.codec import strictyaml_causes  # only what cannot be read needs it

        stops = functools.partial(_stops, yaml, max_list=max_list)
        reader.findings.append(strictyaml_causes.finding(error, text, first_line, stops))
        root = None
    finally:
        parser.dispose()
    if root is not None and (root.kind != MAP or root.flow) and not root.is_null:
        reader.findings.append(Finding("BL109", "expected one `key: value` a line", line=root.line, column=root.column))
    if reader.findings or root is None:
        return None, reader.findings
    return (Node(MAP, root.start, root.start, root.line, root.column) if root.is_null else root), []


class _Reader:
    """Builds nodes from events, without recursion."""

    def __init__(self, yaml: Any, text: str, first_line: int, max_list: int) -> None:
        self.findings: list[Finding] = []
        self._yaml = yaml
        self._text = text
        self._offset = first_line
        self._max_list = max_list
        self._count = 0

    def document(self, parser: Any) -> Node:
        """The one document of the stream."""
        empty = Node(SCALAR, 0, 0, self._offset, 1)
        root: Node | None = None
        stack: list[tuple[Node, Node | None]] = []  # open collections, each with its pending key
        while True:
            event = parser.get_event()
            if event is None or isinstance(event, self._yaml.StreamEndEvent):
                return root or empty
            if isinstance(event, (self._yaml.StreamStartEvent, self._yaml.DocumentEndEvent)):
                self._plain_document(event)
            elif isinstance(event, self._yaml.DocumentStartEvent):
                if root is not None:
                    self._refuse("BL106", event, "a second YAML document")
                self._first_line(event)
            elif isinstance(event, (self._yaml.SequenceEndEvent, self._yaml.MappingEndEvent)):
                done, _ = stack.pop()
                _close(done, event)
                root = self._attach(stack, done, root)
            else:
                node = self._node(event, len(stack))
                if node.kind == SCALAR:
                    root = self._attach(stack, node, root)
                else:
                    stack.append((node, None))

    def _first_line(self, event: Any) -> None:
        """A file of settings may start with ``---``, as many do."""
        if event.start_mark.index or event.version or event.tags:
            self._plain_document(event)

    def _plain_document(self, event: Any) -> None:
        if getattr(event, "explicit", False) or getattr(event, "version", None) or getattr(event, "tags", None):
            self._refuse("BL106", event, "document markers and directives are not used here")

    def _node(self, event: Any, depth: int) -> Node:
        if isinstance(event, self._yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse("BL106", event, "anchors and aliases are not used here", _WRITE_OUT)
        if getattr(event, "tag", None):
            self._refuse("BL106", event, f"the tag {event.tag} is not used here", _WRITE_OUT)
        self._count += 1
        if depth >= MAX_DEPTH:
            self._refuse("BL107", event, f"nested more than {MAX_DEPTH} deep")
        if self._count > MAX_NODES:
            self._refuse("BL107", event, f"more than {MAX_NODES} values")
        start, end = event.start_mark, event.end_mark
        place = {"line": start.line + self._offset, "column": start.column + 1}
        if isinstance(event, self._yaml.ScalarEvent):
            if HIDDEN.search(event.value):
                self._refuse("BL108", event, "an invisible or control character")
            stop, style = end.index, event.style or ""
            if style in ("|", ">"):  # the event ends behind the blank lines that follow
                stop = start.index + len(self._text[start.index : stop].rstrip())
            return Node(SCALAR, start.index, stop, text=event.value, style=style, **place)
        kind = LIST if isinstance(event, self._yaml.SequenceStartEvent) else MAP
        return Node(kind, start.index, end.index, flow=bool(event.flow_style), **place)

    def _attach(self, stack: list[tuple[Node, Node | None]], node: Node, root: Node | None) -> Node | None:
        if not stack:
            return node
        parent, key = stack[-1]
        if parent.kind == LIST:
            parent.items.append(node)
            if len(parent.items) > self._max_list:
                self._refuse_at("BL107", node, f"more than {self._max_list} entries in one list")
        elif key is None:
            self._check_key(parent, node, top=len(stack) == 1)
            stack[-1] = (parent, node)
        else:
            parent.entries.setdefault(key.text, (key, node))
            stack[-1] = (parent, None)
        return root

    def _check_key(self, parent: Node, key: Node, *, top: bool) -> None:
        if key.kind != SCALAR:
            self._refuse_at("BL109", key, "a key must be one word")
        if key.text == "<<" and not key.style:
            self._refuse_at("BL106", key, "merge keys are not used here")
        if (top and not re.fullmatch(_KEY, key.text)) or "\n" in key.text or len(key.text) > 256:
            self.findings.append(
                Finding(
                    "BL112",
                    f"the key '{key.text[:80]}' is not a plain word",
                    line=key.line,
                    column=key.column,
                    fix="use letters, digits, dash and underscore",
                )
            )
        if key.text in parent.entries:
            first = parent.entries[key.text][0].line
            message = f"the key '{key.text}' stands twice, first on line {first}"
            self.findings.append(
                Finding("BL105", message, line=key.line, column=key.column, field=key.text, fix="remove one of them")
            )

    def _refuse(self, code: str, event: Any, message: str, fix: str = "") -> None:
        mark = event.start_mark
        self.findings.append(Finding(code, message, line=mark.line + self._offset, column=mark.column + 1, fix=fix))
        raise _Refused

    def _refuse_at(self, code: str, node: Node, message: str) -> None:
        self.findings.append(Finding(code, message, line=node.line, column=node.column))
        raise _Refused


def _close(node: Node, event: Any) -> None:
    """A block collection ends where its last child does: the event's own mark lies behind comments."""
    if node.flow:
        node.end = event.end_mark.index
    elif node.kind == LIST:
        node.end = node.items[-1].end if node.items else node.start
    else:
        node.end = max((child.end for _, child in node.entries.values()), default=node.start)


def _hidden(text: str, first_line: int) -> Iterator[Finding]:
    for found in HIDDEN.finditer(text):
        message = f"the invisible or control character U+{ord(found[0]):04X}"
        fix = "remove it; inside double quotes nothing invisible is allowed either"
        yield _placed("BL108", message, text, found.start(), first_line, fix)
    if bare := re.search(_LONE_RETURN, text):
        yield _placed("BL108", "a carriage return without a line feed", text, bare.start(), first_line)


def _placed(code: str, message: str, text: str, offset: int, first_line: int, fix: str = "") -> Finding:
    before = text[:offset]
    return Finding(code, message, line=first_line + before.count("\n"), column=offset - before.rfind("\n"), fix=fix)


def _stops(yaml: Any, text: str, max_list: int) -> int | None:
    """The line, from 0, at which that begins which cannot be read; None if the text can be read to its end."""
    reader = _Reader(yaml, text, 0, max_list)
    parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        reader.document(parser)
    except _Refused:
        return reader.findings[-1].line
    except yaml.YAMLError as error:
        block = "block" in (getattr(error, "context", None) or "block")  # of a block the whole is named
        mark = getattr(error, "problem_mark" if block else "context_mark", None)
        return mark.line if mark is not None else 0
    finally:
        parser.dispose()
    return None
