"""``backlogtool diff``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from backlogtool.app.comparing import Compared, compare
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.forges import address
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show
from backlogtool.cli.report_format import JSON, one_format
from backlogtool.cli.revisions import refuse_empty
from backlogtool.codec import plain
from backlogtool.errors import InvalidError, UsageError
from backlogtool.insight.changes import Changed, Comparison, Detail, Pair, details
from backlogtool.views.changes import headline, markdown

_WHEN = ("before", "after")
#: What a reader has to look at, and its colour.
_ALARMS = {"overdue": "red", "duplicate": "yellow", "same title": "yellow"}


def _one(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> str:  # noqa: ARG001
    """What is to be compared; empty if nothing was given."""
    for one in given:
        refuse_empty("REVISIONS", one)
    if len(given) > 1:
        raise UsageError("two commits are one word here", hint=f"write {'..'.join(given[:2])}")
    return given[0] if given else ""


def _refuse_staged(context: click.Context, parameter: click.Parameter, given: bool) -> None:  # noqa: ARG001
    if given:
        hint = "backlogtool diff tells all edits, staged or not; backlogtool hook pre-commit judges what is staged"
        raise UsageError("what is staged is not told apart from other edits", hint=hint)


@click.command("diff", cls=Helped)
@click.argument("revisions", nargs=-1, metavar="[REVISIONS]", callback=_one)
@click.option("--cached", "--staged", is_flag=True, hidden=True, expose_value=False, callback=_refuse_staged)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "md", "json"]),
    help="How to print (default: text).",
)
@json_option
@actor_option
@pass_context
def command(context: Context, revisions: str, layout: str | None, as_json: bool) -> int:
    """Tell what a range does to the backlog, item by item and field by field.

    REVISIONS is A..B for two commits, A...B for B since it left A, or A for what stands now against A; without it,
    what is not committed yet.
    """
    how = one_format(layout, as_json=as_json)
    found = compare(context.space, revisions)
    out, comparison = context.out, found.comparison
    if how == JSON:
        out.json(_data(found))
    elif how == "md":
        base = address(context.environment, found.newer)
        out.text(markdown(comparison, older=found.older, newer=found.newer, base=base))
    else:
        out.text("\n".join([headline(comparison), *_lines(out, comparison)]) + "\n")
    return InvalidError.exit_code if comparison.unreadable else 0


def _lines(out: Output, comparison: Comparison) -> Iterator[str]:
    for pair in comparison.unreadable:
        yield f"\n{out.style(pair.item_id, bold=True)}  {show(pair.path)}"
        yield from (f"    cannot be read {when}: {show(fault)}" for when, fault in _faults(pair))
    for one in comparison.items:
        told = details(one)
        width = max(len(show(detail.name)) for detail in told)
        yield f"\n{out.style(one.item.id, bold=True)}  {out.colored(one.item.priority)}  {show(one.item.title)}"
        yield from (f"    {_name(out, detail.name, width)}  {_said(out, detail)}" for detail in told)


def _name(out: Output, name: str, width: int) -> str:
    return out.style(f"{show(name):<{width}}", _ALARMS.get(name, ""), dim=name not in _ALARMS)


def _said(out: Output, detail: Detail) -> str:
    return " -> ".join(map(out.colored, detail.ends)) if detail.ends else show(detail.said)


def _faults(pair: Pair) -> list[tuple[str, str]]:
    return [(when, fault) for when, fault in zip(_WHEN, pair.faults, strict=True) if fault]


def _data(found: Compared) -> dict[str, Any]:
    comparison = found.comparison
    beside = {"overdue": comparison.overdue, "duplicates": comparison.duplicates, "same_title": comparison.twins}
    return {
        "older": found.older or None,
        "newer": found.newer or None,
        "summary": {**comparison.counts, **beside},
        "items": [_item(one) for one in comparison.items],
        "unreadable": [
            {"id": pair.item_id, "path": pair.path, **dict(_faults(pair))} for pair in comparison.unreadable
        ],
    }


def _item(one: Changed) -> dict[str, Any]:
    return {
        "id": one.item.id,
        "title": one.item.title,
        "path": one.path,
        "kinds": list(one.kinds),
        "events": [plain.event(event) for event in one.events],
        "overdue": one.overdue,
        "duplicates": list(one.shares),
        "same_title": list(one.twins),
    }
