"""``backlogtool undo``."""

from __future__ import annotations

import click

from backlogtool.app import undoing
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.cli.revisions import given_one


@click.command("undo", cls=Helped)
@click.argument("commit", required=False, callback=given_one)
@write_options
@pass_context
def command(context: Context, commit: str | None, options: Options, as_json: bool) -> None:
    """Take back what a commit did to items, with a new commit; by default the last one that changed any.

    Undoing an undo does it again. Items that have changed since are refused.
    """
    print_result(context, undoing.undo(context.space, commit or "", options), as_json=as_json, several=True)
