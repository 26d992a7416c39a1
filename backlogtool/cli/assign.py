"""``backlogtool assign``."""

from __future__ import annotations

import click

from backlogtool.app import items
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, offered, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result


@click.command("assign", cls=Helped)
@click.argument("item", shell_complete=offered("item"))
@click.argument("owner")
@write_options
@pass_context
def command(context: Context, item: str, owner: str, options: Options, as_json: bool) -> None:
    """Give an item another owner."""
    result = items.assign(context.space, item, owner, options)
    print_result(context, result, as_json=as_json)
