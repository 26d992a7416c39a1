"""``backlogtool count``."""

from __future__ import annotations

import click

from backlogtool.app import reading
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import show
from backlogtool.errors import InvalidError

_BY = ("status", "priority", "owner", "service", "env", "category", "source", "type", "component", "group")


@click.command("count", cls=Helped)
@click.argument("filters", nargs=-1)
@click.option("--by", type=click.Choice(_BY), help="How many for each value of a field.")
@json_option
@actor_option
@pass_context
def command(context: Context, filters: tuple[str, ...], by: str | None, as_json: bool) -> int:
    """Count items. FILTERS are words as for list; without one every item counts."""
    space, out = context.space, context.out
    counted = reading.count_items(space, space.query(filters), by)
    if as_json:
        out.json(counted.counts, total=counted.total, findings=out.findings_json(counted.unreadable))
    elif by is None:
        out.line(str(counted.total))
    else:
        most_first = sorted(counted.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        wide = len(str(counted.total))
        for name, number in most_first:
            out.line(f"{number:>{wide}}  {out.colored(show(name) or '(none)')}")
    out.findings(counted.unreadable)
    return InvalidError.exit_code if counted.unreadable else 0
