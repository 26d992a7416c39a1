"""``backlogtool show``."""

from __future__ import annotations

import click

from backlogtool.app import reading
from backlogtool.cli.context import Context, actor_option, json_option, offered, pass_context
from backlogtool.cli.events import event_lines
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show
from backlogtool.domain.fields import FIELDS, MAP, REFS, SET, value
from backlogtool.domain.item import Item


@click.command("show", cls=Helped)
@click.argument("item", shell_complete=offered("item"))
@click.option("--at", "revision", metavar="REV", help="As it was at a commit.")
@click.option("--raw", is_flag=True, help="The file as it is.")
@json_option
@actor_option
@pass_context
def command(context: Context, item: str, revision: str | None, raw: bool, as_json: bool) -> None:
    """Show an item with its timeline. ITEM is an id or the start of one."""
    if revision is not None:
        from backlogtool.cli.revisions import refuse_empty  # most people look at what stands now

        refuse_empty("--at", revision)
    space = context.at(revision) if revision else context.space
    stored, events = reading.show(space, item)
    out = context.out
    context.mention_shallow()
    if as_json:
        from backlogtool.codec import plain  # most people look at items on a terminal

        data = {"item": reading.item_json(space, [stored.item])[0], "events": [plain.event(one) for one in events]}
        out.json(data, findings=out.findings_json(stored.findings))
        return
    if raw:
        out.text(show(stored.text, lines=True))
        return
    parts = [_head(out, stored.item), show(stored.item.description, lines=True), _comments(out, stored.item)]
    parts.append(f"{out.style('Timeline', bold=True)}\n{event_lines(out, events, with_id=False)}" if events else "")
    out.text("\n\n".join(part for part in parts if part) + "\n")
    out.findings(stored.findings)


def _head(out: Output, item: Item) -> str:
    lines = [f"{out.style(item.id, bold=True)}  {out.style(show(item.title), bold=True)}"]
    for field in FIELDS:
        held = value(item, field.name)
        if field.name in ("id", "title") or not held:
            continue
        lines.append(f"  {field.name:<14}{_value(out, field.kind, held)}")
    lines += [f"  {show(name):<14}{show(_plain(held))}" for name, held in item.extra.items()]
    met, boxes = _criteria(item.description)
    return "\n".join([*lines, f"  {'criteria':<14}{met}/{boxes} met"] if boxes else lines)


def _criteria(description: str) -> tuple[int, int]:
    """(met, all) boxes of the acceptance criteria; most items have no box at all."""
    if "] " not in description:
        return 0, 0
    from backlogtool.domain import body

    return body.criteria(description)


def _value(out: Output, kind: str, held: object) -> str:
    if kind == SET and isinstance(held, tuple):
        return show(", ".join(held))
    if kind in (REFS, MAP) and isinstance(held, dict):
        return show("; ".join(f"{key}: {_plain(one)}" for key, one in held.items()))
    return out.colored(str(held))


def _plain(held: object) -> str:
    """A text or a number as it is, a list of texts with commas, anything else as JSON."""
    if isinstance(held, (list, tuple)) and all(isinstance(one, str) for one in held):
        return ", ".join(held)
    if isinstance(held, str) or type(held) is int:
        return str(held)
    import json

    return json.dumps(held, ensure_ascii=False)


def _comments(out: Output, item: Item) -> str:
    if not item.comments:
        return ""
    parts = [
        f"{out.style(show(one.actor), bold=True)}  {one.at}\n{show(one.text, lines=True)}" for one in item.comments
    ]
    return "\n\n".join([out.style("Comments", bold=True), *parts])
