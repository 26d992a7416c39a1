"""Three-way merging of bodies: section by section, comment by comment, and lines where one changed on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from backlogtool.codec.comments import HEADING, split
from backlogtool.codec.merging_lines import Pieces, Region, merge_lines
from backlogtool.codec.merging_order import ordered
from backlogtool.domain.body import TASK_SECTIONS, lines_outside_code

#: What names a part: the heading of a section or the time, actor and text of a comment, then a number among equals.
Name = tuple[str, str, str, int]
#: A line and whether it is outside fenced code.
_Line = tuple[str, bool]
_LEAD: Name = ("", "", "", 0)


class Part(NamedTuple):
    """A section or a comment: its lines, and the blank ones behind it, None if it is the last."""

    lines: tuple[_Line, ...]
    gap: tuple[str, ...] | None

    @property
    def text(self) -> tuple[str, ...]:
        return tuple(line for line, _ in self.lines)


_Parts = Mapping[Name, Part]
_Merge = Callable[[Name, Part | None, Part | None, Part | None], Pieces]


class Body(NamedTuple):
    """The merged lines, how they end, and how many comments are among them."""

    pieces: Pieces
    ending: str
    comments: int


def merge_bodies(base: str | None, ours: str, theirs: str) -> Body:
    """The body with the changes of both sides; ``base`` is None if it is not known."""
    if ours == theirs or base in (ours, theirs):
        taken = theirs if ours == base else ours
        return Body(list(taken.split("\n")), "", len(split(taken)[1]))
    count = 0

    def merge(name: Name, old: Part | None, mine: Part | None, other: Part | None) -> Pieces:
        nonlocal count
        if name[0] != HEADING:
            return _merge_part(old, mine, other)
        pieces, entries = _merge_comments(old, mine, other, known=base is not None)
        count += entries
        return pieces

    cut = [_sections(body or "") for body in (base, ours, theirs)]
    old, mine, other = (parts for parts, _ in cut)
    pieces, _ = _merge_parts(None if base is None else old, mine, other, merge, _rank, own=True)
    return Body(pieces, _ending(*(ending for _, ending in cut)) if pieces else "", count)


# --- cutting


def _sections(body: str) -> tuple[_Parts, str]:
    """The sections of a body, the text in front of them first, and what stands behind its last line."""
    lines = [(line, outside) for _, line, outside in lines_outside_code(body)]
    last = len(lines)
    while last and not lines[last - 1][0].strip():
        last -= 1
    ending = "\n".join(line for line, _ in lines[last:])
    if last and last < len(lines):
        ending = "\n" + ending
    groups: list[tuple[Name, list[_Line]]] = [(_LEAD, [])]
    met: Counter[str] = Counter()
    for line, outside in lines[:last]:
        if outside and line.startswith("## "):
            heading = line.rstrip()
            groups.append(((heading, "", "", met[heading]), []))
            met[heading] += 1
        groups[-1][1].append((line, outside))
    return _as_parts(groups), ending


def _entries(section: Part | None) -> list[tuple[Name, list[_Line]]]:
    """The comments of a section, what stands in front of them first."""
    groups: list[tuple[Name, list[_Line]]] = [(_LEAD, [])]
    for line, outside in section.lines if section else ():
        found = _comment_of(line) if outside and line.startswith("### ") else None
        if found:
            groups.append(((*found, "", 0), []))
        groups[-1][1].append((line, outside))
    return groups


@lru_cache(maxsize=64)  # most headings stand in all three versions
def _comment_of(line: str) -> tuple[str, str] | None:
    """The time and the actor that a heading names; None if it is no comment's."""
    found = split(f"{HEADING}\n{line}")[1]
    return (found[0].at, found[0].actor) if found else None


def _as_parts(groups: Iterable[tuple[Name, list[_Line]]]) -> _Parts:
    """The groups without the blank lines at their ends."""
    parts: dict[Name, Part] = {}
    name = _LEAD
    for name, lines in groups:
        last = len(lines)
        while last and not lines[last - 1][0].strip():
            last -= 1
        parts[name] = Part(tuple(lines[:last]), tuple(line for line, _ in lines[last:]))
    parts[name] = parts[name]._replace(gap=None)
    return parts


# --- comments


def _merge_comments(old: Part | None, mine: Part | None, other: Part | None, *, known: bool) -> tuple[Pieces, int]:
    """A section of comments, and how many it has. Old ones are those of the base, whatever was done to their text."""
    base = _named(_entries(old), {})
    left, right = (_named(_entries(side), base) for side in (mine, other))
    heading = (left if mine else right if other else base)[_LEAD]
    left, right = (side if part else {**side, _LEAD: heading} for side, part in ((left, mine), (right, other)))
    pieces, names = _merge_parts(base if known else None, left, right, lambda _, *some: _merge_part(*some), _order)
    count = len(names) - 1
    return (pieces, count) if count or (mine and other) else ([], 0)


def _order(name: Name) -> Name:
    """New comments stand in the order of their time, then actor, then text."""
    return name


def _named(groups: list[tuple[Name, list[_Line]]], base: _Parts) -> _Parts:
    """The comments by name. One with the time and actor of an old one that is gone is that one, edited."""
    met: Counter[Name] = Counter()
    own: list[Name] = []
    for (at, actor, _, _), lines in groups:
        text = "\n".join(line for line, _ in lines).rstrip() if at else ""
        own.append((at, actor, text, met[(at, actor, text, 0)]))
        met[(at, actor, text, 0)] += 1
    lost = [name for name in base if name not in own]
    named = []
    for name in own:
        edited = None if name in base else next((one for one in lost if one[:2] == name[:2]), None)
        if edited:
            lost.remove(edited)
        named.append(edited or name)
    return _as_parts((name, lines) for name, (_, lines) in zip(named, groups, strict=True))


# --- merging


def _merge_part(old: Part | None, mine: Part | None, other: Part | None) -> Pieces:
    texts = [part.text if part else None for part in (old, mine, other)]
    base, ours, theirs = texts
    if ours == theirs or theirs == base:
        return list(ours or ())
    if ours == base:
        return list(theirs or ())
    if ours is None or theirs is None:
        return [Region(ours or (), theirs or ())]
    return merge_lines(base or (), ours, theirs)


def _merge_parts(
    base: _Parts | None,
    ours: _Parts,
    theirs: _Parts,
    merge: _Merge,
    rank: Callable[[Name], object],
    *,
    own: bool = False,
) -> tuple[Pieces, list[Name]]:
    """The merged parts in their order, with the blank lines between them, and the names of those that are left."""
    names = dict.fromkeys((*ours, *theirs))
    old = base or {}
    merged = {name: merge(name, old.get(name), ours.get(name), theirs.get(name)) for name in names}
    kept = [name for name in names if merged[name] or name == _LEAD]
    order = ordered(None if base is None else list(base), list(ours), list(theirs), set(kept), rank, own=own)
    pieces: Pieces = []
    for number, name in enumerate(order, 1):
        pieces += merged[name]
        if number < len(order):
            pieces += _gap(old.get(name), ours.get(name), theirs.get(name))
    return pieces, order


def _gap(*parts: Part | None) -> tuple[str, ...]:
    """The blank lines behind a part; one where no side has anything behind it."""
    old, mine, other = (part.gap if part else None for part in parts)
    if mine is None or other is None:
        found = [gap for gap in (mine, other) if gap is not None]
        return found[0] if found else ("",)
    if mine == other or other == old:
        return mine
    return other if mine == old else max(mine, other)


def _ending(base: str, ours: str, theirs: str) -> str:
    if ours == theirs or (theirs == base and ours):
        return ours
    return theirs if ours == base and theirs else max(ours, theirs)


def _rank(name: Name) -> tuple[int, Name]:
    """New sections at one place: those of tasks in their order, then others, and comments at the end."""
    title = name[0].removeprefix("## ")
    known = TASK_SECTIONS.index(title) if title in TASK_SECTIONS else len(TASK_SECTIONS)
    return (-1 if name == _LEAD else len(TASK_SECTIONS) + 1 if name[0] == HEADING else known), name
