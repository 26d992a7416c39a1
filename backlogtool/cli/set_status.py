"""``backlogtool set-status``."""

from __future__ import annotations

import click

from backlogtool.app import items
from backlogtool.app.result import Options
from backlogtool.cli.context import Context, offered, pass_context, write_options
from backlogtool.cli.helped import Helped
from backlogtool.cli.results import print_result
from backlogtool.domain.outcome import UNCHANGED


@click.command("set-status", cls=Helped)
@click.argument("item", shell_complete=offered("item"))
@click.argument("status", shell_complete=offered("status"))
@write_options
@pass_context
def command(context: Context, item: str, status: str, options: Options, as_json: bool) -> None:
    """Move an item along the workflow: open, in_progress, blocked, done, canceled."""
    result = items.set_status(context.space, item, status, options)
    said = f"{result.items[0].id} is {status} already" if result.action == UNCHANGED else ""
    print_result(context, result, as_json=as_json, said=said)
