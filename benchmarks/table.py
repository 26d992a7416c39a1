"""What was measured, as text, Markdown or JSON."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from benchmarks.measure import Pair, Sample, median

_HEADS = ("what", "items", "ms", "floor", "ms of floor", "ratio", "spread", "ratio of CPU", "MiB", "promised", "")
_PEER_HEADS = ("peer", "what", "CPU ms", "CPU ms of peer", "times less", "MiB", "MiB of peer", "times less", "", "note")
#: What stands around the tables in a document.
_BEGIN, _END = "<!-- figures -->", "<!-- end of figures -->"


class Measured(NamedTuple):
    """A line of the table; the promises are those of ``rows.Row``.

    ``pair`` is None where nothing could be measured, and ``note`` says why.
    """

    name: str
    items: int
    floor: str
    pair: Pair | None
    promise: float | None = None
    milliseconds: float | None = None
    mebibytes: float | None = None
    note: str = ""


class Compared(NamedTuple):
    """A command beside that of another tracker. ``cpu`` and ``memory``: at least so many times less of each."""

    peer: str
    name: str
    pair: Pair | None
    cpu: float | None = None
    memory: float | None = None
    note: str = ""


def is_promised(one: Measured) -> bool:
    """Whether the line has a limit."""
    return any(limit is not None for limit in (one.promise, one.milliseconds, one.mebibytes))


def kept(one: Measured) -> bool | None:
    """Whether every promise of the line is kept; None where there is none."""
    if one.pair is None:
        return None
    ours = one.pair.ours
    limits = (
        (one.promise, one.pair.ratio("wall")),
        (one.milliseconds, median(ours, "wall") * 1000),
        (one.mebibytes, median(ours, "memory")),
    )
    asked = [found <= limit for limit, found in limits if limit is not None]
    return all(asked) if asked else None


def description() -> str:
    """The day, and what of the machine matters to ratios."""
    day = datetime.now(UTC).date().isoformat()
    git = subprocess.run(["git", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    return (
        f"{day}, {os.cpu_count()} processors, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {git}"
    )


def cells(one: Measured) -> tuple[str, ...]:
    """The line as texts, in the order of the heads."""
    if one.pair is None:
        return (one.name, f"{one.items:,}", "", one.floor, "", "", "", "", "", "", f"left out: {one.note}")
    low, high = one.pair.spread("wall")
    return (
        one.name,
        f"{one.items:,}",
        _ms(median(one.pair.ours, "wall")),
        one.floor,
        _ms(median(one.pair.floor, "wall")),
        f"{one.pair.ratio('wall'):.2f}",
        f"{low:.2f} to {high:.2f}",
        f"{one.pair.ratio('cpu'):.2f}",
        f"{median(one.pair.ours, 'memory'):.0f}",
        _promised(one),
        {True: "kept", False: "not kept", None: ""}[kept(one)] + (f" {one.note}" if one.note else ""),
    )


def against(one: Compared) -> tuple[str, ...]:
    """The line of a comparison as texts, in the order of its heads."""
    if one.pair is None:
        return (one.peer, one.name, "", "", "", "", "", "", "", one.note)
    ours, theirs = one.pair
    figures = [(median(side, of)) for of in ("cpu", "memory") for side in (ours, theirs)]
    less = [1 / one.pair.ratio(of) for of in ("cpu", "memory")]
    asked = [(found, limit) for found, limit in zip(less, (one.cpu, one.memory), strict=True) if limit is not None]
    return (
        *(one.peer, one.name, _ms(figures[0]), _ms(figures[1]), f"{less[0]:.1f}"),
        *(f"{figures[2]:.0f}", f"{figures[3]:.0f}", f"{less[1]:.1f}"),
        {True: "kept", False: "not kept"}[all(found >= limit for found, limit in asked)] if asked else "",
        one.note,
    )


def as_text(lines: Sequence[Measured], others: Sequence[Compared], told: str) -> str:
    """Columns that line up."""
    return "\n\n".join([told, *(_aligned(grid) for grid in _grids(lines, others))])


def as_markdown(lines: Sequence[Measured], others: Sequence[Compared], told: str) -> str:
    """Tables as GitHub and others draw them."""
    return "\n\n".join([f"Measured {told}.", *(_piped(grid) for grid in _grids(lines, others))])


def as_json(lines: Sequence[Measured], others: Sequence[Compared], told: str) -> str:
    """Everything: each round of each line, in seconds and MiB."""
    rows = [one._asdict() | {"pair": _rounds(one.pair)} for one in lines]
    peers = [one._asdict() | {"pair": _rounds(one.pair)} for one in others]
    return json.dumps({"measured": told, "rows": rows, "peers": peers}, indent=1)


def from_json(text: str) -> tuple[list[Measured], list[Compared], str]:
    """What ``as_json`` wrote, such as to print it in another form."""
    held = json.loads(text)
    lines = [Measured(**(row | {"pair": _pair(row["pair"])})) for row in held["rows"]]
    others = [Compared(**(row | {"pair": _pair(row["pair"])})) for row in held["peers"]]
    return lines, others, held["measured"]


FORMATS = {"text": as_text, "markdown": as_markdown, "json": as_json}


def into(document: str, tables: str) -> str:
    """The document with these tables between its two marks, in place of those that stand there."""
    head, begin, rest = document.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the document has no lines {_BEGIN} and {_END}")
    return f"{head}{begin}\n\n{tables}\n\n{end}{tail}"


def _grids(lines: Sequence[Measured], others: Sequence[Compared]) -> Iterator[list[tuple[str, ...]]]:
    if lines:
        yield [_HEADS, *map(cells, lines)]
    if others:
        yield [_PEER_HEADS, *map(against, others)]


def _aligned(grid: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in grid)
    return "\n".join(line.rstrip() for line in lines)


def _piped(grid: list[tuple[str, ...]]) -> str:
    rows = [grid[0], tuple("---" for _ in grid[0]), *grid[1:]]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def _pair(held: dict[str, list[dict[str, float]]] | None) -> Pair | None:
    return None if held is None else Pair(*(tuple(Sample(**one) for one in held[side]) for side in Pair._fields))


def _rounds(pair: Pair | None) -> object:
    return (
        None if pair is None else {side: [one._asdict() for one in samples] for side, samples in pair._asdict().items()}
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}" if seconds >= 0.0995 else f"{seconds * 1000:.1f}"


def _promised(one: Measured) -> str:
    limits = ((one.promise, "{:g}"), (one.milliseconds, "{:g} ms"), (one.mebibytes, "{:g} MiB"))
    return ", ".join(form.format(limit) for limit, form in limits if limit is not None)
