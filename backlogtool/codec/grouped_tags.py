"""Tags of the grouped backlog: ``[type:ops][priority:high]``, with the slips that may be mended.

Order, blanks, capitals, synonyms of priorities and near misses are put right (N-3, N-4, N-5 of
REQUIREMENTS.md 2.5); what cannot be is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backlogtool.domain import calendar
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import is_id
from backlogtool.domain.policy import Policy
from backlogtool.domain.spelling import did_you_mean, nearest

#: The tags of a task's header and of a group, in their order.
TASK_TAGS = ("id", "type", "priority", "component")
GROUP_TAGS = ("type", "priority")
#: What stands for a value that nobody has given yet (N-6).
PLACEHOLDER = "tbd"

_TAG = re.compile(r"[ \t]*\[([^\[\]:]*):([^\[\]]*)\]")
_NAME = re.compile(r"[a-z0-9._-]{1,128}", re.ASCII)
_TASK_ID = re.compile(r"TASK-(\d{4})(\d{2})(\d{2})-\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Words:
    """The words a file may use. ``priorities`` and ``statuses`` map the stored name to the one in the file.

    ``closed`` holds the statuses, as they stand in the file, that a listed task should not have; ``todo`` is the
    file where tasks go that are promoted.
    """

    types: tuple[str, ...]
    priorities: Mapping[str, str]
    statuses: Mapping[str, str]
    closed: tuple[str, ...]
    todo: str = "TODO.md"

    @staticmethod
    def of(policy: Policy) -> Words:
        """The words of a policy."""
        rules = policy.backlog_md
        closed = tuple(rules.status_names.get(status, status) for status in policy.workflow.closed_statuses)
        return Words(rules.types, rules.priority_names, rules.status_names, closed, policy.todo.file)

    def priority(self, word: str) -> str:
        """The priority that a word of small letters means, by its name, a synonym or a near miss; else empty."""
        synonyms = {stored.lower(): shown for stored, shown in self.priorities.items()}
        return synonyms.get(word) or known(word, tuple(self.priorities.values()))

    def status(self, word: str) -> str:
        """The status that a word means; empty if it is none. Both spellings of a status are known (L-44)."""
        return word if word in self.statuses.values() else self.statuses.get(word, "")


#: The words of source 003, used where there is no policy (R-261, R-262, C-01, C-03).
SOURCE_WORDS = Words(
    types=tuple("security config infra ops dev quality ci test devex docs reliability release".split()),  # noqa: SIM905
    priorities={"P0": "critical", "P1": "high", "P2": "medium", "P3": "low"},
    statuses={"open": "todo", **{one: one for one in ("in_progress", "blocked", "done", "canceled")}},
    closed=("done", "canceled"),
)


@dataclass(slots=True)
class Tags:
    """The tags of one line: value and column by name, and the text behind them."""

    values: dict[str, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    rest: str = ""
    findings: list[Finding] = field(default_factory=list)

    def report(self, code: str, message: str, name: str = "", *, fix: str = "", severity: str = "") -> None:
        """Adds a finding at a tag."""
        column = self.columns.get(name, 1)
        self.findings.append(Finding(code, message, column=column, field=name, fix=fix, severity=severity))


def known(word: str, choices: Sequence[str]) -> str:
    """The choice that the word is, or is a near miss of; empty if there is none."""
    return word if word in choices else nearest(word, choices) or ""


def read(line: str, start: int, names: Sequence[str]) -> Tags:
    """The tags from column offset ``start``: as many as there are, each name once, in any order.

    A bracket with another name is no tag, nor is anything behind the last of ``names``.
    """
    tags, position = Tags(), start
    while len(tags.values) < len(names) and (found := _TAG.match(line, position)):
        name = known(found[1].strip().lower(), names)
        if not name or name in tags.values:
            break
        tags.values[name] = found[2].strip()
        tags.columns[name] = found.start(1)
        position = found.end()
    tags.rest = line[position:]
    return tags


def group(line: str, start: int, words: Words) -> Tags:
    """The tags of a group, checked (L-16, L-17)."""
    tags = read(line, start, GROUP_TAGS)
    for name in GROUP_TAGS:
        if name not in tags.values:
            fix = "write  ## group_begin [type:…][priority:…]"
            tags.report("BL516", f"the group has no {name}", name, fix=fix)
    if tags.rest.strip():
        tags.report("BL516", f"'{tags.rest.strip()}' stands behind the group's tags", fix="remove it")
    if list(tags.values) == list(reversed(GROUP_TAGS)):
        tags.report("BL516", "the group's tags are in the wrong order", severity="warning", fix="type comes first")
    _set_type(tags, words, "error")
    _set_priority(tags, words)
    return tags


def header(line: str, start: int, words: Words) -> Tags:
    """The tags of a task's header, checked (L-03, L-16, L-17, L-22, L-23); ``rest`` is the title.

    A tag that is missing or stands for nothing is not among the values.
    """
    tags = read(line, start, TASK_TAGS)
    for name in TASK_TAGS:
        if name not in tags.values:
            tags.report("BL522", f"the header has no {name}", name, severity="error" if name == "id" else "warning")
    if "id" in tags.values and not is_task_id(tags.values["id"]):
        fix = "write TASK-YYYYMMDD-NNN with a real date"
        tags.report("BL503", f"bad task id '{tags.values['id']}'", "id", fix=fix)
    _set_type(tags, words, "warning")
    _set_priority(tags, words)
    _set_component(tags)
    tags.columns["title"] = len(line) - len(tags.rest) + 1
    _set_title(tags)
    return tags


def is_task_id(text: str) -> bool:
    """Whether a task may have this id: any item's id, and the day in a TASK id is a real one (R-272)."""
    found = _TASK_ID.fullmatch(text)
    return is_id(text) and (not found or calendar.is_day("-".join(found.groups())))


def _set_type(tags: Tags, words: Words, severity: str) -> None:
    word = tags.values.get("type", "").lower()
    meant = known(word, words.types)
    if "type" in tags.values:
        tags.values["type"] = meant or word
    if not meant and "type" in tags.values:
        hint = did_you_mean(word, words.types)
        tags.report("BL517", f"unknown type '{word}'", "type", severity=severity, fix=hint)
        if not _NAME.fullmatch(word):
            tags.report("BL522", f"'{word}' is not a plain name", "type", fix="use letters, digits, dash, underscore")


def _set_priority(tags: Tags, words: Words) -> None:
    if "priority" not in tags.values:
        return
    word = tags.values["priority"].lower()
    tags.values["priority"] = words.priority(word)
    if not tags.values["priority"]:
        hint = did_you_mean(word, tuple(words.priorities.values()))
        tags.report("BL516", f"unknown priority '{word}'", "priority", fix=hint)


def _set_component(tags: Tags) -> None:
    word = tags.values.get("component", PLACEHOLDER).lower()
    tags.values["component"] = word
    if word == PLACEHOLDER:
        del tags.values["component"]
    elif not _NAME.fullmatch(word):
        fix = "use letters, digits, dot, dash and underscore"
        tags.report("BL522", f"the component '{word}' is not a plain name", "component", severity="error", fix=fix)


def _set_title(tags: Tags) -> None:
    title = tags.rest.strip()
    if not title:
        tags.report("BL523", "the title is empty", "title")
    elif not tags.rest.startswith((" ", "\t")):
        tags.report("BL523", "no blank between the tags and the title", "title")
    tags.rest = title
