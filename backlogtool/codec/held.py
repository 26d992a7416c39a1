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

    ``whole`` is the field that a stronger layer replaces as one: this one, or one around it. Leaves have a
    ``value``; collections have ``parts``, by key or by position from 0. A value with problems is not to be
    used, its sound parts are.
    """

    field: str
    whole: str
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
    """Where reading stands: the layer's rank and path, the node of the key, the dotted field and its ``whole``."""

    rank: int
    path: str
    head: Node
    field: str = ""
    whole: str = ""

    def key(self, name: str, head: Node) -> At:
        """One step down, to the key ``name`` of a record, which a layer may override alone."""
        inner = dotted(self.field, name)
        return At(self.rank, self.path, head, inner, inner if self.whole == self.field else self.whole)

    def inside(self, name: str, head: Node) -> At:
        """One step down, to an entry that is replaced together with its neighbours."""
        return At(self.rank, self.path, head, dotted(self.field, name), self.whole)

    def place(self, node: Node) -> Place:
        """Where a node stands."""
        return Place(self.rank, self.path, node.line, node.column)

    def held(
        self,
        node: Node,
        value: Any = None,
        parts: Mapping[str, Held] | None = None,
        problems: Iterable[Finding] = (),
    ) -> Held:
        """What was read from a node."""
        return Held(
            self.field, self.whole, self.place(node), self.place(self.head), value, parts or {}, tuple(problems)
        )

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

    def lacks(self, name: str, held: Held, place: Place, root: Held) -> Iterator[Finding]:
        """A finding if ``name``, which ``held`` has at ``place``, is none of the names."""
        named, target = self.named(root), root.find(self.path)
        if named is None or target is None or name in named:
            return
        if place.rank >= target.head.rank:
            message, fix = f"{held.field}: '{name}' is not in {self.path}", did_you_mean(name, named)
            yield finding("BL403", message, place, held.field, tuple(named), fix)
            return
        # The stronger layer broke the pair, so it is the one to mend.
        used = root.find(held.whole) or held
        message = f"{self.path} lacks '{name}', which {held.whole} has ({used.head.path}:{used.head.line})"
        fix = f"keep '{name}', or set {held.whole} in this file too"
        yield finding("BL403", message, target.head, held.whole, tuple(named), fix)

    def uncovered(self, table: Held, root: Held, code: str) -> Iterator[Finding]:
        """A finding for each of the names that the map ``table`` has no key for."""
        for name, place in (self.named(root) or {}).items():
            if name in table.parts:
                continue
            message = f"{table.field} has no row for '{name}' of {self.path}"
            if table.head.rank >= place.rank:
                yield finding(code, message, table.head, table.field, fix=f"add a line  {name}: …")
            else:
                fix = f"set {table.field} in this file too, with a line  {name}: …"
                yield finding(code, message, place, table.field, fix=fix)


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
