"""The fields of a task: their names, and their text in the two places where it stands.

In the grouped file a field is a label line and the lines below it; in an item it is a section. Both are
made from the plain text: ``field_lines`` and ``section_text``, each of which can be read back, so that
``field_lines(name, section_text(name, text)) == field_lines(name, text)``. Lists of criteria, steps, files and
documents have a form of their own in each place; a text that is no such list stays as it is, so nothing is lost.
Source: REQUIREMENTS.md 2.2 and 2.5 (N-2, N-8, N-9), R-275…R-283.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from backlogtool.codec.grouped_lines import OPEN, kinds, unclosed_fence
from backlogtool.domain.body import ACCEPTANCE, DOCS, FILES, PLACEHOLDER, PLAN, TASK_SECTIONS

STATUS = "Status"
DESCRIPTION = "Description"
#: The fields of a task in their order (R-281); any other field is kept behind them.
KNOWN = (STATUS, DESCRIPTION, *TASK_SECTIONS)

# One entry of a list: its first line, and the lines that go on with it.
_Entry = list[str]

_BOX = re.compile(r"[-*+] ?\[([ xX])\] ?(.*)")
_STEP = re.compile(r"[0-9]+[.)] +(\S.*)")
_REFERENCE = re.compile(r"`[^`]+`.*")
_BULLET = "- "
# What would mean something else if it stood behind a label instead of at the start of a line.
_BLOCK = re.compile(r"\s|#{1,6}(\s|$)|>|\||<!--|```|~~~|[-*+](\s|$)|\d{1,9}[.)](\s|$)|-{3,}$|\*{3,}$|_{3,}$|=+$")


def field_lines(name: str, text: str) -> tuple[str, ...]:
    """The field as lines: what stands behind the label, then the lines below it, in their normal form."""
    lines = tidy(text)
    entries = _entries(name, lines)
    if entries is None:
        return ("", *lines) if lines and _BLOCK.match(lines[0]) else tuple(lines or ("",))
    if name in (FILES, DOCS):
        return (_joined(entries),)
    return ("", *(line for entry in entries for line in entry))


def section_text(name: str, text: str) -> str:
    """The field as the text of an item's section: one blank line between the entries of a list."""
    lines = tidy(text)
    entries = _entries(name, lines)
    if entries is None:
        return "\n".join(lines)
    bullet = _BULLET if name in (FILES, DOCS) else ""
    return "\n\n".join(bullet + "\n".join(entry) for entry in entries)


def text_of(lines: Sequence[str]) -> str:
    """The plain text of a field's lines."""
    return "\n".join(lines).strip("\n")


def is_absent(lines: Sequence[str]) -> bool:
    """Whether a field says nothing: it is empty, or holds the placeholder (N-6)."""
    return text_of(lines).strip() in ("", PLACEHOLDER)


def tidy(text: str) -> list[str]:
    """The lines of a text: no blanks at line ends, no blank lines around it, one at most inside, code closed."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line.rstrip(" \t") if line.strip() else "" for line in plain]
    fence = unclosed_fence(lines)
    result: list[str] = []
    for line, kind in zip(lines, kinds(lines), strict=True):
        if line or kind != OPEN or (result and result[-1]):
            result.append(line)
    while result and not result[-1]:
        result.pop()
    return [*result, fence] if fence else result


def _entries(name: str, lines: list[str]) -> list[_Entry] | None:
    """The list that the lines are; None if the field has no such form, or they do not have it."""
    read = _LISTS.get(name)
    if read is None or not lines or any(kind != OPEN for kind in kinds(lines)):
        return None
    return read([line for line in lines if line])


def _boxes(lines: list[str]) -> list[_Entry] | None:
    return _grouped(lines, _BOX, lambda found, _: f"- [{found[1]}] {found[2]}".rstrip())


def _steps(lines: list[str]) -> list[_Entry] | None:
    return _grouped(lines, _STEP, lambda found, number: f"{number}. {found[1]}")


def _grouped(
    lines: list[str], form: re.Pattern[str], shown: Callable[[re.Match[str], int], str]
) -> list[_Entry] | None:
    entries: list[_Entry] = []
    for line in lines:
        found = form.fullmatch(line)
        if found:
            entries.append([shown(found, len(entries) + 1)])
        elif entries and line.startswith("  "):
            entries[-1].append(line)
        else:
            return None
    return entries


def _references(lines: list[str]) -> list[_Entry] | None:
    """One line with commas, or a list with one reference a line."""
    bulleted = all(line.startswith(_BULLET) for line in lines)
    if not bulleted and len(lines) > 1:
        return None
    parts = [line[len(_BULLET) :].strip(" \t") for line in lines] if bulleted else _parts(lines[0])
    whole = all(_REFERENCE.fullmatch(part) for part in parts) and _parts(", ".join(parts)) == parts
    # A comment may span references that stand on one line, but not the entries of a list.
    return [[part] for part in parts] if whole and set(kinds(parts)) == {OPEN} else None


def _parts(line: str) -> list[str]:
    return [part.strip(" \t") for part in re.split(r", (?=`)", line)]


def _joined(entries: list[_Entry]) -> str:
    return ", ".join(entry[0] for entry in entries)


_LISTS: Mapping[str, Callable[[list[str]], list[_Entry] | None]] = {
    ACCEPTANCE: _boxes,
    PLAN: _steps,
    FILES: _references,
    DOCS: _references,
}
