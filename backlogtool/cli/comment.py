"""``backlogtool comment``."""

from __future__ import annotations

import sys

import click

from backlogtool.app import items
from backlogtool.app.writing import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.results import print_result


@click.command("comment")
@click.argument("item")
@click.argument("text", required=False)
@write_options
@pass_context
def command(context: Context, item: str, text: str | None, options: Options, as_json: bool) -> None:
    """Add a comment to an item. TEXT is Markdown; `-` reads stdin, without it an editor opens."""
    said = sys.stdin.read() if text == "-" else click.edit(extension=".md") if text is None else text
    print_result(context.out, items.comment(context.space, item, said or options.message, options), as_json=as_json)
