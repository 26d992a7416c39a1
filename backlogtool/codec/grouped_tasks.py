"""One task block of the grouped backlog, as a value and while it is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute

from backlogtool.codec import grouped_tags, grouped_titles
from backlogtool.codec.grouped_fields import KNOWN, STATUS, field_lines, is_absent, text_of
from backlogtool.codec.grouped_lines import HEADER, LABEL, TASK_BEGIN, TASK_END, read_name, unescaped
from backlogtool.codec.grouped_tags import Tags, Words
from backlogtool.codec.scalars import HIDDEN
from backlogtool.domain.finding import Finding
from backlogtool.domain.spelling import did_you_mean, nearest

Fields = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """One task. ``component`` is empty if it has none; ``line`` is that of its first marker.

    ``fields`` are (name, lines) in their normal order and form: the first line is what stands behind the
    label, the others stand below it. Text in them is as its author meant it, without escapes. ``places`` is where
    each tag and field stands: (line, column), both from 1.
    """

    id: str
    type: str
    priority: str
    component: str
    title: str
    line: int
    fields: Fields
    places: Mapping[str, tuple[int, int]] = attribute(default_factory=dict, compare=False, repr=False)

    def place(self, name: str) -> tuple[int, int]:
        """Where a tag or field stands; where the id does if the task has none of that name."""
        return self.places.get(name) or self.places.get("id") or (self.line, 1)

    def field(self, name: str) -> tuple[str, ...]:
        """The lines of a field; none if the task does not have it."""
        return dict(self.fields).get(name, ())


@dataclass(slots=True)
class _Field:
    name: str
    line: int
    lines: list[str]


@dataclass(slots=True)
class Block:
    """A task block while its lines are taken. ``report`` receives what is wrong."""

    line: int
    words: Words
    report: Callable[[Finding], None]
    tags: Tags | None = None
    fields: dict[str, _Field] = attribute(default_factory=dict)
    at: int = 0
    open: _Field | None = None

    def header(self, number: int, line: str) -> Tags:
        """Takes a header; only the first counts (L-20)."""
        tags = grouped_tags.header(line, len(HEADER) - 1, self.words)
        if self.tags is not None:
            fix = f"write {TASK_END} and {TASK_BEGIN} before it"
            self.report(Finding("BL520", "second task header", line=number, fix=fix))
            return tags
        self.tags, self.at = tags, number
        for one in tags.findings:
            self.report(one._replace(line=number))
        return tags

    def label(self, number: int, line: str) -> bool:
        """Takes the first line of a field; False if the line is none."""
        found = LABEL.fullmatch(line)
        written = found[1].strip() if found else ""
        name = written if written in KNOWN else read_name(written)
        if found is None or not name:
            return False
        held = self.fields.get(name)
        self.open = _Field(name, number, [found[2].strip(" \t")])
        if held is not None:
            message = f"duplicate field {name} (first at line {held.line})"
            self.report(Finding("BL528", message, line=number, field=name, fix="put the two together"))
            return True
        self.fields[name] = self.open
        if name not in KNOWN:
            message = f"unknown field '{name}', kept as it is"
            self.report(Finding("BL527", message, line=number, field=name, fix=_meant(name)))
        return True

    def text(self, line: str) -> bool:
        """Takes a line of the field that is open; False if none is."""
        if self.open is not None:
            self.open.lines.append(line)
        return self.open is not None

    def close(self, group: Tags) -> Task | None:
        """The task, with the type and priority of its group where the header has none (L-22)."""
        fields = [(one.name, self._normal(one)) for one in self.fields.values()]
        fields.sort(key=lambda one: KNOWN.index(one[0]) if one[0] in KNOWN else len(KNOWN))
        if self.tags is None:
            fix = f"write  {HEADER}id:…][type:…][priority:…][component:…] Title"
            self.report(Finding("BL521", "no header", line=self.line, fix=fix))
            return None
        held = {**group.values, **self.tags.values}
        item_id, kind, priority, component = (held.get(name, "") for name in grouped_tags.TASK_TAGS)
        title = grouped_titles.read(self.tags.rest)
        places = {name: (self.at, column) for name, column in self.tags.columns.items()}
        places |= {name: (one.line, 1) for name, one in self.fields.items()}
        return Task(item_id, kind, priority, component, title, self.line, tuple(fields), places)

    def _normal(self, one: _Field) -> tuple[str, ...]:
        lines = field_lines(one.name, text_of(unescaped(one.lines)))
        return self._status(one.line, lines) if one.name == STATUS and not is_absent(lines) else lines

    def _status(self, number: int, lines: tuple[str, ...]) -> tuple[str, ...]:
        """The status by its name in the file (L-30, L-44)."""
        status = self.words.status(text_of(lines))
        if not status:
            message, fix = f"unknown status '{text_of(lines)}'", did_you_mean(lines[0], self._statuses())
            self.report(Finding("BL530", message, line=number, field=STATUS, allowed=self._statuses(), fix=fix))
        elif status in self.words.closed:
            message = f"closed task in the backlog: {status}"
            self.report(Finding("BL530", message, line=number, field=STATUS, severity="warning"))
        return (status,)

    def _statuses(self) -> tuple[str, ...]:
        return tuple(self.words.statuses.values())


def _meant(name: str) -> str:
    close = nearest(name, KNOWN)
    return f"did you mean '{close}'?" if close else ""


def hidden(number: int, line: str) -> list[Finding]:
    """What nobody can see in a line that goes into the YAML of an item or of the policy."""
    found = HIDDEN.search(line)
    if found is None:
        return []
    message = f"the invisible or control character U+{ord(found[0]):04X}"
    return [Finding("BL108", message, line=number, column=found.start() + 1, fix="remove it")]
