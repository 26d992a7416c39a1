"""``backlogtool log``."""

from __future__ import annotations

import click

from backlogtool.app import reading
from backlogtool.cli.context import Context, actor_option, json_option, offered, pass_context
from backlogtool.cli.events import event_lines
from backlogtool.cli.helped import Helped
from backlogtool.domain import calendar
from backlogtool.errors import UsageError


@click.command("log", cls=Helped)
@click.argument("item", required=False, shell_complete=offered("item"))
@click.option("--limit", type=click.IntRange(min=0), help="The last so many (default: event_limit of the policy).")
@click.option("--all", "everything", is_flag=True, help="No limit.")
@click.option("--since", default="", metavar="DAY", help="From this day on; 7d is seven days ago.")
@click.option("--reverse", is_flag=True, help="Newest first.")
@json_option
@actor_option
@pass_context
def command(
    context: Context, item: str | None, limit: int | None, everything: bool, since: str, reverse: bool, as_json: bool
) -> None:
    """Tell what happened to an item, oldest first; without ITEM, to all of them."""
    space = context.space
    day = calendar.resolve_past_day(since, space.today) if since else ""
    if day is None:
        raise UsageError(f"'{since}' is not a day", hint="write YYYY-MM-DD, yesterday, mon or 7d")
    most = None if everything else space.policy.defaults.event_limit if limit is None else limit
    events = reading.log(space, item, since=day, limit=most)
    context.mention_shallow()
    shown = events[::-1] if reverse else events
    if as_json:
        from backlogtool.codec import plain  # most people look at a timeline on a terminal

        context.out.json([plain.event(event) for event in shown])
    elif shown:
        context.out.text(event_lines(context.out, shown, with_id=item is None) + "\n")
