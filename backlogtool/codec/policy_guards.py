"""What only the whole of a guard or a limit tells: one that asks for nothing would guard nothing."""

from __future__ import annotations

from collections.abc import Iterator

from backlogtool.codec.held import Held, finding
from backlogtool.domain.finding import Finding

_ASKED = ("require", "fields", "roles")


def of_guards(root: Held) -> Iterator[Finding]:
    """Guards and limits without anything that they ask for."""
    yield from _empty(root.find("workflow.guards"), _ASKED, "the guard")
    yield from _empty(root.find("workflow.wip_limits"), ("total", "per_owner"), "the limit")


def _empty(several: Held | None, asked: tuple[str, ...], what: str) -> Iterator[Finding]:
    for part in several.parts.values() if several else ():
        if not part.problems and part.parts.keys().isdisjoint(asked):
            message = f"{part.field}: {what} asks for nothing"
            fix = f"add one of {', '.join(asked)}, or take it out"
            yield finding("BL403", message, part.place, part.field, asked, fix)
