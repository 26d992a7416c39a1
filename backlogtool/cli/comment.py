"""``backlogtool comment``."""

from __future__ import annotations

import click

from backlogtool.app import items
from backlogtool.app.result import Options, Result
from backlogtool.app.workspace import Workspace
from backlogtool.cli import editor, piped
from backlogtool.cli.context import Context, offered, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.errors import UsageError


@click.command("comment", cls=Helped)
@click.argument("item", shell_complete=offered("item"))
@click.argument("text", required=False)
@write_options
@pass_context
def command(context: Context, item: str, text: str | None, options: Options, as_json: bool) -> None:
    """Add a comment to an item. TEXT is Markdown; `-` reads stdin, without it an editor opens."""
    space = context.space
    if text is None and not options.message:
        result = _written(space, space.get(item).item.id, options)
    else:
        said = piped.stdin_text() if text == "-" else options.message if text is None else text
        result = items.comment(space, item, said, options)
    print_result(context, result, as_json=as_json)


def _written(space: Workspace, item_id: str, options: Options) -> Result:
    written = editor.edited("", instead=f"backlogtool comment {item_id} TEXT, or - for stdin")
    if written is None:
        raise UsageError("an empty comment", hint="nothing was written")
    with editor.kept(space, f"{item_id}.comment", written, f"backlogtool comment {item_id} - <"):
        return items.comment(space, item_id, piped.text(written, "the comment"), options)
