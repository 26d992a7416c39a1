"""The ``when`` of a generation rule: which signals must have which values (REQUIREMENTS.md 3.2).

A scalar means equality, a list membership, a map of operators all of them at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backlogtool.codec.held import At, Held, finding
from backlogtool.codec.shapes import Flag, ListOf, Shape, Text
from backlogtool.codec.strictyaml import LIST, MAP, SCALAR, Node
from backlogtool.domain.finding import Finding
from backlogtool.domain.policy import Condition
from backlogtool.domain.spelling import did_you_mean

#: Text that begins with one of these was meant as an operator; the longer ones come first.
_MEANT = {"<=": "lte", ">=": "gte", "==": "eq", "<": "lt", ">": "gt", "=": "eq"}


@dataclass(frozen=True, slots=True)
class Plain(Shape):
    """Text, a number, true or false. A null is none: no signal equals it."""

    def read(self, node: Node, at: At) -> Held:
        if node.kind != SCALAR or node.is_null:
            return at.refused(node, "BL402", "text, a number, true or false", fix=_fix_plain(node))
        if node.style == ">":  # YAML takes `signal: >5` for the head of a folded text
            return at.refused(node, "BL403", "a value on one line", fix="write {gt: …} for a greater number")
        meant = next((sign for sign in _MEANT if node.text.startswith(sign)), "")
        if meant:
            fix = f"write {{{_MEANT[meant]}: {node.text.removeprefix(meant).strip()}}}"
            return at.refused(node, "BL403", f"a value that does not start with '{meant}'", fix=fix)
        return at.held(node, node.value)


@dataclass(frozen=True, slots=True)
class Number(Shape):
    """A number, whole or not; neither a bool nor a number in quotes."""

    def read(self, node: Node, at: At) -> Held:
        value = node.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return at.held(node, value)
        return at.refused(node, "BL403", "a number", fix="only numbers have an order")


_SOME = ListOf(Plain(), filled=True)
#: operator -> what stands behind it.
OPERANDS: Mapping[str, Shape] = {
    "eq": Plain(),
    "ne": Plain(),
    "in": _SOME,
    "not_in": _SOME,
    "gt": Number(),
    "gte": Number(),
    "lt": Number(),
    "lte": Number(),
    "exists": Flag(),
}
OPERATORS = tuple(OPERANDS)


@dataclass(frozen=True, slots=True)
class Conditions(Shape):
    """A map from signals to a scalar, a list or a map of operators; makes a tuple of ``Condition``."""

    signals: Text
    operands: Mapping[str, Shape]

    def read(self, node: Node, at: At) -> Held:
        if node.is_null or (node.kind == MAP and not node.entries):
            fix = "without conditions the rule would always hold"
            return at.refused(node, "BL403", "a map with a condition", fix=fix)
        if node.kind != MAP:
            return at.refused(node, "BL402", "a map from signals to their values")
        parts: dict[str, Held] = {}
        problems: list[Finding] = []
        for signal, (head, child) in node.entries.items():
            inner = at.inside(signal, head)
            problems += self.signals.read(head, inner).problems
            parts[signal] = self._signal(child, inner)
        return at.held(node, parts=parts, problems=problems)

    def _signal(self, node: Node, at: At) -> Held:
        """The operators of one signal, each with its operand."""
        if node.kind != MAP:
            operator = "in" if node.kind == LIST else "eq"
            return at.held(node, parts={operator: self.operands[operator].read(node, at)})
        if not node.entries:
            return at.refused(node, "BL403", "a value or a map with an operator", allowed=tuple(self.operands))
        parts: dict[str, Held] = {}
        problems: list[Finding] = []
        for operator, (head, child) in node.entries.items():
            inner = at.inside(operator, head)
            if operator in self.operands:
                parts[operator] = self.operands[operator].read(child, inner)
            else:
                problems.append(_unknown(operator, tuple(self.operands), head, inner))
        return at.held(node, parts=parts, problems=problems)

    def make(self, held: Held) -> tuple[Any, ...]:
        return tuple(
            Condition(signal, operator, self.operands[operator].make(operand))
            for signal, operators in held.parts.items()
            for operator, operand in operators.parts.items()
        )


def _unknown(operator: str, known: tuple[str, ...], head: Node, at: At) -> Finding:
    message = f"{at.field}: '{operator}' is not an operator"
    return finding("BL403", message, at.place(head), at.field, known, did_you_mean(operator, known))


def _fix_plain(node: Node) -> str:
    if node.is_null:
        return "write {exists: false} for a signal that must be absent"
    return "write in or not_in for several values" if node.kind == LIST else ""
