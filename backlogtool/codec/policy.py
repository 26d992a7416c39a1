"""Reads the policy: layers of text, from the packaged default to the repository's own file, to one value.

A layer says only what it changes. A key of a section is overridden one by one; a list, and a map whose
keys its author chooses, is replaced as a whole. What may stand where is in ``codec.policy_table``; here
are the layers and the few rules that compare two places. Source: REQUIREMENTS.md section 6, R-123…R-131,
R-192…R-197.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce

from backlogtool.codec import conditions, strictyaml
from backlogtool.codec.frontmatter import BOM, place
from backlogtool.codec.held import At, Held, Ref, finding
from backlogtool.codec.policy_guards import of_guards
from backlogtool.codec.policy_layers import Layer as Layer
from backlogtool.codec.policy_layers import Loaded as Loaded
from backlogtool.codec.policy_roles import of_roles, set_twice
from backlogtool.codec.policy_table import POLICY
from backlogtool.codec.shapes import Record
from backlogtool.codec.strictyaml import Node
from backlogtool.domain.finding import Finding, by_place, errors

#: The operators of a rule's ``when`` (REQUIREMENTS.md 3.2).
OPERATORS: tuple[str, ...] = conditions.OPERATORS

_SURROGATE = re.compile("[\ud800-\udfff]")  # in text that was not decoded strictly
_MAX_LIST = 1000  # groups and notes of a large backlog; the number of all values is bounded too


def load(layers: Sequence[Layer]) -> Loaded:
    """The policy of these layers, the weakest (the packaged default, which is complete) first.

    Never raises for what the texts hold. An empty text changes nothing.
    """
    findings: list[Finding] = []
    read: list[Held] = []
    for rank, layer in enumerate(layers):
        held, found = _read(layer, rank)
        findings += found
        if held is not None:
            read.append(held)
    if not read:
        return Loaded(None, findings, {})
    if len(read) > 2 and layers[-1].section and len(read) == len(layers):
        findings += set_twice(read[1:], layers[-1].section)
    merged = reduce(POLICY.merge, read)
    if len(read) == len(layers):  # what an unreadable text would have changed is not known
        findings += dict.fromkeys(_whole(merged))
    policy = None if errors(findings) else POLICY.make(merged)
    return Loaded(policy, by_place(findings), dict(_origins(POLICY, merged)))


def _read(layer: Layer, rank: int) -> tuple[Held | None, list[Finding]]:
    """One layer with what is wrong with it alone."""
    text = layer.text.removeprefix(BOM)
    if lone := _SURROGATE.search(text):
        told = Finding("BL101", "a lone surrogate is not text", fix="save it as UTF-8")
        return None, [told.at(layer.path, *place(text, lone.start()))]
    root, findings = strictyaml.read(text, max_list=_MAX_LIST)
    if root is None:
        return None, [one._replace(path=layer.path) for one in findings]
    at = At(rank, layer.path, root)
    held = _section(root, at, layer.section) if layer.section else POLICY.read(root, at)
    return held, list(held.every_problem())


def _section(root: Node, at: At, name: str) -> Held:
    """A file that holds one section, as if its keys stood in that section of the policy."""
    return at.held(root, parts={name: POLICY.keys[name].read(root, at.key(name, root))})


def _whole(root: Held) -> Iterator[Finding]:
    """What is wrong with the layers together."""
    yield from POLICY.links(root, root)
    yield from _rows(root)
    yield from _kept_and_updated(root)
    yield from _one_file(root)
    yield from _not_yet(root)
    yield from of_roles(root)
    yield from of_guards(root)


def _rows(root: Held) -> Iterator[Finding]:
    """A status without a row has no way out, which may be meant (R-194)."""
    table = root.find("workflow.allowed_transitions")
    if table and not table.problems:
        yield from Ref("enums.status").uncovered(table, root, "BL404")


def _kept_and_updated(root: Held) -> Iterator[Finding]:
    """An upsert cannot both update and preserve a field."""
    updated, preserved = root.find("dedupe.update_fields"), root.find("dedupe.preserve_fields")
    if updated is None or preserved is None:
        return
    kept = {part.value: part for part in preserved.parts.values() if not part.problems}
    for part in updated.parts.values():
        if not part.problems and part.value in kept:
            message = f"'{part.value}' is both in dedupe.update_fields and in dedupe.preserve_fields"
            yield _clash(part, kept[part.value], message, "remove it from one of them")


def _one_file(root: Held) -> Iterator[Finding]:
    """The two lists cannot share a file."""
    todo, backlog = root.find("todo.file"), root.find("backlog_md.file")
    if todo and backlog and not (todo.problems or backlog.problems) and todo.value.lower() == backlog.value.lower():
        message = f"todo.file and backlog_md.file are both '{backlog.value}'"
        yield _clash(todo, backlog, message, "give each a file of its own")


def _not_yet(root: Held) -> Iterator[Finding]:
    """What the policy asks for and no command does must not pass in silence (C-22)."""
    daily = root.find("generation.daily_from_risk_digest")
    if daily and daily.value is True:
        message = "generation.daily_from_risk_digest has no effect yet: items come from weekly digests only"
        yield finding("BL405", message, daily.place, daily.field, fix="set it to false, or leave it out")


def _clash(one: Held, other: Held, message: str, fix: str) -> Finding:
    """A finding about two values that exclude each other, at the one of the stronger layer."""
    held = other if other.place.rank > one.place.rank else one
    return finding("BL403", message, held.place, held.field, fix=fix)


def _origins(shape: Record, held: Held) -> Iterator[tuple[str, str]]:
    """(dotted name, path:line) of every key that is overridden as one."""
    for key, part in held.parts.items():
        inner = shape.keys[key]
        if isinstance(inner, Record):
            yield from _origins(inner, part)
        else:
            yield part.field, f"{part.head.path}:{part.head.line}"
