"""Item files: text to ``Item`` and back.

Reading is strict about form and kind about values: what a person wrote is kept as text and judged by
``domain.workflow``. Writing an existing file changes only the lines of what changed (``codec.splice``); a new
file has its keys in the order of ``domain.fields``.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

from backlogtool.codec import canonical, comments, frontmatter
from backlogtool.codec.canonical import edited_body, is_left_out, kept_order, written
from backlogtool.codec.canonical import normal as normal
from backlogtool.codec.strictyaml import LIST, MAP, SCALAR, Node
from backlogtool.domain import calendar, fields
from backlogtool.domain.event import plain
from backlogtool.domain.fields import BY_NAME, FIELDS, MOMENT, NUMBER, REFS, SET, Field
from backlogtool.domain.fields import MAP as FREE
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Item
from backlogtool.domain.spelling import nearest
from backlogtool.errors import InvalidError

_ORDER = tuple(field.name for field in FIELDS)


class Reading(NamedTuple):
    """What a file holds: the document and the item if they can be read, and every finding."""

    document: frontmatter.Document | None
    item: Item | None
    findings: list[Finding]

    def locate(self, finding: Finding, path: str) -> Finding:
        """The finding at the line of its field."""
        if self.document is None or finding.line:
            return finding._replace(path=path)
        return finding.at(path, *self.document.locate(finding.field))


@functools.lru_cache(maxsize=32)  # a command that writes asks for the same few texts again and again
def read(data: bytes | str, item_id: str) -> Reading:
    """Reads an item file whose name says ``item_id``. Never raises for what the file holds."""
    text, findings = (data, []) if isinstance(data, str) else frontmatter.decode(data)
    document, more = frontmatter.parse(text) if not findings else (None, [])
    findings = findings + more
    if document is None:
        return Reading(None, None, findings)
    values, findings = _values(document, item_id)
    text, remarks, stray = comments.split(document.body)
    offset = document.text[: document.body_start].count("\n")
    findings += [finding._replace(line=finding.line + offset) for finding in stray]
    if any(finding.is_error for finding in findings):
        return Reading(document, None, findings)
    return Reading(document, Item(**values, description=text, comments=tuple(remarks)), findings)


def write(item: Item) -> str:
    """The text of a new file. What it reads back as is ``normal(item)``."""
    item = normal(item)
    body = "\n\n".join(part for part in (item.description, comments.section(item.comments)) if part)
    return _proved(frontmatter.compose(_plain_values(item), body), item)


def edit(reading: Reading, after: Item) -> str:
    """The file's text changed so that it reads as ``normal(after, reading.item)``; every other byte stays.

    Raises ``InvalidError`` if that cannot be done without touching more.
    """
    document, before = reading.document, reading.item
    if document is None or before is None:
        raise InvalidError(f"{after.id} cannot be read, so it cannot be changed", reading.findings)
    after = normal(after, before)
    held = document.values
    wanted = dict(held)
    for name in dict.fromkeys((*_ORDER, *before.extra, *after.extra)):
        new = fields.value(after, name)
        if fields.value(before, name) == new:
            continue
        if is_left_out(name, new):
            wanted.pop(name, None)
        else:
            wanted[name] = kept_order(held.get(name), written(name, new))
    if after.comments[: len(before.comments)] != before.comments:
        raise InvalidError("comments are only ever added", hint="change an old comment in an editor")
    body = edited_body(document.body, before, after)
    text = frontmatter.update(document, wanted, body, order=_ORDER)
    return _proved(text, after)


def _proved(text: str, item: Item) -> str:
    """The text, if it reads back as the item: no value may turn into structure."""
    if canonical.read(text, item.id) == item:
        return text
    again = read(text, item.id)
    if again.item != item:
        raise InvalidError(
            f"{item.id} cannot be written so that it reads back the same",
            again.findings,
            hint="look for an unclosed code fence, a '## Comments' heading or invisible characters in the text",
        )
    return text


def _plain_values(item: Item) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field in FIELDS:
        held = written(field.name, fields.value(item, field.name))
        if field.always or not is_left_out(field.name, held):
            values[field.name] = held
    return {**values, **plain(item.extra)}


def _values(document: frontmatter.Document, item_id: str) -> tuple[dict[str, Any], list[Finding]]:
    """Typed values for ``Item``; anything of the wrong shape is a finding at its line."""
    findings: list[Finding] = []
    values: dict[str, Any] = {"title": "", "created_at": "", "status": ""}
    extra: dict[str, Any] = {}
    for key, (_, node) in document.root.entries.items():
        if key not in BY_NAME:
            extra[key] = node.value
            findings.append(Finding("BL115", f"unknown key '{key}', kept as it is", field=key, fix=_meant(key)))
            continue
        held, problem = _typed(BY_NAME[key], node)
        if problem:
            findings.append(Finding("BL111", f"{key} must be {problem}", field=key))
        else:
            values[key] = held
        if key == "title" and _cut_short(document, node):
            fix = "put the whole title in quotes"
            findings.append(Finding("BL117", "the title ends at an unquoted #", field=key, fix=fix))
    named = values.get("id", "")
    if named != item_id:
        message = f"the id is '{named}', the file's name says '{item_id}'" if named else "the id is missing"
        findings.append(Finding("BL110", message, field="id", fix=f"write  id: {item_id}"))
    return values | {"extra": extra}, [one.at("", *document.locate(one.field)) for one in findings]


@functools.lru_cache(maxsize=1024)
def _meant(key: str) -> str:
    close = nearest(key, _ORDER)
    return f"did you mean '{close}'?" if close else ""


def _typed(field: Field, node: Node) -> tuple[Any, str]:
    """(value, what it must be if it is something else)."""
    if field.kind == SET:
        return _set(node)
    if field.kind == REFS:
        return _refs(node)
    if field.kind == FREE:
        if node.is_null:
            return {}, ""
        return (node.value, "") if node.kind == MAP else (None, "a map of keys and values")
    if node.kind != SCALAR:
        return None, "one value on one line"
    if field.kind == NUMBER:
        held = node.value
        whole = isinstance(held, int) and not isinstance(held, bool)
        return (held, "") if held is None or whole else (None, "a whole number")
    text = "" if node.is_null else node.text
    if "\n" in text:
        return None, "one line of text"
    if field.kind == MOMENT:
        return calendar.normal_moment(text) or text, ""
    return text, ""


def _set(node: Node) -> tuple[Any, str]:
    if node.is_null:
        return (), ""
    if node.kind != LIST or any(one.kind != SCALAR or one.is_null or "\n" in one.text for one in node.items):
        return None, "a list with one name a line"
    return tuple(sorted({one.text for one in node.items})), ""


def _refs(node: Node) -> tuple[Any, str]:
    if node.is_null:
        return {}, ""
    if node.kind != MAP:
        return None, "a map from a kind of evidence to a list of references"
    found = {}
    for kind, (_, child) in node.entries.items():
        refs, problem = _set(child)
        if problem:
            return None, f"a map whose '{kind}' is {problem}"
        if refs:
            found[kind] = refs
    return found, ""


def _cut_short(document: frontmatter.Document, node: Node) -> bool:
    """Whether a comment follows a plain value: `title: fix #12` reads as `fix`."""
    if node.style or node.kind != SCALAR or not node.text:
        return False
    rest = document.text[document.yaml_start + node.end : document.yaml_end].split("\n", 1)[0]
    return rest.lstrip(" \t").startswith("#")
