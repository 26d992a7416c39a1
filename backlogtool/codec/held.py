"""Held values: what was read from a layered configuration file, where it stands and what is wrong with it.

``codec.shapes`` makes them from nodes; rules that compare two places walk them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backlogtool.codec.strictyaml import SCALAR, Node
from backlogtool.domain.finding import Finding
from backlogtool.domain.spelling import did_you_mean

_SHOWN = 60  # characters of a refused value that a message repeats


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. A layer of a greater ``rank`` overrides one of a smaller."""

    rank: int
    path: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A value with its dotted field, its own place, that of its key (``head``), and its own problems.

    Leaves have a ``value``; collections have ``parts``, by key or by position from 0. A value with
    problems is not to be used, its sound parts are.
    """

    field: str
    place: Place
    head: Place
    value: Any = None
    parts: Mapping[str, Held] = dataclasses.field(default_factory=dict)
    problems: tuple[Finding, ...] = ()

    def every_problem(self) -> Iterator[Finding]:
        """Its own problems and those of its parts, at any depth."""
        yield from self.problems
        for part in self.parts.values():
            yield from part.every_problem()

    def find(self, path: str) -> Held | None:
        """The part at a dotted path; None if there is none."""
        found: Held | None = self
        for name in path.split("."):
            found = found.parts.get(name) if found else None
        return found


@dataclass(frozen=True, slots=True)
class At:
    """Where reading stands: the layer's rank and path, the dotted field, the node of its key."""

    rank: int
    path: str
    field: str
    head: Node

    def inside(self, name: str, head: Node) -> At:
        """One step down, to the key ``name`` that stands at ``head``."""
        return At(self.rank, self.path, dotted(self.field, name), head)

    def place(self, node: Node) -> Place:
        return Place(self.rank, self.path, node.line, node.column)

    def held(
        self,
        node: Node,
        value: Any = None,
        parts: Mapping[str, Held] | None = None,
        problems: Iterable[Finding] = (),
    ) -> Held:
        """What was read from a node."""
        return Held(self.field, self.place(node), self.place(self.head), value, parts or {}, tuple(problems))

    def refused(self, node: Node, code: str, wanted: str, *, allowed: tuple[str, ...] = (), fix: str = "") -> Held:
        """A value with one problem: it is not what is ``wanted``."""
        message = f"{self.field} must be {wanted}, not {_shown(node)}"
        return self.held(node, problems=(finding(code, message, self.place(node), self.field, allowed, fix),))


@dataclass(frozen=True, slots=True)
class Ref:
    """Names that stand elsewhere in the file: the values of the collection at ``path``, or its ``keys``."""

    path: str
    keys: bool = False

    def named(self, root: Held) -> dict[str, Place] | None:
        """Each name and where it stands; None if the names are not certain, because something is wrong there."""
        target = root.find(self.path)
        if target is None or target.problems:
            return None
        if self.keys:
            return {key: part.head for key, part in target.parts.items()}
        if any(part.problems for part in target.parts.values()):
            return None
        return {part.value: part.place for part in target.parts.values()}

    def lacks(self, name: str, where: str, place: Place, root: Held) -> Iterator[Finding]:
        """A finding if ``name``, which the field ``where`` has at ``place``, is none of the names."""
        named, target = self.named(root), root.find(self.path)
        if named is None or target is None or name in named:
            return
        if place.rank >= target.head.rank:
            message, fix = f"{where}: '{name}' is not in {self.path}", did_you_mean(name, named)
        else:  # the stronger layer broke the pair, so it is the one to mend
            message = f"{self.path} lacks '{name}', which {where} has ({place.path}:{place.line})"
            place, fix = target.head, f"keep '{name}', or set {where} here too"
        yield finding("BL403", message, place, where, tuple(named), fix)

    def uncovered(self, table: Held, root: Held, code: str) -> Iterator[Finding]:
        """A finding for each of the names that the map ``table`` has no key for."""
        for name, place in (self.named(root) or {}).items():
            if name not in table.parts:
                message = f"{table.field} has no row for '{name}' of {self.path}"
                stronger = table.head if table.head.rank >= place.rank else place
                yield finding(code, message, stronger, table.field, fix=f"add a line  {name}: …  to {table.field}")


def dotted(field: str, name: str) -> str:
    """The field ``name`` inside ``field``; the whole file is the empty field."""
    return f"{field}.{name}" if field else name


def finding(code: str, message: str, place: Place, where: str, allowed: tuple[str, ...] = (), fix: str = "") -> Finding:
    """A finding about the field ``where`` at a place."""
    return Finding(code, message, place.path, place.line, place.column, field=where, allowed=allowed, fix=fix)


def repeats(parts: Mapping[str, Held], keys: tuple[str, ...] = ()) -> Iterator[Finding]:
    """A finding for each part that agrees with an earlier one in all these keys; no keys: in its value."""
    seen: dict[tuple[tuple[type, Any], ...], Held] = {}
    for part in parts.values():
        compared = [part.parts[key] for key in keys if key in part.parts] if keys else [part]
        if len(compared) < len(keys) or any(one.problems for one in compared):
            continue
        # The type belongs to the value: true is not 1.
        first = seen.setdefault(tuple((type(one.value), one.value) for one in compared), part)
        if first is not part:
            shown, where = " / ".join(str(one.value) for one in compared), compared[0]
            message = f"{where.field}: '{shown}' stands twice, first on line {first.place.line}"
            yield finding("BL403", message, where.place, where.field, fix="remove one of them, or change it")


def _shown(node: Node) -> str:
    if node.kind != SCALAR:
        return f"a {node.kind}"
    if node.is_null:
        return "nothing"
    text = node.text.replace("\n", " ")
    return f"'{text[:_SHOWN]}…'" if len(text) > _SHOWN else f"'{text}'"
