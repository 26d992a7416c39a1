"""Three-way merging of lines, and the markers of what could not be merged.

A line that both sides keep parts what stands before it from what stands behind it. In between, what one side left as
it was is taken from the other; where both changed it differently there is a ``Region``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

#: How many lines may come and go between two texts before they are looked at as wholly different (ROBUSTNESS.md R9).
_MAX_COST = 400

_BEGIN, _BASE, _MIDDLE, _END = "<<<<<<< ", "|||||||", "=======", ">>>>>>> "
_MARKS = (_BEGIN[:7], _BASE, _MIDDLE, _END[:7])


class Region(NamedTuple):
    """Lines that both sides changed, in the version of each."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


Lines = Sequence[str]
#: What a merge gives: lines, and regions between them.
Pieces = list[str | Region]


class Sides(NamedTuple):
    """The texts that conflict markers stand between. ``base`` is empty if the markers do not show it."""

    ours: str
    theirs: str
    base: str
    common: str


def merge_lines(base: Lines, ours: Lines, theirs: Lines) -> Pieces:
    """The lines with the changes of both sides."""
    left, right = _kept(base, ours), _kept(base, theirs)
    stable = [(at, left[at], right[at]) for at in range(len(base)) if at in left and at in right]
    found: Pieces = []
    o = a = b = 0
    for at, mine, other in (*stable, (len(base), len(ours), len(theirs))):
        found += _between(base[o:at], ours[a:mine], theirs[b:other])
        found += base[at : at + 1]
        o, a, b = at + 1, mine + 1, other + 1
    return found


def differing(ours: Lines, theirs: Lines) -> Pieces:
    """All lines of both sides: those at the ends that are equal once, and a region for the rest."""
    head = _common(ours, theirs)
    tail = _common(ours[head:][::-1], theirs[head:][::-1])
    mine, other = tuple(ours[head : len(ours) - tail]), tuple(theirs[head : len(theirs) - tail])
    region = [Region(mine, other)] if mine or other else []
    return [*ours[:head], *region, *ours[len(ours) - tail :]]


def regions(pieces: Pieces) -> list[Region]:
    """What could not be merged."""
    return [one for one in pieces if isinstance(one, Region)]


def with_markers(pieces: Pieces) -> list[str]:
    """The lines, each region between markers as git writes them."""
    shown: list[str] = []
    for one in pieces:
        if isinstance(one, Region):
            shown += [f"{_BEGIN}ours", *one.ours, _MIDDLE, *one.theirs, f"{_END}theirs"]
        else:
            shown.append(one)
    return shown


def sides(text: str) -> Sides | None:
    """What the markers in a text stand between; None if it has none, or they are not in their order.

    ``common`` is what stands outside them. A base is shown by markers in the style ``diff3``.
    """
    parts: dict[str, list[str]] = {"ours": [], "theirs": [], "base": [], "common": []}
    state, complete, met = "common", True, 0
    for line in text.split("\n"):
        mark = _mark(line.removesuffix("\r"), state)
        if mark == "wrong":
            return None
        if mark:
            met += mark == "ours"
            complete = complete and not (state == "ours" and mark == "theirs")
            state = mark
            continue
        for name in ("ours", "theirs", "base", "common") if state == "common" else (state,):
            parts[name].append(line)
    if state != "common" or not met:
        return None
    told = {name: "\n".join(lines) for name, lines in parts.items()}
    return Sides(told["ours"], told["theirs"], told["base"] if complete else "", told["common"])


def stems_from(text: str, *versions: str) -> bool:
    """Whether every line is one of the versions or a marker, so that nobody has written into the text."""
    known = {line.rstrip("\r") for version in versions for line in version.split("\n")}
    lines = (line.rstrip("\r") for line in text.split("\n"))
    return all(line in known or line[:7] in _MARKS for line in lines)


def _mark(line: str, state: str) -> str:
    """Which part begins behind this line; empty if it is no marker, ``wrong`` if it may not stand here."""
    if line.startswith(_BEGIN):
        return "ours" if state == "common" else "wrong"
    if state == "common":
        return "wrong" if line.startswith(_END) else ""
    if line == _BASE or line.startswith(f"{_BASE} "):
        return "base" if state == "ours" else "wrong"
    if line == _MIDDLE:
        return "theirs" if state != "theirs" else "wrong"
    if line.startswith(_END):
        return "common" if state == "theirs" else "wrong"
    return ""


def _between(base: Lines, ours: Lines, theirs: Lines) -> Pieces:
    if ours == theirs or theirs == base:
        return list(ours)
    return list(theirs) if ours == base else differing(ours, theirs)


def _common(one: Lines, other: Lines) -> int:
    """How many lines are equal at the start."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (left, right) in enumerate(pairs) if left != right), min(len(one), len(other)))


def _kept(old: Lines, new: Lines) -> dict[int, int]:
    """Number of a line in ``old`` -> its number in ``new``, for the lines that stay."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    pairs = {at: at for at in range(head)}
    pairs |= {head + x: head + y for x, y in _longest(old[head : len(old) - tail], new[head : len(new) - tail])}
    shift = len(new) - len(old)
    return pairs | {at: at + shift for at in range(len(old) - tail, len(old))}


def _longest(old: Lines, new: Lines) -> list[tuple[int, int]]:
    """The pairs of equal lines along the shortest way from ``old`` to ``new`` (Myers 1986); none if it is too long."""
    reach, ways = {1: 0}, []
    for cost in range(min(len(old) + len(new), _MAX_COST) + 1):
        ways.append(reach.copy())
        for diagonal in range(-cost, cost + 1, 2):
            down = diagonal == -cost or (diagonal != cost and reach[diagonal - 1] < reach[diagonal + 1])
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            while x < len(old) and x - diagonal < len(new) and old[x] == new[x - diagonal]:
                x += 1
            reach[diagonal] = x
            if x >= len(old) and x - diagonal >= len(new):
                return _walked_back(ways, len(old), len(new))
    return []


def _walked_back(ways: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for cost in range(len(ways) - 1, -1, -1):
        reach, diagonal = ways[cost], x - y
        down = diagonal == -cost or (diagonal != cost and reach[diagonal - 1] < reach[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        start = (reach[before] if down else reach[before] + 1) if cost else 0
        while x > start:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if cost:
            x = reach[before]
            y = x - before
    return pairs
