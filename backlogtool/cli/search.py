"""``backlogtool search``."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import click

from backlogtool.app import reading, searching
from backlogtool.cli import formats
from backlogtool.cli.context import Context, actor_option, json_option, pass_context
from backlogtool.cli.helped import Helped
from backlogtool.cli.output import Output, show, wide
from backlogtool.domain.finding import counted
from backlogtool.domain.snippet import Snippet, snippet
from backlogtool.errors import InvalidError

_TEXTS = {
    "plain": formats.plain,
    "csv": formats.comma_separated,
    "md": formats.markdown,
    "ids": formats.ids,
}
#: How wide the text is that shows why an item was found: on a screen at most, and in JSON.
_ON_SCREEN, _IN_JSON = 110, 160
_INDENT = "    "


@click.command("search", cls=Helped)
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(min=0), help="At most so many (default: list_limit of the policy).")
@click.option("--format", "layout", type=click.Choice(["table", "jsonl", *_TEXTS]), help="How to print.")
@json_option
@actor_option
@pass_context
def command(context: Context, /, words: tuple[str, ...], limit: int | None, layout: str | None, as_json: bool) -> int:
    """Search the texts of items, the best first.

    All WORDS must stand in an item: in its id, title, tags, names, description or comments; capitals and accents do
    not matter. "several words" make a phrase, rot* is the beginning of a word, title:word looks at the title only
    (description:, comments:), ~word must not stand there (-word means the same, behind --). The filters of list stand
    beside them: status:open owner:@me due:<7d.
    """
    space = context.space
    most = space.policy.defaults.list_limit if limit is None else limit
    results = searching.search(space, words, limit=most)
    _mention(context.out, results)
    _print(context, results, "json" if as_json else layout or context.settings["format"])
    context.out.findings(results.unreadable)
    return InvalidError.exit_code if results.unreadable else 0


def _mention(out: Output, results: searching.Results) -> None:
    """What was searched for otherwise than typed."""
    for typed, other in results.mended:
        out.talk(f"nothing for '{typed}'; showing '{other}'")
    for argument in results.ignored:
        out.talk(f"'{show(argument)}' holds no letter or digit, so it is not searched for")


def _print(context: Context, results: searching.Results, layout: str) -> None:
    out = context.out
    if layout.startswith("json"):
        context.mention_shallow()
    if layout == "json":
        findings = out.findings_json(results.unreadable)
        instead = {"instead": dict(results.mended)} if results.mended else {}
        out.json(_hits(context, results), total=results.total, findings=findings, **instead)
    elif layout == "jsonl":
        out.text("".join(json.dumps(hit) + "\n" for hit in _hits(context, results)))
    elif layout in _TEXTS:
        out.text(_TEXTS[layout](results.items))
    else:
        out.text(_table(context, results))


def _hits(context: Context, results: searching.Results) -> list[dict[str, Any]]:
    """Each item with the piece of its text that shows why it was found."""
    found = []
    for item, data in zip(results.items, reading.item_json(context.space, results.items), strict=True):
        piece = snippet(item, results.words, _IN_JSON)
        found.append({"item": data, "field": piece.field if piece else None, "snippet": piece.text if piece else None})
    return found


def _table(context: Context, results: searching.Results) -> str:
    """The rows of ``list``, each with a line below that shows why it was found, and how many there are in all."""
    out, space, items = context.out, context.space, results.items
    if not items:
        return "no items\n" if not results.total else f"none of {results.total} items here\n"
    closed = space.policy.workflow.closed_statuses
    listed = formats.table(out, items, total=len(items), today=space.today, closed=closed)
    head, *rows = listed.rstrip("\n").split("\n")
    lines = [head]
    for item, row in zip(items, rows, strict=True):
        piece = snippet(item, results.words, min(out.width, _ON_SCREEN) - 20, _shown_width)
        lines += [row, _line(out, piece)] if piece else [row]
    return "\n".join([*lines, _count(len(items), results.total)]) + "\n"


@lru_cache(maxsize=1024)
def _shown_width(text: str) -> int:
    return wide(show(text))


def _line(out: Output, piece: Snippet) -> str:
    text = "".join(out.style(show(part), bold=True) if found else show(part) for part, found in piece.pieces())
    return f"{_INDENT}{out.style(piece.field, 'cyan')}: {text}"


def _count(shown: int, total: int) -> str:
    if shown < total:
        return f"{shown} of {total} items; --limit {total} shows every one"
    return counted(total, "item")
