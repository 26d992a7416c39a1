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
    """The text with the edits made.

    A new section goes behind the last one that ``order`` names before it, else before the first one that it
    names later; headings that it does not name stand behind all others.
    """
    lines = text.split("\n") if text else []
    spans = _spans(lines)
    splices = [_changed(lines, spans[edit.place + 1], edit) for edit in edits if edit.place is not None]
    splices += _inserted(lines, spans, [edit for edit in edits if edit.place is None], order)
    splices.sort(key=lambda one: one[:2])
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


def _changed(lines: list[str], span: _Span, edit: Edit) -> _Splice:
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


def _inserted(lines: list[str], spans: list[_Span], edits: Sequence[Edit], order: Sequence[str]) -> list[_Splice]:
    found: list[_Splice] = []
    used: set[int] = set()
    places = {rank: _place(spans, rank, order) for rank in {_rank(edit.heading, order) for edit in edits}}
    for edit in edits:
        at = places[_rank(edit.heading, order)]
        new = [f"## {edit.heading}", *(["", *edit.text.split("\n")] if edit.text else [])]
        touches = at == len(lines) or (at and at not in used and lines[at - 1].strip())
        found.append((at, at, [*([""] if touches else []), *new, *([""] if at < len(lines) else [])]))
        used.add(at)
    return found


def _place(spans: list[_Span], rank: int, order: Sequence[str]) -> int:
    """The line before which a new section goes: behind the last earlier one, else before the first later one."""
    ranks = [(_rank(span.heading, order), span) for span in spans[1:]]
    earlier = [span.end for held, span in ranks if held < rank or rank == len(order)]
    later = [span.start - 1 for held, span in ranks if held > rank]
    return earlier[-1] if earlier else later[0] if later else spans[-1].end


def _rank(heading: str, order: Sequence[str]) -> int:
    return order.index(heading) if heading in order else len(order)
