"""One item as a task block, and one task block as an item.

Everything is compared as the block shows it: an item whose block is as it was is not touched, whatever else
its text holds. Sources: R-272…R-283, C-03, C-50, C-53, N-6.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from backlogtool.codec import grouped_titles, mojibake
from backlogtool.codec.grouped import Task
from backlogtool.codec.grouped_fields import (
    DESCRIPTION,
    KNOWN,
    STATUS,
    field_lines,
    is_absent,
    section_text,
    text_of,
)
from backlogtool.codec.grouped_lines import COMMENT, OPEN, escaped, kinds, shown_name
from backlogtool.codec.grouped_tags import known
from backlogtool.codec.scalars import visible
from backlogtool.domain import body, dedupe
from backlogtool.domain.body import PLACEHOLDER, TASK_SECTIONS, Section
from backlogtool.domain.brief import Brief
from backlogtool.domain.item import Item
from backlogtool.domain.policy import Policy
from backlogtool.interchange import sections
from backlogtool.interchange.names import unique

#: What is listed: where it stands, no text of an item decides.
Listed = Item | Brief
#: The place of the text before the first section.
LEAD = -1
# Where nothing says what kind of work an item is: most of it is development.
_USUAL_TYPE = "dev"

_PLAIN = re.compile(r"[a-z0-9._-]{1,128}", re.ASCII)
_LINE_BREAKS = re.compile(r"\r\n|[\r\n]")
# Names that mean something else in the other place: a section is no status, a field is no comments section.
_FIELDS_TAKEN = (STATUS, DESCRIPTION)
_SECTION_TAKEN = "Comments"
_HEADING = re.compile(r"(\\*)(## .*\S.*)")
_FENCE = re.compile(r"( {0,3})(\\*)(```.*|~~~.*)")


class Shown(NamedTuple):
    """A field as the block shows it. ``place`` is the section it comes from, LEAD, or None if there is none."""

    name: str
    lines: tuple[str, ...]
    place: int | None


def task_of(item: Item, policy: Policy) -> dict[str, Any]:
    """What the item's block shows, as plain data: tags, title, and ``fields`` of name, text and lines below it.

    The text is escaped: it stands in the file as it is.
    """
    return {
        "id": item.id,
        "type": type_of(item, policy),
        "priority": priority_name(item, policy),
        "component": _component(item) or PLACEHOLDER,
        "title": grouped_titles.shown(_title(item)),
        "fields": [_plain_field(one) for one in shown_fields(item, policy)],
    }


def shown_fields(item: Item, policy: Policy) -> list[Shown]:
    """The fields of the item's block in their order; known ones that it lacks as placeholders (N-6)."""
    lead, held = body.split(item.description)
    status = policy.backlog_md.status_names.get(item.status, item.status)
    found = {
        STATUS: Shown(STATUS, (status,), None),
        DESCRIPTION: _shown(DESCRIPTION, lead, LEAD),
    }
    taken = dict.fromkeys(found, 1)
    for place, section in enumerate(held):
        name = unique(_seen(visible(_field_name(section.heading))) or PLACEHOLDER, taken, "{} ({})")
        found[name] = _shown(name, section.text, place)
    listed = [found.get(name) or Shown(name, (PLACEHOLDER,), None) for name in KNOWN]
    return listed + [one for one in found.values() if one.name not in KNOWN]


def new_item(task: Task, group: str, policy: Policy, now: str) -> Item:
    """The item that a task becomes, without a rank. ``now`` is a canonical moment."""
    rules, defaults = policy.backlog_md, policy.defaults
    item = Item(
        id=task.id,
        title=task.title,
        created_at=now,
        status=_stored_status(task, policy),
        env=defaults.env,
        priority=rules.priority_of(task.priority) or defaults.priority,
        owner=policy.ownership.owner_of(""),
        source=defaults.source,
        list="backlog",
        type=task.type,
        component=task.component,
        group=group,
        description=_description(task),
    )
    return item._replace(dedupe_key=dedupe.manual_key(policy, item))


def updated(item: Item, task: Task, policy: Policy) -> Item:
    """The item changed where the task's block says something else than the item's own block."""
    changes: dict[str, Any] = {}
    if task.title != _seen(_title(item)):
        changes["title"] = task.title
    if task.type != type_of(item, policy):
        changes["type"] = task.type
    if task.priority != priority_name(item, policy):
        changes["priority"] = policy.backlog_md.priority_of(task.priority) or item.priority
    if task.component != _component(item):
        changes["component"] = task.component
    status = _stored_status(task, policy)
    if status != item.status:
        changes["status"] = status
    return item._replace(**changes, description=_edited(item, task, policy))


def type_of(item: Listed, policy: Policy) -> str:
    """The type that the item is listed with: its own, else that of its category, its group or the usual one."""
    rules = policy.backlog_md
    own = item.type.lower()
    if _PLAIN.fullmatch(own):
        return known(own, rules.types) or own
    group = next((group.type for group in rules.groups if group.key == item.group), "")
    usual = rules.types[0] if rules.types and _USUAL_TYPE not in rules.types else _USUAL_TYPE
    return rules.category_types.get(item.category, "") or group or usual


def priority_name(item: Listed, policy: Policy) -> str:
    """The name of the item's priority in the file (C-03)."""
    names = policy.backlog_md.priority_names
    return names.get(item.priority) or names[policy.defaults.priority]


def _plain_field(one: Shown) -> dict[str, Any]:
    # A single line stands behind its label, where only a comment could do harm; most fields are one.
    alone = len(one.lines) == 1 and "<!--" not in one.lines[0]
    first, *rest = one.lines if alone else escaped(one.lines)
    return {"name": one.name if one.name in KNOWN else shown_name(one.name), "text": first, "lines": rest}


def _shown(name: str, held: str, place: int) -> Shown:
    lines = field_lines(name, _plain_text(held))
    return Shown(name, (PLACEHOLDER,) if name in KNOWN and is_absent(lines) else lines, place)


def _seen(text: str) -> str:
    """A line as the file's reader sees it."""
    return mojibake.repair(text)[0].strip()


def _seen_lines(one: Shown) -> tuple[str, ...]:
    return field_lines(one.name, mojibake.repair(text_of(one.lines))[0])


def _title(item: Item) -> str:
    title = _LINE_BREAKS.sub(" ", item.title).strip()
    return title if _seen(title) else PLACEHOLDER


def _component(item: Item) -> str:
    """The component, which is the service where an item has none (C-50); empty if there is no such name."""
    name = (item.component or item.service).lower()
    return name if _PLAIN.fullmatch(name) and name != PLACEHOLDER.lower() else ""


def _stored_status(task: Task, policy: Policy) -> str:
    lines = task.field(STATUS)
    return (policy.backlog_md.status_of(text_of(lines)) if lines else None) or policy.workflow.initial_status


def _description(task: Task) -> str:
    fields = [(name, lines) for name, lines in task.fields if name not in KNOWN or not is_absent(lines)]
    lead = next((_item_text(name, lines) for name, lines in fields if name == DESCRIPTION), "")
    rest = [(name, lines) for name, lines in fields if name not in (STATUS, DESCRIPTION)]
    return body.join(lead, [Section(_heading(name), _item_text(name, lines)) for name, lines in rest])


def _edited(item: Item, task: Task, policy: Policy) -> str:
    """The item's text with the sections changed that the block shows otherwise."""
    held = {one.name: one for one in shown_fields(item, policy) if one.name != STATUS}
    given = {name: lines for name, lines in task.fields if name != STATUS}
    given = {name: lines for name, lines in given.items() if name not in KNOWN or not is_absent(lines)}
    edits: list[sections.Edit] = []
    for name in (*held, *(name for name in given if name not in held)):
        shown, after = held.get(name), given.get(name)
        before = _seen_lines(shown) if shown else None
        if before == after or (after is None and before is not None and name in KNOWN and is_absent(before)):
            continue
        text = None if after is None else _item_text(name, after)
        edits.append(sections.Edit(shown.place if shown else None, _heading(name), text))
    return sections.edited(item.description, edits, order=TASK_SECTIONS)


def _item_text(name: str, lines: Sequence[str]) -> str:
    """A field as the text of an item: no line of it starts a section, no code in a comment hides one."""
    text = section_text(name, text_of(lines)).split("\n")
    return "\n".join(_guarded(line, kind) for line, kind in zip(text, kinds(text), strict=True))


def _plain_text(held: str) -> str:
    """The inverse: the text of a section as its author means it, with what nobody sees made visible."""
    text = visible(_LINE_BREAKS.sub("\n", held) if "\r" in held else held)
    if "\\" not in text:
        return text  # nothing in it is guarded
    lines = text.split("\n")
    return "\n".join(_bare(line, kind) for line, kind in zip(lines, kinds(lines), strict=True))


def _guarded(line: str, kind: str) -> str:
    if kind in (OPEN, COMMENT) and (found := _HEADING.fullmatch(line)):
        return f"{found[1]}\\{found[2]}"
    if kind == COMMENT and (found := _FENCE.fullmatch(line)):
        return f"{found[1]}{found[2]}\\{found[3]}"
    return line


def _bare(line: str, kind: str) -> str:
    if kind in (OPEN, COMMENT) and (found := _HEADING.fullmatch(line)):
        return f"{found[1][1:]}{found[2]}"
    if kind == COMMENT and (found := _FENCE.fullmatch(line)):
        return f"{found[1]}{found[2][1:]}{found[3]}"
    return line


def _field_name(heading: str) -> str:
    """The name of the field that shows a section."""
    bare = heading.lstrip("\\")
    if bare in _FIELDS_TAKEN:
        return f"\\{heading}"
    return heading.removeprefix("\\") if bare == _SECTION_TAKEN else heading


def _heading(name: str) -> str:
    """The inverse of ``_field_name``."""
    bare = name.lstrip("\\")
    if bare == _SECTION_TAKEN:
        return f"\\{name}"
    return name.removeprefix("\\") if bare in _FIELDS_TAKEN else name
