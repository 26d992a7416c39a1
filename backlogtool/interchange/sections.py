"""Changes single sections of an item's text and leaves every other line as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backlogtool.domain.body import lines_outside_code


@dataclass(frozen=True, slots=True)
class Edit:
    """A section's new text, or None to remove it. ``place`` is its number, -1 the lead, None a new section."""

    place: int | None
    heading: str
    text: str | None


@dataclass(frozen=True, slots=True)
class _Span:
    """The lines ``[start:end]`` of a section without its heading; the lead has no heading."""

    heading: str
    start: int
    end: int


# Replaces the lines [start:end].
_Splice = tuple[int, int, list[str]]


def edited(text: str, edits: Sequence[Edit], *, order: Sequence[str]) -> str:
    """The text with the edits made. New sections go before the first one that stands later in ``order``.

    Headings that ``order`` does not name stand behind those that it names.
    """
    lines = text.split("\n") if text else []
    spans = _spans(lines)
    splices = sorted((_splice(lines, spans, edit, order) for edit in edits), key=lambda one: one[:2])
    # From the end, so that numbers stay right; at one place first what is replaced, then what is put before it.
    for start, end, new in reversed(splices):
        lines[start:end] = new
    return "\n".join(lines).strip("\n")


def _spans(lines: list[str]) -> list[_Span]:
    outside = lines_outside_code("\n".join(lines)) if lines else ()
    starts = [index for index, line, open_line in outside if open_line and line.startswith("## ") and line[3:].strip()]
    ends = [*starts, len(lines)]
    found = [_Span("", 0, ends[0])]
    return found + [_Span(lines[at][3:].strip(), at + 1, end) for at, end in zip(starts, ends[1:], strict=True)]


def _splice(lines: list[str], spans: list[_Span], edit: Edit, order: Sequence[str]) -> _Splice:
    if edit.place is None:
        return _inserted(lines, spans, edit, order)
    span = spans[edit.place + 1]
    if edit.text is None:
        return max(span.start - 1, 0), span.end, []
    start, end = span.start, span.end
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    below = [""] if span.end < len(lines) else []
    if not edit.text:
        return span.start, span.end, below
    if start < end:
        return start, end, edit.text.split("\n")
    return span.start, span.end, [*([""] if span.start else []), *edit.text.split("\n"), *below]


def _inserted(lines: list[str], spans: list[_Span], edit: Edit, order: Sequence[str]) -> _Splice:
    rank = _rank(edit.heading, order)
    new = [f"## {edit.heading}", *(["", *edit.text.split("\n")] if edit.text else [])]
    later = next((span for span in spans[1:] if _rank(span.heading, order) > rank), None)
    if later is not None:
        return later.start - 1, later.start - 1, [*new, ""]
    return len(lines), len(lines), ["", *new]


def _rank(heading: str, order: Sequence[str]) -> int:
    return order.index(heading) if heading in order else len(order)
