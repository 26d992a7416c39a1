"""The lines of the grouped backlog: which may be structure, and how text stays text.

A line inside an HTML comment or a task's fenced code is never structure (REQUIREMENTS.md 2.1). ``escaped`` and
``unescaped`` carry any text through a task block: ``unescaped(escaped(lines)) == lines``, and no escaped line
reads as structure. A backslash protects markers, headers, headings and comments that would never end; a
blank protects a line that starts like a field, because Markdown shows it as if it were not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from backlogtool.domain.body import open_fence

GROUP_BEGIN, GROUP_END = "## group_begin", "## group_end"
TASK_BEGIN, TASK_END = "## task_begin", "## task_end"
HEADER = "### # ["
SEPARATOR = "---"

#: What a line is before anything else: part of a comment, part of fenced code, or open to be structure.
COMMENT, CODE, OPEN = "comment", "code", "open"

#: A marker, or a line that somebody meant as one (L-35).
LIKE_MARKER = re.compile(r"[ \t]*#{1,6}[ \t]*(?:task|group)_(?:begin|end)\b", re.IGNORECASE)
#: A field: its name as written, and what stands behind it on the line.
LABEL = re.compile(r"\*\*((?:[^*\\]|\\.)+?):\*\*(.*)")

_FENCE_LIKE = re.compile(r" {0,3}(?:```|~~~)")
# A backslash before it is how an opening is escaped, so that one does not count.
_OPENING = re.compile(r"(?<!\\)<!--")
_ANY_OPENING = re.compile(r"(?<!\\)(\\*)<!--")
_HASHES = re.compile(r"([ \t]*)(\\*)(#.*)")
_LABELLED = re.compile(rf"( ?)(\\*)({LABEL.pattern})")
_IN_NAME = re.compile(r"[*\\]|<(?=!--)")


class Scanner:
    """Follows comments and fenced code from line to line. ``fences`` says whether code counts here."""

    def __init__(self, *, fences: bool) -> None:
        self.fences = fences
        self.fence = ""
        self.comment = False

    def kind(self, line: str, *, inline: bool = False) -> str:
        """COMMENT, CODE or OPEN. ``inline`` text stands behind a label, so it cannot start a fence."""
        if self.comment:
            return COMMENT
        return CODE if self.fence or (not inline and self._opened(line)) else OPEN

    def advance(self, line: str, kind: str) -> None:
        """Goes past a line of this kind."""
        if kind != CODE:
            self.comment = after(line, self.comment)[0]
        elif not self.fence:
            self.fence = self._opened(line)
        # Only a fence at least as long closes one, so the work stays in proportion to the line.
        elif len(line) >= len(self.fence) and _FENCE_LIKE.match(line):
            self.fence = open_fence(f"{self.fence}\n{line}")

    def _opened(self, line: str) -> str:
        return open_fence(line) if self.fences and _FENCE_LIKE.match(line) else ""


def after(line: str, inside: bool) -> tuple[bool, bool]:
    """(is a comment open behind the line, has the line text outside comments)."""
    if not inside and "<!--" not in line:
        return False, bool(line.strip())
    position, text = 0, False
    while True:
        if inside:
            end = line.find("-->", position)
            if end < 0:
                return True, text
            position, inside = end + 3, False
        found = _OPENING.search(line, position)
        text = text or bool(line[position : found.start() if found else None].strip())
        if not found:
            return False, text
        position, inside = found.end(), True


def is_comment(text: str) -> bool:
    """Whether the text is comments and nothing else, all of them closed."""
    inside = False
    for line in text.split("\n"):
        inside, outside = after(line, inside)
        if outside:
            return False
    return not inside and bool(text.strip())


def as_comment(text: str) -> str:
    """The text as a comment; comments stay as they are."""
    if is_comment(text):
        return text
    inner = text.replace("-->", "--&gt;")
    return f"<!--\n{inner}\n-->" if "\n" in inner else f"<!-- {inner} -->"


def kinds(lines: Sequence[str]) -> list[str]:
    """The kind of every line of a field's text."""
    if not _has_blocks(lines):
        return [OPEN] * len(lines)
    scanner, found = Scanner(fences=True), []
    for line in escaped_comments(["", *lines])[1:]:
        found.append(scanner.kind(line))
        scanner.advance(line, found[-1])
    return found


def unclosed_fence(lines: Sequence[str]) -> str:
    """The fence that is still open behind the lines, or the empty text."""
    if not _has_blocks(lines):
        return ""
    scanner = Scanner(fences=True)
    for line in escaped_comments(["", *lines])[1:]:
        scanner.advance(line, scanner.kind(line))
    return scanner.fence


def escaped(lines: Sequence[str]) -> list[str]:
    """A field's text as it stands in the file. ``lines[0]`` stands behind the label, the others start a line."""
    return _mapped(escaped_comments(lines), _protected)


def unescaped(lines: Sequence[str]) -> list[str]:
    """The inverse of ``escaped``."""
    return _with_openings(_mapped(lines, _bare), lambda slashes: slashes[1:])


def escaped_comments(lines: Sequence[str]) -> list[str]:
    """The lines with a backslash before every comment that would not end in them."""
    return _with_openings(lines, lambda slashes: f"{slashes}\\")


def shown_name(name: str) -> str:
    """A field's name as it stands between the asterisks."""
    return _IN_NAME.sub(lambda found: f"\\{found[0]}", name)


def read_name(written: str) -> str:
    """The inverse of ``shown_name``."""
    return re.sub(r"\\(.)", r"\1", written).strip()


def _has_blocks(lines: Sequence[str]) -> bool:
    """Whether comments or code may be there; most texts have neither, and then nothing has to be followed."""
    return any("<!--" in line or "```" in line or "~~~" in line for line in lines)


def _mapped(lines: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """The lines with those changed that are open, except the one behind the label."""
    return _followed(lines, lambda index, line, kind: change(line) if index and kind == OPEN else line)


def _with_openings(lines: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """Changes the backslashes before every opening behind the last place where a comment ends."""
    if not any("<!--" in line for line in lines):
        return list(lines)
    last = max((index for index, line in enumerate(lines) if "-->" in line), default=-1)
    ends = lines[last].rfind("-->") if last >= 0 else -1

    def changed(index: int, line: str, kind: str) -> str:
        if index < last or kind == CODE:
            return line
        start = ends if index == last else 0
        return line[:start] + _ANY_OPENING.sub(lambda found: f"{change(found[1])}<!--", line[start:])

    return _followed(lines, changed)


def _followed(lines: Sequence[str], change: Callable[[int, str, str], str]) -> list[str]:
    """The lines changed by number, text and kind."""
    if not _has_blocks(lines):
        return [change(index, line, OPEN) for index, line in enumerate(lines)]
    scanner, result = Scanner(fences=True), []
    for index, line in enumerate(lines):
        kind = scanner.kind(line, inline=not index)
        changed = change(index, line, kind)
        # Escaping only adds, so the longer one of the two is the one that stands in the file.
        scanner.advance(max(line, changed, key=len), kind)
        result.append(changed)
    return result


def _is_structure(indent: str, rest: str) -> bool:
    heading = rest.startswith("## ") and bool(rest[3:].strip())
    return bool(LIKE_MARKER.match(rest)) or (not indent and (heading or rest.startswith(HEADER)))


def _protected(line: str) -> str:
    found = _HASHES.fullmatch(line)
    if found and _is_structure(found[1], found[3]):
        return f"{found[1]}{found[2]}\\{found[3]}"
    found = _LABELLED.fullmatch(line)
    if not found or (found[2] and not found[1]):
        return line
    return f" {found[2]}\\{found[3]}" if found[1] else f" {line}"


def _bare(line: str) -> str:
    found = _HASHES.fullmatch(line)
    if found and found[2] and _is_structure(found[1], found[3]):
        return f"{found[1]}{found[2][1:]}{found[3]}"
    found = _LABELLED.fullmatch(line)
    if not found or not found[1]:
        return line
    return f" {found[2][1:]}{found[3]}" if found[2] else found[3]
