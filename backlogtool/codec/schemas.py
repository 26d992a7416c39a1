"""JSON Schemas (draft-07) of the files that people edit, from the tables that also read and check them.

An editor asks them while somebody types; the strict readers have the last word. A schema refuses only what a reader
refuses too. What it cannot say (names that stand elsewhere in the file, repeats, paths that meet) is left to
``validate``. Draft-07, because that is what the editors' YAML servers know best.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backlogtool.codec import strictyaml
from backlogtool.codec.conditions import Conditions, Number, Plain
from backlogtool.codec.held import Ref
from backlogtool.codec.policy_table import POLICY
from backlogtool.codec.scalars import resolve
from backlogtool.codec.shapes import Choice, Flag, ListOf, MapOf, Record, Shape, Template, Text, Whole
from backlogtool.codec.strictyaml import Node
from backlogtool.domain.fields import (
    DAY,
    ENUM,
    FIELDS,
    MAP,
    MOMENT,
    NAME,
    NAME_FORM,
    NUMBER,
    REFS,
    SET,
    Field,
)
from backlogtool.domain.item import ID_FORMS
from backlogtool.domain.policy import Policy

Schema = dict[str, Any]

_DRAFT = "http://json-schema.org/draft-07/schema#"
#: What the strict reader takes for text when it is written without quotes.
_TEXT: tuple[str, ...] = ("string", "number", "boolean")


def item(policy: Policy) -> Schema:
    """The frontmatter of an item in a backlog with this policy. Keys that the tool does not know are allowed."""
    properties = {field.name: _field(field, policy) for field in FIELDS}
    required = [field.name for field in FIELDS if field.required]
    schema = {"type": "object", "properties": properties, "required": required}
    return _document("The frontmatter of a backlog item", schema)


def policy(packaged: str, known: Policy) -> Schema:
    """The policy file. ``packaged`` is the packaged one, whose remarks and values are told; ``known`` offers names.

    Every key may be absent: then it has the packaged value.
    """
    return _document("The policy of a backlog", _of_policy(packaged, known))


def roles(packaged: str, known: Policy) -> Schema:
    """``config/rbac.yml``: the section ``rbac`` of the policy as a file of its own."""
    return _document("Who may do what in a backlog", dict(_of_policy(packaged, known)["properties"]["rbac"]))


def settings(table: Mapping[str, tuple[str, tuple[str, ...]]]) -> Schema:
    """A person's settings; ``table`` maps each name to what it means and the words it may be, if they are few."""
    properties = {
        name: {"description": told, **(_words(words) if words else {"type": list(_TEXT)})}
        for name, (told, words) in table.items()
    }
    return _document("How backlogtool behaves for one person", _record(properties))


def _document(title: str, schema: Schema) -> Schema:
    return {"$schema": _DRAFT, "title": title, **schema}


# --- the policy, by its table


def _of_policy(packaged: str, known: Policy) -> Schema:
    root, _ = strictyaml.read(packaged, max_list=1000)
    lines = packaged.split("\n")
    return _layer(POLICY, root, lines, _Names(known))


class _Names:
    """The names that stand in a policy, for whoever completes a word; a file may add names of its own."""

    def __init__(self, known: Policy) -> None:
        self._known = known

    def of(self, ref: Ref) -> list[str]:
        """The names a reference means, in their order."""
        found: Any = self._known
        for part in ref.path.split("."):
            found = getattr(found, part)
        return list(found) if not isinstance(found, Mapping) or ref.keys else list(found.values())


def _layer(shape: Record, node: Node | None, lines: list[str], names: _Names) -> Schema:
    """A record of which a file says only what it changes, with the remark and the value of each packaged key."""
    properties: Schema = {}
    for key, inner in shape.keys.items():
        head, child = node.entries.get(key, (None, None)) if node is not None else (None, None)
        told = _layer(inner, child, lines, names) if isinstance(inner, Record) else _schema(inner, names)
        properties[key] = {**_remark(head, child, lines), **told}
    return _record(properties)


def _remark(head: Node | None, child: Node | None, lines: list[str]) -> Schema:
    """The comment behind a key or its value on one line, and the value if it is a single one."""
    if head is None or child is None:
        return {}
    line = lines[head.line - 1]
    said = line.partition(" # ")[2].strip() if child.kind != strictyaml.SCALAR or child.style in ("", "|") else ""
    told: Schema = {"description": said} if said else {}
    return told | ({"default": child.value} if child.kind == strictyaml.SCALAR and child.style != "|" else {})


def _record(properties: Schema, required: list[str] | None = None) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return found | ({"required": required} if required else {})


def _schema(shape: Shape, names: _Names) -> Schema:
    """What may stand where the shape is wanted. Raises ``TypeError`` for a shape that has no schema yet."""
    match shape:
        case Record():
            # Inside a list or a map a record is replaced as one, so it must be complete.
            properties = {key: _schema(inner, names) for key, inner in shape.keys.items()}
            return _record(properties, [key for key in shape.keys if key not in shape.optional])
        case Text():
            return _text(shape, names)
        case Template():
            return _template(shape)
        case Choice():
            return _words(shape.values)
        case Whole(minimum=least, maximum=most):
            return {"type": "integer", "minimum": least, **({} if most is None else {"maximum": most})}
        case Flag():
            return {"type": "boolean"}
        case ListOf():
            return _list(shape, names)
        case MapOf():
            return _map(shape, names)
        case Plain():
            return {"type": list(_TEXT)}
        case Number():
            return {"type": "number"}
        case Conditions():
            return _conditions(shape, names)
    raise TypeError(f"no schema for {type(shape).__name__}")


def _words(words: Iterable[str]) -> Schema:
    """Some words, also where an editor takes them for a number or a truth value."""
    typed = {word: resolve(word) for word in words}
    return {"enum": [*typed, *(held for held in typed.values() if isinstance(held, (int, float)))]}


def _text(shape: Text, names: _Names) -> Schema:
    if shape.among:
        # Offered, not demanded: the file may bring the name itself, and validate knows the whole.
        return {"anyOf": [_words(names.of(shape.among)), {"type": list(_TEXT)}]}
    if shape.pattern:
        return {"type": list(_TEXT), "pattern": f"^(?:{shape.pattern})$", "description": shape.says}
    return {"type": [*_TEXT, "null"]} if shape.lines else {"type": list(_TEXT), "pattern": r"^[^\n]*\S[^\n]*$"}


def _template(shape: Template) -> Schema:
    parts = "|".join(rf"\{{{name}\}}" for name in shape.placeholders)
    wanted = "".join(rf"(?=.*\{{{name}\}})" for name in shape.required)
    told = f"text with the parts {', '.join(f'{{{name}}}' for name in shape.placeholders)}"
    return {"type": list(_TEXT), "pattern": rf"^{wanted}(?:[^{{}}\n]|{parts})*$", "description": told}


def _list(shape: ListOf, names: _Names) -> Schema:
    found: Schema = {"type": "array", "items": _schema(shape.of, names)}
    found |= {"minItems": 1} if shape.filled else {}
    return found | ({"uniqueItems": True} if () in shape.distinct else {})


def _map(shape: MapOf, names: _Names) -> Schema:
    inner = _schema(shape.values, names)
    found: Schema = {"type": "object", "additionalProperties": inner}
    if shape.keys.among:
        return found | {"properties": dict.fromkeys(names.of(shape.keys.among), inner)}
    return found | ({"propertyNames": {"pattern": f"^(?:{shape.keys.pattern})$"}} if shape.keys.pattern else {})


def _conditions(shape: Conditions, names: _Names) -> Schema:
    operators = _record({name: _schema(operand, names) for name, operand in shape.operands.items()})
    either = [{"type": list(_TEXT)}, _schema(shape.operands["in"], names), {**operators, "minProperties": 1}]
    return {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": either}}


# --- items, by the table of fields


def _field(field: Field, policy: Policy) -> Schema:
    found = dict(_kinds(field, policy))
    if field.required:
        return {"description": field.doc, **found}
    return {"description": field.doc, "anyOf": [found, {"enum": ["", None]}]}


def _kinds(field: Field, policy: Policy) -> Iterator[tuple[str, Any]]:
    """What may stand behind the key of a field, empty values aside."""
    if field.name == "id":
        yield from {"type": "string", "pattern": f"^(?:{'|'.join(ID_FORMS.values())})$"}.items()
    elif field.kind == ENUM:
        yield from _words(policy.allowed(field.name)).items()
    elif field.kind == NAME:
        yield from {"type": list(_TEXT), "pattern": f"^{NAME_FORM}$"}.items()
    elif field.kind == DAY:
        yield from {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}.items()
    elif field.kind == MOMENT:
        yield from {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}.items()
    elif field.kind == NUMBER:
        yield "type", "integer"
    elif field.kind == SET:
        yield from {"type": "array", "items": {"type": list(_TEXT)}}.items()
    elif field.kind == REFS:
        lists = {"type": "array", "items": {"type": list(_TEXT)}}
        known = dict.fromkeys(policy.enums.evidence_refs, lists)
        yield from {"type": "object", "properties": known}.items()
    elif field.kind == MAP:
        yield "type", "object"
    else:
        yield "type", list(_TEXT)
