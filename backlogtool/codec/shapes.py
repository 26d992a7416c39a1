"""Shapes: small declarations of what a configuration file may hold.

A table of shapes says everything about a file: keys, types, limits, allowed names. ``read`` turns a node
into a ``Held`` value with its problems, ``Record.merge`` lays a stronger layer over a weaker one, ``links``
finds what only the merged whole can tell, ``make`` builds the value. Shapes are plain data, so that a schema
can be derived from the same table. A value of the wrong type or out of its limits is BL402, an unknown key
BL401, anything else that may not stand there BL403. Rules: ROBUSTNESS.md 2.5 (closed schema, bool is not int).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backlogtool.codec.held import At, Held, Ref, dotted, finding, repeats
from backlogtool.codec.scalars import resolve
from backlogtool.codec.strictyaml import LIST, MAP, SCALAR, Node
from backlogtool.domain.finding import Finding
from backlogtool.domain.spelling import did_you_mean

_BRACED = re.compile(r"\{[^{}]*\}|[{}]")
_FLAG_WORDS = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}


class Shape(ABC):
    """What may stand in one place of the file."""

    __slots__ = ()

    @abstractmethod
    def read(self, node: Node, at: At) -> Held:
        """The node as a value with its problems."""

    def links(self, held: Held, root: Held) -> Iterator[Finding]:
        """What is wrong with the value in the light of the merged whole."""
        del held, root
        yield from ()

    def make(self, held: Held) -> Any:
        """The value itself; only for one without problems."""
        return held.value


@dataclass(frozen=True, slots=True)
class Text(Shape):
    """Text as a person wrote it: plain ``no`` and ``12:30`` are text (DESIGN.md §3).

    ``pattern`` must match all of it; ``lines`` allows several lines, or none. ``among``: one of these names.
    """

    says: str = "one line of text"
    pattern: str = ""
    lines: bool = False
    among: Ref | None = None

    def read(self, node: Node, at: At) -> Held:
        text = "" if node.is_null else node.text
        if node.kind != SCALAR or not (self.lines or (text.strip() and "\n" not in text)):
            fix = "put it in quotes if the brackets belong to the text" if node.flow else ""
            return at.refused(node, "BL402", self.says, fix=fix)
        if self.pattern and not re.fullmatch(self.pattern, text):
            return at.refused(node, "BL403", self.says)
        return at.held(node, text)

    def links(self, held: Held, root: Held) -> Iterator[Finding]:
        if self.among and not held.problems:
            yield from self.among.lacks(held.value, held, held.place, root)


@dataclass(frozen=True, slots=True)
class Template(Shape):
    """One line of text with parts in braces; nothing else in braces. All of ``required`` must be there."""

    placeholders: tuple[str, ...]
    required: tuple[str, ...] = ()

    def read(self, node: Node, at: At) -> Held:
        line = Text().read(node, at)
        if line.problems:
            return line
        found = _BRACED.findall(line.value)
        known = tuple(f"{{{name}}}" for name in self.placeholders)
        unknown = next((one for one in found if one not in known), "")
        if unknown:
            fix = did_you_mean(unknown, known)
            return at.refused(node, "BL403", f"text without {unknown}", allowed=known, fix=fix)
        missing = next((f"{{{name}}}" for name in self.required if f"{{{name}}}" not in found), "")
        return at.refused(node, "BL403", f"text with {missing}", allowed=known) if missing else line


@dataclass(frozen=True, slots=True)
class Choice(Shape):
    """One of a few words."""

    values: tuple[str, ...]

    def read(self, node: Node, at: At) -> Held:
        text = Text().read(node, at)
        if text.problems or node.text in self.values:
            return text
        fix = did_you_mean(node.text, self.values)
        return at.refused(node, "BL403", " or ".join(self.values), allowed=self.values, fix=fix)


@dataclass(frozen=True, slots=True)
class Whole(Shape):
    """A whole number within limits; neither a bool nor a number in quotes is one."""

    minimum: int = 0
    maximum: int | None = None

    @property
    def says(self) -> str:
        """The numbers it takes, in words."""
        if self.maximum is None:
            return f"a whole number of at least {self.minimum}"
        if self.minimum == self.maximum:
            return str(self.minimum)
        return f"a whole number from {self.minimum} to {self.maximum}"

    def read(self, node: Node, at: At) -> Held:
        value = node.value
        if not isinstance(value, int) or isinstance(value, bool):
            quoted = node.style and isinstance(resolve(node.text), int)
            return at.refused(node, "BL402", self.says, fix="write it without quotes" if quoted else "")
        if value < self.minimum or (self.maximum is not None and value > self.maximum):
            return at.refused(node, "BL402", self.says)
        return at.held(node, value)


@dataclass(frozen=True, slots=True)
class Flag(Shape):
    """True or false, without quotes. ``yes`` and ``on`` are text here, so they are neither."""

    def read(self, node: Node, at: At) -> Held:
        if isinstance(node.value, bool):
            return at.held(node, node.value)
        meant = _FLAG_WORDS.get(node.text.lower(), "")
        fix = f"write {meant}" if meant else "write true or false, without quotes"
        return at.refused(node, "BL402", "true or false", allowed=("true", "false"), fix=fix)


@dataclass(frozen=True, slots=True)
class ListOf(Shape):
    """A list, empty only if not ``filled``.

    ``distinct``: groups of keys; no two entries agree in all keys of a group. The empty group is the entry itself.
    """

    of: Shape
    distinct: tuple[tuple[str, ...], ...] = ((),)
    filled: bool = False

    def read(self, node: Node, at: At) -> Held:
        if node.kind != LIST:
            return at.refused(node, "BL402", "a list", fix=_fix_list(node))
        if self.filled and not node.items:
            return at.refused(node, "BL403", "a list of at least one")
        parts = {str(index): self.of.read(one, self._entry(at, index, one)) for index, one in enumerate(node.items)}
        return at.held(node, parts=parts, problems=[one for keys in self.distinct for one in repeats(parts, keys)])

    def _entry(self, at: At, index: int, node: Node) -> At:
        """Records are told apart by their position; a plain entry goes by the name of its list."""
        return at.inside(str(index), node) if isinstance(self.of, Record) else replace(at, head=node)

    def links(self, held: Held, root: Held) -> Iterator[Finding]:
        for part in held.parts.values():
            yield from self.of.links(part, root)

    def make(self, held: Held) -> tuple[Any, ...]:
        return tuple(self.of.make(part) for part in held.parts.values())


@dataclass(frozen=True, slots=True)
class MapOf(Shape):
    """A map whose keys its author chooses. ``covers``: it has all these keys. ``one_to_one``: no value twice."""

    keys: Text
    values: Shape
    covers: Ref | None = None
    one_to_one: bool = False

    def read(self, node: Node, at: At) -> Held:
        if node.kind != MAP:
            return at.refused(node, "BL402", "a map", fix="write {} for an empty map" if node.is_null else "")
        parts: dict[str, Held] = {}
        problems: list[Finding] = []
        for key, (head, child) in node.entries.items():
            inner = at.inside(key, head)
            problems += self.keys.read(head, inner).problems
            parts[key] = self.values.read(child, inner)
        if self.one_to_one:
            problems += repeats(parts)
        return at.held(node, parts=parts, problems=problems)

    def links(self, held: Held, root: Held) -> Iterator[Finding]:
        for key, part in held.parts.items():
            if self.keys.among:
                yield from self.keys.among.lacks(key, part, part.head, root)
            yield from self.values.links(part, root)
        if self.covers and not held.problems:
            yield from self.covers.uncovered(held, root, "BL403")

    def make(self, held: Held) -> dict[str, Any]:
        return {key: self.values.make(part) for key, part in held.parts.items()}


@dataclass(frozen=True, slots=True)
class Record(Shape):
    """Fixed keys and nothing else; ``makes`` takes their values by name. Only ``optional`` ones may be absent."""

    makes: Callable[..., Any]
    keys: Mapping[str, Shape]
    optional: frozenset[str] = frozenset()

    def read(self, node: Node, at: At) -> Held:
        if node.kind != MAP:
            fix = "remove the line, or write keys below it" if node.is_null else ""
            return at.refused(node, "BL402", "a map of keys and values", fix=fix)
        parts: dict[str, Held] = {}
        problems: list[Finding] = []
        for key, (head, child) in node.entries.items():
            inner = at.key(key, head)
            if key in self.keys:
                parts[key] = self.keys[key].read(child, inner)
            else:
                known = tuple(self.keys)
                message = f"unknown key '{key}'" + (f" in {at.field}" if at.field else "")
                problems.append(finding("BL401", message, at.place(head), inner.field, known, did_you_mean(key, known)))
        return at.held(node, parts=parts, problems=problems)

    def merge(self, weak: Held, strong: Held) -> Held:
        """Records key by key, anything else as a whole: what the stronger layer does not say stays."""
        parts = dict(weak.parts)
        for key, part in strong.parts.items():
            shape = self.keys[key]
            parts[key] = shape.merge(parts[key], part) if isinstance(shape, Record) and key in parts else part
        return replace(strong, parts=parts)

    def links(self, held: Held, root: Held) -> Iterator[Finding]:
        for key, shape in self.keys.items():
            if key in held.parts:
                yield from shape.links(held.parts[key], root)
            elif key not in self.optional and not held.problems:
                name = dotted(held.field, key)
                yield finding("BL402", f"{name} is missing", held.place, name, fix=f"add a line  {key}: …")

    def make(self, held: Held) -> Any:
        return self.makes(**{key: self.keys[key].make(part) for key, part in held.parts.items()})


def _fix_list(node: Node) -> str:
    if node.is_null:
        return "write [] for an empty list"
    return f"write [{node.text}]" if node.kind == SCALAR and not node.style else ""
