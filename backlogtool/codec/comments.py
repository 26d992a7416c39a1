"""The ``## Comments`` section: one ``### <UTC time> <actor>`` heading a comment (D-2).

A comment is text by anybody, so it is written so that it cannot end the section, open another comment or
leave a code fence open; reading takes the protection away again.
"""

from __future__ import annotations

import re

from backlogtool.domain import calendar
from backlogtool.domain.body import lines_outside_code, open_fence
from backlogtool.domain.finding import Finding
from backlogtool.domain.item import Comment

HEADING = "## Comments"
_ENTRY = r"### (\S+) (\S.*)"
#: What would read, or only look, like structure: a heading, the begin of HTML that goes on until its own end and
#: hides what follows (CommonMark's blocks 1 to 5, and what browsers read as text until it is closed).
#: A run of backslashes is looked at from its first one only, so the work stays in proportion to the line.
#: They are compiled at their first use, as every command loads this module and few need them.
_HEADING_LIKE = r"^( {0,3}\\*)(#{2,3}[ \t])"
_KEPT_HEADING = r"^( {0,3}\\*)\\(#{2,3}[ \t])"
_RAW = "script|pre|style|textarea|title|xmp|iframe|noembed|noframes|noscript|plaintext|template"
_HIDES = rf"(?i)(?<!\\)(\\*)(?=<(?:[?]|!--|![A-Z]|!\[CDATA\[|(?:{_RAW})(?![\w-])))"


#: One line of a body: its number from 0, its text, whether it is outside fenced code.
Line = tuple[int, str, bool]


def cut(body: str) -> tuple[list[Line], list[Line]]:
    """The lines outside every comments section, and those inside, headings of the section included."""
    rest: list[Line] = []
    section: list[Line] = []
    inside = False
    for line in lines_outside_code(body):
        if line[2] and line[1].startswith("## "):
            inside = line[1].rstrip() == HEADING
        (section if inside else rest).append(line)
    return rest, section


def split(body: str) -> tuple[str, list[Comment], list[Finding]]:
    """The body without its comments, the comments, and text in the section that is in no comment.

    Lines of findings count from the body's first line.
    """
    start = 0 if body.startswith(HEADING) else body.find(f"\n{HEADING}") + 1
    if not start and not body.startswith(HEADING):
        return _trimmed(body), [], []
    return _split_at_end(body) or _split_by_line(body, start)


def _split_at_end(body: str) -> tuple[str, list[Comment], list[Finding]] | None:
    """The same of a body whose comments, without code and protected lines, stand at its end; None for any other."""
    lead, _, section = body.partition(f"\n{HEADING}\n")
    further = f"\n{HEADING}" in lead or body.startswith(HEADING) or section.startswith("## ") or "\n## " in section
    if not section or further or any(mark in body for mark in ("```", "~~~")) or "\\" in section:
        return None
    above, *parts = f"\n{section}".split("\n### ")
    told = [(_entry(f"### {head}"), text) for head, _, text in (part.partition("\n") for part in parts)]
    if above.strip() or not all(entry for entry, _ in told):
        return None
    return _trimmed(lead), [Comment(*entry, _trimmed(text)) for entry, text in told if entry], []


def _split_by_line(body: str, start: int) -> tuple[str, list[Comment], list[Finding]]:
    """The same of any body. The first heading that looks like that of comments stands at ``start``."""
    lead = "" if open_fence(body[:start]) else body[:start]  # what cannot hold a heading of comments
    rest, section = cut(body[len(lead) :])
    found: list[tuple[str, str, list[str]]] = []
    stray: list[Finding] = []
    for index, line, outside in section:
        entry = _entry(line) if outside else None
        if entry:
            found.append((*entry, []))
        elif outside and line.startswith("## "):
            continue
        elif found:
            found[-1][2].append(_unescaped(line) if outside else line)
        elif line.strip():
            fix = "start it with a heading: ### 2026-01-31T09:00:00Z name"
            message = "text under Comments that belongs to no comment"
            stray.append(Finding("BL116", message, line=lead.count("\n") + index + 1, column=1, fix=fix))
    texts = [Comment(at, actor, outer(text)) for at, actor, text in found]
    return outer([*lead.split("\n")[:-1], *(line for _, line, _ in rest)]), texts, stray


def normal(text: str) -> str:
    """A text as it is kept: plain line feeds, no blank lines around it, every code fence closed."""
    trimmed = outer(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    fence = open_fence(trimmed)
    return f"{trimmed}\n{fence}" if fence else trimmed


def append(body: str, comment: Comment) -> str:
    """The body with one more comment at the end of its section, which is made if there is none."""
    _, section = cut(body)
    lines = body.split("\n")
    end = section[-1][0] + 1 if section else len(lines)
    head, tail = "\n".join(lines[:end]).rstrip("\n"), "\n".join(lines[end:])
    start = head if section else f"{head}\n\n{HEADING}" if head.strip() else f"\n{HEADING}"
    return f"{start}\n\n{_written(comment)}\n" + (f"\n{tail}" if tail.strip() else "")


def with_description(body: str, description: str) -> str:
    """The body with another text around its comments, which move behind it untouched."""
    _, section = cut(body)
    kept = outer([line for _, line, _ in section])
    parts = [part for part in (description, kept) if part]
    lead = body[: len(body) - len(body.lstrip("\n"))] if body.strip() else "\n"
    return lead + "\n\n".join(parts) + "\n" if parts else ""


def section(comments: tuple[Comment, ...]) -> str:
    """The whole section; empty if there are no comments."""
    if not comments:
        return ""
    return "\n\n".join([HEADING, *map(_written, comments)])


def outer(lines: list[str]) -> str:
    """The lines as text without blank lines at either end."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    last = next((index for index in range(len(lines), first, -1) if lines[index - 1].strip()), first)
    return "\n".join(lines[first:last])


def _trimmed(text: str) -> str:
    """As ``outer`` of its lines; most texts have nothing but line feeds around them."""
    bare = text.strip("\n")
    if not bare or not (bare[0].isspace() or bare[-1].isspace()):
        return bare
    return outer(text.split("\n"))


def _written(comment: Comment) -> str:
    lines = lines_outside_code(comment.text)
    text = "\n".join(_escaped(line) if outside else line for _, line, outside in lines)
    return f"### {comment.at} {comment.actor}\n\n{text}".rstrip("\n")


def _escaped(line: str) -> str:
    # Before HTML an even number of backslashes shows as half of them and protects nothing, so the new one is odd.
    return re.sub(_HIDES, lambda found: f"{found[1] * 2}\\", re.sub(_HEADING_LIKE, r"\1\\\2", line))


def _unescaped(line: str) -> str:
    if "\\" not in line:
        return line
    return re.sub(
        _HIDES,
        lambda found: found[1][: len(found[1]) // 2] if len(found[1]) % 2 else found[1],
        re.sub(_KEPT_HEADING, r"\1\2", line),
    )


def _entry(line: str) -> tuple[str, str] | None:
    found = re.fullmatch(_ENTRY, line.rstrip()) if line.startswith("### ") else None
    at = calendar.normal_moment(found[1]) if found else None
    return (at, found[2]) if found and at else None
