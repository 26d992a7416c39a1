"""``backlogtool list``."""

from __future__ import annotations

from typing import Any

import click

from backlogtool.app import reading
from backlogtool.cli import formats
from backlogtool.cli.context import Context, actor_option, json_option, offered, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.domain.fields import BY_NAME, ENUM, FIELDS
from backlogtool.domain.query import Query, term
from backlogtool.errors import InvalidError

_FILTERS = ("status", "priority", "owner", "service", "env", "category", "tag", "source", "type", "list", "group")
_TEXTS = {
    "plain": formats.plain,
    "csv": formats.comma_separated,
    "md": formats.markdown,
    "ids": formats.ids,
}


def _filters(command: Any) -> Any:
    for name in reversed(_FILTERS):
        text = f"Only this {name}; repeat for any of several."
        offer = offered(name) if BY_NAME.get(name, FIELDS[0]).kind == ENUM else None
        command = click.option(f"--{name}", multiple=True, metavar="VALUE", help=text, shell_complete=offer)(command)
    return command


@click.command("list", cls=Helped)
@click.argument("filters", nargs=-1)
@_filters
@click.option("--due-before", metavar="DAY", help="Due before this day.")
@click.option("--include-undated", is_flag=True, help="With --due-before: items without a due date as well.")
@click.option("--limit", type=click.IntRange(min=0), help="At most so many (default: list_limit of the policy).")
@click.option("--offset", type=click.IntRange(min=0), help="Leave out the first so many (default: list_offset).")
@click.option("--all", "everything", is_flag=True, help="No limit.")
@click.option("--format", "layout", type=click.Choice(["table", "jsonl", *_TEXTS]), help="How to print.")
@json_option
@actor_option
@pass_context
def command(
    context: Context,
    /,
    filters: tuple[str, ...],
    limit: int | None,
    offset: int | None,
    everything: bool,
    layout: str | None,
    as_json: bool,
    **named: Any,
) -> int:
    """List items, most urgent first, then by due date.

    FILTERS are words such as status:open priority:P0,P1 owner:@me due:<7d is:overdue text:tls; ~ in front
    negates, a bare word searches title and text. P0, @alice, @me and '#security' mean what they mean for create.
    Without a filter every item is listed.
    """
    space = context.space
    defaults = space.policy.defaults
    most = None if everything else defaults.list_limit if limit is None else limit
    skipped = defaults.list_offset if offset is None else offset
    page = reading.list_items(space, _query(context, filters, named), limit=most, offset=skipped)
    _print(context, page, "json" if as_json else layout or context.settings["format"])
    context.out.findings(page.unreadable)
    return InvalidError.exit_code if page.unreadable else 0


def _query(context: Context, filters: tuple[str, ...], named: dict[str, Any]) -> Query:
    space = context.space
    words = list(filters)
    due, undated = named.pop("due_before"), named.pop("include_undated")
    if due is not None:
        words.append(f"due:<{due},none" if undated else f"due:<{due}")
    wanted = space.query(words)
    me = space.actor if any("@me" in values for values in named.values()) else ""
    terms = [term(name, values, space.policy, today=space.today, me=me) for name, values in named.items() if values]
    return Query((*wanted.terms, *terms), wanted.today, wanted.closed)


def _print(context: Context, page: reading.Page, layout: str) -> None:
    out, space, items = context.out, context.space, page.briefs
    if layout.startswith("json"):
        context.mention_shallow()
    if layout == "json":
        findings = out.findings_json(page.unreadable)
        out.json(reading.item_json(space, reading.whole(space, items)), total=page.total, findings=findings)
    elif layout == "jsonl":
        import json  # most lists are tables

        out.text("".join(json.dumps(data) + "\n" for data in reading.item_json(space, reading.whole(space, items))))
    elif layout in _TEXTS:
        out.text(_TEXTS[layout](items))
    else:
        closed = space.policy.workflow.closed_statuses
        out.text(formats.table(out, items, total=page.total, today=space.today, closed=closed))
