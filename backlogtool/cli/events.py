"""Events as lines that a person reads."""

from __future__ import annotations

from collections.abc import Sequence

from backlogtool.cli.output import Output, show
from backlogtool.domain.event import Event, summary


def event_lines(out: Output, events: Sequence[Event], *, with_id: bool) -> str:
    """One line an event: when, which item, what, who; what was said stands below it."""
    width = max((len(event.actor) for event in events), default=0)
    lines = []
    for event in events:
        what, said = show(summary(event)), event.message
        name = f"{out.style(event.item_id, bold=True)}  " if with_id else ""
        lines.append(f"{event.ts}  {name}{show(event.actor):<{width}}  {what}")
        if said and said != summary(event):
            lines += [f"    {out.style(line, dim=True)}" for line in show(said, lines=True).split("\n")]
    return "\n".join(lines)
